"""The printer thread with a real store and a virtual printer on TCP."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.language.language import in_english
from agent.language.sentence import Said
from agent.printing.fence_ids import fence
from agent.printing.printer_options import PrinterOptions
from agent.printing.worker import PrinterThread
from agent.store import spool
from agent.store.opening import Store, open_store
from agent.store.spool import Job
from drivers.printer.profile import PrinterProfile, profile_named
from drivers.printer.ticket import Ticket, build
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import Submitting

AT = "2026-11-23T10:00:00+05:30"
ROW = {"kind": "row", "cells": [{"text": "Bill", "width": 48, "align": "left"}]}


class Desk:
    """A store with a lock where the till thread would be, and what the board was told."""

    def __init__(self, directory: Path) -> None:
        self.place = directory
        self.store: Store = open_store(directory)
        self.lock = threading.Lock()
        self.told: list[tuple[int, str]] = []
        self.status: list[str] = []
        self.said: list[str] = []

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


class Undrawable(list[dict[str, Any]]):
    """A ticket whose making fails, as by a font that is there and cannot be drawn with."""

    def __init__(self, error: type[Exception]) -> None:
        super().__init__()
        self._error = error

    def __iter__(self) -> Iterator[dict[str, Any]]:
        raise self._error


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store")
    yield made
    made.store.close()


def _one_line(job: Job) -> list[dict[str, Any]]:
    return [ROW, {"kind": "cut"}]


def _run(
    desk: Desk,
    printer: VirtualPrinter | Submitting,
    done: Callable[[], bool],
    document: Callable[[Job], list[dict[str, Any]]] = _one_line,
    profile: str = "epson-tm-t20",
) -> None:
    with working(desk, printer, document, profile) as thread:
        wait(desk, done, thread)


def wait(desk: Desk, done: Callable[[], bool], *threads: PrinterThread) -> None:
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end, (desk.told, desk.open(), desk.said[-3:])
        for thread in threads:
            thread.wake()
        time.sleep(0.02)


@contextmanager
def working(
    desk: Desk,
    printer: VirtualPrinter | Submitting,
    document: Callable[[Job], list[dict[str, Any]]] = _one_line,
    profile: str | PrinterProfile = "epson-tm-t20",
    deadline_s: float = 20.0,
    on_ticket: Callable[[Ticket], None] = lambda _: None,
) -> Iterator[PrinterThread]:
    """A till's printer thread at work."""

    def status(state: str, text: Said) -> None:
        desk.status.append(state)
        desk.said.append(in_english(text))

    made = profile_named(profile) if isinstance(profile, str) else profile
    thread = PrinterThread(
        PrinterOptions(printer.url, made, deadline_s),
        desk.store.reader,
        desk.write,
        document,
        stamp=lambda: AT,
        on_job=lambda job, state, text: desk.told.append((job.id, state)),
        on_status=status,
        on_ticket=on_ticket,
    )
    stop = threading.Event()
    worker = threading.Thread(target=thread.run, args=(stop,))
    worker.start()
    try:
        yield thread
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


def test_a_ticket_waits_out_no_silence_and_the_next_one_neither(desk: Desk) -> None:
    """Four silences of 40 ms stood before every ticket."""
    waits, behind = [], []
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        wait(desk, lambda: "ok" in desk.status, thread)
        for _ in range(8):
            jobs = [desk.job(), desk.job()]
            before, ends = time.monotonic(), []
            thread.wake()
            while len(ends) < 2:
                ends += [time.monotonic()] * (len(desk.ended().keys() & set(jobs)) - len(ends))
            waits.append(ends[0] - before)
            behind.append(ends[1] - ends[0])
            time.sleep(0.05)
    assert (min(waits) < 0.1, min(behind) < 0.1) == (True, True), (waits, behind)


def test_who_has_just_printed_is_not_asked_how_it_is(desk: Desk) -> None:
    """A ticket that follows would wait for the end of that look."""
    job = desk.job()
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        while (job, "confirmed") not in desk.told:
            time.sleep(0.001)
        so_far = printer.status()["bytes"]
        thread.wake()
        time.sleep(0.3)
        assert printer.status()["bytes"] == so_far


