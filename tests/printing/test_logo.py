"""A till whose printers have logos: on their bills, and a file that is gone stops none of them."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from agent.daemon.printing_side import letters, paper_picture, printer_options
from agent.language.language import Language, in_english
from agent.printing.logo_file import logo_of
from agent.settings.config import Config
from tests.settings.test_printer_settings import read, wrong

PRINTER = '[[printer]]\nurl = "tcp://192.168.1.5:9100"\nprofile = "epson-tm-t20"\n'


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    file = tmp_path / "logo.png"
    Image.new("1", (100, 40)).save(file)
    return file


def told(config: Config) -> list[str]:
    return [in_english(one) for one in letters(config, Language("en")).told()]


def test_a_bill_comes_out_behind_the_logo(tmp_path: Path, logo: Path) -> None:
    document = [{"kind": "feed", "lines": 1}, {"kind": "cut"}]
    with_logo = read(tmp_path, f'{PRINTER}logo = "{logo}"\n')
    assert told(with_logo) == []
    assert printer_options(with_logo.printer[0]).profile.logo == logo.read_bytes()
    plain = read(tmp_path, PRINTER)
    assert paper_picture(with_logo.printer[0])(document) != paper_picture(plain.printer[0])(document)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "not there"),
        (b"", "no picture"),
        (b"GIF89a and nothing more", "no picture"),
        (b"x" * 4_000_001, "too large"),
    ],
    ids=["gone", "empty", "broken", "large"],
)
def test_a_file_that_is_no_logo_is_said_and_stops_no_ticket(
    tmp_path: Path, logo: Path, content: bytes | None, why: str
) -> None:
    logo.unlink()
    if content is not None:
        logo.write_bytes(content)
    config = read(tmp_path, f'{PRINTER}logo = "{logo}"\n')
    (said,) = told(config)
    assert str(logo) in said
    assert why in said
    assert not printer_options(config.printer[0]).profile.has_logo
    assert logo_of(str(tmp_path), 576)[0] == b"", "a directory is none either"


@pytest.mark.parametrize("columns", [32, 42, 48])
def test_the_picture_of_a_bill_has_the_logo_that_the_printer_stores(
    tmp_path: Path, logo: Path, columns: int
) -> None:
    """As its file has it, dot for dot where it would be drawn. Without the file nobody here can see it."""
    document = [{"kind": "feed", "lines": 1}, {"kind": "cut"}]
    paper = f"columns = {columns}\ndots = {columns * 12}\n"

    def shown(more: str) -> Image.Image:
        config = read(tmp_path, f"{PRINTER}{paper}{more}")
        return Image.open(io.BytesIO(paper_picture(config.printer[0])(document))).convert("L")

    drawn, stored = shown(f'logo = "{logo}"\n'), shown(f'logo = "{logo}"\nstored_logo = "A1"\n')
    boxes = [one.point(lambda dot: 255 - dot).getbbox() for one in (drawn, stored)]
    assert boxes[0] == boxes[1] is not None
    box = boxes[0]
    assert box and (box[2] - box[0], box[3] - box[1]) == (100, 40)
    assert abs((box[0] + box[2]) - drawn.width) <= 8, "in the middle"
    unseen = shown('stored_logo = "A1"\n')
    assert unseen.point(lambda dot: 255 - dot).getbbox() is None


def test_names_that_no_printer_has_are_refused(tmp_path: Path) -> None:
    assert "two letters" in wrong(tmp_path, f'{PRINTER}stored_logo = "LOGO"\n')["printer[0].stored_logo"]


def test_a_pipe_keeps_no_ticket_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    picture, why = logo_of(str(tmp_path / "pipe"), 576)
    assert picture == b""
    assert "no picture" in in_english(why or "")
