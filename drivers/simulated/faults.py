"""What a simulated device suffers now and what it will: it counts, and the script says what strikes when."""

from __future__ import annotations

import math
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from drivers.simulated.fault_script import Fault, Script, Span, kind_of, read_line
from drivers.simulated.fault_words import BEFOREHAND, COUNTS

# Bytes of no text and no label's end (UTF-8 has none of the first): what a scanner has shown stays known.
_NO_LABEL = b"\xc0\xc1" + bytes(range(0xF5, 0x100)) + b"\x00\x01\x7f"
_TICK_S = 0.02


class Faults:
    """Of one device, which tells it what it counts: came() for each, and tick() for the time.

    Holds what is the matter now: `"silent" in faults`, and `faults.figure("slow")`. say is told each
    fault as it strikes, in a line that a script may have, so that a run can be repeated, and as a remark when
    it is over. on_strike and on_end: what the device does then. Everything happens under `lock`, which the
    device may hold as well.
    """

    def __init__(
        self,
        device: str,
        script: Script | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        kind_of(device)
        script = script or Script()
        self.device = device
        self.lock = threading.RLock()
        self.drawn = random.Random(script.seed)
        self.struck: list[str] = []
        self.on_strike: Callable[[str], None] = lambda _: None
        self.on_end: Callable[[str], None] = lambda _: None
        self._clock = clock
        self._say = say
        self._began = clock()
        self._counts: Counter[str] = Counter()
        self._now: dict[str, float] = {}
        self._ends: dict[str, Span] = {}
        self._waiting = [fault for fault in script.faults if fault.device == device]

    # --- what is the matter -------------------------------------------------------------------------

    def __contains__(self, word: str) -> bool:
        return word in self._now

    def figure(self, word: str) -> float:
        """Of a fault that is on; 0 if it is not."""
        return self._now.get(word, 0.0)

    @property
    def now(self) -> list[str]:
        """The words of what is the matter."""
        with self.lock:
            return sorted(self._now)

    def add(self, line: str) -> None:
        """One more fault, whose counts begin now. ValueError for a line that is none of this device's."""
        fault = read_line(line, self.device)
        if fault.device != self.device:
            raise ValueError(f"{line!r} is for {fault.device}, and this is {self.device}")
        with self.lock:
            if fault.at is None:
                self._strike(fault)
            else:
                begins = self._reached(fault.at.unit)
                self._waiting.append(replace(fault, at=Span(begins + fault.at.amount, fault.at.unit)))
            self.tick()

    def obey(self, order: str) -> None:
        """What somebody types: a fault, or "clear", with its word or for all. ValueError as add()."""
        word, _, rest = order.strip().partition(" ")
        if word == "clear":
            self.clear(rest.strip() or None)
        else:
            self.add(order)

    def clear(self, word: str | None = None) -> None:
        """One is repaired, and what a script still has in store stays; or all are, and nothing more comes."""
        with self.lock:
            if word is None:
                self._waiting.clear()
            for one in list(self._now)[::-1] if word is None else [word]:
                self._end(one)

    # --- what the device tells ----------------------------------------------------------------------

    def left(self, unit: str) -> int | None:
        """How many more may come before something happens; None if nothing does."""
        with self.lock:
            due = [span.amount for span, _ in self._due() if span.unit == unit]
            return max(1, int(min(due)) - self._counts[unit]) if due else None

    def came(self, unit: str, count: int = 1) -> None:
        """So many more of what it counts."""
        with self.lock:
            self._counts[unit] += count
            self._turn(unit)

    def tick(self) -> float | None:
        """What the time brings. Seconds until it brings more, None if it does not."""
        with self.lock:
            self._turn("s")
            now = self._reached("s")
            waits = [span.amount - now for span, _ in self._due() if span.unit == "s"]
            return max(0.0, min(waits)) if waits else None

    def spoiled(self, said: bytes, *, inside: bool = False) -> bytes:
        """What comes of an answer or a label. inside: stray bytes come within it, and not before it."""
        if "silent" in self:
            return b""
        if "half" in self:
            return said[: len(said) // 2]
        if "garbage" in self:
            said = self.rubbish(len(said))
        if "noise" in self:
            at = self.drawn.randrange(len(said)) if inside and said else 0
            said = said[:at] + self.rubbish(int(self.figure("noise"))) + said[at:]
        return said

    def rubbish(self, size: int) -> bytes:
        """Stray bytes: any, or of a scanner such as are in no label."""
        if kind_of(self.device) == "scanner":
            return bytes(self.drawn.choices(_NO_LABEL, k=size))
        return self.drawn.randbytes(size)

    # --- underneath ---------------------------------------------------------------------------------

    def _reached(self, unit: str) -> float:
        return self._clock() - self._began if unit == "s" else self._counts[unit]

    def _due(self) -> list[tuple[Span, Fault | str]]:
        """Ends come before beginnings."""
        ends: list[tuple[Span, Fault | str]] = [(span, word) for word, span in self._ends.items()]
        return ends + [(fault.at or Span(-math.inf, "s"), fault) for fault in self._waiting]

    def _turn(self, unit: str) -> None:
        while due := [
            one for one in self._due() if one[0].unit == unit and one[0].amount <= self._reached(unit)
        ]:
            _, what = min(due, key=lambda one: one[0].amount)
            if isinstance(what, str):
                self._end(what)
            else:
                self._waiting.remove(what)
                self._strike(what)

    def _strike(self, fault: Fault) -> None:
        self._now[fault.word] = fault.figure
        self._ends.pop(fault.word, None)
        self._tell(fault)
        self.on_strike(fault.word)
        if fault.lasts is not None:
            # Only now: what the device does about it may look at the time.
            unit = fault.lasts.unit
            # Between two labels it is the next one's.
            ahead = unit in BEFOREHAND and not _counted(fault)
            self._ends[fault.word] = Span(self._reached(unit) + fault.lasts.amount + ahead, unit)
            self._turn(unit)

    def _end(self, word: str) -> None:
        self._ends.pop(word, None)
        if self._now.pop(word, None) is not None:
            self._say(f"# {self.device}: {word} is over after {self._reached('s'):.3f} s")
            self.on_end(word)

    def _tell(self, fault: Fault) -> None:
        """As a line that strikes at the same place again."""
        if not _counted(fault):
            ahead = fault.lasts is not None and fault.lasts.unit in BEFOREHAND
            unit = fault.lasts.unit if fault.lasts and ahead else COUNTS[kind_of(self.device)][0]
            reached = self._counts[unit] + ahead
            fault = replace(fault, at=Span(reached, unit) if reached else None)
        line = f"{fault}  # after {self._reached('s'):.3f} s"
        self.struck.append(line)
        self._say(line)


def _counted(fault: Fault) -> bool:
    """Whether it strikes at a place, and not by a hand or the clock."""
    return fault.at is not None and fault.at.unit != "s"


@contextmanager
def in_time(faults: Faults) -> Iterator[None]:
    """What strikes or passes by the clock does so by itself, for a device that does not look at the time."""
    stop = threading.Event()

    def turn() -> None:
        while not stop.wait(_TICK_S):
            faults.tick()

    thread = threading.Thread(target=turn, name=f"clock of the simulated {faults.device}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
