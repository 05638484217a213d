"""A command that was broken off does not take what follows for its rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from drivers.printer.profile import PrinterProfile, profile_named
from drivers.printer.session import clear_buffers, query_status
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import EPSON, opened, plain, printed

GS_R = replace(EPSON, fence="gs-r")
MUTE = profile_named("clone-80-no-replies")
PICTURE = b"\x1dv0\x00\x48\x00\x40\x00"
#: Also the older picture, a QR code's text, bars, logos, a mark, feed, cut, both pulses, the word to throw
#: everything away, and a question.
COMMANDS = (
    PICTURE,
    b"\x1b*\x21\x40\x02",
    b"\x1d(k\x43\x00\x31\x50\x30",
    b"\x1dkI\x0e{B",
    b"\x1d(L\x06\x00\x30\x45AA\x01\x01",
    b"\x1cp\x01\x00",
    b"\x1d(H\x06\x00000001",
    b"\x1bd\x06",
    b"\x1dV\x01",
    b"\x1bp\x00\x19\x19",
    b"\x10\x14\x01\x00\x01",
    b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
    b"\x10\x04\x01",
)


def broken_off(printer: VirtualPrinter, said: bytes) -> None:
    """Somebody's line broke behind these bytes."""
    with opened(printer) as line:
        line.write(said, 1.0)
        assert line.settle(1.0)


@pytest.mark.parametrize("profile", [EPSON, GS_R], ids=["process-id", "gs-r"])
def test_behind_half_a_command_a_printer_answers_and_proves(profile: PrinterProfile) -> None:
    """Of a picture's size the questions made megabytes, which took every ticket for a part of it."""

    def proves(said: bytes) -> bool:
        with VirtualPrinter() as printer:
            broken_off(printer, said)
            with opened(printer) as line:
                looked = query_status(line, profile=profile, marks_follow=True)
                outcome = printed(line, plain("one"), "0001", profile, looked=looked)
            return outcome.state == "confirmed" and printer.tickets[-1].text.endswith("one\n")

    broken = [command[:at] for command in COMMANDS for at in range(1, len(command) + 1)]
    with ThreadPoolExecutor(24) as pool:
        failed = [said for said, well in zip(broken, pool.map(proves, broken), strict=True) if not well]
    assert failed == []


@pytest.mark.parametrize("at", range(1, len(PICTURE) + 1))
def test_the_pulse_and_what_clears_a_printer_end_half_a_command_too(at: int) -> None:
    with VirtualPrinter() as printer:
        broken_off(printer, PICTURE[:at])
        with opened(printer) as line:
            assert clear_buffers(line)
        assert printer.status()["held_bytes"] < 8, "none of a picture's size"


@pytest.mark.parametrize(
    ("profile", "can_confirm"), [(MUTE, True), (EPSON, False)], ids=["no replies", "no proof"]
)
def test_where_no_mark_proves_that_commands_are_read_the_rest_goes_ahead_of_the_ticket(
    profile: PrinterProfile,
    can_confirm: bool,
) -> None:
    """The head of the next ticket was that, and it was called sent."""
    for at in range(1, len(PICTURE) + 2):
        with VirtualPrinter() as printer:
            broken_off(printer, (PICTURE + b"\xff")[:at])
            with opened(printer) as line:
                outcome = printed(
                    line, plain("one", "two"), "0001", profile, can_confirm=can_confirm, broken_off=True
                )
            assert outcome.state == "sent"
            assert printer.wait_for_tickets(1)[-1].text.endswith("one\ntwo\n")


def test_a_healthy_printer_gets_eight_bytes_once_and_nothing_of_them_shows() -> None:
    """Not at each look, and not ahead of each ticket."""
    with VirtualPrinter() as printer, opened(printer) as line:
        said = 8
        for number in range(1, 4):
            looked = query_status(line, profile=EPSON, marks_follow=True)
            assert looked.ready
            said += 12
            assert printer.status()["bytes"] == said
            assert printed(line, plain("x"), f"000{number}", looked=looked).state == "confirmed"
            said = printer.status()["bytes"]
        assert (printer.status()["complaints"], printer.status()["lines"]) == ([], 3)
        assert {ticket.text for ticket in printer.tickets} == {"x\n"}


def test_a_job_that_was_lost_on_a_line_that_stays_ends_what_it_began() -> None:
    with VirtualPrinter() as printer, opened(printer) as line:
        assert printed(line, plain("one"), "0001").state == "confirmed"
        assert not line.broken_off
        printer.set_fault("at byte 100: deaf")
        assert (
            printed(line, plain(*["one", "ticket", "of", "many", "lines"] * 20), "0002", deadline_s=3.0).state
            == "unknown"
        )
        assert line.broken_off
