"""Opens a device again whenever it is gone, after growing waits, and tells each change once."""

from __future__ import annotations

import errno
import os
import socket
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from drivers.message import Message, Param

OnState = Callable[[str, Message], None]
"""Called from the device's thread with its state ("ok", "missing" and others of its kind) and why, only when
either of the two changes."""

# By the end of the message's id. Lost and not there yet are one absence, so they are one message.
_CAUSES = {
    errno.ENOENT: "absent",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.EBUSY: "held",
    errno.EAGAIN: "held",
    errno.ENODEV: "absent",
    errno.ENXIO: "absent",
    errno.EIO: "absent",
    errno.ECONNREFUSED: "refused",
    errno.ENOTTY: "no-such-kind",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ETIMEDOUT: "unreachable",
    socket.EAI_NONAME: "unreachable",
    socket.EAI_AGAIN: "unreachable",
    errno.ECONNRESET: "broke",
    errno.EPIPE: "broke",
}


_LOOK_S = 0.1


class DeviceGone(Exception):
    """The device cannot be opened or was lost. The message says which and why, for a technician."""

    def __init__(self, id: str, /, **params: Param) -> None:  # noqa: A002 - of the message
        self.message = Message(id, **params)
        super().__init__(str(self.message))

    @classmethod
    def because(cls, name: str, error: Exception) -> DeviceGone:
        """What the operating system's error means."""
        # pyserial's own errors often hold no number; what it was about to tell of does.
        number = next(filter(None, map(_number, (error, error.__cause__, error.__context__))), 0)
        if cause := _CAUSES.get(number):
            return DeviceGone(f"device.gone.{cause}", name=name)
        code = errno.errorcode.get(number, type(error).__name__)
        return DeviceGone("device.unusable", name=name, error=code)


@contextmanager
def told_gone(name: str) -> Iterator[None]:
    """What the operating system says of a device within is DeviceGone."""
    try:
        yield
    except OSError as error:
        raise DeviceGone.because(name, error) from error


def _number(error: BaseException | None) -> int:
    if isinstance(error, OSError) and error.errno:
        return error.errno
    first = next(iter(error.args), 0) if isinstance(error, termios.error) else 0
    return first if isinstance(first, int) else 0


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds between attempts to open: the first, doubled each time up to the cap."""

    first_s: float = 0.1
    cap_s: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.first_s <= self.cap_s:
            raise ValueError("the first wait must be above 0 and not above the cap")


class States:
    """Tells the listener about changes only, so that a device missing all night is one message."""

    def __init__(self, on_state: OnState) -> None:
        self._on_state = on_state
        self._told: tuple[str, Message] | None = None

    def tell(self, state: str, message: Message) -> None:
        """Pass (state, message) on if it is news."""
        if (state, message) != self._told:
            self._told = (state, message)
            self._on_state(state, message)


def keep_reading(
    session: Callable[[threading.Event], None],
    stop: threading.Event,
    states: States,
    waits: Waits,
    name: str = "",
) -> None:
    """Run sessions until `stop`: each opens the device and reads; DeviceGone ends it and the next waits.

    The wait grows unless the lost session had lasted, so a device that comes and goes does not spin. name:
    the device's place in the file system, "" if it has none; a wait ends early when something new is there.
    Every other exception passes through: a fault of the program must end the thread.
    """
    wait_s = waits.first_s
    while not stop.is_set():
        began = time.monotonic()
        try:
            session(stop)
        except DeviceGone as gone:
            states.tell("missing", gone.message)
            if time.monotonic() - began > waits.cap_s:
                wait_s = waits.first_s
            _wait(stop, wait_s, name)
            wait_s = min(2 * wait_s, waits.cap_s)


def _wait(stop: threading.Event, wait_s: float, name: str) -> None:
    """Until the time is over, or the name leads to something else than before and has done so for two looks:
    udev gives a node its group a moment after it is there. A look opens nothing."""
    before = last = _seen(name)
    while wait_s > 0 and not stop.is_set():
        stop.wait(min(_LOOK_S, wait_s))
        wait_s -= _LOOK_S
        now = _seen(name)
        if now and now != before and now == last:
            return
        last = now


def _seen(name: str) -> tuple[int, ...] | None:
    """What a name leads to, and whose it is; None for nothing."""
    try:
        found = os.stat(name)  # noqa: PTH116 - of "", which is nothing, pathlib makes the directory
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_rdev, found.st_mode, found.st_uid, found.st_gid
