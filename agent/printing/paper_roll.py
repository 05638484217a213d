"""How much is left of a printer's roll, by estimate: its length, less what was fed since it was put in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from agent.language.figures import Figure
from agent.language.sentence import Said, Sentence
from agent.till.counters import Counters, named

Known = Literal["unseen", "seen", "said"]
"""How it is known when the roll was put in: it is not, and counted is from when this till first looked; the
paper was out and came back; a person said so."""

_KNOWN: tuple[Known, ...] = ("unseen", "seen", "said")
# Of a roll, in hundredths. The estimate may be a tenth of a roll out: rolls are cut with a tolerance, feeds
# differ by make, and nobody counts what the feed button takes.
_LOW_PERCENT = 15


class PaperRoll:
    """The roll in one printer. length_mm: of a new one, 0 where nothing is to be estimated. When it was put
    in stands among the counts of the printer, so that it is kept with them. Its methods run on any thread."""

    def __init__(self, counters: Counters, printer: str, length_mm: int, now_ms: Callable[[], int]) -> None:
        self._counters = counters
        self._name = printer
        self._device = named("POSPrinter", printer)
        self._now_ms = now_ms
        self._out = False
        self._warned = False
        self.length_mm = length_mm
        if length_mm and "RollSinceMs" not in counters.of(self._device):
            self.put_in("unseen")

    def put_in(self, known: Known) -> None:
        """A new roll is in the printer."""
        fed_mm = self._counters.of(self._device).get("PaperFedMm", 0)
        for name, value in (
            ("RollSinceMm", fed_mm),
            ("RollSinceMs", self._now_ms()),
            ("RollKnown", _KNOWN.index(known)),
        ):
            self._counters.put(self._device, name, value)
        self._warned = False

    def stands(self, state: str) -> None:
        """The printer stands so by its own word. Paper that was out and is back is a new roll; one that was
        changed before its end nobody sees."""
        if state == "paper_out":
            self._out = True
        elif self._out and state in ("ok", "near_end"):
            self._out = False
            if self.length_mm:
                self.put_in("seen")

    @property
    def left_mm(self) -> int:
        """What should be left; 0 also for a roll that has lasted longer than it should."""
        return max(0, self.length_mm - self._used_mm())

    @property
    def low(self) -> bool:
        """Whether little is left. Never where nothing is estimated."""
        return self.length_mm > 0 and self.left_mm * 100 < self.length_mm * _LOW_PERCENT

    def warning(self) -> Sentence | None:
        """What is said to the cashier, once for each roll and run."""
        if not self.low or self._warned:
            return None
        self._warned = True
        return Sentence("roll-low", printer=self._name, left=_metres(self.left_mm))

    def told(self, status: Said) -> Said:
        """The printer's own word, with what is estimated where little is left."""
        if not self.low:
            return status
        return Sentence("badge.printer.roll", status=status, left=_metres(self.left_mm))

    def report(self, at: Callable[[int], str]) -> dict[str, Any] | None:
        """length_mm, left_mm, low, since (a moment, made text by at) and known; None where nothing is
        estimated."""
        if not self.length_mm:
            return None
        mine = self._counters.of(self._device)
        return {
            "length_mm": self.length_mm,
            "left_mm": self.left_mm,
            "low": self.low,
            "since": at(mine.get("RollSinceMs", 0)),
            "known": _KNOWN[mine.get("RollKnown", 0)],
        }

    def _used_mm(self) -> int:
        mine = self._counters.of(self._device)
        return mine.get("PaperFedMm", 0) - mine.get("RollSinceMm", 0)


def _metres(mm: int) -> Figure:
    """Whole ones: more would be said than is known."""
    return Figure(str(mm // 1000))
