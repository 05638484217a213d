"""The device's end of a serial line: a pseudo terminal behind a stable name, plugged in and out."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import termios
import time
import tty
from pathlib import Path
from typing import Self

_POLL_S = 0.01
# What a till needs between opening the port and being ready to trust what comes through it.
_SETTLE_S = 0.3
_PASS_ON_S = 0.05


class Wire:
    """A device at `link`: a symbolic link to a pty, there while plugged in, under the same name every time.

    Refuses (FileExistsError) to take the place of anything but a symbolic link. Use as a context manager or
    close() it.
    """

    def __init__(self, link: Path) -> None:
        self._link = link
        self._master: int | None = None
        self._node = ""
        self._known_reader = False
        self.replug()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def replug(self) -> None:
        """Plug in: a new device under the old name."""
        self.unplug()
        if os.path.lexists(self._link) and not self._link.is_symlink():
            raise FileExistsError(f"{self._link} exists and is not a symbolic link")
        master, slave = pty.openpty()
        tty.setraw(slave)
        node = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(master, False)
        self._master = master
        # Moved into place, over a name that a killed process may have left behind.
        fresh = self._link.with_name(f".{self._link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(node)
        fresh.replace(self._link)
        self._node = node
        self._known_reader = False

    def unplug(self) -> None:
        """Pull the cable: whoever reads gets an error, and the name is gone, as udev takes it away.

        What was sent before is let through first, for a pty throws away what nobody has read when it closes.
        """
        if self._master is not None:
            if self.has_reader:
                self._drain()
            # Before the close: the number of a closed pty soon belongs to some other terminal.
            self._link.unlink(missing_ok=True)
            os.close(self._master)
            self._master = None

    def close(self) -> None:
        """Unplug for good."""
        self.unplug()

    @property
    def has_reader(self) -> bool:
        """Whether a program has the port open now."""
        if self._master is None:
            return False
        poll = select.poll()
        poll.register(self._master, select.POLLOUT)
        return not any(flags & select.POLLHUP for _, flags in poll.poll(0))

    def wait_for_reader(self, timeout_s: float) -> None:
        """Return when a program has opened the port. Raises TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while not self.has_reader:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no program opened {self._link} within {timeout_s:g} s")
            time.sleep(_POLL_S)

    def wait_until_ready(self, timeout_s: float) -> None:
        """wait_for_reader(), and time for a new reader to get going; a known one is not waited for again."""
        if not (self._known_reader and self.has_reader):
            self.wait_for_reader(timeout_s)
            time.sleep(_SETTLE_S)
            self._known_reader = True

    def send_bytes(self, data: bytes) -> float:
        """Put bytes on the wire as they are. Returns the moment (time.perf_counter) the last of them were
        handed to it. Raises OSError when unplugged, TimeoutError if nobody reads."""
        at = time.perf_counter()
        while data:
            if self._master is None:
                raise OSError(f"{self._link} is unplugged")
            _, writable, _ = select.select([], [self._master], [], 2.0)
            if not writable:
                raise TimeoutError(f"nobody reads from {self._link}")
            at = time.perf_counter()
            data = data[os.write(self._master, data) :]
        return at

    def receive(self, timeout_s: float) -> bytes:
        """What the program at the other end has written, empty if that is nothing within the time."""
        if self._master is None:
            raise OSError(f"{self._link} is unplugged")
        readable, _, _ = select.select([self._master], [], [], timeout_s)
        return os.read(self._master, 4096) if readable else b""

    def _drain(self) -> None:
        """Return when the reader has taken what was sent, or seems to have no mind to."""
        slave = os.open(self._node, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            # What was just written is counted only once a kernel thread has passed it on.
            time.sleep(_PASS_ON_S)
            for _ in range(100):
                if fcntl.ioctl(slave, termios.FIONREAD, bytes(4)) == bytes(4):
                    return
                time.sleep(_POLL_S)
        finally:
            os.close(slave)
