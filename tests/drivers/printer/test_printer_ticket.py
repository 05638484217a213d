"""Documents become jobs: text exact in columns, pictures elsewhere, and nothing a name could smuggle in."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printer.barcodes import code128, qr, qr_command
from drivers.printer.profile import PrinterProfile, profile_named, profiles
from drivers.printer.ticket import build, compose
from drivers.simulated.printer_firmware import Firmware
from drivers.simulated.printer_head import PrintHead
from tests.drivers.printer.printer_rig import BARCODE, EPSON, GENERIC_58, QR, plain, receipt, row, strips


def press(data: bytes, profile: PrinterProfile = EPSON) -> Firmware:
    """What a printer of that width makes of a job."""
    firmware = Firmware(
        PrintHead(profile.dots, 80 if profile.dots > 400 else 58),
        answer=lambda _: None,
        clock=lambda: 0.0,
        receive_buffer=1 << 24,
        tear=not profile.cutter,
    )
    firmware.receive(data)
    firmware.tear_off()
    return firmware


def text_of(document: list[dict[str, Any]], profile: PrinterProfile = EPSON) -> list[str]:
    firmware = press(build(document, profile), profile)
    assert firmware.complaints == []
    return firmware.tickets[0].text.splitlines()


def test_columns_are_exact() -> None:
    """Alignments, rules and double-width lines land where the document says."""
    lines = text_of(
        [
            row(("left", 10, "left"), ("mid", 9, "center"), ("right", 29, "right")),
            {"kind": "rule", "char": "="},
            row(("WIDE", 12, "left"), ("9.50", 12, "right"), wide=True),
            row(("", 20, "left"), ("x" * 28, 28, "left")),
            {"kind": "cut"},
        ]
    )
    assert lines[0] == "left         mid" + " " * 27 + "right"
    assert lines[1] == "=" * 48
    assert lines[2] == "WIDE" + " " * 36 + "9.50"
    assert lines[3] == " " * 20 + "x" * 28


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda profile: profile.name)
def test_a_whole_receipt_on_every_profile(profile: PrinterProfile) -> None:
    """Every printer gets a ticket it understands, once, the same bytes every time; no drawer opens."""
    data = build(receipt(profile.columns), profile)
    firmware = press(data, profile)
    assert (firmware.complaints, firmware.counts.unknown_commands) == ([], 0)
    assert (len(firmware.tickets), firmware.counts.drawer_kicks) == (1, 0)
    assert firmware.counts.realtime_in_data == 0
    assert "GSTIN 29ABCDE1234F1Z5" in firmware.tickets[0].text
    assert data == build(receipt(profile.columns), profile)
    assert data.startswith(b"\x1b@")
    assert data.count(b"\x1bt") == 1
    assert {strip.width for strip in strips(data)} == {profile.dots}


def test_native_codes_carry_their_text() -> None:
    codes = press(build(receipt(48), EPSON)).tickets[0].codes
    assert codes == (("CODE128", BARCODE), ("QR", QR))


def test_letters_of_the_code_page_stay_text() -> None:
    """Windows-1252 on an Epson; the same name is drawn on a printer of unknown make."""
    document = plain("Café crème 2 €")
    assert text_of(document)[0] == "Café crème 2 €"
    assert text_of(document, profile_named("generic-80"))[0].startswith("[picture")


@pytest.mark.parametrize("text", ["₹ 240.00", "चाय पत्ती", "தமிழ் காபி", "شاي أخضر", "绿茶 大红袍"])
@pytest.mark.parametrize("profile", [EPSON, GENERIC_58], ids=lambda profile: profile.name)
def test_what_no_code_page_holds_is_drawn(text: str, profile: PrinterProfile) -> None:
    """The whole line is one strip as wide as the head, with ink in it and no question mark instead."""
    ticket = compose(plain(text), profile)
    [strip] = strips(ticket.data)
    assert (strip.width, ticket.pictures, ticket.missing) == (profile.dots, 1, "")
    assert strip.getbbox() is not None
    assert b"?" not in ticket.data.replace(b"\x1dv0", b"")[: ticket.data.index(b"\x1dv0")]


def test_a_name_cannot_give_commands() -> None:
    """Control characters in a catalogue's text are drawn as their code, never sent."""
    evil = "Tea\x1b@\x10\x14\x02\x01\x08\x1bp\x00\x19\x19\n\x1dV\x00"
    firmware = press(build(plain(evil, "next"), EPSON))
    assert (len(firmware.tickets), firmware.counts.drawer_kicks) == (1, 0)
    drawn = compose(plain("a\x1bb"), EPSON)
    assert (drawn.pictures, drawn.missing) == (1, ""), "a fault of the text, and of no font"


