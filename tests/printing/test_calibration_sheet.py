"""The codes that scanners are set up by: a reader that nobody here wrote reads them off the paper and the
screen."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from agent.cli.scan_learning import squares
from agent.language.language import english
from agent.printing.calibration_sheet import picture as on_screen
from agent.printing.calibration_sheet import ticket
from agent.printing.paper_picture import picture
from drivers.printer.profile import profile_named
from drivers.scanner.calibration import BARS, GS, SQUARES, Code
from tests.drivers.printer.printer_rig import codes_in


def lines_of(kind: str, text: str) -> set[str]:
    """What the reader says of a code; GS ends a line of its output for Python."""
    return set(f"{kind}:{text}".split(GS))


@pytest.mark.parametrize("name", ["epson-tm-t20", "generic-58", "clone-80-no-replies"])
def test_both_codes_are_read_off_paper_of_any_width(name: str, tmp_path: Path) -> None:
    """Drawn by the printer, or sent as a picture."""
    profile = profile_named(name)
    png = picture(ticket(profile.columns, english().text), profile)
    assert codes_in(png, tmp_path) == {one for code in BARS for one in lines_of("CODE-128", code.text)}


@pytest.mark.parametrize("code", SQUARES, ids=lambda code: code.asks)
def test_each_code_is_read_off_the_terminal(code: Code, tmp_path: Path) -> None:
    assert codes_in(screen(squares(code)), tmp_path) == lines_of("QR-Code", code.text)


@pytest.mark.parametrize("code", SQUARES, ids=lambda code: code.asks)
def test_each_code_is_read_off_the_page(code: Code, tmp_path: Path) -> None:
    assert codes_in(on_screen(code.asks) or b"", tmp_path) == lines_of("QR-Code", code.text)
    assert on_screen("goods") is None


def screen(lines: Sequence[str]) -> bytes:
    """Half blocks as a terminal draws them."""
    shot = Image.new("1", (8 * len(lines[0]), 16 * len(lines)), 1)
    for y, line in enumerate(lines):
        assert len(line) <= 78, "it has to fit a terminal of 80 columns"
        for x, char in enumerate(line):
            upper, lower = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}[char]
            for dark, top in ((upper, 0), (lower, 8)):
                if dark:
                    shot.paste(0, (8 * x, 16 * y + top, 8 * x + 8, 16 * y + top + 8))
    out = io.BytesIO()
    shot.save(out, "PNG")
    return out.getvalue()
