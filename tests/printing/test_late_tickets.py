"""A printer that comes back does not print what nobody waits for any more: a person is asked."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.printing.printer_options import PrinterOptions
from agent.printing.printers import Printers, PrinterSetup
from agent.printing.routes import Route
from agent.store import spool
from drivers.printer.profile import profile_named
from drivers.simulated.printer import VirtualPrinter
from tests.rig.till import RigTill

LATE = {"bills": 12 * 3600, "copies": 3600}


class LateTill(RigTill):
    """A till with a printer, whose clock stands still unless it is moved."""

    def __init__(self, directory: Path, url: str) -> None:
        self.url = url
        super().__init__(directory)

    def serve(self) -> None:
        super().serve()
        options = PrinterOptions(self.url, profile_named("epson-tm-t20"), 20.0)
        self.printers = Printers(
            self.till,
            self.board,
            self.last_bill,
            lambda job, profile: [
                {"kind": "row", "cells": [{"text": _name(job), "width": profile.columns, "align": "left"}]},
                {"kind": "cut"},
            ],
            self.store.reader,
            [PrinterSetup(Route("printer"), lambda: options)],
            late_after_s=LATE,
        )

    def later(self, hours: float) -> None:
        self.at += timedelta(hours=hours)

    def asked(self) -> list[tuple[int, str, bool]]:
        return [(one["job"], one["number"], one["late"]) for one in self.board.part("unknown_prints")]

    def decided(self) -> list[dict[str, Any]]:
        rows = self.till.read(
            lambda tx: tx.execute("SELECT body FROM journal WHERE kind = 'print-resolved'").fetchall()
        )
        return [json.loads(body) for (body,) in rows]


def _name(job: Any) -> str:
    return f"bill {job.bill_id & 0xFFFF} copy {job.copy}"


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    with VirtualPrinter() as running:
        yield running


@pytest.fixture
def till(tmp_path: Path, printer: VirtualPrinter) -> Iterator[LateTill]:
    made = LateTill(tmp_path / "store", printer.url)
    yield made
    made.close()


@contextmanager
def running(till: LateTill) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=till.printers.each[0].run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        till.printers.wake()
        thread.join()


def _until(met: Callable[[], object]) -> None:
    end = time.monotonic() + 40
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def _papers(printer: VirtualPrinter) -> list[str]:
    return [ticket.text.strip() for ticket in printer.tickets]


def test_of_a_night_without_paper_only_the_new_bill_prints_by_itself(
    till: LateTill, printer: VirtualPrinter
) -> None:
    evening = [till.sell(), till.sell()]
    till.later(11.9)
    till.printers.look()
    assert till.asked() == [], "not yet"
    till.later(0.1)
    till.reopen()
    assert till.asked() == [(1, evening[0], True), (2, evening[1], True)]
    morning = till.sell()
    with running(till):
        till.printers.wake()
        _until(lambda: _papers(printer))
        assert _papers(printer) == ["bill 3 copy 0"], "the customer at the counter first"
        assert till.printers.late([2], wanted=True).ok
        _until(lambda: len(_papers(printer)) == 2)
        assert _papers(printer)[1] == "bill 2 copy 0", "an original: none of it had left the box"
        left = till.printers.late([1], wanted=False)
        assert (left.ok, left.code) == (True, "print-late")
        _until(lambda: till.asked() == [])
        again = till.printers.late([1], wanted=True)
        assert (again.ok, again.code) == (False, "no-such-job")
    assert len(_papers(printer)) == 2
    assert [(one["job"], one["wanted"]) for one in till.decided()] == [(2, True), (1, False)]
    assert morning == till.board.part("last_bill")["number"]


def test_a_copy_waits_for_less_time_and_an_unknown_one_is_asked_about_as_ever(till: LateTill) -> None:
    number = till.sell()
    job = int(till.past_bills.print_copy(number).data["job"])
    till.later(1)
    till.reopen()
    assert till.asked() == [(job, number, True)]
    refused = till.printers.resolve(job, printed=True)
    assert (refused.ok, refused.code) == (False, "no-such-job"), "none of it can be on paper"
    assert not till.printers.late([1], wanted=False).ok, "the bill itself is not late yet"


def test_a_ticket_whose_moment_is_damaged_is_printed(till: LateTill, printer: VirtualPrinter) -> None:
    till.sell()
    till.till.write(lambda tx: tx.execute("UPDATE spool SET created_at = 'yesterday, they say'"))
    till.later(48)
    with running(till):
        till.printers.wake()
        _until(lambda: _papers(printer))
    assert till.asked() == []


def test_many_are_answered_with_one_word_and_those_that_somebody_answered_meanwhile_are_told(
    till: LateTill,
) -> None:
    """A day without a printer, and sixty tickets."""
    for _ in range(60):
        till.sell()
    till.later(12)
    till.reopen()
    assert till.printers.late([60, 2], wanted=False).ok
    seen = range(1, 61)
    answer = till.printers.late(seen, wanted=True, key="one press")
    others = [job for job in seen if job not in (2, 60)]
    assert (answer.ok, answer.data) == (True, {"jobs": others})
    assert answer.text == "58 tickets are printed as soon as the printer can. 2 did not wait any more."
    assert till.asked() == []
    assert till.printers.late(seen, wanted=True, key="one press") == answer, "asked for again"
    refused = till.printers.late(seen, wanted=False)
    assert (refused.code, refused.text) == ("no-such-job", "None of these tickets waits any more.")
    assert [job.bill_id & 0xFFFF for job in till.till.read(spool.open_jobs)] == others, "and each once"
    assert len(till.decided()) == 60


def test_nobody_at_the_counter_waits_behind_late_tickets_that_are_wanted(
    till: LateTill, printer: VirtualPrinter
) -> None:
    for _ in range(3):
        till.sell()
    till.later(12)
    till.reopen()
    assert till.printers.late([1, 2, 3], wanted=True).ok
    till.sell()
    with running(till):
        _until(lambda: len(_papers(printer)) == 4)
    assert _papers(printer) == [f"bill {number} copy 0" for number in (4, 1, 2, 3)]


def test_a_start_after_a_ticket_was_left_throws_nothing_out_of_the_printer(
    till: LateTill, printer: VirtualPrinter
) -> None:
    """None of it was ever in there, and what is may be another till's."""
    till.sell()
    till.later(12)
    till.reopen()
    assert till.printers.late([1], wanted=False).ok
    printer.set_fault("paper-out")
    with socket.create_connection(("127.0.0.1", printer.port)) as other:
        other.sendall(b"of another till\n" * 40)
        _until(lambda: printer.status()["held_bytes"] == 640)
    with running(till):
        _until(lambda: till.board.part("badges")["printer"]["state"] == "paper_out")
    assert printer.status()["held_bytes"] >= 640
