"""What is printed besides bills, a drawer that waits for the line, and a ticket that came to nothing."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any

import pytest

from agent.language.language import in_english
from agent.store import spool
from agent.store.spool import Job
from drivers.simulated.printer import VirtualPrinter

from .test_worker import ROW, Desk, Undrawable, desk, wait, working

__all__ = ["desk"]

SHEET = [ROW, ROW, {"kind": "cut"}]


@pytest.mark.parametrize(
    ("profile", "said"), [("epson-tm-t20", "Printed."), ("clone-80-no-replies", "cannot confirm")]
)
def test_a_sheet_is_printed_once_and_who_asked_is_told_how(desk: Desk, profile: str, said: str) -> None:
    with VirtualPrinter() as printer, working(desk, printer, profile=profile) as thread:
        wait(desk, lambda: bool(desk.status), thread)
        printed, why = thread.sheets.put(SHEET, thread.wake, 20)
        assert (printed, said in in_english(why)) == (True, True), in_english(why)
        assert len(printer.wait_for_tickets(1)) == 1
        job = desk.job()
        wait(desk, lambda: job in desk.ended(), thread)
        assert len(printer.wait_for_tickets(2)) == 2


def test_after_a_sheet_the_printer_is_left_alone_for_a_moment(desk: Desk) -> None:
    """A bill that follows would wait for the end of a look."""
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        assert thread.sheets.put(SHEET, thread.wake, 20)[0]
        so_far = printer.status()["bytes"]
        thread.wake()
        time.sleep(0.3)
        assert printer.status()["bytes"] == so_far


def test_a_sheet_that_a_printer_without_paper_did_not_begin_never_comes(desk: Desk) -> None:
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        printer.set_fault("paper-out")
        wait(desk, lambda: "paper_out" in desk.status, thread)
        printed, why = thread.sheets.put(SHEET, thread.wake, 0.5)
        assert (printed, "does not print now" in in_english(why)) == (False, True)
        printer.clear()
        job = desk.job()
        wait(desk, lambda: desk.ended() == {job: "confirmed"}, thread)
        assert len(printer.tickets) == 1


def test_a_bill_that_waits_comes_before_a_sheet(desk: Desk) -> None:
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        printer.set_fault("paper-out")
        wait(desk, lambda: "paper_out" in desk.status, thread)
        asking = threading.Thread(target=thread.sheets.put, args=(SHEET, thread.wake, 30))
        asking.start()
        wait(desk, lambda: bool(thread.sheets))
        job = desk.job()
        wait(desk, lambda: desk.open() == {job: "held"}, thread)
        printer.clear()
        wait(desk, lambda: len(printer.tickets) == 2, thread)
        asking.join()
        assert [ticket.text.count("Bill") for ticket in printer.tickets] == [1, 2]


def test_a_sheet_that_nobody_can_prove_is_not_called_printed_and_the_next_bill_is(desk: Desk) -> None:
    """The roll ends in it; with new paper the rest comes, and the bill on a line of its own."""
    with VirtualPrinter(roll_mm=100) as printer, working(desk, printer, deadline_s=1.5) as thread:
        printed, why = thread.sheets.put([*[ROW] * 60, {"kind": "cut"}], thread.wake, 20)
        assert not printed
        assert in_english(why)
        job = desk.job()
        wait(desk, lambda: printer.clear("paper-out") or desk.ended() == {job: "confirmed"}, thread)


def test_a_drawer_that_cannot_have_the_line_stays_shut_and_says_so(desk: Desk) -> None:
    """The disk does not answer while a bill is begun: the line is its, and no pulse goes between."""
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        printer.set_fault("paper-out")
        job = desk.job()
        wait(desk, lambda: desk.open() == {job: "held"}, thread)
        with desk.lock:
            printer.clear()
            seen = len(desk.status)
            wait(desk, lambda: "ok" in desk.status[seen:], thread)
            opened, why = thread.open_drawer()
        assert (opened, why and in_english(why)) == (False, "The printer is busy.")
        wait(desk, lambda: desk.ended() == {job: "confirmed"}, thread)
        assert printer.status()["kicks"] == []


@pytest.mark.parametrize(("fault", "state"), [("paper-out", "held"), ("silent", "queued")])
def test_a_printer_that_changes_between_the_look_and_the_ticket_gets_none_of_it(
    desk: Desk, fault: str, state: str
) -> None:
    """One that cannot confirm is asked once more. Nothing was sent, so it is printed later and is no copy."""
    faults = deque([fault])

    def document(job: Job) -> list[dict[str, Any]]:
        if job.id != first and faults:
            printer.set_fault(faults.popleft())
        return [ROW, {"kind": "cut"}]

    with VirtualPrinter() as printer:
        printer.set_fault("no-echo")
        first = desk.job()
        with working(desk, printer, document) as thread:
            wait(desk, lambda: desk.open() == {first: "unknown"}, thread)
            second = desk.job()
            wait(desk, lambda: (second, state) in desk.told, thread)
            sent = desk.told.index((second, "sending"))
            assert desk.told[sent + 1] == (second, state)
            (left,) = (job for job in spool.open_jobs(desk.store.reader()) if job.id == second)
            assert (left.state, left.handed_over) == (state, 0)
            assert left.text
            assert len(printer.tickets) == 1
            printer.clear(fault)
            wait(desk, lambda: desk.ended() == {second: "sent"}, thread)
            assert len(printer.tickets) == 2


def test_a_sheet_that_cannot_be_drawn_is_said_and_nothing_of_it_was_sent(desk: Desk) -> None:
    """Too wide for the paper, or by a font that fails."""
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        printed, why = thread.sheets.put(Undrawable(ValueError), thread.wake, 20)
        assert (printed, "Nothing was sent" in in_english(why)) == (False, True), in_english(why)
        job = desk.job()
        wait(desk, lambda: job in desk.ended(), thread)
        assert len(printer.tickets) == 1
