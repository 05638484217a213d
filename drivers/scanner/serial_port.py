"""Serial scanners (RS-232, CDC-ACM, Bluetooth SPP, TCP): opened exclusively, reopened for ever."""

from __future__ import annotations

import contextlib
import termios
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from drivers.message import Message
from drivers.scanner.framing import Framer, Framing
from drivers.scanner.label import Scan
from drivers.scanner.reconnect import DeviceGone, OnScan, OnState, States, Waits, keep_reading
from drivers.scanner.ssi import SsiFramer, framer_of

_POLL_S = 0.1
_WRITE_S = 1.0


@dataclass(frozen=True, slots=True)
class SerialOptions:
    """Where the scanner is and how it speaks.

    url: any path (prefer a by-id link: it survives re-enumeration) or pyserial URL such as
    "socket://host:port" or "loop://". name: what people call it; the url when empty.
    protocol: plain, or ssi for packets that are answered (drivers.scanner.ssi).
    quiet_s: bytes that come within this time of opening belong to a label whose beginning was missed, since
    pyserial throws away what it finds at opening; they are reported as torn. 0 trusts them.
    """

    url: str
    name: str = ""
    baudrate: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: int = 1
    framing: Framing = field(default_factory=Framing)
    protocol: str = "plain"
    waits: Waits = field(default_factory=Waits)
    quiet_s: float = 0.02

    @property
    def title(self) -> str:
        """The name used in states and labels."""
        return self.name or self.url


class SerialScanner:
    """One serial scanner. run() in a thread of its own; see reconnect.OnScan and reconnect.OnState.

    progress counts its rounds: looks for the device, and reads of it that brought something or timed out.
    """

    def __init__(self, options: SerialOptions, on_scan: OnScan, on_state: OnState) -> None:
        self._options = options
        self._on_scan = on_scan
        self._states = States(on_state)
        self.progress = 0

    def run(self, stop: threading.Event) -> None:
        """Read until `stop` is set, opening a lost device again. Returns within about 0.1 s of it."""
        keep_reading(self._session, stop, self._states, self._options.waits)

    def _session(self, stop: threading.Event) -> None:
        self.progress += 1
        line = _Line(self._open(), self._options.title)
        framer = framer_of(self._options.protocol, self._options.framing, self._options.title)
        try:
            self._missed_beginning(line, framer)
            self._states.tell("ok", Message("scanner.ready", name=self._options.title))
            while not stop.is_set():
                self.progress += 1
                taken = self._deliver(framer.feed(line.read(framer.patience(line.at, _POLL_S)), line.at))
                if taken and isinstance(framer, SsiFramer) and framer.answer:
                    # Only now: a label that is not on the disk is sent again.
                    line.write(framer.answer)
        except DeviceGone:
            self._deliver(framer.reset(Message("scanner.torn.unplugged")))
            raise
        finally:
            line.close()

    def _missed_beginning(self, line: _Line, framer: Framer | SsiFramer) -> None:
        ready_at = time.monotonic() + self._options.quiet_s
        while (now := time.monotonic()) < ready_at:
            data = line.read(ready_at - now)
            # A read that came back late says nothing about when its bytes arrived: they are trusted.
            if data and time.monotonic() < ready_at:
                missed = Message("scanner.torn.opening")
                self._deliver(framer.tear(missed, line.at))
            self._deliver(framer.feed(data, line.at))

    def _open(self) -> Any:
        """A pyserial port. The lock (flock) keeps out only programs that ask for it too."""
        import serial

        options = self._options
        try:
            return serial.serial_for_url(
                options.url,
                baudrate=options.baudrate,
                bytesize=options.bytesize,
                parity=options.parity,
                stopbits=options.stopbits,
                timeout=_POLL_S,
                write_timeout=_WRITE_S,
                exclusive=True,
            )
        except (OSError, ValueError, termios.error) as error:
            raise DeviceGone.because(options.title, error) from error

    def _deliver(self, scans: list[Scan]) -> bool:
        """Whether somebody took them all."""
        taken = [self._on_scan(scan) for scan in scans]
        return all(one is not False for one in taken)


class _Line:
    """An open port whose every failure is DeviceGone.

    `at` is the time up to which silence on the line is proven. A stalled thread finds bytes that have waited;
    they leave `at` where it was, since when they came is unknown and must not look like a gap.
    """

    def __init__(self, port: Any, title: str) -> None:
        self._port = port
        self._title = title
        self.at = time.monotonic()

    def read(self, timeout_s: float) -> bytes:
        """The bytes at hand; one at least, unless the time-out passed."""
        asked = time.monotonic()
        try:
            waiting = self._port.in_waiting
            if not waiting and self._port.timeout != timeout_s:
                self._port.timeout = timeout_s
            data = bytes(self._port.read(waiting or 1))
            if data and not waiting and (more := self._port.in_waiting):
                data += bytes(self._port.read(more))
        except (OSError, termios.error) as error:
            raise DeviceGone("scanner.gone.absent", name=self._title) from error
        if not waiting:
            self.at = min(time.monotonic(), asked + timeout_s)
        return data

    def write(self, data: bytes) -> None:
        """Answer the scanner."""
        try:
            self._port.write(data)
        except (OSError, termios.error) as error:
            raise DeviceGone("scanner.gone.absent", name=self._title) from error

    def close(self) -> None:
        """Give the port back; a port whose device is gone may refuse, and nothing is left to lose then."""
        # With a peer that hung up first, pyserial's socket:// leaves its socket to the garbage collector.
        sock = getattr(self._port, "_socket", None)
        with contextlib.suppress(OSError):
            self._port.close()
        if sock:
            sock.close()
