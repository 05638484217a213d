"""The paper itself: a scanner nobody here wrote reads the codes off the picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.printer.profile import profile_named
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import BARCODE, QR, codes_in, opened, printed, receipt


@pytest.mark.parametrize("name", ["epson-tm-t20", "generic-58", "clone-80-no-replies"])
def test_the_codes_can_be_scanned_off_the_paper(name: str, tmp_path: Path) -> None:
    """Drawn by the printer or sent as a picture, on wide and narrow paper."""
    profile = profile_named(name)
    paper = 80 if profile.dots > 400 else 58
    with VirtualPrinter(paper_mm=paper, directory=tmp_path / "out") as printer:
        with opened(printer) as line:
            printed(line, receipt(profile.columns), profile=profile)
        [ticket] = printer.wait_for_tickets(1)
    assert codes_in(ticket.png, tmp_path) == {f"CODE-128:{BARCODE}", f"QR-Code:{QR}"}
    assert (tmp_path / "out" / "ticket-0001.png").read_bytes() == ticket.png
    assert (tmp_path / "out" / "ticket-0001.txt").read_text(encoding="utf-8") == ticket.text


@pytest.mark.parametrize("name", ["generic-58", "clone-58-no-replies"])
@pytest.mark.parametrize("number", ["ST01T126-000001", "ST01T126C000001"])
def test_a_bill_number_of_fifteen_letters_is_a_barcode_on_narrow_paper(
    number: str, name: str, tmp_path: Path
) -> None:
    """The white beside the print head's reach is part of the quiet zone; without it there was no barcode."""
    document = [{"kind": "barcode", "symbology": "code128", "data": number, "text": True}, {"kind": "cut"}]
    with VirtualPrinter(paper_mm=58) as printer:
        with opened(printer) as line:
            printed(line, document, profile=profile_named(name))
        [ticket] = printer.wait_for_tickets(1)
    assert codes_in(ticket.png, tmp_path) == {f"CODE-128:{number}"}


def test_a_long_upi_code_fits_narrow_paper(tmp_path: Path) -> None:
    """A payment link of 280 characters still reads on 58 mm."""
    link = "upi://pay?pa=shop@upi&tn=" + "x" * 255
    profile = profile_named("generic-58")
    with VirtualPrinter(paper_mm=58) as printer:
        with opened(printer) as line:
            printed(line, [{"kind": "qr", "data": link}, {"kind": "cut"}], profile=profile)
        [ticket] = printer.wait_for_tickets(1)
    assert codes_in(ticket.png, tmp_path) == {f"QR-Code:{link}"}