@pytest.mark.parametrize(
    "error", [LookupError, ValueError, OSError, TypeError, AttributeError, ArithmeticError]
)
def test_a_bill_that_cannot_be_drawn_does_not_keep_the_next_from_paper(
    desk: Desk, error: type[Exception]
) -> None:
    bad, good = desk.job(), desk.job()

    def document(job: Job) -> list[dict[str, Any]]:
        return Undrawable(error) if job.id == bad else _one_line(job)

    with VirtualPrinter() as printer:
        _run(desk, printer, lambda: good in desk.ended(), document)
        assert len(printer.tickets) == 1
    (left,) = spool.open_jobs(desk.store.reader())
    assert (left.id, left.state, left.attempts) == (bad, "held", 0)
    assert left.text == "This bill cannot be drawn; the log says why."


@pytest.mark.parametrize("error", [LookupError, ValueError, OSError, TypeError])
def test_a_sheet_that_cannot_be_drawn_keeps_no_bill_from_paper(desk: Desk, error: type[Exception]) -> None:
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        printed, _ = thread.sheets.put(Undrawable(error), thread.wake, 10)
        assert not printed
        job = desk.job()
        wait(desk, lambda: desk.ended() == {job: "confirmed"}, thread)


def test_what_was_being_sent_when_the_process_died_is_never_sent_again_by_itself(desk: Desk) -> None:
    lost, good = desk.job(), desk.job()
    desk.write(lambda tx: spool.begin(tx, lost))
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


def test_a_printer_that_never_answers_is_asked_nothing_and_is_no_trouble(desk: Desk) -> None:
    job = desk.job()
    with VirtualPrinter() as printer:
        data = bytes(8) + build(
            _one_line(spool.Job(job, 1, 0, "queued", 0, 0, "", AT)), profile_named("clone-80-no-replies")
        )
        with working(desk, printer, profile="clone-80-no-replies") as thread:
            # The line has taken them; when the printer reads them is its own affair.
            wait(desk, lambda: job in desk.ended() and printer.status()["bytes"] >= len(data), thread)
        assert printer.status()["bytes"] == len(data)
    assert set(desk.status) == {"mute"}


def test_a_job_is_sent_only_once_the_line_has_taken_it_and_the_end_of_the_till_waits_too(
    desk: Desk, tmp_path: Path
) -> None:
    """On a slow line: what is called sent is on paper, though nothing answers and the line is closed."""
    job = desk.job()
    with VirtualPrinter(port=None, pty_link=tmp_path / "tty") as printer:
        printer.set_fault("slow 900")
        printer.set_fault("silent")
        _run(
            desk,
            printer,
            lambda: job in desk.ended(),
            lambda job: [ROW] * 30 + [{"kind": "cut"}],
            "clone-80-no-replies",
        )
        assert len(printer.wait_for_tickets(1)) == 1
    assert desk.ended() == {job: "sent"}


def test_a_printer_that_cannot_confirm_costs_one_question_and_no_more(desk: Desk) -> None:
    """Answers its status and no mark: the first invoice is asked about, the others end as sent."""
    first, second, third = desk.job(), desk.job(), desk.job()
    with VirtualPrinter() as printer:
        printer.set_fault("no-echo")
        _run(desk, printer, lambda: third in desk.ended())
        assert len(printer.tickets) == 3
    assert desk.open() == {first: "unknown"}
    assert desk.ended() == {second: "sent", third: "sent"}
    assert desk.status[-1] == "ok"
    assert "choose another printer.profile" in desk.said[-1]


def test_after_a_no_a_printer_is_asked_again_whether_it_can_confirm(desk: Desk) -> None:
    """It was in trouble when it did not: its bills shall not end as sent for ever."""
    first = desk.job()
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        printer.set_fault("no-echo")
        wait(desk, lambda: desk.open() == {first: "unknown"}, thread)
        second = desk.job()
        wait(desk, lambda: desk.ended() == {second: "sent"}, thread)
        printer.clear()
        desk.write(lambda tx: spool.end(tx, first, "answered-no", AT))
        copy = desk.job(copy=1)
        thread.clear_first()
        wait(desk, lambda: desk.ended().get(copy) == "confirmed", thread)


