"""Automatic status (ASB) between answers and marks: what a printer tells unasked is none of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from drivers.printer.auto_status import switch_off, switch_on
from drivers.printer.job import print_job
from drivers.printer.profile import PrinterProfile
from drivers.printer.session import query_status
from drivers.printer.ticket import build
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import EPSON, opened, plain, wired

GS_R = replace(EPSON, fence="gs-r")
WIRES = pytest.mark.parametrize("wire", ["tcp", "pty"])


def test_one_that_knows_it_says_so_at_once_and_one_that_does_not_never_does() -> None:
    with VirtualPrinter() as printer, opened(printer) as line:
        assert switch_on(line, 1.0)
        printer.set_fault("no-auto-status")
        assert not switch_on(line, 0.3)


def test_another_answer_is_not_taken_for_that_of_one_that_knows_it() -> None:
    with VirtualPrinter() as printer, opened(printer) as line:
        printer.set_fault("no-auto-status")
        line.write(b"\x10\x04\x01", 1.0)
        assert not switch_on(line, 0.3)


def test_one_that_stands_still_says_so_when_it_goes_on_and_not_before() -> None:
    """The command waits in its turn: what was no answer then is none to anything later."""
    with VirtualPrinter() as printer, opened(printer) as line:
        printer.set_fault("cover-open")
        assert not switch_on(line, 0.3)
        printer.clear()
        status = query_status(line, profile=EPSON)
        assert (status.ready, status.cover) == (True, "closed")


@WIRES
def test_what_it_tells_while_it_is_asked_changes_no_answer(wire: str, tmp_path: Path) -> None:
    """The drawer moves behind each byte of the four questions."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        for at in range(1, 13):
            assert switch_on(line, 1.0)
            printer.set_fault(f"at byte {at}: drawer-open")
            heard: list[object] = []
            status = query_status(line, profile=replace(EPSON, drawer_open_level="low"), heard=heard.append)
            assert status.ready, at
            assert len(heard) == 5, "who looks is told that something came in between"
            assert query_status(line, profile=replace(EPSON, drawer_open_level="low")).drawer == "open"
            printer.clear("drawer-open")
            assert line.read(1.0) == b"\x14\x00\x00\x0f"


@WIRES
@pytest.mark.parametrize("profile", [EPSON, GS_R], ids=["echo", "gs-r"])
def test_a_drawer_that_moves_as_a_job_begins_does_not_spoil_its_proof(
    wire: str, profile: PrinterProfile, tmp_path: Path
) -> None:
    """Behind each byte from the first mark on; a cash sale opens it just then. Automatic status in the midst
    of a job is the sign of one that was off, so that it is switched off ahead."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        for at in range(12, 48):
            assert switch_on(line, 1.0)
            printer.set_fault(f"at byte {at}: drawer-open")
            status = query_status(line, profile=profile, marks_follow=True)
            switch_off(line, 1.0)
            data = build(plain("x"), profile)
            outcome = print_job(line, data, f"{at:04}", profile, 8.0, looked=status)
            assert outcome.state == "confirmed", at
            printer.clear("drawer-open")
        assert len(printer.tickets) == 48 - 12
