"""A till that runs for days asks about the paper that only time, or another hand, has made a question."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.daemon.agent import Agent
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import Product, TenderType
from agent.settings.config import Config, load
from agent.store import spool
from agent.store.errors import StoreFull
from drivers.simulated.printer import VirtualPrinter

RICE = Product("RICE", "Rice", 42500, 500)
SETTINGS = """
store = "{place}/store"

[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"

[shop]
name = "Shop"

[disk]
low_free_mb = 0
ballast_mb = 0

[web]
port = 0

[[printer]]
url = "{url}"
profile = "epson-tm-t20"
"""


class RunningAgent(Agent):
    """A whole till whose clock the test may put forward; nobody looks at its page."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead

    def start_web(self, sockets: list[Any], shut: list[Any]) -> None:
        for one in sockets:
            one.close()

    def sell(self) -> str:
        """A bill paid in cash; its number."""
        for event in (
            e.ItemAdded(RICE, 1000, RICE.price_minor),
            e.TenderBegun(),
            e.TenderAdded(TenderType.CASH, 50000),
        ):
            assert self.open_sale.do(event).ok
        answer = self.open_sale.do(e.Completed(), "")
        assert answer.ok, answer
        return str(answer.data["bill_number"])

    def asked(self) -> list[tuple[str, bool]]:
        return [(one["number"], one["late"]) for one in self.board.part("unknown_prints")]


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    with VirtualPrinter() as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, printer: VirtualPrinter) -> Config:
    file = tmp_path / "agent.toml"
    file.write_text(SETTINGS.format(place=tmp_path, url=printer.url), "utf-8")
    return load(file)[0]


@contextmanager
def running(config: Config) -> Iterator[RunningAgent]:
    agent = RunningAgent(config)
    agent.start()
    try:
        yield agent
    finally:
        agent.close()


def _until(met: Callable[[], object], timeout_s: float = 30.0) -> None:
    end = time.monotonic() + timeout_s
    while not met():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_ticket_that_becomes_late_overnight_is_asked_about_by_the_till_that_runs(
    config: Config, printer: VirtualPrinter
) -> None:
    """The last bill of the evening, no paper; the till stays on, and in the morning paper is put in."""
    printer.set_fault("paper-out")
    with running(config) as till:
        number = till.sell()
        _until(lambda: till.board.part("last_bill")["print"] == "held")
        assert till.asked() == []
        till.ahead = timedelta(hours=13)
        _until(lambda: till.asked() == [(number, True)])
        (job,) = till.reports.status()["jobs"]
        assert (job["bill_number"], job["late"]) == (number, True)
        printer.clear()
        _until(lambda: till.board.part("badges")["printer"]["state"] == "ok")
        assert printer.tickets == [], "it is asked about, and not printed by itself"
        assert till.printers.late([1], wanted=True).ok
        _until(lambda: printer.tickets)
        assert till.asked() == []


def test_a_clock_that_jumps_behind_a_sale_brings_the_question_and_the_clock_set_right_takes_it_away(
    config: Config, printer: VirtualPrinter
) -> None:
    printer.set_fault("power-loss")
    with running(config) as till:
        number = till.sell()
        till.ahead = timedelta(days=300)
        _until(lambda: till.asked() == [(number, True)])
        till.ahead = timedelta()
        _until(lambda: till.asked() == [])
        printer.clear()
        _until(lambda: printer.tickets)


def test_a_ticket_cut_off_by_a_power_cut_is_asked_about_once_a_full_disk_has_room(
    config: Config, printer: VirtualPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start cannot write that nobody knows what became of it; the printer's thread does so later."""
    printer.set_fault("power-loss")
    with running(config) as till:
        number = till.sell()
        till.till.write(lambda tx: spool.begin(tx, 1))
    written = spool.after_restart
    tries: list[int] = []

    def full_once(*args: Any, **options: Any) -> int:
        tries.append(len(tries))
        if tries == [0]:
            raise StoreFull(Sentence("store-full"))
        return written(*args, **options)

    monkeypatch.setattr(spool, "after_restart", full_once)
    with running(config) as till:
        _until(lambda: till.asked() == [(number, False)])
        assert len(tries) > 1


def test_two_printers_that_lose_a_ticket_at_one_moment_are_both_asked_about(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first has read when the second writes and asks must not be shown last."""
    till = RunningAgent(config)
    try:
        numbers = [till.sell(), till.sell()]
        read, first_has_read, go_on = till.till.read, threading.Event(), threading.Event()

        def held(work: Callable[[Any], Any]) -> Any:
            found = read(work)
            if threading.current_thread().name == "first":
                first_has_read.set()
                go_on.wait(1.0)
            return found

        monkeypatch.setattr(till.till, "read", held)
        jobs = till.till.read(spool.open_jobs)

        def lose(index: int) -> None:
            assert till.till.write(lambda tx: spool.begin(tx, jobs[index].id))
            assert till.till.write(lambda tx: spool.leave(tx, jobs[index].id, "unknown", 1, "lost"))
            till.printers.job_changed(jobs[index], "unknown", None)

        first = threading.Thread(target=lose, args=(0,), name="first")
        first.start()
        assert first_has_read.wait(10)
        second = threading.Thread(target=lose, args=(1,), name="second")
        second.start()
        second.join(0.5)
        go_on.set()
        for thread in (first, second):
            thread.join()
        assert till.asked() == [(number, False) for number in numbers]
    finally:
        till.close()
