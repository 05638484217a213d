"""The till's scanners: started, watched, and their labels handed on."""

from __future__ import annotations

import itertools
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from agent.devices.raw_scans import RawScans
from agent.language.language import in_english
from agent.language.sentence import Said, Sentence
from agent.till.answer import Answer
from agent.till.board import Board
from agent.till.counters import Counters
from agent.till.turn import TillClosed
from drivers.message import Message
from drivers.scanner.calibration import is_calibration
from drivers.scanner.label import NoRead, OnRaw, Scan, ScannedLabel, TornScan

log = logging.getLogger("agent.devices")

OnScan = Callable[[Scan], object]
OnState = Callable[[str, Message], None]


COUNTS = (
    "GoodScanCount",
    "RefusedScanCount",
    "RepeatedScanCount",
    "TornScanCount",
    "NoReadCount",
    "CommunicationErrorCount",
)
"""What is counted of a scanner. GoodScanCount and CommunicationErrorCount (the device was lost) are names of
UnifiedPOS; a refused label is a good scan, too."""


_SEEN = 50
_LOOK_S = 5.0
_KINDS = {ScannedLabel: "label", TornScan: "torn", NoRead: "no-read"}


class Scanner(Protocol):
    """A driver: it reads its device until stop is set, whatever happens to it. progress counts its rounds,
    with a device or without."""

    @property
    def progress(self) -> int: ...
    def run(self, stop: threading.Event) -> None: ...