def test_a_printer_with_nothing_to_do_costs_no_write(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Any] = []
    write = desk.write
    monkeypatch.setattr(desk, "write", lambda work: [written.append(work), write(work)][1])
    with VirtualPrinter() as printer, working(desk, printer) as thread:
        wait(desk, lambda: desk.status.count("ok") > 1, thread)
        so_far = len(written)
        wait(desk, lambda: desk.status.count("ok") > 4, thread)
        assert len(written) == so_far


def test_a_printer_that_waits_for_paper_with_nothing_to_print_is_asked_now_and_then(desk: Desk) -> None:
    with VirtualPrinter() as printer:
        printer.set_fault("paper-out")
        with working(desk, printer) as thread:
            wait(desk, lambda: "paper_out" in desk.status, thread)
            so_far = len(desk.status)
            time.sleep(0.5)
            assert len(desk.status) - so_far < 3


def test_two_tills_share_a_printer_that_talks_to_one_at_a_time(desk: Desk, tmp_path: Path) -> None:
    """Neither keeps its line while it has nothing to print."""
    other = Desk(tmp_path / "other")
    with VirtualPrinter() as printer:
        printer.set_fault("one-connection")
        with working(desk, printer) as first:
            wait(desk, lambda: "ok" in desk.status, first)
            with working(other, printer) as second:
                for till in (desk, other, desk, other):
                    job = till.job()
                    wait(till, lambda job=job, till=till: job in till.ended(), first, second)  # type: ignore[misc]
        assert len(printer.tickets) == 4
    assert set(desk.ended().values()) | set(other.ended().values()) == {"confirmed"}
    other.store.close()


def test_a_till_whose_bill_waits_for_paper_holds_nobody_off(desk: Desk, tmp_path: Path) -> None:
    """It looks again and again, and lets go in between."""
    other = Desk(tmp_path / "other")
    with VirtualPrinter() as printer:
        printer.set_fault("one-connection")
        printer.set_fault("paper-out")
        held = desk.job()
        with working(desk, printer) as first, working(other, printer) as second:
            wait(desk, lambda: desk.open() == {held: "held"}, first)
            wait(other, lambda: "paper_out" in other.status, second)
    other.store.close()


def test_a_bill_that_waits_for_paper_is_written_down_once_and_not_at_each_look(desk: Desk) -> None:
    """A disk wears out by what is written."""
    job = desk.job()
    with VirtualPrinter() as printer:
        printer.set_fault("paper-out")
        _run(desk, printer, lambda: desk.status.count("paper_out") > 3)
    assert desk.told == [(job, "held")]


@pytest.mark.parametrize("refuses", [True, False])
def test_a_printer_that_another_computer_holds_is_named_and_prints_afterwards(
    desk: Desk, refuses: bool
) -> None:
    job = desk.job()
    with VirtualPrinter() as printer:
        if refuses:
            printer.set_fault("one-connection")
        with socket.create_connection(("127.0.0.1", printer.port)) as holder:
            holder.sendall(b"\x10\x04\x01")
            assert holder.recv(1)
            with working(desk, printer) as thread:
                wait(desk, lambda: bool(desk.said), thread)
                assert "another till or computer" in desk.said[-1].lower()
                assert desk.open() == {job: "queued"}
                holder.close()
                wait(desk, lambda: job in desk.ended(), thread)
    assert desk.ended() == {job: "confirmed"}


def test_a_printer_without_a_word_gets_nothing_and_the_job_is_not_begun(desk: Desk) -> None:
    job = desk.job()
    with VirtualPrinter() as printer:
        printer.set_fault("silent")
        _run(desk, printer, lambda: len(desk.said) > 1)
    (left,) = spool.open_jobs(desk.store.reader())
    assert (left.id, left.state, left.attempts) == (job, "queued", 0)
    assert left.text, "why it waits"
    assert (job, "sending") not in desk.told