def test_text_longer_than_its_cell_is_shrunk_not_cut() -> None:
    [line, *_] = text_of(
        [row(("a name of far too many letters", 10, "left"), ("1.00", 8, "right")), {"kind": "cut"}]
    )
    assert line.startswith("[picture")


@settings(max_examples=60)
@given(st.text(max_size=40), st.integers(1, 48), st.sampled_from(["left", "right", "center"]), st.booleans())
def test_any_text_prints_one_ticket_and_commands_nothing(
    text: str, width: int, align: str, bold: bool
) -> None:
    """Whatever a catalogue holds: one ticket, no unknown command, no request hidden in a picture."""
    firmware = press(build([row((text, width, align), bold=bold), {"kind": "cut"}], EPSON))
    assert (len(firmware.tickets), firmware.complaints) == (1, [])
    assert (firmware.counts.realtime_in_data, firmware.counts.drawer_kicks) == (0, 0)


@settings(max_examples=80)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=24))
def test_any_barcode_is_read_back_or_printed_as_text(data: str) -> None:
    """On narrow paper digits are packed in pairs; what still does not fit is printed in letters."""
    document = [{"kind": "barcode", "symbology": "code128", "data": data, "text": True}, {"kind": "cut"}]
    profile = profile_named("xprinter-80")
    narrow = PrinterProfile("narrow", columns=32, dots=384)
    for paper in (profile, narrow):
        firmware = press(build(document, paper), paper)
        assert firmware.complaints == []
        if code128(data, paper.dots):
            assert firmware.tickets[0].codes == (("CODE128", data),)
        else:
            assert firmware.tickets[0].codes == ()
            assert data.strip() in firmware.tickets[0].text
        assert firmware.counts.realtime_in_data == 0


@pytest.mark.parametrize("digits", ["16041604160416041604", "16201605160416141620"])
def test_pairs_of_digits_never_spell_a_real_time_request(digits: str) -> None:
    """Set C sends 16 and 04 as the bytes 10 04, which a printer would obey as a request."""
    document = [{"kind": "barcode", "symbology": "code128", "data": digits, "text": False}]
    data = build(document, PrinterProfile("narrow", columns=32, dots=384))
    assert not any(pair in data for pair in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))


def test_a_printer_without_cutter_is_only_fed() -> None:
    data = build(plain("x"), GENERIC_58)
    assert b"\x1dV" not in data
    assert data.endswith(b"\x1bd\x04")


