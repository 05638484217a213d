"""What a person asks of a printer is answered by its thread between two tickets, or not at all."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from agent.language.language import in_english
from agent.printing.questions import Asked
from agent.printing.worker import PrinterThread
from agent.store.spool import Job
from drivers.printer.transport import TransportFailed
from drivers.simulated.printer import VirtualPrinter
from tests.printing.test_status_watch import until
from tests.printing.test_worker import ROW, Desk, desk, wait, working

__all__ = ["desk"]

SAYS = {"maker": "VIRTUAL", "model": "ROLL", "firmware": "1.00", "serial": "0001"}


def put(thread: PrinterThread, patience_s: float = 20.0) -> Asked | None:
    return thread.questions.put(thread.wake, patience_s)


def told(thread: PrinterThread) -> dict[str, Any]:
    asked = put(thread)
    assert asked
    return asked.told(in_english)


def test_beside_a_selling_till_it_says_how_and_what_it_is(desk: Desk) -> None:
    """Over a network line that two tills share, which is let go again."""
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        printer.set_fault("one-connection")
        assert told(thread) == {"state": "ok", "text": "Ready.", "says": SAYS | {"pin-3": "high"}}
        assert {row["what"]: row["value"] for row in thread.known.rows()} == SAYS
        printer.set_fault("paper-out")
        assert (told(thread)["state"], told(thread)["says"]) == ("paper_out", {"pin-3": "high"})
        printer.set_fault("silent")
        assert (told(thread)["state"], told(thread)["says"]) == ("unknown", {})
        printer.clear()
        assert printer.tickets == [], "questions print nothing"


def test_a_line_that_breaks_is_told_to_who_asked_and_the_thread_goes_on(desk: Desk) -> None:
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        printer.set_fault("unplug")
        with pytest.raises(TransportFailed):
            put(thread)
        printer.clear()
        job = desk.job()
        wait(desk, lambda: desk.ended() == {job: "confirmed"}, thread)


def test_bills_that_are_printed_meanwhile_are_proven_all_the_same(desk: Desk) -> None:
    def long(job: Job) -> list[dict[str, Any]]:
        return [*[ROW] * 60, {"kind": "cut"}]

    with VirtualPrinter() as printer, working(desk, printer, long) as thread, ThreadPoolExecutor(4) as people:
        jobs = [desk.job() for _ in range(5)]
        thread.wake()
        asked = [people.submit(told, thread) for _ in range(8)]
        wait(desk, lambda: len(desk.ended()) == 5, thread)
        assert {one.result()["state"] for one in asked} == {"ok"}
        assert len(printer.tickets) == 5
    assert desk.ended() == dict.fromkeys(jobs, "confirmed")


def test_while_a_bill_waits_for_paper_in_its_middle_nobody_else_talks_to_the_printer(desk: Desk) -> None:
    """Its answers would be taken from the bill's proof. Who gave up is not answered later."""

    def long(job: Job) -> list[dict[str, Any]]:
        return [*[ROW] * 60, {"kind": "cut"}]

    with VirtualPrinter(roll_mm=200) as printer, working(desk, printer, long) as thread:
        job = desk.job()
        thread.wake()
        until(lambda: printer.status()["halted"])
        assert put(thread, 0.5) is None
        time.sleep(0.2)
        printer.clear()
        wait(desk, lambda: desk.ended() == {job: "confirmed"}, thread)
        assert told(thread)["says"] == SAYS | {"pin-3": "high"}
