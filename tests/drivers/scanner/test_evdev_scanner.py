"""The evdev driver on a device that is a pipe of kernel input_event records, with the kernel's manners.

This kernel may have no uinput, so the node is played: 24-byte records through a real descriptor that is
polled and read, EBUSY for a second grab, ENODEV when unplugged. The real python-evdev on a mocked node is
in test_evdev_umockdev.py.
"""

from __future__ import annotations

import errno
import os
import queue
import struct
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from scanner_listener import Listener

from drivers.message import Message
from drivers.reconnect import Waits
from drivers.scanner.evdev_device import EvdevOptions, EvdevScanner
from drivers.scanner.framing import Framing
from drivers.scanner.keyboard import KeyEvent, KeyOptions
from drivers.scanner.label import Raw, ScannedLabel, TornScan
from drivers.simulated.keyboard_scanner import key_events

RECORD = struct.Struct("llHHi")  # struct input_event, linux/input.h, 64 bit
KEYBOARD = {1: list(range(1, 84)), 4: [4]}
A, ENTER = 30, 28


@dataclass(frozen=True)
class Record:
    sec: int
    usec: int
    type: int
    code: int
    value: int


class Keyboard:
    """The hardware and the kernel's side: what is plugged in, who has grabbed it, which keys are down."""

    def __init__(self, capabilities: Mapping[int, Sequence[int]] | None = None) -> None:
        self.capabilities = capabilities or KEYBOARD
        self.holder: object = None
        self.down: list[int] = []
        self.opened = 0
        self._lock = threading.Lock()
        self._readers: list[int] = []
        self.plugged = True

    def open(self, path: str) -> Node:
        with self._lock:
            if not self.plugged:
                raise OSError(errno.ENOENT, "No such file or directory", path)
            self.opened += 1
            reader, writer = os.pipe()
            os.set_blocking(reader, False)
            self._readers.append(writer)
            return Node(self, reader)

    def type(self, events: Iterable[KeyEvent]) -> None:
        """One write, as the kernel gives a full buffer."""
        data = b"".join(RECORD.pack(int(e.time_s), 0, e.type, e.code, e.value) for e in events)
        with self._lock:
            for writer in self._readers:
                os.write(writer, data)

    def unplug(self) -> None:
        with self._lock:
            self.plugged, self.holder, self.down = False, None, []
            for writer in self._readers:
                os.close(writer)
            self._readers.clear()


@dataclass(eq=False)
class Node:
    """One open file of it, with python-evdev's methods."""

    keyboard: Keyboard
    fd: int
    closed: bool = field(default=False)

    def fileno(self) -> int:
        return self.fd

    def read(self) -> list[Record]:
        data = os.read(self.fd, 64 * RECORD.size)
        if not data:
            raise OSError(errno.ENODEV, "No such device")
        return [Record(*fields) for fields in RECORD.iter_unpack(data)]

    def grab(self) -> None:
        if self.keyboard.holder not in (None, self):
            raise OSError(errno.EBUSY, "Device or resource busy")
        self.keyboard.holder = self

    def active_keys(self) -> list[int]:
        return list(self.keyboard.down)

    def capabilities(self) -> Mapping[int, Sequence[int]]:
        return self.keyboard.capabilities

    def close(self) -> None:
        os.close(self.fd)
        if self.keyboard.holder is self:
            self.keyboard.holder = None


def start(listener: Listener, keyboard: Keyboard) -> None:
    # Patient with pauses, which on a busy machine come between two writes of a test.
    keys = KeyOptions(framing=Framing(stale_s=10.0))
    settings = EvdevOptions("/dev/input/x", name="desk", keys=keys, waits=Waits(0.02, 0.1))
    listener.start(EvdevScanner(settings, listener.scans.put, listener.on_state, keyboard.open))


def test_a_scan_is_read_under_an_exclusive_grab(listener: Listener) -> None:
    keyboard = Keyboard()
    start(listener, keyboard)
    assert listener.until("ok") == "desk is ready"
    assert keyboard.holder is not None
    keyboard.type(key_events("]E08901030867569"))
    assert listener.scan() == ScannedLabel("8901030867569", "]E0", "desk", b"]E08901030867569")
    listener.finish()
    assert keyboard.holder is None
    keyboard.unplug()


def test_all_keys_are_handed_out_before_anything_is_made_of_them(listener: Listener) -> None:
    keyboard, heard = Keyboard(), queue.Queue[Raw]()
    options = EvdevOptions("/dev/input/x", name="desk", waits=Waits(0.02, 0.1))
    driver = EvdevScanner(
        options, listener.scans.put, listener.on_state, keyboard.open, lambda _, raw: heard.put(raw)
    )
    listener.start(driver)
    listener.until("ok")
    typed = key_events("A\x1dB", gs_key="f8", suffix="tab")
    keyboard.type(typed)
    came: list[tuple[int, int, int]] = []
    while len(came) < len(typed):
        raw = heard.get(timeout=10)
        assert not isinstance(raw, bytes)
        came += [(kind, code, value) for _, kind, code, value in raw]
    assert came == [(event.type, event.code, event.value) for event in typed]
    listener.finish()
    keyboard.unplug()


