"""Printers that answer less than their profile says, slow ones, and drivers that let go late."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from agent.language.language import in_english
from drivers.printer.job import print_job
from drivers.printer.profile import PrinterProfile, profile_named
from drivers.printer.proving import answers_marks
from drivers.printer.session import query_status
from drivers.printer.ticket import build
from drivers.printer.transport import Transport, TransportFailed, open_transport
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import EPSON, Submitting, opened, plain, printed, receipt, wired

GS_R = replace(EPSON, fence="gs-r")
MUTE = profile_named("clone-80-no-replies")


@pytest.mark.parametrize(
    ("profile", "fault"),
    [(EPSON, "no-echo"), (EPSON, "wrong-echo"), (GS_R, "no-echo")],
    ids=["no-echo", "wrong-echo", "no-gs-r"],
)
def test_one_job_teaches_that_a_printer_cannot_confirm(profile: PrinterProfile, fault: str) -> None:
    """The first is a question, said in words and long before its deadline; the next ends as sent."""
    with VirtualPrinter() as printer, opened(printer) as line:
        printer.set_fault(fault)
        first = printed(line, plain("one"), "0001", profile, deadline_s=600.0)
        assert (first.state, first.cannot_confirm) == ("unknown", True)
        assert "choose another printer.profile" in in_english(first.message)
        second = printed(line, plain("two"), "0002", profile, deadline_s=600.0, can_confirm=False)
        assert (second.state, second.handed_over) == ("sent", len(build(plain("two"), profile)))
        assert [ticket.text for ticket in printer.wait_for_tickets(2)] == ["one\n", "two\n"]


def test_a_printer_that_was_only_busy_is_not_taken_for_one_that_cannot_confirm() -> None:
    with VirtualPrinter() as printer, opened(printer) as line:
        printer.set_fault("delay-echo 2.5 s")
        outcome = printed(line, plain("x"), deadline_s=4.0)
        assert (outcome.state, outcome.cannot_confirm) == ("unknown", False)


def test_a_job_that_is_known_not_to_be_confirmed_still_waits_for_paper() -> None:
    with VirtualPrinter() as printer, opened(printer) as line:
        printer.set_fault("paper-out")
        outcome = printed(line, plain("x"), can_confirm=False)
        assert (outcome.state, outcome.handed_over) == ("held", 0)


@pytest.mark.parametrize("profile", [EPSON, GS_R, MUTE], ids=["process-id", "gs-r", "none"])
def test_as_long_as_bytes_flow_it_prints(profile: PrinterProfile, tmp_path: Path) -> None:
    """A serial line that takes three times as long as a job may stand still."""
    document = [*(receipt(48)[:-1] * 2), {"kind": "cut"}]
    size = len(build(document, profile))
    with wired("pty", tmp_path) as printer, opened(printer) as line:
        printer.set_fault(f"slow {size // 6}")
        began = time.monotonic()
        outcome = printed(line, document, profile=profile, deadline_s=2.0)
        assert outcome.state == ("sent" if profile is MUTE else "confirmed")
        assert time.monotonic() - began > 2.0
        assert len(printer.wait_for_tickets(1)) == 1


def test_a_job_is_sent_once_the_driver_has_let_go_of_its_last_byte() -> None:
    device = Submitting()
    data = build(plain("x" * 40, *("y" * 40 for _ in range(90))), MUTE)
    thread = device.read_slowly(len(data), 0.01)
    outcome = print_job(device.line, data, "0001", MUTE, 5.0)
    assert (outcome.state, outcome.handed_over, device.line.pending()) == ("sent", len(data), 0)
    thread.join()
    device.line.close()
    device.printer.close()


def test_what_the_driver_still_holds_at_the_deadline_is_unknown() -> None:
    device = Submitting()
    outcome = print_job(device.line, b"x" * 2000, "0001", MUTE, 0.5)
    assert (outcome.state, outcome.handed_over) == ("unknown", 2000)
    assert device.line.pending()
    assert not device.line.settle(0.1)
    device.read_slowly(2000, 0.0).join()
    assert device.line.settle(1.0)
    device.line.close()
    device.printer.close()


def test_what_the_network_has_not_taken_is_pending() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        open_transport(f"tcp://127.0.0.1:{server.getsockname()[1]}") as line,
    ):
        peer, _ = server.accept()
        with pytest.raises(TransportFailed):
            line.write(b"x" * (1 << 24), 0.2)
        assert line.pending()
        with peer:
            peer.settimeout(0.2)
            while not line.settle(0.0) and peer.recv(1 << 20):
                pass
            assert line.pending() == 0


def test_a_line_that_is_dead_holds_nothing(tmp_path: Path) -> None:
    """Waiting for it to let go would be for ever."""
    with wired("pty", tmp_path) as printer:
        line = opened(printer)
        printer.stop()
        assert line.pending() == 0
        line.close()


def test_a_printer_that_is_held_by_another_computer_is_named() -> None:
    """Refused, or accepted and silent, as network printers do that talk to one at a time."""
    with VirtualPrinter() as printer, opened(printer) as first:
        assert first.write(b"\x10\x04\x01", 1.0) and first.read(1.0)
        with opened(printer) as second:
            outcome = printed(second, plain("x"))
            assert (outcome.state, outcome.handed_over) == ("failed", 0)
            assert "Another till or computer" in in_english(outcome.message)
    with VirtualPrinter() as printer:
        printer.set_fault("one-connection")
        with opened(printer) as first:
            assert first.write(b"\x10\x04\x01", 1.0) and first.read(1.0)
            with pytest.raises(TransportFailed) as failed:
                open_transport(printer.url)
            assert failed.value.reason == "refused"
            assert "another till or computer is connected" in in_english(failed.value.message)
        with opened(printer) as second:
            assert printed(second, plain("y")).state == "confirmed"


@pytest.mark.parametrize("profile", [EPSON, GS_R], ids=["process-id", "gs-r"])
def test_a_mark_that_is_asked_for_in_between_is_answered_or_not_as_in_a_job(profile: PrinterProfile) -> None:
    """What comes later than a job would wait for it is no answer; nothing comes on paper."""

    def answers(line: Transport, fence_id: str) -> bool:
        assert query_status(line, profile=profile).ready
        return answers_marks(line, fence_id, profile, lambda: False)

    with VirtualPrinter() as printer, opened(printer) as line:
        assert answers(line, "0001")
        printer.set_fault("delay-echo 5 s")
        assert not answers(line, "0002")
        printer.clear()
        time.sleep(3.5)
        printer.set_fault("no-echo")
        assert not answers(line, "0003")
        printer.clear()
        assert answers(line, "0004")
        assert (printer.status()["lines"], printer.status()["complaints"]) == (0, [])


@pytest.mark.parametrize("profile", [EPSON, GS_R], ids=["process-id", "gs-r"])
def test_a_mark_that_takes_as_long_as_a_job_would_wait_is_an_answer(profile: PrinterProfile) -> None:
    with VirtualPrinter() as printer, opened(printer) as line:
        printer.set_fault("delay-echo 0.7 s")
        assert answers_marks(line, "0001", profile, lambda: False)


def test_one_that_answers_with_another_mark_proves_nothing() -> None:
    with VirtualPrinter() as printer, opened(printer) as line:
        printer.set_fault("wrong-echo")
        assert not answers_marks(line, "0001", EPSON, lambda: False)


@pytest.mark.parametrize("profile", [EPSON, GS_R], ids=["process-id", "gs-r"])
def test_one_that_waits_for_the_rest_of_a_picture_is_given_it(profile: PrinterProfile) -> None:
    """It took every question for a part of that, and the head of the next ticket too."""
    with VirtualPrinter() as printer, opened(printer) as line:
        line.write(b"\x1dv0\x00\x48\x00\x40\x00" + b"\xff" * 100, 1.0)
        assert answers_marks(line, "0001", profile, lambda: False)
        assert printed(line, plain("one"), "0002", profile).state == "confirmed"
        assert printer.wait_for_tickets(1)[0].text.endswith("one\n")
