"""What a printer has done in its life is counted, and kept with the tickets themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent.printing.cash_drawer import CashDrawer
from agent.printing.paper_counts import PaperCounts
from agent.printing.printers import Printers, PrinterSetup
from agent.printing.routes import Route
from agent.printing.worker import PrinterOptions
from agent.till.counters import Counters, named
from drivers.printer.profile import profile_named
from drivers.printer.ticket import Ticket
from drivers.simulated.printer import VirtualPrinter
from tests.rig.till import RigTill

TICKET: list[dict[str, Any]] = [
    *[{"kind": "row", "cells": [{"text": "Bill", "width": 32, "align": "left"}]}] * 12,
    {"kind": "qr", "data": "https://shop.example/1"},
    {"kind": "cut"},
]


class CountingTill(RigTill):
    """A till with one printer, whose thread runs, and the drawer at it."""

    roll_mm = 0

    def __init__(self, directory: Path, url: str) -> None:
        self.url = url
        super().__init__(directory)

    def serve(self) -> None:
        super().serve()
        self.counters = Counters(self.till)
        options = PrinterOptions(self.url, profile_named("epson-tm-t20"), 20.0)
        self.printers = Printers(
            self.till,
            self.board,
            self.last_bill,
            lambda *_: TICKET,
            self.store.reader,
            [PrinterSetup(Route("front"), lambda: options, self.roll_mm)],
            counters=self.counters,
        )
        count = partial(self.counters.count, named("CashDrawer", "front"))
        self.drawer = CashDrawer(self.till, self.printers.each[0], self.printers.wake, count=count)

    def close(self) -> None:
        self.drawer.close()
        super().close()

    def counts(self) -> dict[str, int]:
        """What was counted of the printer, but for noughts."""
        [row] = self.printers.report(self.till.language.text)
        return {name: count for name, count in row["counts"].items() if count}

    def badge(self) -> dict[str, Any]:
        return dict(self.board.part("badges")["printer"])


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    with VirtualPrinter() as running:
        yield running


@pytest.fixture
def till(tmp_path: Path, printer: VirtualPrinter) -> Iterator[CountingTill]:
    made = CountingTill(tmp_path / "store", printer.url)
    yield made
    made.close()


@contextmanager
def running(till: CountingTill) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=till.printers.each[0].run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        till.printers.wake()
        thread.join()


def until(met: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def sold_and_printed(till: CountingTill) -> None:
    number = till.sell()
    till.printers.wake()
    until(lambda: (till.board.part("last_bill") or {}).get("number") == number)
    until(lambda: till.board.part("last_bill")["print"] == "confirmed")


def test_lines_cuts_and_paper_of_each_ticket_are_kept_with_its_end(till: CountingTill) -> None:
    """Nothing but the end of the job was written when the till is gone."""
    with running(till):
        for _ in range(2):
            sold_and_printed(till)
    known = till.counts()
    paper_mm = known.pop("PaperFedMm")
    assert known == {"ReceiptLinePrintedCount": 24, "PaperCutCount": 2, "BarcodePrintedCount": 2}
    assert 150 < paper_mm < 250
    till.reopen()
    assert till.counts() == known | {"PaperFedMm": paper_mm}


def test_a_sheet_that_is_no_bill_takes_paper_too(till: CountingTill) -> None:
    with running(till):
        until(lambda: till.badge()["state"] == "ok")
        done, _ = till.printers.print_beside(lambda _columns: TICKET)
        assert done
    assert till.counts()["ReceiptLinePrintedCount"] == 12
    assert till.counts()["PaperFedMm"] > 0


def test_the_lamp_tells_what_the_printer_has_done(till: CountingTill) -> None:
    with running(till):
        sold_and_printed(till)
        until(lambda: till.badge()["lines"])
    assert (till.badge()["lines"], till.badge()["cuts"]) == (12, 1)


def test_a_cover_that_is_opened_is_counted_once_for_each_time(
    till: CountingTill, printer: VirtualPrinter
) -> None:
    with running(till):
        for _ in range(2):
            printer.clear()
            till.printers.wake()
            until(lambda: till.badge()["state"] == "ok")
            printer.set_fault("cover-open")
            till.printers.wake()
            until(lambda: till.badge()["state"] == "cover_open")
    assert till.counts() == {"ReceiptCoverOpenCount": 2}


def test_a_drawer_is_counted_as_opened_or_as_not_to_be_opened(
    till: CountingTill, printer: VirtualPrinter
) -> None:
    with running(till):
        until(lambda: till.badge()["state"] == "ok")
        assert till.drawer.open("Change needed", "press-1").ok
        printer.set_fault("unplug")
        assert not till.drawer.open("Change needed", "press-2").ok
    [drawer] = till.counters.beside()
    assert (drawer["class"], drawer["name"]) == ("CashDrawer", "front")
    assert drawer["counts"] == {"DrawerGoodOpenCount": 1, "DrawerFailedOpenCount": 1}


# --- by itself ------------------------------------------------------------------------------------------

DRAWN = Ticket(b"", lines=12, codes=3, cuts=2, dots=800)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[PaperCounts]:
    till = RigTill(tmp_path / "alone")
    yield PaperCounts(Counters(till.till), "front")
    till.close()


def _counted(counts: PaperCounts) -> dict[str, int]:
    return {name: count for name, count in counts.of().items() if count}


@pytest.mark.parametrize("state", ["confirmed", "sent"])
def test_what_is_on_a_ticket_is_counted_each_by_itself_also_at_one_that_never_answers(
    alone: PaperCounts, state: str
) -> None:
    alone.sent(DRAWN, state)
    assert _counted(alone) == {
        "ReceiptLinePrintedCount": 12,
        "PaperCutCount": 2,
        "BarcodePrintedCount": 3,
        "PaperFedMm": 100,
    }


def test_of_a_ticket_nobody_knows_of_the_paper_counts_and_no_line(alone: PaperCounts) -> None:
    """The roll is then over rather sooner than is said."""
    alone.sent(DRAWN, "unknown")
    assert _counted(alone) == {"PaperFedMm": 100, "UnprovenPrintCount": 1}


@pytest.mark.parametrize("state", ["held", "failed"])
def test_a_ticket_of_which_no_byte_left_is_not_counted(alone: PaperCounts, state: str) -> None:
    alone.sent(DRAWN, state)
    assert _counted(alone) == {}


def test_trouble_counts_when_it_begins_while_the_printer_is_heard(alone: PaperCounts) -> None:
    """How it is found at the start, or after silence, began nobody knows when."""
    for state in ("cover_open", "ok", "error", "error", "offline", "unknown", "cover_open", "ok", "unknown"):
        alone.stands(state)
    assert _counted(alone) == {"PrinterFaultCount": 1, "CommunicationErrorCount": 2}
