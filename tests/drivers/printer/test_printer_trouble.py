"""Jobs in trouble: broken lines, empty rolls, lost power, late answers; nothing lost, nothing doubled."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from agent.language.language import in_english
from drivers.printer.job import Progress
from drivers.printer.profile import PrinterProfile
from drivers.printer.session import clear_buffers
from drivers.printer.ticket import build
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import (
    EPSON,
    after,
    once_sending,
    opened,
    plain,
    printed,
    receipt,
    wired,
)

GS_R = replace(EPSON, fence="gs-r")
WIRES = pytest.mark.parametrize("wire", ["tcp", "pty"])
FENCES = pytest.mark.parametrize("profile", [EPSON, GS_R], ids=["process-id", "gs-r"])


@WIRES
@FENCES
def test_paper_runs_out_in_the_middle_and_is_put_in(
    wire: str, profile: PrinterProfile, tmp_path: Path
) -> None:
    """The printer holds what it has, the job waits for it, and one ticket comes out, confirmed."""
    seen: list[str] = []
    with wired(wire, tmp_path) as printer, opened(printer) as line:

        def report(progress: Progress) -> None:
            if progress.phase == "sending" and not seen:
                seen.append("sending")
                printer.set_fault("paper-out")
            if progress.phase == "waiting" and progress.status.known and not progress.status.ready:
                seen.append(in_english(progress.status.message))
                printer.clear()

        outcome = printed(line, receipt(48), profile=profile, on_progress=report)
        assert outcome.state == "confirmed"
        assert seen[:2] == ["sending", "The printer is out of paper."]
        assert outcome.status.ready
        assert len(printer.tickets) == 1


def test_a_roll_that_ends_in_the_middle_of_a_ticket(tmp_path: Path) -> None:
    """60 mm of paper for 110 mm of ticket: it stops, takes the new roll and goes on where it was."""
    with VirtualPrinter(roll_mm=60) as printer, opened(printer) as line:
        rolls: list[int] = []

        def report(progress: Progress) -> None:
            if progress.status.paper == "out":
                rolls.append(1)
                printer.clear("paper-out")

        lines = [f"line {number}" for number in range(30)]
        outcome = printed(line, plain(*lines), deadline_s=20.0, on_progress=report)
        assert outcome.state == "confirmed"
        assert rolls
        assert [ticket.text.split("\n")[:-1] for ticket in printer.tickets] == [lines]


@WIRES
def test_no_paper_until_nobody_waits_any_more_means_unknown_and_the_rest_is_not_sent(
    wire: str, tmp_path: Path
) -> None:
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        stop = once_sending(lambda: printer.set_fault("paper-out"))
        outcome = printed(line, receipt(48), on_progress=stop, over=after(3.0))
        assert outcome.state == "unknown"
        assert "out of paper" in in_english(outcome.message)
        assert printer.tickets == []
        assert outcome.handed_over < len(build(receipt(48), EPSON)) / 2
        printer.clear()
        assert (printer.status()["held_bytes"], printer.tickets) == (0, [])


@WIRES
@pytest.mark.parametrize("fault", ["paper-out", "cover-open"])
def test_a_full_buffer_of_four_kilobytes_and_more_time_than_its_deadline_make_no_question(
    wire: str, fault: str, tmp_path: Path
) -> None:
    """It says that it is out of paper for as long as it is, and then the ticket is confirmed."""
    said: list[str] = []

    def report(progress: Progress) -> None:
        if progress.status.known and not progress.status.ready:
            said.append(in_english(progress.status.message))

    with wired(wire, tmp_path, receive_buffer=4096) as printer, opened(printer) as line:
        out = once_sending(lambda: printer.set_fault(fault))
        back = threading.Timer(8.0, printer.clear)
        back.start()
        outcome = printed(
            line, receipt(48), deadline_s=4.0, on_progress=lambda progress: (out(progress), report(progress))
        )
        back.join()
        assert outcome.state == "confirmed"
        assert len(printer.tickets) == 1
    assert len(said) > 20


@WIRES
def test_the_late_echo_of_one_job_never_confirms_the_next(wire: str, tmp_path: Path) -> None:
    """The first job's echo comes while the second one is held: that proves nothing about the second."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        late = once_sending(lambda: printer.set_fault("delay-echo 3 s"))
        assert printed(line, receipt(48), "0001", deadline_s=1.0, on_progress=late).state == "unknown"
        printer.clear("delay-echo")
        stop = once_sending(lambda: printer.set_fault("paper-out"))
        second = printed(line, receipt(48), "0002", on_progress=stop, over=after(4.0))
        assert second.state == "unknown"
        assert len(printer.tickets) == 1


