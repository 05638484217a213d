"""A customer's display without the display: its end of the wire, and what its two lines show.

Written from the makers' pages beside the driver, and shares nothing with it but the wire.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Self

from drivers.simulated.fault_script import Script
from drivers.simulated.faults import Faults
from drivers.simulated.wire import Wire

_ROWS = 2
_READ_SIZE, _MOMENT_S = 4096, 0.05
_PAGES = {0: "cp437", 2: "cp850", 16: "cp1252", 19: "cp858"}
# What each understands: a pattern and what it stands for.
_ORDERS: dict[str, tuple[tuple[bytes, str], ...]] = {
    "escpos": (
        (rb"\x1b@", "begin"),
        (rb"\x1bt(.)", "page"),
        (rb"\x1f[\x01-\x03]", ""),
        (rb"\x1f\$(.)(.)", "go"),
        (rb"\x0c", "clear"),
    ),
    "cd5220": ((rb"\x1b@", "begin"), (rb"\x1bQ([AB])([^\r]*)\r", "row"), (rb"\x0c", "clear")),
    "utf8": ((rb"\x0c", "clear"),),
}

_HALF = ""
"""What stands in the second cell of a wide letter."""


def _size(letter: str) -> int:
    """Cells that a letter takes."""
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


class SimulatedDisplay:
    """feed() takes bytes in any pieces; lines are what is shown. strange: bytes that mean nothing to it."""

    def __init__(self, protocol: str, columns: int = 20) -> None:
        if protocol not in _ORDERS:
            raise ValueError(f"{protocol!r} is none of {', '.join(_ORDERS)}")
        self._protocol = protocol
        self._columns = columns
        self._left = b""
        self.strange = b""
        self._begin()

    @property
    def lines(self) -> tuple[str, str]:
        """Upper and lower, without the blanks at their ends."""
        upper, lower = ("".join(row).rstrip() for row in self._rows)
        return upper, lower

    def feed(self, data: bytes) -> None:
        """What came over the wire."""
        self._left += data
        while self._left:
            for pattern, order in _ORDERS[self._protocol]:
                if found := re.match(pattern, self._left, re.DOTALL):
                    self._left = self._left[found.end() :]
                    self._obey(order, found.groups())
                    break
            else:
                if not self._letter():
                    return

    def _obey(self, order: str, values: tuple[bytes, ...]) -> None:
        match order:
            case "begin":
                self._begin()
            case "clear":
                self._clear()
            case "page":
                self._charset = _PAGES.get(values[0][0], "ascii")
            case "go":
                self._at = (values[1][0] - 1) % _ROWS * self._columns + (values[0][0] - 1) % self._columns
            case "row":
                self._at = (values[0] == b"B") * self._columns
                shown = values[1].decode(self._charset, "replace")
                for letter in f"{shown[: self._columns]:<{self._columns}}":
                    self._put(letter)

    def _letter(self) -> bool:
        """Show the next one; False if it has not come whole."""
        first = self._left[0]
        if first in (0x1B, 0x1F):
            if len(self._left) < 4 or (self._protocol == "cd5220" and b"\r" not in self._left):
                return False
            self.strange += self._left[:1]
            self._left = self._left[1:]
            return True
        size = 1
        if self._protocol == "utf8" and first >= 0xC0:
            size = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
        if len(self._left) < size:
            return False
        taken, self._left = self._left[:size], self._left[size:]
        if first < 0x20:
            self.strange += taken
        else:
            for letter in taken.decode(self._charset, "replace"):
                self._put(letter)
        return True

    def _put(self, letter: str) -> None:
        """A wide letter takes two cells of one row, and a mark none: it stands on the letter before it."""
        size = _size(letter)
        if not size:
            self._mark(letter)
            return
        if self._at % self._columns + size > self._columns:
            self._at = (self._at + 1) % (_ROWS * self._columns)
        row, column = divmod(self._at, self._columns)
        shown = self._rows[row]
        for place in range(column, column + size):
            # A wide letter that loses a half is gone.
            if shown[place] == _HALF:
                shown[place - 1] = " "
            if shown[place + 1 : place + 2] == [_HALF]:
                shown[place + 1] = " "
        shown[column : column + size] = [letter, _HALF][:size]
        self._at = (self._at + size) % (_ROWS * self._columns)

    def _mark(self, mark: str) -> None:
        if not self._at:
            return
        row, column = divmod(self._at - 1, self._columns)
        shown = self._rows[row]
        shown[column - (shown[column] == _HALF)] += mark

    def _begin(self) -> None:
        self._charset = {"escpos": "cp437", "utf8": "utf-8"}.get(self._protocol, "ascii")
        self._clear()

    def _clear(self) -> None:
        self._rows = [[" "] * self._columns for _ in range(_ROWS)]
        self._at = 0


class PluggedDisplay:
    """A display under a path, which reads what it is sent while inside `with`.

    faults: what is the matter with it. shows: called with the two lines, each time they are others.
    """

    def __init__(
        self,
        path: Path,
        protocol: str,
        *,
        columns: int = 20,
        faults: Faults | None = None,
        shows: Callable[[tuple[str, str]], None] = lambda _: None,
    ) -> None:
        self._new = partial(SimulatedDisplay, protocol, columns)
        self._display = self._new()
        self.faults = faults or Faults("display")
        self._wire = Wire(path, self.faults)
        self._shows = shows
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="simulated-display", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._wire.close()

    @property
    def lines(self) -> tuple[str, str]:
        """What it shows; see SimulatedDisplay."""
        return self._display.lines

    def _read(self) -> None:
        shown = self.lines
        while not self._stop.is_set():
            if not self._wire.plugged:
                # It has its power from the same cable.
                self._display = self._new()
            try:
                self._take()
            except OSError:
                self._stop.wait(_MOMENT_S)
            if self.lines != shown:
                shown = self.lines
                self._shows(shown)

    def _take(self) -> None:
        if "stop-reading" in self.faults:
            self._stop.wait(_MOMENT_S)
            return
        slow = self.faults.figure("slow")
        most = min(self.faults.left("byte") or _READ_SIZE, 1 if slow else _READ_SIZE)
        data = self._wire.receive(_MOMENT_S, most)
        self._display.feed(data)
        self.faults.came("byte", len(data))
        if data and slow:
            self._stop.wait(1 / slow)


def serve(
    path: Path,
    protocol: str,
    stop: threading.Event,
    *,
    columns: int = 20,
    script: Script | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """A display under `path`; say is told what it shows, each time that is something else, and what goes
    wrong."""
    frame = "+" + "-" * columns + "+"

    def draw(lines: tuple[str, str]) -> None:
        rows = (f"|{line}{' ' * (columns - sum(map(_size, line)))}|" for line in lines)
        say("\n".join((frame, *rows, frame)))

    faults = Faults("display", script, say=say)
    with PluggedDisplay(path, protocol, columns=columns, faults=faults, shows=draw):
        say(f"display ready at {path}")
        stop.wait()
