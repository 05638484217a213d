"""Jobs on real wires: confirmed only by the printer's own word, and never a second original."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.printer.profile import PROFILES, PrinterProfile
from drivers.printer.session import Progress, clear_buffers, print_job, query_status
from drivers.printer.ticket import build
from drivers.printer.transport import open_transport
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import EPSON, GENERIC_58, opened, plain, printed, receipt, wired

GS_R = replace(EPSON, fence="gs-r")
WIRES = pytest.mark.parametrize("wire", ["tcp", "pty"])
FENCES = pytest.mark.parametrize("profile", [EPSON, GS_R], ids=["process-id", "gs-r"])


def once_sending(act: Callable[[], None]) -> Callable[[Progress], None]:
    """Does something at the first progress report, when some of the job has left."""
    done: list[Progress] = []

    def report(progress: Progress) -> None:
        if not done:
            done.append(progress)
            act()

    return report


@WIRES
@FENCES
def test_a_ticket_is_confirmed(wire: str, profile: PrinterProfile, tmp_path: Path) -> None:
    """One ticket on paper, every byte handed over, and the printer said so."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        outcome = printed(line, receipt(48), profile=profile)
        assert (outcome.state, outcome.text) == ("confirmed", "Printed.")
        assert len(printer.tickets) == 1
        assert outcome.handed_over == len(build(receipt(48), profile)) + (3 if profile is GS_R else 11)


@WIRES
def test_many_tickets_over_one_line(wire: str, tmp_path: Path) -> None:
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        for number in range(5):
            assert printed(line, plain(f"bill {number}"), f"{number:04d}").state == "confirmed"
        assert [ticket.text for ticket in printer.tickets] == [f"bill {number}\n" for number in range(5)]


@WIRES
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("paper-out", "out of paper"),
        ("cover-open", "cover is open"),
        ("offline", "offline"),
        ("cutter-error", "cutter is jammed"),
    ],
)
def test_a_printer_that_says_it_cannot_gets_nothing(
    wire: str, fault: str, words: str, tmp_path: Path
) -> None:
    """Held: not one byte of the job is sent, and after the repair the same job prints once."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        printer.set_fault(fault)
        outcome = printed(line, plain("held"))
        assert (outcome.state, outcome.handed_over) == ("held", 0)
        assert words in outcome.text
        assert outcome.status.known
        assert not outcome.status.ready
        printer.clear()
        assert printed(line, plain("held")).state == "confirmed"
        assert len(printer.tickets) == 1


def test_paper_near_its_end_still_prints(tmp_path: Path) -> None:
    with VirtualPrinter() as printer, opened(printer) as line:
        printer.set_fault("near-end")
        outcome = printed(line, plain("x"))
        assert (outcome.state, outcome.status.paper) == ("confirmed", "near_end")


@WIRES
@pytest.mark.parametrize("fault", ["silent", "garbage"])
def test_a_printer_that_does_not_answer_sensibly_gets_nothing(wire: str, fault: str, tmp_path: Path) -> None:
    """Switched off behind its adapter, or no printer at all: nothing is sent, so it may be tried again."""
    with wired(wire, tmp_path, seed=5) as printer, opened(printer) as line:
        printer.set_fault(fault)
        status = query_status(line, 0.3)
        assert (status.known, status.paper, status.ready) == (False, "unknown", False)
        outcome = printed(line, plain("x"), deadline_s=2.0)
        assert (outcome.state, outcome.handed_over) == ("failed", 0)
        assert "Nothing was sent." in outcome.text
        assert printer.tickets == []


@WIRES
@pytest.mark.parametrize(
    ("profile", "fault"),
    [
        *((EPSON, fault) for fault in ("silent", "garbage", "wrong-echo", "delay-echo:60")),
        *((GS_R, fault) for fault in ("silent", "garbage", "delay-echo:60")),
    ],
    ids=lambda value: getattr(value, "fence", value),
)
def test_no_proof_means_unknown(wire: str, profile: PrinterProfile, fault: str, tmp_path: Path) -> None:
    """The answer fails after the first byte: unknown within the deadline, though the paper is there."""
    with wired(wire, tmp_path, seed=7) as printer, opened(printer) as line:
        fail = once_sending(lambda: printer.set_fault(fault))
        outcome = printed(line, receipt(48), profile=profile, deadline_s=1.0, on_progress=fail)
        assert outcome.state == "unknown"
        assert outcome.handed_over > 1024
        assert "not known whether it printed" in outcome.text
        assert len(printer.wait_for_tickets(1)) == 1


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
            if progress.phase == "waiting" and progress.status.known:
                seen.append(progress.status.text)
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
def test_a_deadline_without_paper_means_unknown_and_the_ticket_comes_later_once(
    wire: str, tmp_path: Path
) -> None:
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        stop = once_sending(lambda: printer.set_fault("paper-out"))
        outcome = printed(line, receipt(48), deadline_s=1.5, on_progress=stop)
        assert outcome.state == "unknown"
        assert "out of paper" in outcome.text
        assert printer.tickets == []
        printer.clear()
        assert len(printer.wait_for_tickets(1)) == 1


@WIRES
def test_the_late_echo_of_one_job_never_confirms_the_next(wire: str, tmp_path: Path) -> None:
    """The first job's echo comes while the second one is held: that proves nothing about the second."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        late = once_sending(lambda: printer.set_fault("delay-echo:1.6"))
        assert printed(line, receipt(48), "0001", deadline_s=1.0, on_progress=late).state == "unknown"
        printer.clear("delay-echo")
        stop = once_sending(lambda: printer.set_fault("paper-out"))
        second = printed(line, receipt(48), "0002", deadline_s=2.5, on_progress=stop)
        assert second.state == "unknown"
        assert len(printer.tickets) == 1


