"""Two printers at one till: each prints its own, one stands in for the other and says so, nothing twice."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent.printing.printer_options import PrinterOptions
from agent.printing.printers import Printer, Printers, PrinterSetup
from agent.printing.routes import Route
from agent.store import spool
from agent.store.spool import Job
from drivers.printer.profile import PrinterProfile, profile_named
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import opened
from tests.rig.till import RigTill

AFTER_S = 1.0


def _ticket(job: Job, profile: PrinterProfile) -> list[dict[str, Any]]:
    columns = profile.columns
    text = f"bill {job.bill_id & 0xFFFF} copy {job.copy} in {columns}"
    return [{"kind": "row", "cells": [{"text": text, "width": columns, "align": "left"}]}, {"kind": "cut"}]


def _sheet(columns: int) -> list[dict[str, Any]]:
    cells = [{"text": f"labels in {columns}", "width": columns, "align": "left"}]
    return [{"kind": "row", "cells": cells}, {"kind": "cut"}]


class TwoPrinters(RigTill):
    """A till with a printer at the counter, which the one in the back stands in for, and of which labels come
    out; both run."""

    def __init__(self, directory: Path, counter: VirtualPrinter, back: VirtualPrinter) -> None:
        self.urls = {"counter": counter.url, "back": back.url}
        super().__init__(directory)

    def serve(self) -> None:
        with self.store.transaction() as tx:
            spool.after_restart(tx)
        super().serve()
        routes = Route("counter", (), "back", AFTER_S), Route("back", ("labels",))
        setups = [
            PrinterSetup(route, partial(self._options, route.name, other))
            for route, other in zip(routes, ("back", "counter"), strict=True)
        ]
        self.printers = Printers(self.till, self.board, self.last_bill, _ticket, self.store.reader, setups)

    def _options(self, name: str, other: str) -> PrinterOptions:
        profile = "epson-tm-t20" if name == "counter" else "generic-58"
        return PrinterOptions(self.urls[name], profile_named(profile), 20.0, name, (other,))

    def badge(self) -> dict[str, Any]:
        return dict(self.board.part("badges")["printer"])

    def states(self) -> list[str]:
        return [row["state"] for row in self.printers.report(self.till.language.text)]

    def ended(self) -> dict[int, tuple[str, str]]:
        rows = self.till.read(lambda tx: tx.execute("SELECT id, printer, state FROM printed").fetchall())
        return {job: (printer, state) for job, printer, state in rows}

    def open_jobs(self) -> list[Job]:
        return self.till.read(spool.open_jobs)


@pytest.fixture
def counter() -> Iterator[VirtualPrinter]:
    with VirtualPrinter() as running:
        yield running


@pytest.fixture
def back() -> Iterator[VirtualPrinter]:
    with VirtualPrinter(paper_mm=58) as running:
        yield running


@pytest.fixture
def till(tmp_path: Path, counter: VirtualPrinter, back: VirtualPrinter) -> Iterator[TwoPrinters]:
    made = TwoPrinters(tmp_path / "store", counter, back)
    yield made
    made.close()


@contextlib.contextmanager
def running(till: TwoPrinters, *some: Printer) -> Iterator[None]:
    """Both, unless it is said which."""
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in some or till.printers.each]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        till.printers.wake()
        for thread in threads:
            thread.join()


def _until(met: Callable[[], object]) -> None:
    end = time.monotonic() + 40
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def _papers(printer: VirtualPrinter) -> list[str]:
    return [ticket.text.strip() for ticket in printer.tickets]


def test_bills_come_out_of_the_first_and_as_wide_as_its_paper(
    till: TwoPrinters, counter: VirtualPrinter, back: VirtualPrinter
) -> None:
    with running(till):
        till.sell()
        till.printers.wake()
        _until(till.ended)
    assert till.ended() == {1: ("counter", "confirmed")}
    assert (_papers(counter), _papers(back)) == (["bill 1 copy 0 in 48"], [])


def test_a_bill_the_first_cannot_print_comes_out_of_its_stand_in_and_the_cashier_hears_it(
    till: TwoPrinters, counter: VirtualPrinter, back: VirtualPrinter
) -> None:
    counter.set_fault("paper-out")
    with running(till):
        till.sell()
        till.printers.wake()
        _until(lambda: _papers(back))
        _until(till.ended)
        assert till.ended() == {1: ("back", "confirmed")}
        notice = till.board.part("notice")
        assert notice["code"] == "print-elsewhere"
        assert "comes out of back" in notice["text"] and "counter: " in notice["text"]
        assert "paper" in notice["text"]
        assert till.badge()["state"] == "paper_out"
        assert till.badge()["text"].startswith("counter: ")
        counter.clear()
        till.printers.wake()
        _until(lambda: till.badge()["state"] == "ok")
        till.sell()
        till.printers.wake()
        _until(lambda: len(till.ended()) == 2)
    assert _papers(back) == ["bill 1 copy 0 in 32"]
    assert _papers(counter) == ["bill 2 copy 0 in 48"], "its own again, and the first bill not again"


def test_what_may_be_on_paper_stays_with_its_printer_and_is_asked_about(
    till: TwoPrinters, counter: VirtualPrinter, back: VirtualPrinter
) -> None:
    """An unknown ticket is never another printer's business by itself."""
    number = till.sell()
    with till.store.transaction() as tx:
        assert spool.begin(tx, 1, "counter")
    till.reopen()
    with running(till):
        _until(lambda: till.badge()["state"] == "ok")
        counter.set_fault("cover-open")
        _until(lambda: till.badge()["state"] == "cover_open")
        time.sleep(AFTER_S)
        till.printers.wake()
        (asked,) = till.board.part("unknown_prints")
        assert (asked["job"], asked["number"], asked["printer"]) == (1, number, "counter")
        assert _papers(back) == []
        assert till.printers.resolve(1, printed=False).ok
        _until(lambda: _papers(back))
        _until(lambda: 2 in till.ended())
    assert till.ended() == {1: ("counter", "answered-no"), 2: ("back", "confirmed")}
    assert _papers(back) == ["bill 1 copy 1 in 32"]
    assert _papers(counter) == []


