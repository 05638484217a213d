"""Opens a scanner's device again whenever it is gone, after growing waits, and tells each change once."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from drivers.scanner.label import Scan

OnScan = Callable[[Scan], None]
"""Called from the scanner's thread with each label or torn scan, in order."""

OnState = Callable[[str, str], None]
"""Called with ("ok" | "missing", a sentence), only when either of the two changes."""

NOT_PLUGGED_IN = "is not plugged in"
"""Said of a device that was lost and of one that is not there yet alike: one absence, one message."""

_WORDS = {
    errno.ENOENT: NOT_PLUGGED_IN,
    errno.EACCES: "may not be opened by this user",
    errno.EPERM: "may not be opened by this user",
    errno.EBUSY: "is held by another program",
    errno.EAGAIN: "is held by another program",
    errno.ENODEV: NOT_PLUGGED_IN,
    errno.ENXIO: NOT_PLUGGED_IN,
    errno.EIO: NOT_PLUGGED_IN,
    errno.ECONNREFUSED: "refuses the connection",
    errno.ENOTTY: "is not a device of this kind",
}


class DeviceGone(Exception):
    """The device cannot be opened or was lost. The text says which and why, for a technician."""

    @classmethod
    def because(cls, name: str, error: Exception) -> DeviceGone:
        """The error of the operating system in words."""
        number = error.errno if isinstance(error, OSError) else None
        return cls(f"{name} {_WORDS.get(number or 0) or f'cannot be used: {error}'}")


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds between attempts to open: the first, doubled each time up to the cap."""

    first_s: float = 0.1
    cap_s: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.first_s <= self.cap_s:
            raise ValueError("the first wait must be above 0 and not above the cap")


class States:
    """Tells the listener about changes only, so that a scanner missing all night is one message."""

    def __init__(self, on_state: OnState) -> None:
        self._on_state = on_state
        self._told = ("", "")

    def tell(self, state: str, text: str) -> None:
        """Pass (state, text) on if it is news."""
        if (state, text) != self._told:
            self._told = (state, text)
            self._on_state(state, text)


def keep_reading(
    session: Callable[[threading.Event], None], stop: threading.Event, states: States, waits: Waits
) -> None:
    """Run sessions until `stop`: each opens the device and reads; DeviceGone ends it and the next waits.

    The wait grows unless the lost session had lasted, so a device that comes and goes does not spin.
    Every other exception passes through: a fault of the program must end the thread.
    """
    wait_s = waits.first_s
    while not stop.is_set():
        began = time.monotonic()
        try:
            session(stop)
        except DeviceGone as gone:
            states.tell("missing", str(gone))
            if time.monotonic() - began > waits.cap_s:
                wait_s = waits.first_s
            stop.wait(wait_s)
            wait_s = min(2 * wait_s, waits.cap_s)
