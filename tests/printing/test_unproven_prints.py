"""Printers that prove nothing, or answer slowly: what they may hold is not thrown away, and they print."""

from __future__ import annotations

import socket
import sqlite3
from typing import Any

from agent.store import spool
from agent.store.spool import Job
from drivers.simulated.printer import VirtualPrinter
from tests.printing.test_worker import AT, Desk, desk, wait, working

__all__ = ["desk"]


def document(job: Job) -> list[dict[str, Any]]:
    """Two lines that name it; of a copy, as one."""
    words = f"copy of {job.id}" if job.copy else f"job {job.id}"
    return [{"kind": "row", "cells": [{"text": words, "width": 32, "align": "left"}]}] * 2 + [{"kind": "cut"}]


def papers(printer: VirtualPrinter) -> str:
    return "".join(ticket.text for ticket in printer.tickets)


def broken_off_and_answered(tx: sqlite3.Connection) -> int:
    """A job whose line broke, of which a person says that it is not on paper; its copy."""
    lost = spool.add(tx, 1, AT, 0)
    spool.begin(tx, lost)
    spool.end(tx, lost, "answered-no", AT)
    return int(spool.add_copy(tx, 1, AT))


def test_no_throws_nothing_away_that_was_called_sent_and_may_wait_for_paper(desk: Desk) -> None:
    """A printer takes whole tickets without paper; what was called sent is asked about by nobody."""
    sent = desk.job()
    with VirtualPrinter() as printer, working(desk, printer, document, "clone-80-no-replies") as thread:
        printer.set_fault("paper-out")
        wait(desk, lambda: desk.ended() == {sent: "sent"}, thread)
        copy = desk.write(broken_off_and_answered)
        thread.clear_first()
        wait(desk, lambda: desk.ended().get(copy) == "sent", thread)
        printer.clear()
        wait(desk, lambda: f"copy of {copy}" in papers(printer), thread)
    assert papers(printer).count(f"job {sent}\n") == 2


def test_a_printer_that_answers_slowly_prints(desk: Desk) -> None:
    """One and a half seconds for each answer, as behind a sleepy radio or a converter."""
    job = desk.job()
    with VirtualPrinter() as printer:
        printer.set_fault("late 1.5 s")
        with working(desk, printer, document) as thread:
            wait(desk, lambda: job in desk.ended(), thread)
    assert desk.ended() == {job: "confirmed"}
    assert "cover_open" not in desk.status


def test_the_line_of_one_that_proves_nothing_is_kept_until_it_can_have_printed(
    desk: Desk,
) -> None:
    """Some throw away at the close what they have not printed: each ticket lost its end, and was called sent.
    Afterwards another till may have the printer."""

    def long(job: Job) -> list[dict[str, Any]]:
        return [*document(job)[:1] * 20, {"kind": "cut"}]

    first, second = desk.job(), desk.job()
    with VirtualPrinter() as printer:
        printer.set_fault("slow 300")
        printer.set_fault("loses-at-close")
        with working(desk, printer, long, "clone-80-no-replies") as thread:
            wait(desk, lambda: desk.ended() == {first: "sent", second: "sent"}, thread)
            wait(desk, lambda: len(printer.tickets) == 2, thread)
            printer.clear()
            with socket.create_connection(("127.0.0.1", printer.port)) as other:
                other.sendall(b"\x10\x04\x01")
                other.settimeout(10.0)
                assert other.recv(1)
    assert [ticket.text.count("job") for ticket in printer.tickets] == [20, 20]


def test_a_line_that_is_dropped_at_once_gets_no_ticket_of_one_that_proves_nothing(desk: Desk) -> None:
    """While the printer serves another till each bill that waited became a question, one a second."""
    jobs = [desk.job(), desk.job()]
    with VirtualPrinter() as printer:
        printer.set_fault("drops-others")
        with socket.create_connection(("127.0.0.1", printer.port)) as other:
            other.sendall(b"\x10\x04\x01")
            assert other.recv(1)
            with working(desk, printer, document, "clone-80-no-replies") as thread:
                wait(desk, lambda: len(desk.said) > 2, thread)
                assert desk.open() == dict.fromkeys(jobs, "queued")
                assert thread.open_drawer()[0] is False
                other.close()
                wait(desk, lambda: desk.ended() == dict.fromkeys(jobs, "sent"), thread)
                wait(desk, lambda: len(printer.tickets) == 2, thread)
    assert not any(state == "unknown" for _, state in desk.told)
