"""A serial scanner without the scanner: a pseudo terminal behind a stable name, with faults by seed."""

from __future__ import annotations

import fcntl
import os
import pty
import random
import select
import termios
import time
import tty
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

_POLL_S = 0.01
# What a till needs between opening the port and being ready to trust what comes through it.
_SETTLE_S = 0.3
_PASS_ON_S = 0.05
# A till tells a text from the next one by silence, and the same label shown again from a double trigger.
_NEXT_LABEL_S, _SAME_AGAIN_S = 0.1, 0.35
_NOISE = bytes(range(0x80, 0x100)) + b"\x00\x01\x7f"


@dataclass(frozen=True, slots=True)
class FaultScript:
    """How often (0..1) a send suffers each fault. Equal seeds and equal sends give equal faults.

    split: the bytes come in random pieces with short pauses. noise: a damaged byte inside the label.
    burst: binary rubbish, ended like a label, in front of it. cut: the cable is pulled inside the label and
    put back.
    """

    seed: int = 0
    split: float = 0.0
    noise: float = 0.0
    burst: float = 0.0
    cut: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What one send() did: the faults it drew, and whether the label went out whole."""

    text: str
    faults: tuple[str, ...]
    whole: bool


class VirtualScanner:
    """A scanner at `link`: a symbolic link to a pty, there while plugged in, under the same name every time.

    Refuses (FileExistsError) to take the place of anything but a symbolic link. Use as a context manager or
    close() it.
    """

    def __init__(self, link: Path, faults: FaultScript | None = None) -> None:
        self._link = link
        self._faults = faults or FaultScript()
        self._random = random.Random(self._faults.seed)
        self._master: int | None = None
        self._node = ""
        self._known_reader = False
        self._last_text, self._sent_at = "0", 0.0
        self.replug()

    def __enter__(self) -> VirtualScanner:
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

    def send(self, text: str, suffix: str = "\r") -> Sent:
        """Scan a label, with whatever the fault script draws. Raises as send_bytes() does."""
        self._pace(text)
        data = (text + suffix).encode()
        # One draw per fault and send, taken in this order, makes a seed mean the same for every text.
        drawn = {name: self._random.random() < getattr(self._faults, name) for name in _FAULTS}
        place = self._random.randrange(max(1, len(data) - len(suffix)))
        if drawn["burst"]:
            self.send_bytes(self._rubbish(8) + suffix.encode())
        if drawn["noise"]:
            data = data[:place] + self._rubbish(1) + data[place:]
        if drawn["cut"]:
            self.send_bytes(data[:place])
            self.unplug()
            self.replug()
        elif drawn["split"]:
            self._send_in_pieces(data)
        else:
            self.send_bytes(data)
        faults = tuple(name for name in _FAULTS if drawn[name])
        return Sent(text, faults, whole=not (drawn["noise"] or drawn["cut"]))

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

    def _pace(self, text: str) -> None:
        """Let the time pass that a person needs to show the next label, the same once more above all."""
        last, self._last_text = self._last_text, text
        pause = _SAME_AGAIN_S if text == last else 0.0 if last.isdigit() else _NEXT_LABEL_S
        time.sleep(max(0.0, self._sent_at + pause - time.monotonic()))
        self._sent_at = time.monotonic()

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

    def _send_in_pieces(self, data: bytes) -> None:
        while data:
            size = self._random.randint(1, 3)
            self.send_bytes(data[:size])
            data = data[size:]
            time.sleep(self._random.random() * 0.002)

    def _rubbish(self, size: int) -> bytes:
        return bytes(self._random.choice(_NOISE) for _ in range(size))


_FAULTS = ("split", "noise", "burst", "cut")
_HEARD = {True: ", acknowledged", False: ", and no answer came", None: ""}


def serve(
    path: Path,
    source: Iterable[str],
    *,
    suffix: str = "\r",
    faults: FaultScript | None = None,
    by: Callable[[VirtualScanner, str], bool | None] | None = None,
    reader_timeout_s: float = 60.0,
    say: Callable[[str], None] = lambda _: None,
) -> int:
    """Scan each line of `source` at a virtual scanner under `path`. Returns how many labels went out whole.

    A line "!unplug" pulls the cable, "!replug" puts it back, "!hex 00ff" sends bytes as they are, "!wait 500"
    waits as many milliseconds. Waits for a program to open the port before it sends: TimeoutError if none
    does. by: how a label is sent that is not sent as text, which says whether it was acknowledged, or None
    where nobody does that. `say` is told what was done, one sentence a line. Raises ValueError for an unknown
    "!" line.
    """
    whole = 0
    with VirtualScanner(path, faults) as scanner:
        say(f"scanner ready at {path}")
        for line in source:
            text = line.rstrip("\r\n")
            if text.startswith("!"):
                say(_obey(scanner, text, reader_timeout_s))
            elif text:
                scanner.wait_until_ready(reader_timeout_s)
                if by:
                    heard = by(scanner, text)
                    whole += heard is not False
                    say(f"sent {text}{_HEARD[heard]}")
                    continue
                sent = scanner.send(text, suffix)
                whole += sent.whole
                say(f"sent {text}" + (f" with {', '.join(sent.faults)}" if sent.faults else ""))
    return whole


def _obey(scanner: VirtualScanner, order: str, reader_timeout_s: float) -> str:
    word, _, rest = order.partition(" ")
    if word == "!unplug":
        scanner.unplug()
    elif word == "!replug":
        scanner.replug()
    elif word == "!hex":
        scanner.wait_until_ready(reader_timeout_s)
        scanner.send_bytes(bytes.fromhex(rest))
    elif word == "!wait" and rest.isdecimal():
        time.sleep(int(rest) / 1000)
    else:
        raise ValueError(f"{order!r} is not one of !unplug, !replug, !hex BYTES, !wait MILLISECONDS")
    return order.removeprefix("!")