@WIRES
def test_stale_status_blocks_and_echoes_are_drained_before_a_job(wire: str, tmp_path: Path) -> None:
    """Automatic status left switched on, and an echo with the very id of the job, from before it began."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        line.write(b"\x1da\xff" + b"\x1d(H\x06\x00000002" * 2, 1.0)
        assert line.read(1.0)
        line.write(b"\x1d(H\x06\x00000002\x1dr\x01", 1.0)
        outcome = printed(line, plain("x"), "0002", on_progress=once_sending(printer.clear))
        assert outcome.state == "confirmed"
        assert len(printer.tickets) == 1


@WIRES
def test_the_line_breaks_at_every_third_byte_and_nothing_is_ever_confirmed(wire: str, tmp_path: Path) -> None:
    """Pulled during the questions: nothing was sent. Pulled during the job: unknown. Never confirmed."""
    job = plain("thank you")
    before = 12 + 11
    total = before + len(build(job, EPSON)) + 11
    for cut_at in [*range(1, total, 3), total]:
        with wired(wire, tmp_path) as printer:
            printer.set_fault(f"close-at-byte:{cut_at}")
            with opened(printer) as line:
                outcome = printed(line, job, deadline_s=3.0)
            assert outcome.state == ("unknown" if cut_at > before else "failed"), cut_at
            assert (outcome.handed_over > 0) == (cut_at > before)


@WIRES
def test_after_a_broken_line_the_next_job_is_whole(wire: str, tmp_path: Path) -> None:
    """The printer still waits for the rest of a picture; it is given that rest blank, before the job."""
    with wired(wire, tmp_path) as printer:
        printer.set_fault("close-at-byte:3000")
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
        size = len(build(big, EPSON)) + 22
        assert outcome.state == "unknown"
        assert 0 < outcome.handed_over <= size
        if wire == "pty":
            assert outcome.handed_over < size
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


def test_a_printer_without_answers_is_sent_to_and_never_confirmed() -> None:
    profile = PROFILES["clone-58-no-replies"]
    with VirtualPrinter(paper_mm=58) as printer:
        printer.set_fault("silent")
        with opened(printer) as line:
            outcome = printed(line, plain("x"), profile=profile)
        assert (outcome.state, outcome.handed_over) == ("unknown", len(build(plain("x"), profile)))
        assert "cannot confirm" in outcome.text
        assert len(printer.wait_for_tickets(1)) == 1


def test_a_cutterless_printer_confirms_too() -> None:
    with VirtualPrinter(paper_mm=58) as printer, opened(printer) as line:
        assert printed(line, plain("one"), "0001", GENERIC_58).state == "confirmed"
        assert printed(line, plain("two"), "0002", GENERIC_58).state == "confirmed"
        assert [ticket.text for ticket in printer.tickets] == ["one\n", "two\n"]


def test_the_answer_to_an_older_in_order_request_does_not_confirm() -> None:
    """A gs-r printer still busy with an earlier job: its answer is followed by ours, and only ours counts."""
    with VirtualPrinter() as printer, opened(printer) as line:
        printer.set_fault("delay-echo:0.5")
        line.write(b"old job\n\x1dr\x01", 1.0)
        stop = once_sending(lambda: printer.set_fault("paper-out"))
        outcome = printed(line, receipt(48), profile=GS_R, deadline_s=3.0, on_progress=stop)
        assert outcome.state == "unknown"


def test_noise_on_the_line_spoils_the_bare_answer() -> None:
    """One byte of noise looks like a GS r answer, so after noise that answer proves nothing."""
    with VirtualPrinter(seed=3) as printer, opened(printer) as line:
        noisy = once_sending(lambda: printer.set_fault("garbage"))
        assert printed(line, receipt(48), profile=GS_R, deadline_s=1.5, on_progress=noisy).state == "unknown"


def test_status_knows_the_drawer_if_its_level_is_set() -> None:
    profile = replace(EPSON, drawer_open_level="low")
    with VirtualPrinter() as printer, opened(printer) as line:
        assert query_status(line, 1.0, profile).drawer == "closed"
        printer.set_fault("drawer-open")
        assert query_status(line, 1.0, profile).drawer == "open"


def test_one_answer_too_many_makes_the_status_unknown() -> None:
    """A late answer to an older question would shift all that follow by one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with open_transport(url) as line:
            peer, _ = server.accept()

            def answer() -> None:
                with peer:
                    peer.recv(3)
                    peer.sendall(b"\x12\x16\x12\x12\x12")
                    while peer.recv(3):
                        pass

            asking = threading.Thread(target=answer)
            asking.start()
            status = query_status(line, 1.0)
            line.close()
            asking.join()
    assert (status.known, status.text) == (False, "The printer answers, but nothing that makes sense.")


