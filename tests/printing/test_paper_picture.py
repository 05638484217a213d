"""The picture of a ticket is what the printer makes of the same bytes."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from agent.printing.paper_picture import picture
from drivers.printer.profile import PrinterProfile, profiles
from drivers.printer.ticket import build, compose
from drivers.simulated.printer_firmware import Firmware
from drivers.simulated.printer_head import PrintHead
from tests.drivers.printer.printer_rig import BARCODE, QR, row

DOCUMENT = [
    row(("Lakeside", 16, "left"), ("गरम मसाला", 12, "left"), bold=True),
    {"kind": "rule", "char": "-"},
    row(("Total", 10, "left"), ("649.00", 6, "right"), wide=True),
    {"kind": "barcode", "symbology": "code128", "data": BARCODE, "text": True},
    {"kind": "qr", "data": QR},
    {"kind": "cut"},
]


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda profile: profile.name)
def test_a_ticket_is_drawn_as_every_printer_prints_it(profile: PrinterProfile) -> None:
    firmware = Firmware(
        PrintHead(profile.dots, 80 if profile.dots > 400 else 58),
        answer=lambda _: None,
        clock=lambda: 0.0,
        receive_buffer=1 << 24,
        tear=not profile.cutter,
    )
    firmware.receive(build(DOCUMENT, profile))
    firmware.tear_off()
    assert firmware.complaints == []
    printed, drawn = (
        Image.open(io.BytesIO(data)) for data in (firmware.tickets[0].png, picture(DOCUMENT, profile))
    )
    assert (printed.size, printed.tobytes()) == (drawn.size, drawn.tobytes())
    assert printed.getextrema() == (0, 255)


def test_what_cannot_be_printed_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match=r"document\[0\]"):
        picture([{"kind": "song"}], profiles()["generic-80"])


LONG = [
    *DOCUMENT[:-1],
    row(("tall", 8, "left"), tall=True),
    row(("both", 8, "left"), tall=True, wide=True),
    {**row(("drawn", 8, "left"), tall=True), "drawn": True},
    {"kind": "feed", "lines": 3},
    {"kind": "barcode", "symbology": "code128", "data": BARCODE},
    {"kind": "barcode", "symbology": "code128", "data": BARCODE, "text": True, "drawn": True},
    {"kind": "qr", "data": QR, "drawn": True},
    {"kind": "shades"},
    {"kind": "cut"},
]
BORDER_DOTS = 24


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda profile: profile.name)
def test_a_ticket_knows_how_much_paper_it_takes(profile: PrinterProfile) -> None:
    """To the dot, of a printer that feeds as it is told; real ones are a few lines in a hundred off."""
    ticket = compose(LONG, profile)
    paper = Image.open(io.BytesIO(picture(LONG, profile)))
    assert ticket.dots == paper.height - 2 * BORDER_DOTS
    assert ticket.paper_mm == round(ticket.dots / 8)
    captions = 0 if profile.native_barcode else 1
    assert (ticket.lines, ticket.codes) == (7 + captions, 5)
    assert ticket.cuts == int(profile.cutter)
