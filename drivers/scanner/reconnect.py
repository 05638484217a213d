"""Opens a scanner's device again whenever it is gone, after growing waits, and tells each change once."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from drivers.scanner.label import Scan

OnScan = Callable[[Scan], None]
"""Called from the scanner's thread with each label or torn scan, in order."""

Word = Literal[
    "ready",
    "key-held",
    "unplugged",
    "forbidden",
    "held",
    "refusing",
    "other-kind",
    "no-evdev",
    "no-keyboard",
    "trouble",
]
"""What a device's state is; "unplugged" of one that was lost and of one that is not there yet alike."""

_TEXTS: dict[Word, str] = {
    "ready": "is ready",
    "key-held": "waits for a key to be let go",
    "unplugged": "is not plugged in",
    "forbidden": "may not be opened by this user",
    "held": "is held by another program",
    "refusing": "refuses the connection",
    "other-kind": "is not a device of this kind",
    "no-evdev": "cannot be read: python-evdev is not installed",
    "no-keyboard": "is not a keyboard: it has no digits or no Enter key",
    "trouble": "cannot be used:",
}
_WORDS: dict[int, Word] = {
    errno.ENOENT: "unplugged",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.EBUSY: "held",
    errno.EAGAIN: "held",
    errno.ENODEV: "unplugged",
    errno.ENXIO: "unplugged",
    errno.EIO: "unplugged",
    errno.ECONNREFUSED: "refusing",
    errno.ENOTTY: "other-kind",
}


@dataclass(frozen=True, slots=True)
class DeviceState:
    """How a device stands. word is stable; detail is the operating system's, of trouble without a word."""

    name: str
    word: Word
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is read."""
        return self.word == "ready"

    @property
    def text(self) -> str:
        """For a technician."""
        return f"{self.name} {_TEXTS[self.word]} {self.detail}".rstrip()


OnState = Callable[[DeviceState], None]
"""Called when it changes."""


class DeviceGone(Exception):
    """The device cannot be opened or was lost. state says which and why."""

    def __init__(self, name: str, word: Word, detail: str = "") -> None:
        self.state = DeviceState(name, word, detail)
        super().__init__(self.state.text)

    @classmethod
    def because(cls, name: str, error: Exception) -> DeviceGone:
        """The error of the operating system, as a word."""
        number = error.errno if isinstance(error, OSError) else None
        word = _WORDS.get(number or 0)
        return cls(name, word) if word else cls(name, "trouble", str(error))


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
        self._told: DeviceState | None = None

    def tell(self, state: DeviceState) -> None:
        """Pass it on if it is news."""
        if state != self._told:
            self._told = state
            self._on_state(state)


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
            states.tell(gone.state)
            if time.monotonic() - began > waits.cap_s:
                wait_s = waits.first_s
            stop.wait(wait_s)
            wait_s = min(2 * wait_s, waits.cap_s)
