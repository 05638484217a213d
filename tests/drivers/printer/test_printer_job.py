"""Jobs on real wires: confirmed only by the printer's own word, and never a second original."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest

from agent.language.language import in_english
from drivers.printer.job import print_job
from drivers.printer.marks import ONES, ZERO, BitMarks
from drivers.printer.profile import PrinterProfile, profile_named
from drivers.printer.session import query_status
from drivers.printer.ticket import build
from drivers.printer.transport import open_transport
from drivers.simulated.fault_script import Script
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import (
    EPSON,
    GENERIC_58,
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


class Scripted:
    """A printer of few words on TCP: idle status, three in-order requests told apart, and then as told.

    answer: sent once for the first job. extra: sent behind the first status byte.
    """

    def __init__(self, answer: bytes = b"", extra: bytes = b"") -> None:
        self.answer, self.extra = answer, extra
        self.server = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self) -> str:
        self.thread.start()
        return f"tcp://127.0.0.1:{self.server.getsockname()[1]}"

    def __exit__(self, *exc_info: object) -> None:
        self.thread.join()
        self.server.close()

    def serve(self) -> None:
        peer, _ = self.server.accept()
        with peer, suppress(ConnectionError):
            while data := peer.recv(4096):
                data = data.lstrip(b"\x00")
                if data[:2] == b"\x10\x04":
                    peer.sendall(b"\x16" + self.extra if data[2] == 1 else b"\x12")
                elif data == ZERO + ONES[0] + ZERO:
                    peer.sendall(b"\x00\x20\x00")
                elif self.answer and b"ticket" in data:
                    peer.sendall(self.answer)


@WIRES
@FENCES
def test_a_ticket_is_confirmed(wire: str, profile: PrinterProfile, tmp_path: Path) -> None:
    """One ticket on paper, every byte handed over, and the printer said so."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        outcome = printed(line, receipt(48), profile=profile)
        assert (outcome.state, in_english(outcome.message)) == ("confirmed", "Printed.")
        assert len(printer.tickets) == 1
        assert outcome.handed_over > len(build(receipt(48), profile))


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
        assert words in in_english(outcome.message)
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
    with wired(wire, tmp_path, script=Script(seed=5)) as printer, opened(printer) as line:
        printer.set_fault(fault)
        status = query_status(line, 0.3)
        assert (status.known, status.paper, status.ready) == (False, "unknown", False)
        outcome = printed(line, plain("x"), deadline_s=2.0)
        assert (outcome.state, outcome.handed_over) == ("failed", 0)
        assert "Nothing was sent." in in_english(outcome.message)
        assert printer.tickets == []


@WIRES
@pytest.mark.parametrize(
    ("profile", "fault"),
    [
        *((EPSON, fault) for fault in ("silent", "garbage", "wrong-echo", "delay-echo 60 s")),
        *((GS_R, fault) for fault in ("silent", "garbage", "delay-echo 60 s")),
    ],
    ids=lambda value: getattr(value, "fence", value),
)
def test_no_proof_means_unknown(wire: str, profile: PrinterProfile, fault: str, tmp_path: Path) -> None:
    """The answer fails after the first byte: unknown within the deadline, though the paper is there."""
    with wired(wire, tmp_path, script=Script(seed=7)) as printer, opened(printer) as line:
        fail = once_sending(lambda: printer.set_fault(fault))
        outcome = printed(line, receipt(48), profile=profile, deadline_s=1.5, on_progress=fail)
        assert outcome.state == "unknown"
        assert outcome.handed_over > 1024
        assert "not known whether it printed" in in_english(outcome.message)
        assert "bytes" not in in_english(outcome.message)
        assert len(printer.wait_for_tickets(1)) == 1


@WIRES
def test_stale_status_blocks_and_echoes_are_drained_before_a_job(wire: str, tmp_path: Path) -> None:
    """Automatic status left switched on, and an echo with the very id of the job, from before it began."""
    with wired(wire, tmp_path) as printer, opened(printer) as line:
        line.write(b"\x1da\xff" + b"\x1d(H\x06\x00000002" * 2, 1.0)
        assert line.read(1.0)
        line.write(b"\x1d(H\x06\x00000002\x1dr\x01\x10\x04\x04", 1.0)
        outcome = printed(line, plain("x"), "0002", on_progress=once_sending(printer.clear))
        assert outcome.state == "confirmed"
        assert len(printer.tickets) == 1


def test_a_printer_without_answers_is_sent_to_and_never_confirmed() -> None:
    profile = profile_named("clone-58-no-replies")
    with VirtualPrinter(paper_mm=58) as printer:
        printer.set_fault("silent")
        with opened(printer) as line:
            outcome = printed(line, plain("x"), profile=profile)
        assert (outcome.state, outcome.handed_over) == ("sent", len(build(plain("x"), profile)))
        assert "cannot confirm" in in_english(outcome.message)
        assert len(printer.wait_for_tickets(1)) == 1


