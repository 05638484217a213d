"""Drawn lines: each cell in its box, the right font and direction, and a word about what no font has."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from drivers.printer.fonts import FontShelf, system_fonts
from drivers.printer.profile import CELL_DOTS
from drivers.printer.raster import RasterCell, Strip, can_shape, draw_line, picture_bytes
from drivers.printer.text_runs import visual_runs
from tests.drivers.printer.printer_rig import EPSON, GENERIC_58, strips
from tests.rig.calls import Calls

SCRIPTS = {
    "rupee": "₹ 1,20,345.00",
    "devanagari": "नमस्ते चाय पत्ती",
    "tamil": "தமிழ் காபி தூள்",
    "arabic": "شاي أخضر (250g)",
    "chinese": "绿茶 大红袍",
}


def picture(strip: Strip) -> Image.Image:
    [drawn] = strips(strip.data)
    return drawn


def ink_columns(drawn: Image.Image) -> tuple[int, int]:
    box = drawn.getbbox()
    assert box is not None
    return box[0], box[2]


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS.keys())
@pytest.mark.parametrize("width", [3, 10, 24])
@pytest.mark.parametrize("flags", [{}, {"bold": True}, {"wide": True}, {"tall": True}], ids=str)
def test_ink_stays_in_its_box(text: str, width: int, flags: dict[str, bool]) -> None:
    """Too long or not: nothing is drawn outside the cell, and nothing is left out for want of room."""
    if flags.get("wide"):
        width //= 2
    cells = [RasterCell("", 5), RasterCell(text, width, "right")]
    column = CELL_DOTS * (2 if flags.get("wide") else 1)
    strip = draw_line(cells, EPSON, **flags)
    left, right = ink_columns(picture(strip))
    assert strip.missing == ()
    assert 5 * column <= left < right <= (5 + width) * column
    assert picture(strip).width == EPSON.dots


def test_the_end_of_a_text_far_too_long_is_still_there() -> None:
    """Thirty dots and a block in three columns: squeezed, not cut off before the block."""
    box = picture(draw_line([RasterCell("." * 30 + "█", 3)], EPSON)).getbbox()
    assert box is not None
    assert box[3] - box[1] > 10


def test_amounts_line_up_with_the_text_lines_around_them() -> None:
    """The last digit of a right-aligned drawn amount stands in the last column."""
    right = [
        ink_columns(picture(draw_line([RasterCell(text, 12, "right")], EPSON)))[1]
        for text in ("₹ 1.00", "₹ 999.00")
    ]
    assert all(11 * CELL_DOTS < edge <= 12 * CELL_DOTS for edge in right)


def test_bold_wide_and_tall_show() -> None:
    cells = [RasterCell("₹ 45", 6)]
    normal, bold, wide, tall = (
        picture(draw_line(cells, EPSON, **flags))
        for flags in ({}, {"bold": True}, {"wide": True}, {"tall": True})
    )
    assert sum(bold.convert("L").tobytes()) > 1.15 * sum(normal.convert("L").tobytes())
    assert ink_columns(wide)[1] == pytest.approx(2 * ink_columns(normal)[1], abs=4)
    assert tall.height == 2 * normal.height
    assert ink_columns(tall)[1] == pytest.approx(ink_columns(normal)[1], abs=4)


def test_a_drawn_line_is_as_high_as_a_text_line() -> None:
    """So that a receipt keeps its rhythm; scripts with high marks may take a little more."""
    assert draw_line([RasterCell("₹ 45", 6)], EPSON).rows == 30
    assert 30 <= draw_line([RasterCell("தூள் ਧੰਨਵਾਦ", 20)], EPSON).rows <= 38


def test_words_that_were_drawn_are_not_drawn_again() -> None:
    """A shop whose goods have names of their own script prints the same ones all day."""
    cells = [RasterCell("சர்க்கரை 1 கிலோ", 40), RasterCell("₹ 45", 8, "right")]
    draw_line([RasterCell("1 கிலோ சர்க்கரை ₹ 54", 40)], EPSON)  # the fonts
    with Calls() as first:
        drawn = draw_line(cells, EPSON)
    with Calls() as second:
        again = draw_line(cells, EPSON)
    other = draw_line([cells[0], RasterCell("₹ 46", 8, "right")], EPSON)
    assert drawn == again
    assert other.data != drawn.data
    assert second.count < first.count / 2, (first.count, second.count)


def test_arabic_runs_from_right_to_left_and_is_joined() -> None:
    """Words read from the right, numbers within from the left, and letters take their joined shapes."""
    runs = visual_runs("شاي أخضر 250g", system_fonts())
    assert [(run.text.strip(), run.rtl) for run in runs] == [("250g", False), ("شاي أخضر", True)]
    assert can_shape(), "Pillow lacks raqm or fribidi here (Debian package libfribidi0)"
    joined, apart = (
        ink_columns(picture(draw_line([RasterCell(text, 24)], EPSON))) for text in ("سسس", "س\u200cس\u200cس")
    )
    assert joined[1] < apart[1]


def test_brackets_around_a_latin_name_stay_outside_it() -> None:
    runs = visual_runs("قهوة (Nescafé) 50", system_fonts())
    assert [run.text.strip() for run in runs] == ["50", ")", "Nescafé", "(", "قهوة"]


def test_missing_characters_are_drawn_as_their_code_and_reported() -> None:
    """An unassigned code and a picture sign: two boxes, two reports, ink in the strip."""
    strip = draw_line([RasterCell("a\u0378b\U0001fae8", 12)], GENERIC_58)
    assert strip.missing == ("\u0378", "\U0001fae8")
    first, last = ink_columns(picture(strip))
    assert last - first > 3 * CELL_DOTS


def test_without_any_font_latin_is_still_drawn_and_the_rest_reported(tmp_path: Path) -> None:
    """Fonts are optional: Pillow's own draws Latin letters, and nothing turns into a question mark."""
    bare = FontShelf([tmp_path])
    strip = draw_line([RasterCell("Tea ₹ चाय", 20)], EPSON, shelf=bare)
    assert set(strip.missing) >= {"₹", "च"}
    assert picture(strip).getbbox() is not None


def test_a_broken_font_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "DejaVuSansMono.ttf").write_bytes(b"\x00\x01\x00\x00\x00\x09rubbish")
    (tmp_path / "NotoSansMono-Regular.ttf").write_bytes(b"")
    assert draw_line([RasterCell("Tea", 20)], EPSON, shelf=FontShelf([tmp_path])).missing == ()


def test_no_picture_contains_a_real_time_request() -> None:
    """10 14 02 01 08 inside image data switches some printers off; one dot more prevents it."""
    rows = bytes([0x10, 0x04, 0x01, 0x10, 0x14, 0x02, 0x01, 0x08])
    data = picture_bytes(Image.frombytes("1", (8, 8), rows))
    assert data[8:] == bytes([0x18, 0x04, 0x01, 0x18, 0x14, 0x02, 0x01, 0x08])