def test_a_printer_that_comes_back_as_its_stand_in_begins_prints_nothing_twice(
    till: TwoPrinters, counter: VirtualPrinter, back: VirtualPrinter
) -> None:
    """Both may take the job for a moment; the spool gives it to one."""
    with running(till):
        for round_no in range(1, 13):
            counter.set_fault("cover-open")
            till.printers.wake()
            _until(lambda: till.badge()["state"] == "cover_open")
            till.sell()
            # Near the moment at which the stand-in may begin.
            time.sleep(AFTER_S * (0.9 + round_no / 60))
            counter.clear()
            till.printers.wake()
            _until(lambda wanted=round_no: len(till.ended()) == wanted)  # type: ignore[misc]
    assert {state for _, state in till.ended().values()} == {"confirmed"}
    printed = sorted(int(text.split()[1]) for text in _papers(counter) + _papers(back))
    assert printed == list(range(1, 13))


def test_a_printer_that_hangs_in_mid_ticket_keeps_nobody_elses_paper_back(
    till: TwoPrinters, counter: VirtualPrinter, back: VirtualPrinter
) -> None:
    with running(till):
        _until(lambda: till.badge()["state"] == "ok")
        counter.set_fault("slow 20")
        till.sell()
        till.printers.wake()
        _until(lambda: [job.state for job in till.open_jobs()] == ["sending"])
        done, _ = till.printers.print_beside(_sheet)
        assert done
        _until(lambda: _papers(back) == ["labels in 32"])
        assert [job.state for job in till.open_jobs()] == ["sending"]
        counter.clear()
        _until(till.ended)


def test_a_printer_that_says_ready_and_dies_in_every_ticket_is_stood_in_for(
    till: TwoPrinters, counter: VirtualPrinter, back: VirtualPrinter
) -> None:
    """Its power supply gives in once it prints; then it is there again, and asked, and ready."""
    with running(till):
        for lost in (1, 2):
            _until(lambda: till.badge()["state"] == "ok")
            counter.set_fault("at byte 50: power-loss for 100 ms")
            till.sell()
            till.printers.wake()
            _until(lambda lost=lost: [job.state for job in till.open_jobs()] == ["unknown"] * lost)
            counter.clear()
            _until(lambda: till.badge()["state"] == "ok")
        till.sell()
        till.printers.wake()
        _until(till.ended)
        notice = till.board.part("notice")
    assert till.ended() == {3: ("back", "confirmed")}
    assert (notice["code"], "its last tickets" in notice["text"]) == ("print-elsewhere", True)
    assert [job.printer for job in till.open_jobs()] == ["counter"] * 2, "asked about, and not sent elsewhere"


def test_a_restart_asks_about_the_job_of_each_printer_once(till: TwoPrinters) -> None:
    """The thread that starts last takes nothing from the one that is at work already."""
    till.sell()
    till.sell()
    with till.store.transaction() as tx:
        assert spool.begin(tx, 1, "counter")
        assert spool.begin(tx, 2, "back")
        assert spool.after_restart(tx, others=("back",)) == 1
    assert [(job.id, job.state) for job in till.open_jobs()] == [(1, "unknown"), (2, "sending")]


def test_a_thread_that_starts_takes_no_job_from_a_printer_that_is_at_work(till: TwoPrinters) -> None:
    till.sell()
    with till.store.transaction() as tx:
        assert spool.begin(tx, 1, "back")
    with running(till, till.printers.each[0]):
        _until(lambda: till.states()[0] == "ok")
    assert [(job.id, job.state) for job in till.open_jobs()] == [(1, "sending")]


def test_only_the_printer_that_had_a_job_is_rid_of_what_is_left_of_it(
    till: TwoPrinters, counter: VirtualPrinter, back: VirtualPrinter
) -> None:
    till.sell()
    with till.store.transaction() as tx:
        spool.begin(tx, 1, "back")
        spool.end(tx, 1, "answered-no", "2026-11-23T10:00:00+05:30")
        assert spool.may_hold_unseen(tx, ("counter",))
        assert not spool.may_hold_unseen(tx, ("back",))
        assert spool.may_hold_unseen(tx), "a printer whose name nobody knows any more"


def test_after_a_start_only_the_printer_that_had_a_job_is_rid_of_what_is_left_of_it(
    till: TwoPrinters, counter: VirtualPrinter, back: VirtualPrinter
) -> None:
    till.sell()
    with till.store.transaction() as tx:
        spool.begin(tx, 1, "back")
        spool.end(tx, 1, "answered-no", "2026-11-23T10:00:00+05:30")
    for printer in (counter, back):
        printer.set_fault("paper-out")
        with opened(printer) as line:
            line.write(b"left\n" * 40, 1.0)
            _until(lambda printer=printer: printer.status()["held_bytes"] >= 200)
    with running(till):
        _until(lambda: till.states() == ["paper_out"] * 2)
        assert back.status()["held_bytes"] < 100
        assert counter.status()["held_bytes"] >= 200
