"""What a printer tells by itself (ASB) makes the till look at it at once, and not in five seconds."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent.printing import pauses
from agent.printing.worker import PrinterThread
from drivers.printer.profile import PrinterProfile, profile_named
from drivers.simulated.printer import VirtualPrinter
from drivers.simulated.printer_firmware import Firmware
from tests.drivers.printer.printer_rig import wired
from tests.printing.test_drawer import DrawerTill
from tests.printing.test_worker import Desk, desk, wait, working

__all__ = ["desk"]

SOON_S = 1.5
"""A second, and what a busy machine takes."""
EPSON = profile_named("epson-tm-t20")


def until(met: Callable[[], object], within_s: float = 20.0) -> None:
    end = time.monotonic() + within_s
    while not met():
        assert time.monotonic() < end
        time.sleep(0.01)


def shown(thread: PrinterThread) -> dict[str, object]:
    return {row["what"]: row["value"] for row in thread.known.rows()}


def tells(printer: VirtualPrinter) -> bool:
    return bool(printer.status()["auto_status"])


@pytest.mark.parametrize("wire", ["pty", "tcp"])
def test_cover_and_paper_are_seen_within_a_second(desk: Desk, tmp_path: Path, wire: str) -> None:
    """On a line of its own by itself, over a network where the settings say that nobody else waits for it."""
    profile = EPSON if wire == "pty" else replace(EPSON, auto_status=True)
    with wired(wire, tmp_path) as printer, working(desk, printer, profile=profile):
        until(lambda: tells(printer))
        for fault, seen in (
            ("cover-open", "cover_open"),
            ("near-end", "near_end"),
            ("paper-out", "paper_out"),
            ("cutter-error", "error"),
        ):
            printer.set_fault(fault)
            until(lambda seen=seen: desk.status[-1] == seen, SOON_S)
            printer.clear(fault)
            until(lambda: desk.status[-1] == "ok", SOON_S)


class Struck(list[str]):
    """What the board is told; each time the next of acts is done, between a look and what follows it."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[Callable[[], None]] = []

    def append(self, state: str) -> None:
        super().append(state)
        if self.acts:
            self.acts.pop(0)()


def test_a_cover_opened_between_a_look_and_the_word_to_tell_is_no_answer_to_that(
    desk: Desk, tmp_path: Path
) -> None:
    """What it told of the cover was taken for its answer, and the cover seen five seconds later."""
    desk.status = struck = Struck()
    with wired("pty", tmp_path) as printer, working(desk, printer) as thread:
        until(lambda: len(thread.known.rows()) > 4 and desk.status.count("ok") > 2)
        struck.acts.append(lambda: printer.set_fault("cover-open"))
        thread.wake()
        until(lambda: not struck.acts)
        until(lambda: desk.status[-1] == "cover_open", SOON_S)


def test_one_that_stands_still_before_it_said_what_it_is_is_asked_that_again(
    desk: Desk, tmp_path: Path
) -> None:
    with wired("pty", tmp_path) as printer, working(desk, printer) as thread:
        until(lambda: tells(printer))
        printer.set_fault("cover-open")
        # Now and then it has said all before the cover opens, and nothing is left to ask.
        until(lambda: desk.status[-1] == "cover_open", SOON_S)
        printer.clear()
        until(lambda: "model" in [row["what"] for row in thread.known.rows()])


def test_a_drawer_opened_by_force_is_said_within_a_second(tmp_path: Path) -> None:
    with wired("pty", tmp_path) as printer:
        till = DrawerTill(tmp_path / "store", printer.url, "epson-tm-t20")
        stop = threading.Event()
        thread = threading.Thread(target=till.printers.each[0].run, args=(stop,))
        thread.start()
        try:
            until(lambda: tells(printer))
            printer.set_fault("drawer-open")
            until(till.told, SOON_S)
            assert till.told() == [{"forced": True}]
        finally:
            stop.set()
            till.drawer.close()
            till.printers.wake()
            thread.join()
            till.close()