def test_buffers_can_be_cleared() -> None:
    """What was held is gone for good, so a copy cannot be followed by the original."""
    with VirtualPrinter() as printer, opened(printer) as line:
        stop = once_sending(lambda: printer.set_fault("paper-out"))
        assert printed(line, receipt(48), deadline_s=1.0, on_progress=stop).state == "unknown"
        assert clear_buffers(line) is True
        printer.clear()
        assert printed(line, plain("copy"), "0002").state == "confirmed"
        assert [ticket.text.split("\n")[-2] for ticket in printer.tickets] == ["copy"]


def test_a_deadline_on_another_clock_is_kept() -> None:
    """The clock is passed in; here it jumps past the deadline, and nothing is sent any more."""
    ticks = iter([0.0])
    with VirtualPrinter() as printer, opened(printer) as line:
        outcome = print_job(line, b"x\n", "0001", EPSON, 5.0, clock=lambda: next(ticks, 99.0))
        assert (outcome.state, outcome.handed_over) == ("failed", 0)
        assert printer.tickets == []


@pytest.mark.parametrize("fence_id", ["", "123", "12345", "12\t4", "12₹4"])
def test_a_fence_id_is_four_printable_characters(fence_id: str) -> None:
    with VirtualPrinter() as printer, opened(printer) as line, pytest.raises(ValueError, match="fence id"):
        print_job(line, b"x\n", fence_id, EPSON, 1.0)


def test_a_closed_printer_fails_at_once_with_nothing_sent() -> None:
    """The connection is lost between two jobs."""
    with VirtualPrinter() as printer, opened(printer) as line:
        assert printed(line, plain("x")).state == "confirmed"
        printer.set_fault("power-loss")
        began = time.monotonic()
        outcome = printed(line, plain("y"), "0002")
        assert (outcome.state, outcome.handed_over) == ("failed", 0)
        assert time.monotonic() - began < 8.0