def test_another_program_holding_it_is_named(listener: Listener) -> None:
    keyboard = Keyboard()
    keyboard.holder = "a desktop"
    start(listener, keyboard)
    assert listener.state() == ("missing", "desk is held by another program")
    time.sleep(0.3)
    assert listener.states.empty(), "the same trouble was told twice"
    keyboard.holder = None
    listener.until("ok")
    listener.finish()
    keyboard.unplug()


def test_it_waits_for_keys_to_be_let_go_before_the_grab(listener: Listener) -> None:
    """Grabbing with a key down would leave that key stuck for everyone else; its label is torn."""
    keyboard = Keyboard()
    keyboard.down = [A]
    start(listener, keyboard)
    assert listener.until("missing") == "desk waits for a key to be let go"
    assert keyboard.holder is None
    keyboard.type(key_events("0867569", suffix="none"))
    time.sleep(0.1)
    keyboard.down = []
    listener.until("ok")
    assert listener.scan() == TornScan(Message("scanner.torn.opening"), "desk")
    keyboard.type(key_events("", suffix="enter") + key_events("A1"))
    assert listener.scan() == ScannedLabel("A1", "", "desk", b"A1")
    listener.finish()
    keyboard.unplug()


def test_unplugging_inside_a_label_tears_it_and_shift_does_not_survive(listener: Listener) -> None:
    keyboard = Keyboard()
    start(listener, keyboard)
    listener.until("ok")
    keyboard.type([*key_events("89a", suffix="none"), KeyEvent(1.0, 1, 42, 1), KeyEvent(1.0, 0, 0, 0)])
    time.sleep(0.1)
    keyboard.unplug()
    assert listener.scan() == TornScan(Message("scanner.torn.unplugged"), "desk", b"89a")
    assert listener.state() == ("missing", "desk is not plugged in")
    time.sleep(0.2)
    assert listener.states.empty()
    keyboard.plugged = True
    assert listener.until("ok") == "desk is ready"
    keyboard.type(key_events("a1"))
    assert listener.scan() == ScannedLabel("a1", "", "desk", b"a1")
    listener.finish()
    keyboard.unplug()


def test_dropped_events_are_reported_and_the_keys_of_now_turn_none_of_those_that_wait(
    listener: Listener,
) -> None:
    """Shift is down for a label that comes later than what is read."""
    keyboard = Keyboard()
    start(listener, keyboard)
    listener.until("ok")
    whole = key_events("8901030867569")
    keyboard.down = [42]
    dropped = [KeyEvent(1.0, 0, 3, 0), KeyEvent(1.0, 0, 0, 0)]
    keyboard.type(whole[:30] + dropped + whole[42:] + key_events("12"))
    assert isinstance(listener.scan(), TornScan)
    assert listener.scan() == ScannedLabel("12", "", "desk", b"12")
    listener.finish()
    keyboard.unplug()


def test_a_node_that_is_ready_and_empty_is_gone_and_not_spun_on(listener: Listener) -> None:
    """Some nodes read as empty for ever after unplugging; each attempt has to wait its turn."""

    class Hollow(Node):
        def read(self) -> list[Record]:
            return []

    keyboard = Keyboard()
    opened = keyboard.open
    keyboard.open = lambda path: Hollow(keyboard, opened(path).fd)  # type: ignore[method-assign]
    start(listener, keyboard)
    listener.until("ok")
    keyboard.type(key_events("1"))
    assert listener.until("missing") == "desk is not plugged in"
    time.sleep(0.3)
    assert keyboard.opened < 10
    listener.finish()
    keyboard.unplug()


@pytest.mark.parametrize("capabilities", [{1: [113, 114, 115]}, {2: [0, 1]}, {0: []}])
def test_the_other_nodes_of_a_composite_device_are_refused(
    listener: Listener, capabilities: dict[int, list[int]]
) -> None:
    keyboard = Keyboard(capabilities)
    start(listener, keyboard)
    assert listener.until("missing") == "desk is not a keyboard: it has no digits or no Enter key"
    listener.finish()
    keyboard.unplug()


def test_the_real_opener_says_what_is_wrong_with_a_path(listener: Listener) -> None:
    """python-evdev itself, on a device that is no input device."""
    pytest.importorskip("evdev", reason="python-evdev is not installed (it needs a compiler)")
    options = EvdevOptions("/dev/null", name="desk", waits=Waits(0.02, 0.1))
    listener.start(EvdevScanner(options, listener.scans.put, listener.on_state))
    assert listener.until("missing") == "desk is not a device of this kind"