@pytest.mark.parametrize(
    ("item", "complaint"),
    [
        ({"kind": "picture"}, r"document\[1\].kind: expected one of row"),
        ({}, r"document\[1\].kind"),
        ({"kind": "row"}, r"document\[1\].cells: expected a list, got None"),
        ({"kind": "row", "cells": ["x"]}, r"document\[1\].cells\[0\]: expected an object"),
        (row(("x", 0, "left")), r"document\[1\].cells\[0\].width: expected a whole number from 1"),
        (row(("x", 4, "middle")), r"document\[1\].cells\[0\].align: expected left, right or center"),
        (row(("x", 40, "left"), ("y", 9, "left")), r"document\[1\].cells: 49 columns on a line of 48"),
        (row(("x", 25, "left"), wide=True), r"document\[1\].cells: 25 columns on a line of 24"),
        ({**row(("x", 4, "left")), "bold": 1}, r"document\[1\].bold: expected true or false, got 1"),
        ({**row(("x", 4, "left")), "blod": True}, r"document\[1\].blod: a row has no such key"),
        ({"kind": "rule", "char": "--"}, r"document\[1\].char: expected one character"),
        ({"kind": "feed", "lines": True}, r"document\[1\].lines: expected a whole number"),
        ({"kind": "barcode", "symbology": "ean13", "data": "1", "text": True}, r"document\[1\].symbology"),
        (
            {"kind": "barcode", "symbology": "code128", "data": "₹", "text": True},
            r"document\[1\].data: CODE128",
        ),
        ({"kind": "qr", "data": ""}, r"document\[1\].data: a QR code takes text"),
        ({"kind": "qr", "data": "x" * 4000}, r"document\[1\].data: 4000 bytes are too many"),
    ],
)
def test_a_malformed_document_names_the_place(item: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        build([row(("ok", 4, "left")), item], EPSON)


@pytest.mark.parametrize(("level", "module"), [(0, 3), (1, 8)])
@pytest.mark.parametrize("data", [QR, "₹é" * 150])
def test_commands_are_what_python_escpos_writes(data: str, level: int, module: int) -> None:
    """It is not imported for them: that took 160 ms of a till's first ticket."""
    from escpos.printer import Dummy

    out = Dummy()
    out.qr(data, ec=level, size=module, native=True)
    assert qr_command(data, replace(qr(data, 576), level=level, module=module)) == out.output
    out.clear()
    out.hw("INIT")
    out.print_and_feed(EPSON.feed_before_cut)
    assert build([{"kind": "cut"}], EPSON).replace(b"\x1bt\x10", b"") == out.output + b"\x1dV\x01"


def test_the_first_ticket_imports_no_python_escpos() -> None:
    program = (
        "import logging, sys; from drivers.printer.ticket import build;"
        "from drivers.printer.profile import profile_named;"
        "build([{'kind': 'qr', 'data': 'x'}, {'kind': 'cut'}], profile_named('epson-tm-t20'));"
        "assert 'escpos' not in sys.modules; assert not logging.getLogger().handlers"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], timeout=60, check=True)


@given(
    st.text(
        st.characters(min_codepoint=33, max_codepoint=0x3000, exclude_categories=["C"]),
        min_size=1,
        max_size=300,
    )
)
@settings(max_examples=25, deadline=None)
def test_a_qr_code_has_the_size_it_was_given_room_for(data: str) -> None:
    """The size is looked up, the squares are drawn only where they are wanted: both must agree."""
    code = qr(data, 576)
    assert [len(row) for row in code.rows()] == [code.side] * code.side


def test_a_code_that_the_printer_draws_is_not_drawn_here() -> None:
    """Only its size is wanted, which that of the ticket before had too. Drawn under eight masks it was four
    fifths of a ticket's time."""
    code: list[dict[str, Any]] = [{"kind": "qr", "data": QR}, {"kind": "cut"}]
    build(code, EPSON)  # imports
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        build(code, EPSON)
    finally:
        sys.setprofile(None)
    assert calls < 100, calls


def test_what_is_to_be_drawn_is_drawn_also_where_the_printer_could() -> None:
    """Text, bar code and QR code; the printer's own stand beside them."""
    barcode = {"kind": "barcode", "symbology": "code128", "data": BARCODE, "text": True}
    native = [row(("Tea", 10, "left")), barcode, {"kind": "qr", "data": QR}]
    data = build([*native, *(item | {"drawn": True} for item in native), {"kind": "cut"}], EPSON)
    ticket = press(data).tickets[0]
    assert ticket.codes == (("CODE128", BARCODE), ("QR", QR))
    assert ticket.text.count("Tea") == 1
    assert len(list(strips(data))) >= 3
