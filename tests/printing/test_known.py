"""What a printer has shown is kept by its name, told with how it is known, and goes with the device."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.printing.known import kept_in
from agent.printing.worker import PrinterThread
from tests.drivers.printer.printer_rig import wired
from tests.printing.test_status_watch import tells, until
from tests.printing.test_worker import Desk, desk, wait, working

__all__ = ["desk"]

DEVICE = {"maker": "VIRTUAL", "model": "ROLL", "firmware": "1.00", "serial": "0001"}
ALL = DEVICE | {"auto_status": True, "fence": "process-id"}


def shown(thread: PrinterThread) -> dict[str, Any]:
    return {row["what"]: row["value"] for row in thread.known.rows()}


def how(thread: PrinterThread) -> set[str]:
    return {row["from"] for row in thread.known.rows()}


def kept(place: Path) -> dict[str, Any]:
    return {row["what"]: row["value"] for row in kept_in(place / "store").get("", [])}


def confirmed(desk: Desk, thread: PrinterThread) -> None:
    job = desk.job()
    thread.wake()
    until(lambda: desk.ended().get(job) == "confirmed")


def test_what_it_shows_is_kept_over_a_restart_and_told_with_how_it_is_known(
    desk: Desk, tmp_path: Path
) -> None:
    with wired("pty", tmp_path) as printer:
        with working(desk, printer) as thread:
            confirmed(desk, thread)
            until(lambda: kept(tmp_path) == ALL)
            assert (shown(thread), how(thread)) == (ALL, {"asked"})
        printer.set_fault("silent")
        with working(desk, printer) as thread:
            until(lambda: desk.status[-1] == "unknown")
            assert (shown(thread), how(thread)) == (ALL, {"kept"})
            printer.clear()
            wait(desk, lambda: tells(printer), thread)
            # What nobody has asked for again.
            until(lambda: [row["what"] for row in thread.known.rows() if row["from"] == "kept"] == ["fence"])


def test_what_another_device_showed_is_forgotten(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with wired("pty", tmp_path) as printer, working(desk, printer) as thread:
        confirmed(desk, thread)
        until(lambda: kept(tmp_path) == ALL)
    with wired("pty", tmp_path, serial_number="0002") as printer, working(desk, printer) as thread:
        until(lambda: shown(thread).get("serial") == "0002")
        until(lambda: kept(tmp_path) == DEVICE | {"serial": "0002", "auto_status": True})
        assert "another printer than before" in caplog.text


def test_that_it_does_not_confirm_or_tell_by_itself_is_kept_too(desk: Desk, tmp_path: Path) -> None:
    with wired("pty", tmp_path) as printer:
        printer.set_fault("no-echo")
        printer.set_fault("no-auto-status")
        with working(desk, printer) as thread:
            job = desk.job()
            wait(desk, lambda: desk.open().get(job) == "unknown", thread)
            wait(desk, lambda: kept(tmp_path) == {"fence": "none", "auto_status": False}, thread)


def test_it_is_written_when_it_changes_and_not_at_each_look(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk wears out by what is written."""
    written: list[str] = []
    write = desk.write

    def counted(work: Callable[[Any], Any]) -> Any:
        written.append(work.__qualname__)
        return write(work)

    monkeypatch.setattr(desk, "write", counted)
    with wired("pty", tmp_path) as printer, working(desk, printer) as thread:
        until(lambda: kept(tmp_path))
        for _ in range(3):
            looks = len(desk.status)
            thread.wake()
            until(lambda looks=looks: len(desk.status) > looks)
        time.sleep(0.2)
    assert len([name for name in written if name.startswith("Known.")]) == 1


def test_what_cannot_be_read_of_it_is_learnt_again(desk: Desk, tmp_path: Path) -> None:
    desk.write(lambda tx: tx.execute("INSERT INTO fact VALUES ('printers', ?)", ('{"": [1]}',)))
    with wired("pty", tmp_path) as printer, working(desk, printer):
        until(lambda: kept(tmp_path) == DEVICE | {"auto_status": True})
