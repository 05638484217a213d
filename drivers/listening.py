"""Which of several devices speaks first: nothing is taken from anybody, and what was sent is not decoded."""

from __future__ import annotations

import contextlib
import os
import select
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from drivers.plugged import Plugged
from drivers.scanner.hid_pos import HidrawNode, have_it_send
from drivers.scanner.keyboard import EV_KEY

_EVENT = struct.Struct("llHHi")  # struct input_event, linux/input.h
_DOWN = 1
_STATUS = b"\x10\x04\x01"
_ASK_S = 0.3
_ROUND_S = 0.1


class _Ear(Protocol):
    """An open device. heard() says whether it has spoken, and takes what it said."""

    def fileno(self) -> int: ...
    def heard(self) -> bool: ...
    def close(self) -> None: ...


class _Node:
    """A device node that is opened as it is."""

    def __init__(self, path: str, flags: int) -> None:
        self._fd = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)

    def fileno(self) -> int:
        return self._fd

    def close(self) -> None:
        os.close(self._fd)


class _Keys(_Node):
    """A keyboard, which goes on typing wherever it does: it is not grabbed, or nobody could end the
    waiting."""

    def __init__(self, device: Plugged) -> None:
        super().__init__(device.node, os.O_RDONLY)

    def heard(self) -> bool:
        some = os.read(self._fd, 64 * _EVENT.size)
        whole = some[: len(some) // _EVENT.size * _EVENT.size]
        return any(kind == EV_KEY and value == _DOWN for _, _, kind, _, value in _EVENT.iter_unpack(whole))


class _Port:
    """A serial port at 9600 baud: another speed makes other bytes, and bytes are enough."""

    def __init__(self, device: Plugged) -> None:
        import serial

        self._port = serial.Serial(device.node, 9600, timeout=0, exclusive=True)

    def fileno(self) -> int:
        return int(self._port.fileno())

    def heard(self) -> bool:
        return bool(self._port.read(4096))

    def close(self) -> None:
        self._port.close()


class _Reports:
    """A HID POS scanner."""

    def __init__(self, device: Plugged) -> None:
        self._node = HidrawNode(device.node)
        have_it_send(self._node)

    def fileno(self) -> int:
        return self._node.fileno()

    def heard(self) -> bool:
        return bool(self._node.read())

    def close(self) -> None:
        self._node.close()


class _Printer(_Node):
    """A receipt printer, asked for its status (DLE EOT 1), which says whether its feed button is pressed."""

    def __init__(self, device: Plugged) -> None:
        super().__init__(device.node, os.O_RDWR)
        self._asked_at = 0.0

    def ask(self) -> None:
        if time.monotonic() - self._asked_at >= _ASK_S:
            self._asked_at = time.monotonic()
            with contextlib.suppress(BlockingIOError):
                os.write(self._fd, _STATUS)

    def heard(self) -> bool:
        # Bits 1 and 4 set, 0 and 7 clear: a real-time status. Bit 6: the button.
        return any(byte & 0x93 == 0x12 and byte & 0x40 for byte in os.read(self._fd, 64))


_EARS: dict[str, Callable[[Plugged], _Ear]] = {
    "keyboard": _Keys,
    "serial": _Port,
    "hid-pos": _Reports,
    "printer": _Printer,
}


def first_to_speak(
    devices: Sequence[Plugged],
    until: float,
    *,
    besides: Callable[[], str] = lambda: "",
    deaf: Callable[[Plugged, OSError], None] = lambda *_: None,
) -> Plugged | str | None:
    """The device that is heard first, None if none is before `until` (time.monotonic). besides: asked in
    between for a name of one that somebody else has heard. deaf: told of each that cannot be listened to."""
    with contextlib.ExitStack() as opened:
        ears = dict(_opened(devices, opened, deaf))
        poll = select.poll()
        for number in ears:
            poll.register(number, select.POLLIN)
        while time.monotonic() < until:
            for ear, _ in ears.values():
                if isinstance(ear, _Printer):
                    with contextlib.suppress(OSError):
                        ear.ask()
            if name := besides():
                return name
            for number, _ in poll.poll(round(_ROUND_S * 1000)):
                ear, device = ears[number]
                try:
                    if ear.heard():
                        return device
                except BlockingIOError:
                    continue
                except OSError:
                    # Pulled meanwhile: it says nothing any more.
                    poll.unregister(number)
    return None


def _opened(
    devices: Sequence[Plugged], opened: contextlib.ExitStack, deaf: Callable[[Plugged, OSError], None]
) -> Iterator[tuple[int, tuple[_Ear, Plugged]]]:
    for device in devices:
        try:
            ear = _EARS[device.kind](device)
        except OSError as error:
            deaf(device, error)
            continue
        opened.callback(_close, ear)
        yield ear.fileno(), (ear, device)


def _close(ear: _Ear) -> None:
    with contextlib.suppress(OSError):
        ear.close()
