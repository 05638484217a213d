"""Whoever stands at the bench: scans, pulls cables, opens covers, and says what is to be seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from drivers.simulated.display import SimulatedDisplay
from drivers.simulated.printer import VirtualPrinter
from drivers.simulated.scale import SimulatedScale
from drivers.simulated.scanner import VirtualScanner

ITEM = "8901030867569"


class Hands(Protocol):
    """model: of the device that is meant."""

    def scan(self, model: str) -> str:
        """Scan an item once; the digits under its bars."""

    def pull(self, model: str) -> None:
        """Pull its cable."""

    def insert(self, model: str) -> None:
        """Put it back."""

    def open_cover(self, model: str) -> None:
        """Open the printer's cover."""

    def close_cover(self, model: str) -> None:
        """Close it."""

    def weigh(self, model: str) -> int:
        """Put something onto the empty plate; what the scale shows, in thousandths of its unit."""

    def empty(self, model: str) -> None:
        """Take it off."""

    def receipts(self, model: str, number: str) -> int:
        """How many receipts of a bill came out whole."""

    def drawer_opened(self, model: str) -> bool:
        """Whether the drawer opened with the last bill."""

    def shows(self, model: str, lines: tuple[str, str]) -> bool:
        """Whether the display shows two lines."""


class PersonsHands:
    """Asks a person, and waits for a key."""

    def __init__(self, told: TextIO, typed: TextIO) -> None:
        self._told, self._typed = told, typed

    def scan(self, model: str) -> str:
        self._told.write(f"\n  {model}: scan an item once whose bars have 8, 12 or 13 digits under them.\n")
        return self._asked("Then type these digits")

    def pull(self, model: str) -> None:
        self._asked(f"{model}: pull its cable")

    def insert(self, model: str) -> None:
        self._asked(f"{model}: put its cable back")

    def open_cover(self, model: str) -> None:
        self._asked(f"{model}: open its cover")

    def close_cover(self, model: str) -> None:
        self._asked(f"{model}: close its cover")

    def weigh(self, model: str) -> int:
        self._told.write(f"\n  {model}: with an empty plate, put something onto it.\n")
        while True:
            whole, _, part = self._asked("What does it show (such as 1.235)").replace(",", ".").partition(".")
            if whole.isdecimal() and len(part) <= 3 and (part or "0").isdecimal():
                return int(whole) * 1000 + int(part.ljust(3, "0"))

    def empty(self, model: str) -> None:
        self._asked(f"{model}: empty its plate")

    def receipts(self, model: str, number: str) -> int:
        while True:
            answer = self._asked(f"{model}: how many receipts of {number} came out whole")
            if answer.isdecimal():
                return int(answer)

    def drawer_opened(self, model: str) -> bool:
        return self._agreed(f"{model}: did the drawer open")

    def shows(self, model: str, lines: tuple[str, str]) -> bool:
        self._told.write("".join(f"\n    |{line:<20}|" for line in lines))
        return self._agreed(f"{model}: does it show these two lines")

    def _agreed(self, question: str) -> bool:
        while (answer := self._asked(f"{question} (y, n)").lower()) not in ("y", "n"):
            pass
        return answer == "y"

    def _asked(self, what: str) -> str:
        self._told.write(f"\n  {what}, then Enter: ")
        self._told.flush()
        if not (line := self._typed.readline()):
            raise EOFError("nobody answers any more: say hands = false, or run it in a terminal")
        return line.strip()


class SimulatedHands:
    """The same on simulated devices. scanners: how each sends a label."""

    def __init__(
        self,
        wires: dict[str, VirtualScanner],
        scanners: dict[str, Callable[[VirtualScanner, str], object]],
        printer: VirtualPrinter,
        scale: SimulatedScale,
        display: SimulatedDisplay,
    ) -> None:
        self._wires, self._scanners = wires, scanners
        self._printer, self._scale, self._display = printer, scale, display
        self._kicks = 0

    def scan(self, model: str) -> str:
        wire = self._wires[model]
        wire.wait_until_ready(30)
        # The same label sooner is a double trigger.
        time.sleep(0.4)
        self._scanners[model](wire, ITEM)
        return ITEM

    def pull(self, model: str) -> None:
        self._wires[model].unplug()

    def insert(self, model: str) -> None:
        self._wires[model].replug()

    def open_cover(self, model: str) -> None:
        self._printer.set_fault("cover-open")

    def close_cover(self, model: str) -> None:
        self._printer.clear("cover-open")

    def weigh(self, model: str) -> int:
        self._scale.put(1235, moving_s=0.2)
        return 1235

    def empty(self, model: str) -> None:
        self._scale.put(0)

    def receipts(self, model: str, number: str) -> int:
        return sum(number in ticket.text for ticket in self._printer.tickets)

    def drawer_opened(self, model: str) -> bool:
        before, self._kicks = self._kicks, self._printer.status()["drawer_kicks"]
        return bool(self._kicks > before)

    def shows(self, model: str, lines: tuple[str, str]) -> bool:
        return soon(lambda: self._display.lines == lines)


def soon(met: Callable[[], bool], within_s: float = 30.0) -> bool:
    """Whether it comes to be so."""
    waited, until = threading.Event(), time.monotonic() + within_s
    while not met():
        if time.monotonic() > until:
            return False
        waited.wait(0.02)
    return True
