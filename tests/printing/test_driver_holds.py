"""A driver that still holds the end of a ticket: its line is not closed, and nothing goes in behind it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from agent.printing import worker
from agent.store.spool import Job
from drivers.printer.profile import profile_named
from drivers.printer.ticket import build
from tests.drivers.printer.printer_rig import Submitting

from .test_worker import Desk, desk, wait, working

__all__ = ["desk"]

MUTE = "clone-80-no-replies"


def ticket(job: Job) -> list[dict[str, Any]]:
    lines = [f"copy {job.copy} line {line}" for line in range(60)]
    rows = [{"kind": "row", "cells": [{"text": text, "width": 48, "align": "left"}]} for text in lines]
    return [*rows, {"kind": "cut"}]


def test_what_a_driver_holds_is_neither_lost_nor_followed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A printer that stopped reading may go on: what it reads then is the ticket, whole, and the next one."""
    device = Submitting()
    monkeypatch.setattr(worker, "open_transport", lambda _url: device.line)
    first, second = desk.job(), desk.job(copy=1)
    with working(desk, device, ticket, MUTE, deadline_s=0.5) as thread:
        wait(desk, lambda: desk.open().get(first) == "unknown", thread)
        held = device.line.pending()
        assert held > 0
        until = time.monotonic() + 4.0
        while time.monotonic() < until:
            thread.wake()
            time.sleep(0.1)
            assert not device.closed
            assert device.line.pending() == held, "nothing went in behind it"
        assert "offline" in desk.status, "and it is said"
        came = bytearray()
        reading = threading.Thread(target=_read_on, args=(device, came))
        reading.start()
        wait(desk, lambda: desk.ended().get(second) == "sent", thread)
    reading.join()
    of_both = [Job(first, 1, 0, "", 0, 0, "", ""), Job(second, 1, 1, "", 0, 0, "", "")]
    left = bytes(came)
    for job in of_both:
        # Ahead of each comes what ends a command that was broken off.
        paper = build(ticket(job), profile_named(MUTE))
        assert left.lstrip(b"\0").startswith(paper)
        left = left.lstrip(b"\0").removeprefix(paper)
    assert left == b""
    device.printer.close()


def test_a_till_that_ends_closes_the_line_and_not_before_the_driver_has_let_go(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Submitting()
    monkeypatch.setattr(worker, "open_transport", lambda _url: device.line)
    job = desk.job()
    with working(desk, device, ticket, MUTE, deadline_s=0.5) as thread:
        wait(desk, lambda: desk.open().get(job) == "unknown", thread)
        assert device.line.pending() > 0
        came = bytearray()
        reading = threading.Timer(1.0, _read_on, args=(device, came))
        reading.start()
    assert (device.closed, device.lost) == (True, False)
    reading.join()
    assert bytes(came).lstrip(b"\0") == build(ticket(Job(job, 1, 0, "", 0, 0, "", "")), profile_named(MUTE))
    device.printer.close()


def _read_on(device: Submitting, came: bytearray) -> None:
    """Until its other end is closed."""
    while data := device.printer.recv(4096):
        came += data