@WIRES
def test_the_line_breaks_at_every_third_byte_and_nothing_is_ever_confirmed(wire: str, tmp_path: Path) -> None:
    """Pulled during the questions: nothing was sent. Pulled during the job: unknown. Never confirmed."""
    job = plain("thank you")
    before = 8 + 12 + 11
    total = before + len(build(job, EPSON)) + 11
    for cut_at in [*range(1, total, 3), total]:
        with wired(wire, tmp_path) as printer:
            printer.set_fault(f"at byte {cut_at}: unplug for 0 s")
            with opened(printer) as line:
                outcome = printed(line, job, deadline_s=3.0)
            assert outcome.state == ("unknown" if cut_at > before else "failed"), cut_at
            assert (outcome.handed_over > 0) == (cut_at > before)


@WIRES
def test_after_a_broken_line_the_next_job_is_whole(wire: str, tmp_path: Path) -> None:
    """The printer still waits for the rest of a picture; it is given that rest blank, before the job."""
    with wired(wire, tmp_path) as printer:
        printer.set_fault("at byte 3000: unplug for 0 s")
        with opened(printer) as line:
            assert printed(line, receipt(48), "0001").state == "unknown"
        with opened(printer) as line:
            assert printed(line, plain("first line", "last line"), "0002").state == "confirmed"
        assert printer.tickets[-1].text.endswith("first line\nlast line\n")


def test_a_job_whose_head_was_swallowed_is_not_confirmed() -> None:
    """More is missing than is filled up: the mark behind the job alone proves nothing about its head."""
    with VirtualPrinter() as printer, opened(printer) as line:
        line.write(b"\x1dv0\x00\x48\x00\x80\x00" + bytes(300), 1.0)
        lines = [f"line number {number}" for number in range(60)]
        outcome = printed(line, plain(*lines, *lines), "0001", deadline_s=4.0)
        assert outcome.state == "unknown"
        assert len(printer.tickets) == 0 or lines[0] not in printer.tickets[0].text


@WIRES
def test_a_printer_that_stops_reading_ends_within_the_deadline(wire: str, tmp_path: Path) -> None:
    """On a pty the buffer fills and the count says how far it came; over TCP the kernel takes it all."""
    big = [*(plain("₹ " + "8" * 20)[:1] * 60), {"kind": "cut"}]
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        stop = once_sending(lambda: printer.set_fault("stop-reading"))
        outcome = printed(line, big, deadline_s=2.0, on_progress=stop)
        assert outcome.state == "unknown"
        assert outcome.handed_over > 0
        if wire == "pty":
            assert outcome.handed_over < len(build(big, EPSON))
        assert printer.tickets == []


def test_a_slow_printer_with_a_small_buffer_gets_every_byte_once(tmp_path: Path) -> None:
    """A cover left open for a moment fills the 4 kB buffer; afterwards the job goes on where it was."""
    with wired("pty", tmp_path, receive_buffer=4096) as printer, opened(printer) as line:
        begun: list[int] = []

        def report(progress: Progress) -> None:
            if not begun:
                begun.append(1)
                printer.set_fault("cover-open")
                threading.Timer(1.3, printer.clear).start()

        outcome = printed(line, receipt(48), on_progress=report)
        assert outcome.state == "confirmed"
        assert printer.status()["bytes"] >= outcome.handed_over
        assert len(printer.tickets) == 1


@WIRES
def test_power_loss_in_the_middle_means_unknown(wire: str, tmp_path: Path) -> None:
    with wired(wire, tmp_path) as printer:
        with opened(printer) as line:
            cut = once_sending(lambda: printer.set_fault("power-loss"))
            outcome = printed(line, receipt(48), on_progress=cut)
        assert outcome.state == "unknown"
        assert 0 < outcome.handed_over < len(build(receipt(48), EPSON))
        printer.clear()
        with opened(printer) as line:
            assert printed(line, plain("after"), "0002").state == "confirmed"
        assert "after" in printer.tickets[-1].text


def test_buffers_can_be_cleared() -> None:
    """What was held is gone for good, so a copy cannot be followed by the original."""
    with VirtualPrinter() as printer, opened(printer) as line:
        stop = once_sending(lambda: printer.set_fault("paper-out"))
        assert printed(line, receipt(48), deadline_s=1.0, on_progress=stop).state == "unknown"
        assert clear_buffers(line) is True
        printer.clear()
        assert printed(line, plain("copy"), "0002").state == "confirmed"
        assert [ticket.text.split("\n")[-2] for ticket in printer.tickets] == ["copy"]


def test_a_closed_printer_fails_at_once_with_nothing_sent() -> None:
    """The connection is lost between two jobs."""
    with VirtualPrinter() as printer, opened(printer) as line:
        assert printed(line, plain("x")).state == "confirmed"
        printer.set_fault("power-loss")
        outcome = printed(line, plain("y"), "0002")
        assert (outcome.state, outcome.handed_over) == ("failed", 0)
