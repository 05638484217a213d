"""Which characters a font has, read from fonts made for the purpose; a damaged file has none."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fontTools.fontBuilder import FontBuilder
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer import fonts
from drivers.printer.fonts import Face, FontShelf, system_fonts
from drivers.printer.ticket import compose
from tests.drivers.printer.printer_rig import EPSON, plain

ROOT = Path(__file__).parents[3]
# One in the basic plane, one that ends it, one beyond: the two forms a character map has.
HELD = (0x20, 0x41, 0x42, 0x5A, 0x20B9, 0x4E2D, 0xFFFD, 0x1F600)


def font(codes: tuple[int, ...] = HELD) -> bytes:
    """A font without shapes that has glyphs for these codes."""
    names = {code: f"u{code:X}" for code in codes}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    builder.setupMaxp()
    builder.setupPost(keepGlyphNames=False)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.ttf"
        builder.save(path)
        return path.read_bytes()


FONT = font()


def test_a_face_covers_what_its_font_was_made_with_and_no_more(tmp_path: Path) -> None:
    """Also at the edges of a run of codes and beyond the basic plane."""
    path = tmp_path / "made.ttf"
    path.write_bytes(FONT)
    face = Face(path)
    asked = {near for code in HELD for near in (code - 1, code, code + 1)} | {0, 0xFFFF, 0x10FFFF}
    assert {code for code in asked if face.covers(chr(code))} == set(HELD)


def test_a_font_that_cannot_be_read_for_a_moment_is_read_later(tmp_path: Path) -> None:
    path = tmp_path / "made.ttf"
    face = Face(path)
    assert not face.covers("A")
    path.write_bytes(FONT)
    assert face.covers("A")


def test_a_font_that_was_replaced_by_one_of_another_name_is_found_for_the_next_ticket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each bill with its letters could not be drawn until a restart."""
    found = system_fonts().face_for("क")
    assert found and found.path
    font_file = tmp_path / "NotoSansDevanagari-Regular.ttf"
    shutil.copy(found.path, font_file)
    monkeypatch.setattr(fonts, "DIRECTORIES", (tmp_path,))
    monkeypatch.setattr(fonts, "packaged", tuple)
    # Pillow looks for the name of a file that is gone among the fonts of the machine.
    for place in ("XDG_DATA_HOME", "XDG_DATA_DIRS"):
        monkeypatch.setenv(place, str(tmp_path / "none"))
    fonts.look_anew()
    try:
        assert system_fonts().face_for("क") == Face(font_file)
        font_file.rename(tmp_path / "NotoSansDevanagari[wght].ttf")
        with pytest.raises(OSError, match="resource"):
            compose(plain("क"), EPSON)
        drawn = compose(plain("क"), EPSON)
        assert (drawn.pictures, drawn.missing) == (1, "")
    finally:
        fonts.look_anew()


def test_the_shelf_takes_the_first_font_that_has_the_character(tmp_path: Path) -> None:
    (tmp_path / "DejaVuSansMono.ttf").write_bytes(font((0x41,)))
    (tmp_path / "NotoSansMono-Regular.ttf").write_bytes(font((0x41, 0x20B9)))
    shelf = FontShelf([tmp_path])
    found = [face.path.name if (face := shelf.face_for(char)) and face.path else "" for char in "A₹é中"]
    assert found == ["DejaVuSansMono.ttf", "NotoSansMono-Regular.ttf", "", ""]
    assert shelf.face_for("é") == Face(None)
    assert shelf.face_for("中") is None


@given(st.lists(st.tuples(st.integers(0, len(FONT) - 1), st.integers(0, 255)), max_size=4), st.data())
def test_a_damaged_font_never_raises(damage: list[tuple[int, int]], data: st.DataObject) -> None:
    """Bytes changed, the end missing: the font may lose characters, a ticket is not lost for it."""
    broken = bytearray(FONT)
    for at, byte in damage:
        broken[at] = byte
    kept = data.draw(st.integers(0, len(FONT)) | st.just(len(FONT)))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.ttf"
        path.write_bytes(broken[:kept])
        assert Face(path).covers("A") in (True, False)


def test_fonts_are_read_only_for_what_the_printer_has_no_letters_for() -> None:
    """A ticket of plain letters does not load fontTools."""
    program = (
        "import sys; from drivers.printer.ticket import build\n"
        "from drivers.printer.profile import profile_named\n"
        "def row(text): return [{'kind': 'row', 'cells': [{'text': text, 'width': 20}]}]\n"
        "build(row('Käse 12,50 €'), profile_named('epson-tm-t20')); before = 'fontTools' in sys.modules\n"
        "build(row('₹ 12.50'), profile_named('epson-tm-t20')); print(before, 'fontTools' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT
    )
    assert done.stdout == "False True\n"