def test_a_bill_that_waits_for_the_cover_is_printed_as_soon_as_it_is_shut(desk: Desk, tmp_path: Path) -> None:
    """It was looked for ever more seldom, fifteen seconds apart in the end."""
    with wired("pty", tmp_path) as printer, working(desk, printer) as thread:
        until(lambda: tells(printer))
        printer.set_fault("cover-open")
        until(lambda: desk.status[-1] == "cover_open")
        job = desk.job()
        thread.wake()
        until(lambda: desk.open() == {job: "held"})
        time.sleep(3.5)
        printer.clear()
        until(lambda: desk.ended() == {job: "confirmed"}, SOON_S)


def test_it_tells_again_after_a_bill_and_after_it_was_off_for_a_moment(desk: Desk, tmp_path: Path) -> None:
    """Both end it: a bill because its proof must not be mixed up with it, and the power by itself."""
    with wired("pty", tmp_path) as printer, working(desk, printer) as thread:
        until(lambda: tells(printer))
        job = desk.job()
        thread.wake()
        until(lambda: desk.ended() == {job: "confirmed"})
        until(lambda: tells(printer))
        printer.set_fault("reset for 200 ms")
        until(lambda: not printer.status()["faults"])
        assert not tells(printer)
        thread.wake()
        until(lambda: tells(printer))


def test_one_that_does_not_know_it_is_asked_twice_and_prints_as_ever(desk: Desk, tmp_path: Path) -> None:
    with wired("pty", tmp_path) as printer:
        printer.set_fault("no-auto-status")
        with working(desk, printer) as thread:
            wait(desk, lambda: desk.status.count("ok") > 5, thread)
            assert printer.status()["complaints"] == ["unknown command GS a: 1d 61 0f"] * 2
            job = desk.job()
            wait(desk, lambda: desk.ended() == {job: "confirmed"}, thread)


def test_one_that_told_and_did_not_in_a_bad_moment_tells_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was never asked again on that line, which is kept for months."""
    monkeypatch.setattr(pauses, "FIRST_S", 0.5)
    with wired("pty", tmp_path) as printer, working(desk, printer) as thread:
        until(lambda: tells(printer))
        printer.set_fault("no-auto-status")
        wait(desk, lambda: len(printer.status()["complaints"]) >= 3, thread)
        assert printer.status()["lines"] == 0
        printer.clear()
        wait(desk, lambda: shown(thread).get("auto_status") is False, thread)
        printer.set_fault("reset for 10 ms")
        wait(desk, lambda: tells(printer) and shown(thread)["auto_status"] is True, thread)


def test_bits_that_mean_nothing_are_no_news(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real printers set reserved bits as they like: each was a reason to look at once, and so without end."""
    drawn, auto_status = random.Random(1), Firmware._auto_status  # noqa: SLF001

    def with_reserved_bits(firmware: Firmware) -> bytes:
        first, second, third, _ = auto_status(firmware)
        return bytes((first, second, third | drawn.choice((0x00, 0x20, 0x40, 0x60)), drawn.randrange(16)))

    monkeypatch.setattr(Firmware, "_auto_status", with_reserved_bits)
    with wired("pty", tmp_path) as printer, working(desk, printer) as thread:
        until(lambda: tells(printer) and "model" in shown(thread))
        time.sleep(0.5)
        looks = len(desk.status)
        time.sleep(2.0)
        assert len(desk.status) - looks <= 2
        printer.set_fault("cover-open")
        until(lambda: desk.status[-1] == "cover_open", SOON_S)


@pytest.mark.parametrize(
    ("wire", "profile"),
    [
        ("tcp", EPSON),
        ("pty", replace(EPSON, auto_status=False)),
        ("pty", profile_named("clone-80-no-replies")),
    ],
)
def test_it_is_not_asked_where_others_share_the_line_nor_where_that_is_not_wanted(
    desk: Desk, tmp_path: Path, wire: str, profile: PrinterProfile
) -> None:
    with wired(wire, tmp_path) as printer, working(desk, printer, profile=profile) as thread:
        wait(desk, lambda: len(desk.status) > 3, thread)
        assert not tells(printer)


def test_a_till_that_stops_leaves_a_printer_that_says_nothing_by_itself(desk: Desk, tmp_path: Path) -> None:
    """Another program on that line would take it for an answer."""
    with wired("pty", tmp_path) as printer:
        with working(desk, printer):
            until(lambda: tells(printer))
        until(lambda: not tells(printer), 2.0)
