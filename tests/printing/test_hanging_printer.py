"""A printer that hangs in mid-ticket without a word: another stands in long before its deadline."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agent.printing.job_looks import JobLooks
from agent.printing.printer_badge import badge_state
from agent.printing.printer_options import PrinterOptions
from agent.printing.printers import Printers, PrinterSetup
from agent.printing.routes import Route
from agent.store.spool import Job
from drivers.message import Message
from drivers.printer.job import JobOutcome, Progress
from drivers.printer.profile import PrinterProfile, profile_named
from drivers.printer.status import SILENT, PrinterStatus, status_from
from drivers.simulated.printer import VirtualPrinter
from tests.rig.till import RigTill

AFTER_S, DEADLINE_S = 1.0, 60.0
# So long until it counts as hanging, and until the other looks for work; and a busy machine.
HANGS_S, LOOKS_S, MORE_S = 9.0, 5.0, 6.0
# Letters that are drawn: more bytes than a pty takes.
PRICE = "\N{INDIAN RUPEE SIGN} " + "8" * 20
PICTURE = {"kind": "row", "cells": [{"text": PRICE, "width": 32, "align": "left"}]}


def _ticket(job: Job, _profile: PrinterProfile) -> list[dict[str, Any]]:
    name = f"bill {job.bill_id & 0xFFFF}"
    head = {"kind": "row", "cells": [{"text": name, "width": 32, "align": "left"}]}
    return [head, *([PICTURE] * 60 if name == "bill 1" else []), {"kind": "cut"}]


class StandInTill(RigTill):
    """The printer in the back stands in for the one at the counter, whose first ticket is long."""

    def __init__(self, directory: Path, counter: VirtualPrinter, back: VirtualPrinter) -> None:
        self.urls = {"counter": counter.url, "back": back.url}
        super().__init__(directory)

    def serve(self) -> None:
        super().serve()
        routes = Route("counter", (), "back", AFTER_S), Route("back", ("labels",))
        setups = [PrinterSetup(route, partial(self._options, route.name)) for route in routes]
        self.printers = Printers(self.till, self.board, self.last_bill, _ticket, self.store.reader, setups)

    def _options(self, name: str) -> PrinterOptions:
        (other,) = {"counter", "back"} - {name}
        return PrinterOptions(self.urls[name], profile_named("epson-tm-t20"), DEADLINE_S, name, (other,))

    def badge(self) -> str:
        return str(self.board.part("badges")["printer"]["state"])


@contextlib.contextmanager
def _running(till: StandInTill, counter: VirtualPrinter) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in till.printers.each]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        # What hangs would do so until its deadline.
        counter.clear()
        stop.set()
        till.printers.wake()
        for thread in threads:
            thread.join()
        till.close()


def _until(met: Callable[[], object], timeout_s: float = 30.0) -> None:
    end = time.monotonic() + timeout_s
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("wire", ["tcp", "pty"])
def test_a_printer_that_takes_nothing_more_is_stood_in_for_and_its_badge_says_so(
    tmp_path: Path, wire: str
) -> None:
    """The bytes of its ticket are stuck in the box, or in its own network card, and it is asked in vain."""
    pty = {"port": None, "pty_link": tmp_path / "counter"} if wire == "pty" else {}
    with VirtualPrinter(**pty) as counter, VirtualPrinter() as back:  # type: ignore[arg-type]
        till = StandInTill(tmp_path / "store", counter, back)
        with _running(till, counter):
            _until(lambda: till.badge() == "ok")
            counter.set_fault("at byte 1500: stop-reading")
            till.sell()
            till.printers.wake()
            _until(lambda: int(counter.status()["bytes"]) >= 1500)
            till.sell()
            till.printers.wake()
            _until(lambda: till.badge() == "unknown", HANGS_S + MORE_S)
            _until(lambda: back.tickets, AFTER_S + LOOKS_S + MORE_S)
            assert back.tickets[0].text.strip() == "bill 2"
            assert till.badge() == "unknown", "nobody has heard of it since"
            assert counter.tickets == []
            counter.clear()
            _until(lambda: till.badge() == "ok")


def test_a_printer_whose_marks_come_late_is_not_called_silent_while_it_answers(tmp_path: Path) -> None:
    seen: set[str] = set()
    with VirtualPrinter() as counter, VirtualPrinter() as back:
        till = StandInTill(tmp_path / "store", counter, back)
        with _running(till, counter):
            _until(lambda: till.badge() == "ok")
            counter.set_fault("at byte 1500: delay-echo 7 s")
            till.sell()
            till.printers.wake()
            _until(lambda: seen.add(till.badge()) or till.board.part("last_bill")["print"] == "confirmed")
    assert seen == {"ok"}


TOLD = Progress("sending", 1500, 9000, PrinterStatus())
READY = status_from({1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12})
NO_PAPER = status_from({1: 0x1A, 2: 0x32, 3: 0x12, 4: 0x7E})


@pytest.fixture
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def looks(told: list[tuple[str, str]]) -> JobLooks:
    def show(status: PrinterStatus) -> None:
        told.append((badge_state(status), status.message.id))

    return JobLooks("tcp://x", show, lambda state, said: told.append((state, said.id)), lambda _: None)


def test_one_that_hangs_is_told_once_and_one_that_goes_on_as_it_was(
    looks: JobLooks, told: list[tuple[str, str]]
) -> None:
    looks.begin(READY)
    for still_s in (0.0, 4.9, 5.0, 9.0, 40.0):
        looks.moved(replace(TOLD, status=READY, still_s=still_s))
    assert told == [("unknown", "badge.printer.line")]
    looks.moved(replace(TOLD, status=READY, still_s=0.1))
    assert told[1:] == [("ok", "printer.ready")]
    looks.moved(replace(TOLD, status=SILENT, still_s=6.0))
    assert told[2:] == [("unknown", "printer.silent")], "that one was asked"


def test_one_that_has_said_what_it_waits_for_does_not_hang(
    looks: JobLooks, told: list[tuple[str, str]]
) -> None:
    """Without paper and with a full buffer it takes nothing and is not asked any more."""
    looks.begin(READY)
    for still_s in (0.0, 30.0, 300.0):
        looks.moved(replace(TOLD, status=NO_PAPER, still_s=still_s))
    assert told == [("paper_out", "printer.paper-out")]


def test_one_that_never_says_anything_hangs_when_its_line_takes_nothing(
    looks: JobLooks, told: list[tuple[str, str]]
) -> None:
    looks.begin(None)
    looks.moved(replace(TOLD, still_s=6.0))
    looks.moved(replace(TOLD, still_s=0.0))
    assert told == [("unknown", "badge.printer.line")]


def test_behind_a_job_without_proof_a_look_from_before_it_is_not_told(
    looks: JobLooks, told: list[tuple[str, str]]
) -> None:
    looks.begin(READY)
    looks.ended(JobOutcome("unknown", 1500, Message("printer.job.no-proof"), READY))
    assert told == []
    looks.ended(JobOutcome("unknown", 1500, Message("printer.job.no-proof"), SILENT))
    assert told == [("unknown", "printer.silent")]
    looks.begin(READY)
    looks.ended(JobOutcome("confirmed", 9000, Message("printer.job.printed"), READY))
    assert told[1:] == [("ok", "printer.ready")]