def test_a_cutterless_printer_confirms_too() -> None:
    with VirtualPrinter(paper_mm=58) as printer, opened(printer) as line:
        assert printed(line, plain("one"), "0001", GENERIC_58).state == "confirmed"
        assert printed(line, plain("two"), "0002", GENERIC_58).state == "confirmed"
        assert [ticket.text for ticket in printer.wait_for_tickets(2)] == ["one\n", "two\n"]


def test_the_answer_to_an_older_in_order_request_does_not_confirm() -> None:
    """A gs-r printer still busy with an earlier job: its answer is followed by ours, and only ours counts."""
    with VirtualPrinter() as printer, opened(printer) as line:
        printer.set_fault("delay-echo 500 ms")
        line.write(b"old job\n\x1dr\x01", 1.0)
        stop = once_sending(lambda: printer.set_fault("paper-out"))
        outcome = printed(line, receipt(48), profile=GS_R, on_progress=stop, over=after(3.0))
        assert outcome.state == "unknown"


# The mark behind a short job 0001: one, the number's four bits, one.
RIGHT = bytes(0x20 if bit else 0x00 for _, bit in BitMarks("0001", ONES[0], 0x20).marks(1)[0])


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (RIGHT, "confirmed"),
        (RIGHT.replace(b"\x00", b"\x03"), "confirmed"),
        (b"\x00", "unknown"),
        (b"\x03", "unknown"),
        (bytes(len(RIGHT)), "unknown"),
        (bytes(100), "unknown"),
        (b"\x20" * len(RIGHT), "unknown"),
        (b"\x00" + RIGHT, "unknown"),
        (RIGHT[:-1] + b"\x00", "unknown"),
        (RIGHT[1:], "unknown"),
        (b"\xff" + RIGHT, "unknown"),
        (RIGHT.replace(b"\x00", b"\x0c"), "unknown"),
        (b"\x14\x00\x00\x0f" + RIGHT, "unknown"),
        (b"\x3b\x31\x00" + RIGHT, "unknown"),
        (b"a", "unknown"),
    ],
)
def test_no_break_and_no_noise_is_taken_for_an_answer_in_order(answer: bytes, state: str) -> None:
    """A break and a printer that goes off read as NUL, which is also what GS r answers with paper in."""
    with Scripted(answer=answer) as url, open_transport(url) as line:
        assert print_job(line, b"ticket\n", "0001", GS_R, 1.5).state == state


@pytest.mark.parametrize("stray", [b"\x00", b"\x9d", b"\x14\x00\x00\x0f", b"\x3b\x30\x00", b"\x3b\x31\x00"])
def test_an_echo_after_a_break_or_a_notice_of_power_proves_nothing(stray: bytes) -> None:
    """A NUL, noise, automatic status that was switched off, switched off, switched on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        thread = threading.Thread(target=_echoing, args=(server, stray))
        thread.start()
        with open_transport(url) as line:
            assert print_job(line, b"ticket\n", "0001", EPSON, 1.5).state == "unknown"
        thread.join()


def _echoing(server: socket.socket, stray: bytes) -> None:
    """Status and every echo, with stray in front of the job's."""
    peer, _ = server.accept()
    with peer, suppress(ConnectionError):
        while data := peer.recv(4096):
            data = data.lstrip(b"\x00")
            if data[:2] == b"\x10\x04":
                peer.sendall(b"\x16" if data[2] == 1 else b"\x12")
            elif b"\x1d(H" in data:
                peer.sendall((stray if b"ticket" in data else b"") + b"\x37\x22" + data[-4:] + b"\x00")


def test_status_knows_the_drawer_if_its_level_is_set() -> None:
    profile = replace(EPSON, drawer_open_level="low")
    with VirtualPrinter() as printer, opened(printer) as line:
        assert query_status(line, 1.0, profile).drawer == "closed"
        printer.set_fault("drawer-open")
        assert query_status(line, 1.0, profile).drawer == "open"


def test_one_answer_too_many_makes_the_status_unknown() -> None:
    """A late answer to an older question would shift all that follow by one."""
    with Scripted(extra=b"\x12") as url, open_transport(url) as line:
        status = query_status(line, 1.0)
    assert (status.known, in_english(status.message)) == (
        False,
        "The printer answers, but nothing that makes sense.",
    )


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


def test_while_the_printer_answers_the_first_mark_the_others_are_set(tmp_path: Path) -> None:
    """Over a network that is the longest wait before a ticket's first byte."""
    order: list[str] = []

    def heard(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name in ("opening", "_pieces", "until", "_send"):
            order.append(frame.f_code.co_name)

    with wired("tcp", tmp_path) as printer, opened(printer) as line:
        looked = query_status(line, profile=EPSON, marks_follow=True)
        sys.setprofile(heard)
        outcome = print_job(line, build(plain("ticket"), EPSON), "0001", EPSON, 20.0, looked=looked)
        sys.setprofile(None)
    assert outcome.state == "confirmed"
    assert order[:4] == ["opening", "_pieces", "until", "_send"]
