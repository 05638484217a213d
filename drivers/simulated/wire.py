"""The device's end of a serial line: a pseudo terminal behind a stable name, plugged in and out."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import termios
import time
import tty
from pathlib import Path
from typing import Self

from drivers.simulated.faults import Faults

_POLL_S = 0.01
# What a till needs between opening the port and being ready to trust what comes through it.
_SETTLE_S = 0.3
_PASS_ON_S = 0.05


class Wire:
    """A device at `link`: a symbolic link to a pty, there while plugged in, under the same name every time.

    faults: what is the matter with it. The wire itself sees to unplug and slow, and counts the bytes that it
    sends. Refuses (FileExistsError) to take the place of anything but a symbolic link. Use as a context
    manager or close() it.
    """

    def __init__(self, link: Path, faults: Faults | None = None) -> None:
        self._link = link
        self.faults = faults or Faults("scanner")
        self.faults.on_strike, self.faults.on_end = self._struck, self._ended
        self._master: int | None = None
        self._pluggings = 0
        self._node = ""
        self._known_reader = False
        self.replug()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def replug(self) -> None:
        """Plug in: a new device under the old name."""
        with self.faults.lock:
            self.unplug()
            self._plug_in()

    def _plug_in(self) -> None:
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
        self._pluggings += 1

    def unplug(self) -> None:
        """Pull the cable: whoever reads gets an error, and the name is gone, as udev takes it away.

        What was sent before is let through first, for a pty throws away what nobody has read when it closes.
        """
        with self.faults.lock:
            if self._master is None:
                return
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
    def plugged(self) -> bool:
        """Whether the device is there now."""
        self.faults.tick()
        return self._master is not None

    @property
    def has_reader(self) -> bool:
        """Whether a program has the port open now."""
        if not self.plugged or self._master is None:
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
        at, began = time.perf_counter(), self._pluggings
        while data:
            with self.faults.lock:
                self.faults.tick()
                # One that was pulled and is back has forgotten the rest.
                if self._master is None or self._pluggings != began:
                    raise OSError(f"{self._link} is unplugged")
                _, writable, _ = select.select([], [self._master], [], 2.0)
                if not writable:
                    raise TimeoutError(f"nobody reads from {self._link}")
                rate = self.faults.figure("slow")
                most = 1 if rate else self.faults.left("byte") or len(data)
                at = time.perf_counter()
                sent = os.write(self._master, data[:most])
                data = data[sent:]
                self.faults.came("byte", sent)
            if rate:
                time.sleep(1 / rate)
        return at

    def receive(self, timeout_s: float, most: int = 4096) -> bytes:
        """What the program at the other end has written, empty if that is nothing within the time."""
        until = time.monotonic() + timeout_s
        while True:
            with self.faults.lock:
                self.faults.tick()
                master = self._master
            if master is None:
                raise OSError(f"{self._link} is unplugged")
            # Not under the lock: whoever pulls the cable does not wait for one who listens.
            wait_s = min(_POLL_S, max(0.0, until - time.monotonic()))
            readable = select.select([master], [], [], wait_s)[0]
            with self.faults.lock, contextlib.suppress(BlockingIOError):
                if readable and master == self._master:
                    return os.read(master, most)
            if time.monotonic() >= until:
                return b""

    def _struck(self, word: str) -> None:
        if word == "unplug":
            self.unplug()

    def _ended(self, word: str) -> None:
        if word == "unplug":
            self.replug()

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
