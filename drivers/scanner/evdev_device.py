"""Keyboard scanners on Linux: one event node, grabbed so that no other program types what it scans."""

from __future__ import annotations

import contextlib
import fcntl
import select
import struct
import threading
import time
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from drivers.message import Message
from drivers.reconnect import DeviceGone, OnState, States, Waits, keep_reading, told_gone
from drivers.scanner.keyboard import EV_KEY, EV_MSC, KeyDecoder, KeyEvent, KeyOptions
from drivers.scanner.keymap import ENTER
from drivers.scanner.label import OnRaw, OnScan, Scan, unheard

_POLL_S = 0.1
_EVIOCSCLOCKID = 0x400445A0  # linux/input.h: _IOW('E', 0xa0, int)
_EVIOCSMASK = 0x40104593  # linux/input.h: _IOW('E', 0x93, struct input_mask)
_DIGITS = frozenset(range(2, 12))
_MISSED = Message("scanner.torn.opening")


class RawEvent(Protocol):
    """The fields of python-evdev's InputEvent that matter."""

    @property
    def sec(self) -> int: ...
    @property
    def usec(self) -> int: ...
    @property
    def type(self) -> int: ...
    @property
    def code(self) -> int: ...
    @property
    def value(self) -> int: ...


class KeyDevice(Protocol):
    """The part of python-evdev's InputDevice that the driver uses."""

    def fileno(self) -> int: ...
    def read(self) -> Iterable[RawEvent]: ...
    def grab(self) -> None: ...
    def active_keys(self) -> Sequence[int]: ...
    def capabilities(self) -> Mapping[int, Sequence[object]]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class EvdevOptions:
    """Which event node, and how its scanner types.

    path: prefer a link under /dev/input/by-id or one made by a udev rule. name: what people call it; the
    path when empty. quiet_s: keys that come within this time of opening belong to a label whose beginning
    was missed and are reported as torn.
    """

    path: str
    name: str = ""
    keys: KeyOptions = field(default_factory=KeyOptions)
    waits: Waits = field(default_factory=Waits)
    quiet_s: float = 0.05

    @property
    def title(self) -> str:
        """The name used in states and labels."""
        return self.name or self.path


def open_evdev(path: str) -> KeyDevice:
    """The device at `path` through python-evdev. Raises OSError."""
    import evdev

    device: KeyDevice = evdev.InputDevice(path)
    return device


