"""What a printer seemed to be in a bad moment is not believed for ever, and to ask it again costs nobody."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent.language.language import in_english
from agent.printing import learnt, pauses
from agent.printing.known import Known, kept_in
from agent.printing.learnt import Learnt
from agent.printing.pauses import Pauses
from agent.printing.worker import PrinterThread
from agent.store.spool import Job
from drivers.message import Message
from drivers.printer.session import ANSWER_S
from drivers.printer.status import SILENT, PrinterStatus
from drivers.simulated.printer import VirtualPrinter
from tests.printing.test_worker import ROW, Desk, Undrawable, desk, wait, working

__all__ = ["desk"]

READY = in_english(Message("printer.ready"))
# DLE EOT 1 to 4, GS ( H behind them, and what throws its letters away.
LOOK, QUESTION, AWAY = 12, 11, 5


def believed_mute(desk: Desk, printer: VirtualPrinter, thread: PrinterThread) -> None:
    """It has never answered a mark: its first bill is asked about, those behind it are called sent."""
    printer.set_fault("no-echo")
    first = desk.job()
    wait(desk, lambda: desk.open() == {first: "unknown"}, thread)
    others = [desk.job(), desk.job()]
    wait(desk, lambda: desk.ended() == dict.fromkeys(others, "sent"), thread)
    assert "does not confirm" in desk.said[-1]


def proven(desk: Desk, thread: PrinterThread) -> None:
    job = desk.job()
    wait(desk, lambda: desk.ended().get(job) == "confirmed", thread)


def unknown(desk: Desk, thread: PrinterThread) -> int:
    """A bill of which nobody knows."""
    job = desk.job()
    wait(desk, lambda: desk.open().get(job) == "unknown", thread)
    return job


@pytest.mark.parametrize("profile", ["epson-tm-t20", "generic-80-gs-r"])
def test_one_that_has_proven_and_does_not_is_at_fault_and_each_bill_is_asked_about(
    desk: Desk, profile: str
) -> None:
    """The second was called sent, and so was every one after it that the printer lost."""
    with VirtualPrinter() as printer, working(desk, printer, profile=profile, deadline_s=4.0) as thread:
        proven(desk, thread)
        printer.set_fault("no-echo")
        unknown(desk, thread)
        unknown(desk, thread)
        wait(desk, lambda: "switch it off and on" in desk.said[-1], thread)
        assert desk.status[-1] == "unknown"
        printer.clear()
        wait(desk, lambda: desk.said[-1] == READY, thread)
        proven(desk, thread)


def test_that_it_has_proven_is_known_over_a_restart(desk: Desk) -> None:
    with VirtualPrinter() as printer:
        with working(desk, printer) as thread:
            proven(desk, thread)
            wait(desk, lambda: [row["what"] for row in kept_in(desk.place).get("", [])] == ["fence"], thread)
        printer.set_fault("no-echo")
        with working(desk, printer, deadline_s=4.0) as thread:
            unknown(desk, thread)
            unknown(desk, thread)


def test_one_that_waits_for_megabytes_of_a_picture_is_given_no_ticket_as_sent(desk: Desk) -> None:
    """Another program's, or a cable without flow control that lost a picture's size. Then it is switched."""
    with VirtualPrinter() as printer, working(desk, printer, deadline_s=4.0) as thread:
        proven(desk, thread)
        with socket.create_connection(("127.0.0.1", printer.port)) as other:
            other.sendall(b"\x1dv0\x00" + b"\xff" * 40)
            wait(desk, lambda: printer.status()["held_bytes"] > 0)
        lost = [unknown(desk, thread), unknown(desk, thread)]
        assert len(printer.tickets) == 1
        printer.set_fault("power-loss for 100 ms")
        proven(desk, thread)
        assert desk.open() == dict.fromkeys(lost, "unknown")


def test_a_person_who_sees_what_it_did_not_confirm_says_that_it_prints_without(desk: Desk) -> None:
    """A spare printer of another make in its place: not every bill is a question."""
    with VirtualPrinter() as printer, working(desk, printer, deadline_s=4.0) as thread:
        proven(desk, thread)
        printer.set_fault("no-echo")
        other, job = unknown(desk, thread), unknown(desk, thread)
        thread.learnt.on_paper(other)
        assert thread.known.proves("process-id"), "of an earlier one that proves nothing"
        thread.learnt.on_paper(job)
        after = desk.job()
        wait(desk, lambda: desk.ended().get(after) == "sent", thread)
        assert not thread.known.proves("process-id")
        assert "does not confirm" in desk.said[-1]


@pytest.mark.parametrize("profile", ["epson-tm-t20", "generic-80-gs-r"])
def test_a_printer_that_answered_no_mark_for_a_while_proves_again_by_itself(desk: Desk, profile: str) -> None:
    with VirtualPrinter() as printer, working(desk, printer, profile=profile, deadline_s=4.0) as thread:
        believed_mute(desk, printer, thread)
        printer.clear()
        on_paper = printer.status()["lines"], len(printer.tickets)
        wait(desk, lambda: desk.said[-1] == READY, thread)
        assert (printer.status()["lines"], len(printer.tickets)) == on_paper
        assert printer.status()["complaints"] == []
        job = desk.job()
        wait(desk, lambda: desk.ended().get(job) == "confirmed", thread)


@contextmanager
def asked_in_vain(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[VirtualPrinter, PrinterThread]]:
    """A mute printer, just as it was asked again whether it confirms."""
    monkeypatch.setattr(pauses, "FIRST_S", 0.0)
    with VirtualPrinter() as printer, working(desk, printer, deadline_s=4.0) as thread:
        believed_mute(desk, printer, thread)
        asked = printer.status()["bytes"] + LOOK + QUESTION
        end = time.monotonic() + 10
        while printer.status()["bytes"] < asked:
            assert time.monotonic() < end
            time.sleep(0.005)
        yield printer, thread


def test_a_ticket_does_not_wait_for_an_answer_that_does_not_come(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with asked_in_vain(desk, monkeypatch) as (printer, thread):
        job = desk.job()
        began = time.monotonic()
        thread.wake()
        while (job, "sent") not in desk.told:
            assert time.monotonic() - began < 1.2
            time.sleep(0.005)
        assert len(printer.wait_for_tickets(4)) == 4


def test_nor_does_the_drawer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with asked_in_vain(desk, monkeypatch) as (printer, thread):
        began = time.monotonic()
        assert thread.open_drawer() == (True, None)
        assert time.monotonic() - began < 1.2
        wait(desk, lambda: len(printer.status()["kicks"]) == 1, thread)


def test_of_a_printer_that_takes_the_question_for_text_no_letter_comes_on_paper(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dozen questions would be two lines."""
    monkeypatch.setattr(pauses, "FIRST_S", 0.0)
    with VirtualPrinter() as printer, working(desk, printer, deadline_s=4.0) as thread:
        believed_mute(desk, printer, thread)
        printer.set_fault("marks-as-text")
        printer.clear("no-echo")
        lines = printer.status()["lines"]
        asked = printer.status()["bytes"] + 12 * (LOOK + QUESTION + AWAY)
        wait(desk, lambda: printer.status()["bytes"] >= asked, thread)
        assert printer.status()["lines"] == lines
        job = desk.job()
        wait(desk, lambda: desk.ended().get(job) == "sent", thread)
        assert printer.wait_for_tickets(4)[-1].text == printer.tickets[0].text