def test_no_clears_the_printer_at_once_and_not_after_the_next_paper(desk: Desk) -> None:
    """What a person says is not on paper must not come when the next roll does."""

    def document(job: Job) -> list[dict[str, Any]]:
        return [*[ROW] * (1 if job.copy else 60), {"kind": "cut"}]

    job = desk.job()
    with (
        VirtualPrinter(roll_mm=100) as printer,
        working(desk, printer, document, deadline_s=1.5) as thread,
    ):
        wait(desk, lambda: desk.open() == {job: "unknown"}, thread)
        held = printer.status()["held_bytes"]
        assert held > 100, "the roll ended in mid-ticket"
        (left,) = spool.open_jobs(desk.store.reader())
        assert left.handed_over > 100, "how much of it left the box"
        desk.write(lambda tx: spool.end(tx, job, "answered-no", AT))
        copy = desk.job(copy=1)
        thread.clear_first()
        # Questions about its state stay in the buffer too.
        wait(desk, lambda: printer.status()["held_bytes"] < held / 2, thread)
        assert printer.tickets == []
        printer.clear("paper-out")
        wait(desk, lambda: desk.ended().get(copy) == "confirmed", thread)
        assert len(printer.tickets) == 1


def test_the_end_of_the_till_does_not_wait_for_paper(desk: Desk) -> None:
    """What is on it of the bill nobody knows then; a minute later nobody would either."""
    job = desk.job()
    with VirtualPrinter(roll_mm=100) as printer:
        with working(desk, printer, lambda _: [*[ROW] * 60, {"kind": "cut"}], deadline_s=60) as thread:
            wait(desk, lambda: desk.open() == {job: "sending"} and "paper_out" in desk.status, thread)
            ended = time.monotonic()
        assert time.monotonic() - ended < 20
    assert desk.open() == {job: "unknown"}


def test_a_no_is_not_forgotten_when_the_agent_starts_again(desk: Desk) -> None:
    """The printer was away when it was said."""

    def document(job: Job) -> list[dict[str, Any]]:
        return [*[ROW] * (1 if job.copy else 60), {"kind": "cut"}]

    job = desk.job()
    with VirtualPrinter(roll_mm=100) as printer:
        with working(desk, printer, document, deadline_s=1.5) as thread:
            wait(desk, lambda: desk.open() == {job: "unknown"}, thread)
        held = printer.status()["held_bytes"]
        assert held > 100, "the roll ended in mid-ticket"
        desk.write(lambda tx: spool.end(tx, job, "answered-no", AT))
        copy = desk.job(copy=1)
        with working(desk, printer, document, deadline_s=1.5) as thread:
            wait(desk, lambda: printer.status()["held_bytes"] < held / 2, thread)
            printer.clear("paper-out")
            wait(desk, lambda: desk.ended().get(copy) == "confirmed", thread)
        assert len(printer.tickets) == 1


def test_what_was_printed_after_a_no_is_the_proof_that_nothing_is_left(desk: Desk) -> None:
    def may() -> bool:
        return spool.may_hold_unseen(desk.store.connection)

    first, second, third = (desk.job() for _ in range(3))
    copy = desk.job(copy=1)
    assert not may()
    desk.write(lambda tx: spool.end(tx, second, "confirmed", "2026-11-23T10:00:00+05:30"))
    assert not may()
    desk.write(lambda tx: spool.begin(tx, first))
    desk.write(lambda tx: spool.end(tx, first, "answered-no", "2026-11-23T10:00:05+05:30"))
    assert may()
    desk.write(lambda tx: spool.end(tx, third, "answered-yes", "2026-11-23T10:00:06+05:30"))
    assert may()
    desk.write(lambda tx: spool.end(tx, copy, "confirmed", "2026-11-23T10:00:09+05:30"))
    assert not may()


def test_fence_ids_of_successive_attempts_and_jobs_differ() -> None:
    ids = [fence(job, attempt) for job in range(1, 500) for attempt in range(1, 9)]
    assert len(set(ids)) == len(ids)
    tried_for_long = [fence(7, attempt) for attempt in range(1, 60)]
    assert all(len({*tried_for_long[at : at + 8]}) == 8 for at in range(50))
    assert all(len(one) == 4 and one.isalnum() for one in ids)
