"""The drawer's pulse: at once or in its turn, on its pin, for its time; and who may have it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.printer.drawer import pulse, takes_pulse
from drivers.printer.profile import PrinterProfile, profile_named
from drivers.printer.status import PrinterStatus
from drivers.simulated.printer_firmware import DrawerKick, Firmware
from drivers.simulated.printer_head import PrintHead

EPSON, GENERIC, MUTE = map(profile_named, ("epson-tm-t20", "generic-80", "clone-80-no-replies"))


def _kicks(data: bytes, *faults: str) -> list[DrawerKick]:
    firmware = Firmware(PrintHead(576, 80), answer=lambda _: None, clock=lambda: 0.0)
    for fault in faults:
        firmware.faults.add(fault)
    firmware.receive(data)
    assert firmware.complaints == []
    return firmware.kicks


@pytest.mark.parametrize("pin", [2, 5])
@pytest.mark.parametrize(("profile", "at_once"), [(EPSON, True), (GENERIC, False)])
def test_pin_and_time_are_those_of_the_profile(profile: PrinterProfile, at_once: bool, pin: int) -> None:
    wanted = replace(profile, drawer_pin=pin, drawer_ms=200)
    assert _kicks(pulse(wanted)) == [DrawerKick(pin, 200, at_once, paper_out=False, cover_open=False)]


@pytest.mark.parametrize("fault", ["paper-out", "cover-open", "offline"])
def test_without_paper_the_pulse_in_real_time_comes_at_once_and_the_other_later(fault: str) -> None:
    assert len(_kicks(pulse(EPSON), fault)) == 1
    assert _kicks(pulse(GENERIC), fault) == []


def test_a_printer_with_a_fault_ignores_the_pulse_in_real_time() -> None:
    assert _kicks(pulse(EPSON), "cutter-error") == []


def test_who_has_the_pulse() -> None:
    """What would open the drawer later, or perhaps, is not sent."""
    out = PrinterStatus(known=True, online=False, paper="out", cover="closed", fault="none")
    ready = replace(out, online=True, paper="ok")
    jammed = replace(ready, fault="cutter")
    asked = [[takes_pulse(profile, status) for status in (ready, out, jammed, PrinterStatus())]
             for profile in (EPSON, GENERIC, MUTE)]  # fmt: skip
    assert asked == [[True, True, False, False], [True, False, False, False], [True] * 4]


@pytest.mark.parametrize(("profile", "has_it"), [(EPSON, True), (GENERIC, False), (MUTE, True)])
def test_a_printer_that_does_not_answer_has_the_pulse_where_it_comes_now_or_never(
    profile: PrinterProfile, has_it: bool
) -> None:
    assert takes_pulse(profile, PrinterStatus(), alone=True) is has_it
