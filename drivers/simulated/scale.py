"""A serial scale without the scale: its end of the wire, a plate, and faults. Speaks four protocols.

Written from the makers' pages beside the driver, and shares nothing with it but the wire.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import xor
from pathlib import Path

from drivers.simulated.fault_script import Script
from drivers.simulated.faults import Faults
from drivers.simulated.wire import Wire

PROTOCOLS = ("mettler-8217", "cas", "nci", "dialog06")

_STX, _ETX, _EOT, _ENQ, _ACK, _NAK, _ESC = (bytes((code,)) for code in (2, 3, 4, 5, 6, 0x15, 0x1B))
_TROUBLES = ("over", "under", "unzeroed")
_WEIGHT = re.compile(r"([0-9]+)(?:\.([0-9]{1,3}))?(?: ([0-9]+))?")


@dataclass
class Plate:
    """What lies on it, in thousandths of the unit. still_at: it moves until then. moved: it was, since the
    scale gave a weight out."""

    milli: int = 0
    unit: str = "kg"
    still_at: float = 0.0
    moved: bool = True

    @property
    def moving(self) -> bool:
        """Whether it has not come to rest."""
        return time.monotonic() < self.still_at


class SimulatedScale:
    """The scale behind a wire. serve() answers until it is stopped; the plate may be changed meanwhile."""

    def __init__(self, wire: Wire, protocol: str, unit: str = "kg") -> None:
        self._wire = wire
        self.plate = Plate(unit=unit)
        self.faults = wire.faults
        self._heard = b""
        self._price = 0
        self._why = b"00"
        known = {
            "mettler-8217": self._mettler,
            "cas": self._cas,
            "nci": self._nci,
            "dialog06": self._dialog,
        }
        if protocol not in known:
            raise ValueError(f"{protocol!r} is none of {', '.join(known)}")
        self._hear: Callable[[bytes], bytes] = known[protocol]

    def put(self, milli: int, *, moving_s: float = 0.0) -> None:
        """This is on the plate now, and comes to rest after a while."""
        self.plate.milli, self.plate.still_at, self.plate.moved = milli, time.monotonic() + moving_s, True

    def serve(self, stop: threading.Event) -> None:
        """Answer until stop is set; an unplugged wire is waited for."""
        while not stop.is_set():
            try:
                for byte in self._wire.receive(0.02):
                    if answer := self._hear(bytes((byte,))):
                        self._send(answer)
            except (OSError, TimeoutError):
                self._heard = b""
                stop.wait(0.02)

    @property
    def _trouble(self) -> str:
        """over, under, unzeroed, or "" for none."""
        return next((one for one in _TROUBLES if one in self.faults), "")

    def _send(self, answer: bytes) -> None:
        self.faults.came("answer")
        time.sleep(self.faults.figure("late"))
        if spoiled := self._spoiled(answer):
            self._wire.send_bytes(spoiled)

    def _spoiled(self, answer: bytes) -> bytes:
        if "parity" in self.faults:
            answer = bytes(byte | (byte.bit_count() % 2) << 7 for byte in answer)
        if "check" in self.faults:
            place = next((at for at, byte in enumerate(answer) if 0x31 <= byte <= 0x38), None)
            answer = answer if place is None else _other_digit(answer, place)
        return self.faults.spoiled(answer)

    # --- what each says -------------------------------------------------------------------------------

    def _figure(self, width: int, decimals: int = 3) -> str:
        if self.plate.unit == "g":
            return f"{self.plate.milli // 1000:0{width}d}"
        return f"{self.plate.milli / 1000:0{width}.{decimals}f}"

    def _mettler(self, byte: bytes) -> bytes:
        if byte != b"W":
            return b""
        plate = self.plate
        bits = 0x60 | plate.moving | {"over": 2, "under": 4, "unzeroed": 8}.get(self._trouble, 0)
        if bits != 0x60:
            return _STX + b"?" + bytes((bits,)) + b"\r"
        return _STX + self._figure(6).encode() + b"\r"

    def _nci(self, byte: bytes) -> bytes:
        self._heard += byte
        if byte != b"\r":
            return b""
        order, self._heard = self._heard, b""
        if order != b"W\r":
            return b"\n?\r\x03"
        plate = self.plate
        first = 0x30 | plate.moving | (0 if plate.milli else 2)
        second = 0x30 | {"under": 1, "over": 2}.get(self._trouble, 0)
        shown = {"over": "^^^^^^", "under": "______", "unzeroed": "------"}.get(
            self._trouble
        ) or self._figure(6)
        return f"\n{shown}{plate.unit}\r\n".encode() + bytes((first, second)) + b"\r" + _ETX

    def _cas(self, byte: bytes) -> bytes:
        if byte == _ENQ:
            return _ACK
        if byte != b"\x11":
            return b""
        plate = self.plate
        state = "U" if plate.moving or self._trouble == "unzeroed" else "S"
        sign = {"over": "F", "under": "-"}.get(self._trouble, " ")
        body = f"{state}{sign}{self._figure(6)}{plate.unit:<2}".encode()
        return b"\x01" + _STX + body + bytes((reduce(xor, body),)) + _ETX + _EOT

    def _dialog(self, byte: bytes) -> bytes:
        if byte == _EOT:
            self._heard = b""
            return b""
        self._heard += byte
        if self._heard == _ENQ:
            return self._result()
        if byte != _ETX or not self._heard.startswith(_STX):
            return b""
        record, self._heard = self._heard[1:-1], b""
        if record == b"08":
            return _STX + b"09" + _ESC + self._why + _ETX
        if record[:3] != b"01" + _ESC or not record[3:9].isdigit():
            self._why = b"10"
            return _NAK
        if "locked" in self.faults:
            return _STX + b"11" + _ESC + b"2A7" + _ETX
        self._price = int(record[3:9])
        return _ACK

    def _result(self) -> bytes:
        self._heard = b""
        plate = self.plate
        self._why = _cause(plate, self._trouble)
        if self._why != b"00":
            return _NAK
        plate.moved = False
        amount = (plate.milli * self._price + 500) // 1000
        unit = b"3" if plate.unit == "kg" else b"2"
        told = (unit, b"%05d" % plate.milli, b"%06d" % self._price, b"%06d" % amount)
        return _STX + b"02" + _ESC + _ESC.join(told) + _ETX


def _cause(plate: Plate, trouble: str) -> bytes:
    """Why there is no weight, by Dialog 06; 00 for nothing."""
    if trouble:
        return {"over": b"32", "under": b"31"}.get(trouble, b"01")
    if plate.moving:
        return b"20"
    if not plate.milli:
        return b"30"
    return b"00" if plate.moved else b"21"


def _other_digit(answer: bytes, place: int) -> bytes:
    return answer[:place] + bytes((answer[place] + 1,)) + answer[place + 1 :]


@contextmanager
def running(
    path: Path, protocol: str, unit: str = "kg", faults: Faults | None = None
) -> Iterator[SimulatedScale]:
    """A scale that answers at a path."""
    stop = threading.Event()
    with Wire(path, faults or Faults("scale")) as wire:
        scale = SimulatedScale(wire, protocol, unit)
        thread = threading.Thread(target=scale.serve, args=(stop,), daemon=True)
        thread.start()
        try:
            yield scale
        finally:
            stop.set()
            thread.join(5)


def serve(
    path: Path,
    protocol: str,
    orders: Iterable[str],
    *,
    unit: str = "kg",
    script: Script | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """A scale under `path`, told what to do line by line: a number is put on the plate, in thousandths of a
    second it takes to come to rest behind it ("1.250 800"). A line that begins with "!" is a fault of the
    script, from now on ("!over", "!silent for 2 s"), or "!clear [FAULT]", "!unit lb", "!wait MILLISECONDS".
    say is told what was done, what went wrong and what was not understood."""
    with running(path, protocol, unit, Faults("scale", script, say=say)) as scale:
        say(f"scale ready at {path}")
        for line in orders:
            if order := line.strip():
                try:
                    say(_obey(scale, order))
                except ValueError as error:
                    say(f"not understood: {error}")


def _obey(scale: SimulatedScale, order: str) -> str:
    word, _, rest = order.partition(" ")
    if not word.startswith("!"):
        whole, _, part = word.partition(".")
        if not (
            whole.isdecimal() and (part or "0").isdecimal() and len(part) <= 3 and (rest or "0").isdecimal()
        ):
            raise ValueError(f"{order!r} is no weight, such as 1.250, and no fault, such as !over")
        scale.put(int(whole) * 1000 + int(part.ljust(3, "0")), moving_s=int(rest or "0") / 1000)
    elif word == "!unit" and rest in ("kg", "g", "lb", "oz"):
        scale.plate.unit = rest
    elif word == "!wait" and rest.isdecimal():
        time.sleep(int(rest) / 1000)
    else:
        scale.faults.obey(order[1:])
        return ""
    return order.removeprefix("!")
