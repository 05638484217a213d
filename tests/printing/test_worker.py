"""The printer thread with a real store and a virtual printer on TCP."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.printing.worker import PrinterOptions, PrinterThread, fence
from agent.store import spool
from agent.store.opening import Store, open_store
from agent.store.spool import Job
from drivers.printer.profile import profile_named
from drivers.simulated.printer import VirtualPrinter

AT = "2026-11-23T10:00:00+05:30"
ROW = {"kind": "row", "cells": [{"text": "Bill", "width": 48, "align": "left"}]}


class Desk:
    """A store with a lock where the till thread would be, and what the board was told."""

    def __init__(self, directory: Path) -> None:
        self.store: Store = open_store(directory)
        self.lock = threading.Lock()
        self.told: list[tuple[int, str]] = []
        self.status: list[str] = []

    def write(self, work: Callable[[Any], Any]) -> Any:
        with self.lock, self.store.transaction() as tx:
            return work(tx)

    def job(self, copy: int = 0) -> int:
        return int(self.write(lambda tx: spool.add(tx, 1, AT, copy)))

    def ended(self) -> dict[int, str]:
        rows = self.store.reader().execute("SELECT id, state FROM printed").fetchall()
        return {int(job_id): str(state) for job_id, state in rows}

    def open(self) -> dict[int, str]:
        return {job.id: job.state for job in spool.open_jobs(self.store.reader())}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store")
    yield made
    made.store.close()


def _run(
    desk: Desk,
    printer: VirtualPrinter,
    done: Callable[[], bool],
    document: Callable[[Job], list[dict[str, Any]]] = lambda job: [ROW, {"kind": "cut"}],
    profile: str = "epson-tm-t20",
) -> None:
    thread = PrinterThread(
        PrinterOptions(printer.url, profile_named(profile), 20.0),
        desk.store.reader,
        desk.write,
        document,
        stamp=lambda: AT,
        on_job=lambda job, state, text: desk.told.append((job.id, state)),
        on_status=lambda state, text: desk.status.append(state),
    )
    stop = threading.Event()
    worker = threading.Thread(target=thread.run, args=(stop,))
    worker.start()
    try:
        end = time.monotonic() + 30
        while not done():
            assert time.monotonic() < end, (desk.told, desk.open())
            thread.wake()
            time.sleep(0.02)
    finally:
        stop.set()
        thread.wake()
        worker.join()


def test_jobs_print_in_order_and_are_confirmed(desk: Desk) -> None:
    jobs = [desk.job(), desk.job(), desk.job()]
    with VirtualPrinter() as printer:
        _run(desk, printer, lambda: len(desk.ended()) == 3)
        assert len(printer.tickets) == 3
    assert desk.ended() == dict.fromkeys(jobs, "confirmed")
    assert [job for job, state in desk.told if state == "confirmed"] == jobs


def test_a_bill_that_cannot_be_drawn_does_not_keep_the_next_from_paper(desk: Desk) -> None:
    bad, good = desk.job(), desk.job()

    def document(job: Job) -> list[dict[str, Any]]:
        return [{"kind": "nonsense"}] if job.id == bad else [ROW, {"kind": "cut"}]

    with VirtualPrinter() as printer:
        _run(desk, printer, lambda: good in desk.ended(), document)
        assert len(printer.tickets) == 1
    assert desk.open() == {bad: "held"}


def test_what_was_being_sent_when_the_process_died_is_never_sent_again_by_itself(desk: Desk) -> None:
    lost, good = desk.job(), desk.job()
    desk.write(lambda tx: spool.begin(tx, lost))
    desk.write(spool.after_restart)
    with VirtualPrinter() as printer:
        _run(desk, printer, lambda: good in desk.ended())
        assert len(printer.tickets) == 1
    assert desk.open() == {lost: "unknown"}


def test_a_printer_that_cannot_answer_ends_a_job_as_sent_and_not_as_confirmed(desk: Desk) -> None:
    job = desk.job()
    with VirtualPrinter() as printer:
        printer.set_fault("silent")
        _run(desk, printer, lambda: job in desk.ended(), profile="clone-80-no-replies")
    assert desk.ended() == {job: "sent"}


def test_fence_ids_of_successive_attempts_and_jobs_differ() -> None:
    ids = [fence(job, attempt) for job in range(1, 500) for attempt in range(1, 7)]
    assert len(set(ids)) == len(ids)
    assert all(len(one) == 4 and one.isalnum() for one in ids)