class Scanners:
    """makers: each scanner's name, and how its driver is made, given who hears its labels, its state, and all
    that arrives.

    label is given whole labels with their symbology id and the scanner's name, torn the reason of one that
    arrived damaged, the name and what did arrive. repeat_s: for each scanner, how soon the same label again
    is a double trigger and no second item; repeated is given it. Faster than a person, slower than a decoder.
    set_aside is given, with the reason, what is not to be sold whatever it is: all of a scanner that is being
    tried, and the calibration codes.
    unread: where scanners are plugged in of which one alike is read, and these are not.
    counters: where each scanner's labels, refusals, tears, no-reads and losses are counted.
    """

    def __init__(
        self,
        board: Board,
        makers: Sequence[tuple[str, Callable[[OnScan, OnState, OnRaw], Scanner]]],
        *,
        label: Callable[[str, str, str, str], Answer],
        torn: Callable[[str, str, str], Answer],
        counters: Counters,
        repeated: Callable[[str, str], Answer],
        set_aside: Callable[[str, str, str, Sentence], Answer],
        unread: Callable[[], list[str]] = list,
        repeat_s: Sequence[float] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._badge = board.claim("scanner")
        self._makers = makers
        self._label = label
        self._torn = torn
        self._repeated = repeated
        self._set_aside = set_aside
        self._raw = RawScans(clock)
        self._counters = counters
        self._unread = unread
        self._alike: list[str] = []
        self._looked_at = -math.inf
        self._clock = clock
        self._last = [("", -math.inf)] * len(makers)
        self._repeat_s = [*repeat_s, *[0.0] * (len(makers) - len(repeat_s))]
        self._showing = threading.Lock()
        self._numbers = itertools.count(1)
        self._seen: deque[dict[str, Any]] = deque(maxlen=_SEEN)
        self._states: list[tuple[str, Said]] = [
            ("missing", Sentence("badge.scanner.awaited", name=name)) for name, _ in makers
        ]

    def drivers(self) -> list[tuple[str, Scanner]]:
        """Each with its name, to be run on a thread of its own."""
        if self._makers:
            self._badge.show(Sentence("badge.scanner.missing"), state="missing")
        return [
            (
                name,
                make(
                    partial(self._scanned, slot), partial(self._changed, slot), partial(self._raw.came, name)
                ),
            )
            for slot, (name, make) in enumerate(self._makers)
        ]

    def report(self, text_of: Callable[[Said], str]) -> list[dict[str, Any]]:
        """Each scanner as it is, with what it has counted in its life."""
        with self._showing:
            states = list(self._states)
        return [
            {
                "name": name,
                "state": state,
                "text": text_of(words),
                "counts": dict.fromkeys(COUNTS, 0) | self._counters.of(name),
            }
            for (name, _), (state, words) in zip(self._makers, states, strict=True)
        ]

    def look(self) -> None:
        """In a quiet moment: whether a scanner is plugged in that nobody reads, and what all have read."""
        self._raw.forget()
        if self._clock() - self._looked_at < _LOOK_S:
            return
        self._looked_at = self._clock()
        counts = [self._counters.of(name) for name, _ in self._makers]
        labels, *unread = (
            sum(mine.get(name, 0) for mine in counts)
            for name in ("GoodScanCount", "TornScanCount", "NoReadCount")
        )
        self._badge.show(labels=labels, unread=sum(unread))
        if (found := self._unread()) != self._alike:
            with self._showing:
                self._alike = found
                self._show()

    def seen(self, after: int = 0) -> list[dict[str, Any]]:
        """What the scanners sent of late, oldest first, above a number: whole, with the cards of customers in
        it, so that it is only for whoever stands at the box. A number that was not reached yet is of a run
        before this one: all of it is news then."""
        rows = list(self._seen)
        known = after if rows and after <= rows[-1]["n"] else 0
        return [row for row in rows if row["n"] > known]

    def try_out(self, scanner: str, after: int = 0) -> list[dict[str, Any]] | None:
        """What a scanner sends, as RawScans.look has it, while nothing of it is sold; as private as seen().
        None for a scanner that is none of these."""
        known = scanner in [name for name, _ in self._makers]
        return self._raw.look(scanner, after) if known else None

    def _scanned(self, slot: int, scan: Scan) -> bool:
        """Whether it was taken: not by a till that has ended."""
        name = self._makers[slot][0]
        try:
            count, answer = self._carried(slot, name, scan)
        except TillClosed:
            return False
        self._counters.count(name, count)
        if answer and not answer.ok and count == "GoodScanCount":
            self._counters.count(name, "RefusedScanCount")
        self._note(name, scan, answer)
        return True

    def _carried(self, slot: int, name: str, scan: Scan) -> tuple[str, Answer | None]:
        """What it counts as, and what became of it."""
        if isinstance(scan, NoRead):
            return "NoReadCount", None
        if aside := self._aside(name, scan):
            return aside
        if isinstance(scan, TornScan):
            reason = in_english(scan.reason)
            log.warning("torn scan from %s: %s", scan.device, reason)
            return "TornScanCount", self._torn(reason, name, scan.raw.decode("utf-8", "replace"))
        if self._again(slot, scan.text):
            return "RepeatedScanCount", self._repeated(scan.text, name)
        return "GoodScanCount", self._label(scan.text, scan.symbology_id, "", name)

    def _aside(self, name: str, scan: ScannedLabel | TornScan) -> tuple[str, Answer] | None:
        """What is said of a scan that nothing is to come of."""
        count = "GoodScanCount" if isinstance(scan, ScannedLabel) else "TornScanCount"
        text = scan.text if isinstance(scan, ScannedLabel) else scan.raw.decode("utf-8", "replace")
        symbology_id = scan.symbology_id if isinstance(scan, ScannedLabel) else ""
        if self._raw.tried(name):
            why = Sentence("scanner-tried", scanner=name)
        elif is_calibration(text):
            why = Sentence("calibration-code")
        else:
            return None
        return count, self._set_aside(text, symbology_id, name, why)

    def _note(self, name: str, scan: Scan, answer: Answer | None) -> None:
        label = scan if isinstance(scan, ScannedLabel) else None
        self._seen.append(
            {
                "n": next(self._numbers),
                "scanner": name,
                "kind": _KINDS[type(scan)],
                "label": label.text if label else "",
                "symbology_id": label.symbology_id if label else "",
                "raw": scan.raw.hex(),
                "damage": in_english(scan.reason) if isinstance(scan, TornScan) else "",
                "ok": bool(answer and answer.ok),
                "text": answer.text if answer else "",
            }
        )

    def _again(self, slot: int, text: str) -> bool:
        """Whether this is the label of a moment ago. The moment is when it is taken up: of two that waited
        for a slow disk nobody knows how soon they came, and both are sold."""
        last, at = self._last[slot]
        now = self._clock()
        self._last[slot] = (text, now)
        return text == last and now - at < self._repeat_s[slot]

    def _changed(self, slot: int, state: str, message: Message) -> None:
        log.log(logging.INFO if state == "ok" else logging.WARNING, "scanner: %s", in_english(message))
        if state != "ok" and self._states[slot][0] == "ok":
            self._counters.count(self._makers[slot][0], "CommunicationErrorCount")
        # What one scanner's thread made of all of them must not be shown after what another made later.
        with self._showing:
            self._states[slot] = (state, message)
            self._show()

    def _show(self) -> None:
        worst, words = min(self._states, key=lambda known: known[0] == "ok")
        if worst == "ok" and self._alike:
            worst, words = "missing", Sentence("badge.scanner.unread", path=", ".join(self._alike))
            log.warning("scanner: %s", in_english(words))
        self._badge.show(words, state=worst)