def test_one_that_was_away_may_be_another_and_is_asked_as_soon_as_it_is_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pauses, "FIRST_S", 600.0)
    with VirtualPrinter() as printer, working(desk, printer, deadline_s=4.0) as thread:
        believed_mute(desk, printer, thread)
        printer.set_fault("power-loss")
        wait(desk, lambda: desk.status.count("offline") > 3, thread)
        printer.clear()
        wait(desk, lambda: desk.said[-1] == READY, thread)


def test_what_never_heals_is_hardly_tried() -> None:
    """A day of looks, five seconds apart: first soon, then at longer and longer pauses."""
    now = [0.0]
    tries = Pauses(lambda: now[0])
    tries.wait()
    tried = [0.0]
    while now[0] < 24 * 3600:
        now[0] += 5.0
        if tries.over():
            tries.wait()
            tried.append(now[0])
    gaps = [after - before for before, after in pairwise(tried)]
    assert gaps[:4] == [5.0, 10.0, 20.0, 40.0]
    assert (sorted(gaps), max(gaps)) == (gaps, pauses.MOST_S)
    tries.end()
    assert tries.over()
    tries.wait()
    now[0] += 5.0
    assert tries.over()


def test_a_bill_that_could_not_be_drawn_in_a_bad_moment_is_printed_by_itself(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A font was just being replaced."""
    monkeypatch.setattr(pauses, "FIRST_S", 0.5)
    faults = [OSError]

    def document(_: Job) -> list[dict[str, Any]]:
        return Undrawable(faults.pop()) if faults else [ROW, {"kind": "cut"}]

    job = desk.job()
    with VirtualPrinter() as printer, working(desk, printer, document) as thread:
        wait(desk, lambda: desk.ended() == {job: "confirmed"}, thread)
        assert len(printer.tickets) == 1
    assert desk.told == [(job, "held"), (job, "sending"), (job, "confirmed")], "once, after a pause"


def test_the_drawer_waits_longer_for_a_printer_that_was_silent_and_not_for_ever(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was switched on after the till, and fell silent later, as a customer waited for change."""
    monkeypatch.setattr(learnt, "SLOW_FOR_S", 0.2)
    with VirtualPrinter(port=None, pty_link=tmp_path / "tty") as printer, working(desk, printer) as thread:
        printer.set_fault("silent")
        wait(desk, lambda: "unknown" in desk.status, thread)
        printer.clear()
        wait(desk, lambda: "ok" in desk.status, thread)
        time.sleep(0.4)
        printer.set_fault("silent")
        began = time.monotonic()
        opened, _ = thread.open_drawer()
        assert (opened, time.monotonic() - began < 2.5) == (True, True)


def test_a_printer_that_is_slow_is_given_time_for_as_long_as_it_is() -> None:
    now = [0.0]
    found, ready = Learnt(Known("", lambda _: None, lambda: ""), lambda: now[0]), PrinterStatus(known=True)
    found.looked(ready, 0.1)
    assert found.patience_s == ANSWER_S
    for status, took_s in ((SILENT, 1.0), (ready, 1.5)):
        found.looked(status, took_s)
        for _ in range(3):
            now[0] += learnt.SLOW_FOR_S - 1
            assert found.patience_s > ANSWER_S
            found.looked(ready, 1.5)
        now[0] += learnt.SLOW_FOR_S
        assert found.patience_s == ANSWER_S