class EvdevScanner:
    """One keyboard scanner. run() in a thread of its own; see label.OnScan and reconnect.OnState.

    progress counts its rounds: looks for the device, and reads of it that brought something or timed out.
    """

    def __init__(
        self,
        options: EvdevOptions,
        on_scan: OnScan,
        on_state: OnState,
        open_device: Callable[[str], KeyDevice] = open_evdev,
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
        device = self._open()
        try:
            self._read_keys(_Node(device, self._options.title), stop)
        finally:
            # The node may be gone already; closing also ends the grab.
            with contextlib.suppress(OSError):
                device.close()

    def _open(self) -> KeyDevice:
        title = self._options.title
        try:
            with told_gone(title):
                device = self._open_device(self._options.path)
        except ImportError as error:
            raise DeviceGone("scanner.no-evdev", name=title) from error
        keys = {code for code in device.capabilities().get(EV_KEY, ()) if isinstance(code, int)}
        if not keys >= _DIGITS | {ENTER}:
            device.close()
            raise DeviceGone("scanner.no-keyboard", name=title)
        return device

    def _read_keys(self, node: _Node, stop: threading.Event) -> None:
        decoder = KeyDecoder(self._options.keys, self._options.title)
        try:
            if self._grab(node, stop):
                self._deliver(decoder.tear(_MISSED, time.monotonic()))
            self._missed_beginning(node, decoder)
            self._states.tell("ok", Message("device.ready", name=self._options.title))
            while not stop.is_set():
                self.progress += 1
                events = node.events(decoder.patience(time.monotonic(), _POLL_S))
                self._take(decoder, events)
                if not events:
                    self._deliver(decoder.idle(node.silent_until))
        except DeviceGone:
            self._deliver(decoder.reset(Message("scanner.torn.unplugged")))
            raise

    def _grab(self, node: _Node, stop: threading.Event) -> bool:
        """Claim the device while no key is down, so that none stays down for those who had it before.

        True if keys went by meanwhile: the label they belong to has lost its beginning.
        """
        missed = False
        while not stop.is_set() and node.keys_down():
            self.progress += 1
            self._states.tell("missing", Message("scanner.waits-for-key", name=self._options.title))
            missed |= any(event.type == EV_KEY for event in node.events(_POLL_S / 5))
        node.grab()
        return missed

    def _missed_beginning(self, node: _Node, decoder: KeyDecoder) -> None:
        ready_at = time.monotonic() + self._options.quiet_s
        while (now := time.monotonic()) < ready_at:
            events = node.events(ready_at - now)
            now = time.monotonic()
            # Events that came back late say nothing about the time before the grab: they are trusted.
            if now < ready_at and any(event.type == EV_KEY for event in events):
                self._deliver(decoder.tear(_MISSED, now))
            self._take(decoder, events)

    def _take(self, decoder: KeyDecoder, events: list[KeyEvent]) -> None:
        if events:
            self._on_raw(events[0].time_s, events)
        # Behind dropped events the kernel is not asked which keys are down: its answer throws the key events
        # away that have come since the last read, without a word (evdev.c, evdev_handle_get_val).
        for event in events:
            self._deliver(decoder.feed(event))

    def _deliver(self, scans: list[Scan]) -> None:
        for scan in scans:
            self._on_scan(scan)


class _Node:
    """A device whose every failure is DeviceGone, and whose times are on the monotonic clock.

    `silent_until` is the time up to which the last events() that brought nothing proves silence.
    """

    def __init__(self, device: KeyDevice, title: str) -> None:
        self._device = device
        self._title = title
        self.silent_until = time.monotonic()
        self._poll = select.poll()
        self._poll.register(device.fileno(), select.POLLIN)
        self._kernel_times = self._ask_for_monotonic_times()
        self._hide_scan_codes()

    def grab(self) -> None:
        """Exclusive use (EVIOCGRAB); DeviceGone says so if another program has it."""
        with told_gone(self._title):
            self._device.grab()

    def keys_down(self) -> Sequence[int]:
        """Codes of the keys that are down now."""
        with told_gone(self._title):
            return self._device.active_keys()

    def events(self, timeout_s: float) -> list[KeyEvent]:
        """What came within the time-out; empty if nothing did."""
        asked = time.monotonic()
        with told_gone(self._title):
            if not self._poll.poll(max(1, round(timeout_s * 1000))):
                self.silent_until = min(time.monotonic(), asked + timeout_s)
                return []
            try:
                raw = list(self._device.read())
            except BlockingIOError:
                return []
        if not raw:
            # Ready to read, and nothing there: the state of a node whose device has gone.
            raise DeviceGone("device.gone.absent", name=self._title)
        now = time.monotonic()
        return [
            KeyEvent(
                event.sec + event.usec / 1e6 if self._kernel_times else now,
                event.type,
                event.code,
                event.value,
            )
            for event in raw
        ]

    def _ask_for_monotonic_times(self) -> bool:
        """Without this, events carry the wall clock, and a step of that clock would tear labels."""
        request = struct.pack("i", time.CLOCK_MONOTONIC)
        try:
            fcntl.ioctl(self._device.fileno(), _EVIOCSCLOCKID, request)
        except OSError:
            return False
        return True

    def _hide_scan_codes(self) -> None:
        """Of the three events of a key the kernel keeps two then: its buffer, which holds less than one label
        of thirteen digits when the reader is late, holds half as much again. A key that the kernel does not
        know still comes, as KEY_UNKNOWN."""
        none = array("B", bytes(8))
        request = struct.pack("IIQ", EV_MSC, len(none), none.buffer_info()[0])
        with contextlib.suppress(OSError):  # before Linux 4.4
            fcntl.ioctl(self._device.fileno(), _EVIOCSMASK, request)
