"""Serial scanners (RS-232, CDC-ACM, Bluetooth SPP, TCP): opened exclusively, reopened for ever."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from drivers.message import Message
from drivers.reconnect import DeviceGone, OnState, States, Waits, keep_reading
from drivers.scanner.framing import Framer, Framing
from drivers.scanner.label import OnRaw, OnScan, Scan, unheard
from drivers.scanner.ssi import SsiFramer, framer_of
from drivers.serial_line import POLL_S, SerialLine, open_line


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
    """One serial scanner. run() in a thread of its own; see label.OnScan and reconnect.OnState.

    progress counts its rounds: looks for the device, and reads of it that brought something or timed out.
    """

    def __init__(
        self, options: SerialOptions, on_scan: OnScan, on_state: OnState, on_raw: OnRaw = unheard
    ) -> None:
        self._options = options
        self._on_scan = on_scan
        self._on_raw = on_raw
        self._states = States(on_state)
        self.progress = 0

    def run(self, stop: threading.Event) -> None:
        """Read until `stop` is set, opening a lost device again. Returns within about 0.1 s of it."""
        keep_reading(self._session, stop, self._states, self._options.waits, self._options.url)

    def _session(self, stop: threading.Event) -> None:
        self.progress += 1
        line = self._open()
        framer = framer_of(self._options.protocol, self._options.framing, self._options.title)
        try:
            self._missed_beginning(line, framer)
            self._states.tell("ok", Message("device.ready", name=self._options.title))
            while not stop.is_set():
                self.progress += 1
                data = self._heard(line, framer.patience(line.at, POLL_S))
                taken = self._deliver(framer.feed(data, line.at))
                if taken and isinstance(framer, SsiFramer) and framer.answer:
                    # Only now: a label that is not on the disk is sent again.
                    line.write(framer.answer)
        except DeviceGone:
            self._deliver(framer.reset(Message("scanner.torn.unplugged")))
            raise
        finally:
            line.close()

    def _missed_beginning(self, line: SerialLine, framer: Framer | SsiFramer) -> None:
        ready_at = time.monotonic() + self._options.quiet_s
        while (now := time.monotonic()) < ready_at:
            data = self._heard(line, ready_at - now)
            # A read that came back late says nothing about when its bytes arrived: they are trusted.
            if data and time.monotonic() < ready_at:
                missed = Message("scanner.torn.opening")
                self._deliver(framer.tear(missed, line.at))
            self._deliver(framer.feed(data, line.at))

    def _heard(self, line: SerialLine, timeout_s: float) -> bytes:
        data = line.read(timeout_s)
        if data:
            self._on_raw(line.at, data)
        return data

    def _open(self) -> SerialLine:
        options = self._options
        return open_line(
            options.url,
            options.title,
            baudrate=options.baudrate,
            bytesize=options.bytesize,
            parity=options.parity,
            stopbits=options.stopbits,
        )

    def _deliver(self, scans: list[Scan]) -> bool:
        """Whether somebody took them all."""
        taken = [self._on_scan(scan) for scan in scans]
        return all(one is not False for one in taken)
