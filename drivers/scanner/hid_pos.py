"""HID POS scanners on Linux, through hidraw: each label comes whole, with its kind, and types nowhere.

Sources: linux/hidraw.h (the requests); Linux' Documentation/hid/hidraw.rst;
@point-of-sale/webhid-barcode-scanner (Honeywell's wait for a feature report before they send any label)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from drivers.message import Message
from drivers.reconnect import DeviceGone, OnState, States, Waits, keep_reading, told_gone
from drivers.scanner.framing import Framing
from drivers.scanner.hid_reports import ReportFramer, is_bar_code_scanner
from drivers.scanner.label import OnRaw, OnScan, Scan, unheard

_POLL_S = 0.1
_MOST = 4096
_GET_SIZE = 0x80044801  # linux/hidraw.h: HIDIOCGRDESCSIZE, _IOR('H', 1, int)
_GET_DESCRIPTOR = 0x90044802  # HIDIOCGRDESC, _IOR('H', 2, struct hidraw_report_descriptor)
_GET_INFO = 0x80084803  # HIDIOCGRAWINFO, _IOR('H', 3, struct hidraw_devinfo)
_SET_FEATURE_2 = 0xC0024806  # HIDIOCSFEATURE(2)
_HONEYWELL = (0x0C2E, 0x23D0)
_SEND_LABELS = b"\xfe\x01"
EMULATION = (0x05E0, 0x0600)
"""Vendor and product of Symbol's scanners in "Simple COM Port Emulation", which names no usage page of
scanners."""


class ReportDevice(Protocol):
    """The part of a hidraw node that the driver uses. Each raises OSError; model and descriptor are known
    once it is open: (0, 0) and b"" of a device that has none."""

    @property
    def model(self) -> tuple[int, int]: ...
    @property
    def descriptor(self) -> bytes: ...
    def fileno(self) -> int: ...
    def read(self) -> bytes: ...
    def set_feature(self, report: bytes) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class HidPosOptions:
    """Which hidraw node. path: prefer a link made by a udev rule. name: what people call it; the path when
    empty. quiet_s: a report that comes within this time of opening may belong to a label whose beginning was
    missed."""

    path: str
    name: str = ""
    framing: Framing = field(default_factory=Framing)
    waits: Waits = field(default_factory=Waits)
    quiet_s: float = 0.02

    @property
    def title(self) -> str:
        """The name used in states and labels."""
        return self.name or self.path


class HidrawNode:
    """An open hidraw node, or the pseudo terminal that a simulated scanner has for one. The lock (flock)
    keeps out only programs that ask for it too: the kernel hands every reader a copy of each report."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        self.model = (0, 0)
        self.descriptor = b""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not (os.isatty(self._fd) and os.ttyname(self._fd).startswith("/dev/pts/")):
                self._ask()
        except OSError:
            self.close()
            raise

    def _ask(self) -> None:
        _, vendor, product = struct.unpack("IHH", fcntl.ioctl(self._fd, _GET_INFO, bytes(8)))
        self.model = (vendor, product)
        (size,) = struct.unpack("i", fcntl.ioctl(self._fd, _GET_SIZE, bytes(4)))
        told = bytearray(struct.pack("I", size) + bytes(_MOST))
        fcntl.ioctl(self._fd, _GET_DESCRIPTOR, told)
        self.descriptor = bytes(told[4 : 4 + size])

    def fileno(self) -> int:
        """For poll."""
        return self._fd

    def read(self) -> bytes:
        """The next report; BlockingIOError while there is none."""
        return os.read(self._fd, _MOST if self.descriptor else 64)

    def set_feature(self, report: bytes) -> None:
        """Send a feature report of two bytes, its number first."""
        fcntl.ioctl(self._fd, _SET_FEATURE_2, report)

    def close(self) -> None:
        """Give the node back."""
        os.close(self._fd)


def have_it_send(device: ReportDevice) -> None:
    """Tell a scanner that waits for it to send its labels; one that knows no such report sends anyway."""
    if device.model[0] in _HONEYWELL:
        with contextlib.suppress(OSError):
            device.set_feature(_SEND_LABELS)


class HidPosScanner:
    """One HID POS scanner. run() in a thread of its own; see label.OnScan and reconnect.OnState.

    progress counts its rounds: looks for the device, and reads of it that brought something or timed out.
    """

    def __init__(
        self,
        options: HidPosOptions,
        on_scan: OnScan,
        on_state: OnState,
        open_device: Callable[[str], ReportDevice] = HidrawNode,
        on_raw: OnRaw = unheard,
    ) -> None:
        self._options = options
        self._on_scan = on_scan
        self._on_raw = on_raw
        self._states = States(on_state)
        self._open_device = open_device
        self.progress = 0

    def run(self, stop: threading.Event) -> None:
        """Read until `stop` is set, opening a lost device again. Returns within about 0.1 s of it."""
        keep_reading(self._session, stop, self._states, self._options.waits, self._options.path)

    def _session(self, stop: threading.Event) -> None:
        self.progress += 1
        node = _Node(self._open(), self._options.title)
        framer = ReportFramer(self._options.framing, self._options.title, emulated=node.emulates)
        try:
            node.begin()
            framer.doubt(Message("scanner.torn.opening"), node.at + self._options.quiet_s)
            self._states.tell("ok", Message("device.ready", name=self._options.title))
            while not stop.is_set():
                self.progress += 1
                report = node.report(framer.patience(node.at, _POLL_S))
                if report:
                    self._on_raw(node.at, report)
                self._deliver(framer.feed(report, node.at) if report else framer.idle(node.at))
        except DeviceGone:
            self._deliver(framer.reset(Message("scanner.torn.unplugged")))
            raise
        finally:
            node.close()

    def _open(self) -> ReportDevice:
        title = self._options.title
        with told_gone(title):
            device = self._open_device(self._options.path)
        if device.descriptor and device.model != EMULATION and not is_bar_code_scanner(device.descriptor):
            device.close()
            raise DeviceGone("scanner.no-hid-pos", name=title)
        return device

    def _deliver(self, scans: list[Scan]) -> None:
        for scan in scans:
            self._on_scan(scan)


class _Node:
    """An open device whose every failure is DeviceGone.

    `at` is the time up to which silence is proven. Reports that have waited for a late thread leave it where
    it was: when they came is unknown and must not look like a gap."""

    def __init__(self, device: ReportDevice, title: str) -> None:
        self._device = device
        self._title = title
        self._poll = select.poll()
        self._poll.register(device.fileno(), select.POLLIN)
        self.emulates = device.model == EMULATION and not is_bar_code_scanner(device.descriptor)
        self.at = time.monotonic()

    def begin(self) -> None:
        """Have a scanner send that waits to be told; one that is gone shows it at the first read."""
        have_it_send(self._device)
        self.at = time.monotonic()

    def report(self, timeout_s: float) -> bytes:
        """The next report, empty if none came in time."""
        asked = time.monotonic()
        with told_gone(self._title):
            if not (waited := self._poll.poll(0)):
                waited = self._poll.poll(max(1, round(timeout_s * 1000)))
                self.at = min(time.monotonic(), asked + timeout_s)
            if not waited:
                return b""
            try:
                report = self._device.read()
            except BlockingIOError:
                return b""
        if not report:
            # Ready to read, and nothing there: the state of a node whose device has gone.
            raise DeviceGone("device.gone.absent", name=self._title)
        return report

    def close(self) -> None:
        """Give the device back, which may be gone already."""
        with contextlib.suppress(OSError):
            self._device.close()
