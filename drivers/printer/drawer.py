"""The drawer hangs on the printer's connector: the pulse that opens it, and who may have it."""

from __future__ import annotations

from drivers.printer.profile import PrinterProfile
from drivers.printer.status import PrinterStatus


def pulse(profile: PrinterProfile) -> bytes:
    """The bytes that open the drawer, the moment they arrive (DLE DC4 1) or in their turn (ESC p)."""
    pin = 1 if profile.drawer_pin == 5 else 0
    if profile.realtime_drawer:
        # In tenths of a second, 1 to 8.
        return bytes((0x10, 0x14, 0x01, pin, min(8, max(1, round(profile.drawer_ms / 100)))))
    # On and off in units of 2 ms, one byte each.
    on = min(255, max(1, profile.drawer_ms // 2))
    return bytes((0x1B, 0x70, pin, on, on))


def takes_pulse(profile: PrinterProfile, status: PrinterStatus, *, alone: bool = False) -> bool:
    """Whether a printer in this state opens the drawer now, if it opens it at all.

    What comes in its turn would open it when paper is back, which nobody wants; a printer with a fault
    ignores the pulse in real time. One that does not answer may be there all the same: a pulse in real time
    finds it now or never where it is alone, on a line of its own that has just taken a question.
    """
    if profile.fence == "none":
        return True
    if profile.realtime_drawer:
        return (status.known or alone) and status.fault in ("none", "unknown")
    return status.known and status.ready
