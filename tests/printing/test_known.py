"""What a printer has shown is kept by its name, told with how it is known, and goes with the device."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.language.sentence import Sentence
from agent.printing.known import Known, kept_in
from agent.printing.worker import PrinterThread
from agent.store.errors import StoreError, StoreFull, StoreReadOnly
from tests.drivers.printer.printer_rig import wired
from tests.printing.test_status_watch import tells, until
from tests.printing.test_worker import AT, ROW, Desk, desk, wait, working

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


def test_a_name_that_was_misread_once_is_no_other_device(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """It forgot that the printer had proven, and the next fault was taken for what the printer is."""
    known = Known("", desk.write, lambda: AT)
    known.met(DEVICE)
    known.learn(fence="process-id")
    assert known.met(DEVICE | {"serial": "0005"}) is False
    assert (
        known.proves("process-id") and {row["what"]: row["value"] for row in known.rows()}["serial"] == "0001"
    )
    assert known.met(DEVICE) is True
    for serial in ("0005", "0007"):
        assert known.met(DEVICE | {"serial": serial}) is False
    assert known.proves("process-id"), "nor are two misread in two ways"
    assert "another printer" not in caplog.text
    assert known.met(DEVICE | {"serial": "0007"}) is True
    assert not known.proves("process-id")
    assert "another printer than before" in caplog.text


def test_a_sheet_that_is_proven_is_as_good_as_a_ticket(desk: Desk, tmp_path: Path) -> None:
    """A technician's test page; one that teaches that the printer does not confirm spares a ticket that."""
    with wired("tcp", tmp_path) as printer, working(desk, printer) as thread:
        assert thread.sheets.put([ROW, {"kind": "cut"}], thread.wake, 20)[0]
        until(lambda: thread.known.proves("process-id"))
    with wired("tcp", tmp_path) as printer, working(desk, printer, profile="generic-80-gs-r") as thread:
        printer.set_fault("no-echo")
        assert not thread.sheets.put([ROW, {"kind": "cut"}], thread.wake, 20)[0]
        job = desk.job()
        wait(desk, lambda: desk.ended() == {job: "sent"}, thread)


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


# --- by itself ------------------------------------------------------------------------------------------


class Alone:
    """What two printers have shown, on a store, with a clock that goes on by one at each stamp."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.now = 0
        self.writes = 0
        self.trouble: StoreError | None = None
        self.front, self.back = self.known("front"), self.known("back")

    def known(self, name: str) -> Known:
        return Known(name, self.write, self.stamp)

    def stamp(self) -> str:
        self.now += 1
        return f"at {self.now}"

    def write(self, work: Callable[[Any], Any]) -> None:
        self.writes += 1
        if self.trouble:
            raise self.trouble
        self.desk.write(work)

    def loaded(self, name: str = "front") -> Known:
        again = self.known(name)
        reader = self.desk.store.reader()
        again.load(reader)
        reader.close()
        return again


@pytest.fixture
def alone(desk: Desk) -> Alone:
    return Alone(desk)


def rows(known: Known) -> dict[str, tuple[Any, str, str]]:
    return {row["what"]: (row["value"], row["from"], row["at"]) for row in known.rows()}


def test_it_is_told_since_when_something_is_so_and_not_when_it_was_seen_last(alone: Alone) -> None:
    for fence in ("process-id", "process-id", "none"):
        alone.front.learn(fence=fence, auto_status=True)
        alone.front.keep()
    assert rows(alone.front) == {"auto_status": (True, "asked", "at 2"), "fence": ("none", "asked", "at 3")}
    assert rows(alone.loaded()) == {"auto_status": (True, "kept", "at 2"), "fence": ("none", "kept", "at 3")}
    again = alone.loaded()
    again.learn(fence="none")
    assert rows(again)["fence"] == ("none", "asked", "at 3"), "over a restart, too"


def test_what_is_shown_before_the_rest_is_read_stands(alone: Alone) -> None:
    alone.front.learn(fence="process-id", auto_status=True)
    alone.front.keep()
    again = alone.known("front")
    again.learn(fence="none")
    again.load(alone.desk.store.connection)
    assert (rows(again)["fence"][:2], rows(again)["auto_status"][:2]) == (("none", "asked"), (True, "kept"))


def test_the_rows_that_somebody_was_given_do_not_change_under_him(alone: Alone) -> None:
    alone.front.learn(model="A")
    before = alone.front.rows()
    alone.front.learn(firmware="1")
    assert [row["what"] for row in before] == ["model"]
    assert [row["what"] for row in alone.front.rows()] == ["firmware", "model"], "in the order of the letters"


@pytest.mark.parametrize("other", ["maker", "model", "serial"])
def test_each_printer_is_kept_by_its_name_and_forgotten_by_what_it_calls_itself(
    alone: Alone, other: str
) -> None:
    for known in (alone.front, alone.back):
        known.met(DEVICE)
        known.learn(fence="process-id")
        known.keep()
    alone.front.met(DEVICE | {"firmware": "2.00"})
    assert alone.front.proves("process-id"), "its firmware may be renewed"
    for _ in range(2):
        alone.front.met({other: "another"})
    alone.front.keep()
    assert rows(alone.loaded()).keys() == {other}
    assert rows(alone.loaded("back")).keys() == {*DEVICE, "fence"}
    assert (alone.loaded("back").proves("process-id"), alone.loaded("back").proves("gs-r")) == (True, False)


def test_another_printer_that_says_no_more_of_itself_is_written_down_too(alone: Alone) -> None:
    alone.front.met({"model": "A", "serial": "1"})
    alone.front.learn(fence="process-id")
    alone.front.keep()
    again = alone.loaded()
    again.met({"serial": "2"})
    again.met({"serial": "2"})
    again.keep()
    assert rows(alone.loaded()).keys() == {"serial"}


@pytest.mark.parametrize(
    "trouble", [StoreFull(Sentence("store-full")), StoreReadOnly(Sentence("store-readonly"))]
)
def test_what_a_disk_did_not_take_is_written_later_and_once(alone: Alone, trouble: StoreError) -> None:
    alone.trouble = trouble
    alone.front.learn(fence="none")
    alone.front.keep()
    alone.front.learn(fence="none")
    alone.trouble = None
    for _ in range(3):
        alone.front.keep()
    assert (alone.writes, rows(alone.loaded())["fence"][0]) == (2, "none")


@pytest.mark.parametrize(
    "told", ["", "[", "[1]", "3", '{"front": 3}', '{"front": {"a": 1}}', '{"front": {"a": [1]}}']
)
def test_what_is_kept_and_cannot_be_read_is_nothing(alone: Alone, told: str) -> None:
    alone.desk.write(lambda tx: tx.execute("INSERT INTO fact VALUES ('printers', ?)", (told,)))
    again = alone.loaded()
    assert again.rows() == []
    again.learn(fence="none")
    again.keep()
    assert rows(alone.loaded()).keys() == {"fence"}


def test_where_there_is_no_store_nothing_is_known(tmp_path: Path) -> None:
    assert kept_in(tmp_path / "nowhere") == {}
