"""The till's scanners: started, watched, and their labels handed on."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from agent.language.language import in_english
from agent.language.sentence import Said, Sentence
from agent.till.board import Board
from agent.till.turn import TillClosed
from drivers.message import Message
from drivers.scanner.label import NoRead, Scan, TornScan

log = logging.getLogger("agent.devices")

OnScan = Callable[[Scan], None]
OnState = Callable[[str, Message], None]


class Scanner(Protocol):
    """A driver: it reads its device until stop is set, whatever happens to it. progress counts its rounds,
    with a device or without."""

    @property
    def progress(self) -> int: ...
    def run(self, stop: threading.Event) -> None: ...


class Scanners:
    """makers: each scanner's name, and how its driver is made, given who hears its labels and its state.

    label is given whole labels with their symbology id and the scanner's name, torn the reason of one that
    arrived damaged, the name and what did arrive. repeat_s: for each scanner, how soon the same label again
    is a double trigger and no second item; repeated is given it. Faster than a person, slower than a decoder.
    """

    def __init__(
        self,
        board: Board,
        makers: Sequence[tuple[str, Callable[[OnScan, OnState], Scanner]]],
        *,
        label: Callable[[str, str, str, str], object],
        torn: Callable[[str, str, str], object],
        repeated: Callable[[str, str], object] = lambda *_: None,
        repeat_s: Sequence[float] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._badge = board.claim("scanner")
        self._makers = makers
        self._label = label
        self._torn = torn
        self._repeated = repeated
        self._clock = clock
        self._last = [("", -math.inf)] * len(makers)
        self._repeat_s = [*repeat_s, *[0.0] * (len(makers) - len(repeat_s))]
        self._showing = threading.Lock()
        self._states: list[tuple[str, Said]] = [
            ("missing", Sentence("badge.scanner.awaited", name=name)) for name, _ in makers
        ]

    def drivers(self) -> list[tuple[str, Scanner]]:
        """Each with its name, to be run on a thread of its own."""
        if self._makers:
            self._badge.show(Sentence("badge.scanner.missing"), state="missing")
        return [
            (name, make(partial(self._scanned, slot), partial(self._changed, slot)))
            for slot, (name, make) in enumerate(self._makers)
        ]

    def _scanned(self, slot: int, scan: Scan) -> None:
        name = self._makers[slot][0]
        with contextlib.suppress(TillClosed):
            if isinstance(scan, NoRead):
                log.info("%s could read nothing", name)
            elif isinstance(scan, TornScan):
                reason = in_english(scan.reason)
                log.warning("torn scan from %s: %s", scan.device, reason)
                self._torn(reason, name, scan.raw.decode("utf-8", "replace"))
            elif self._again(slot, scan.text):
                self._repeated(scan.text, name)
            else:
                self._label(scan.text, scan.symbology_id, "", name)

    def _again(self, slot: int, text: str) -> bool:
        """Whether this is the label of a moment ago. The moment is when it is taken up: of two that waited
        for a slow disk nobody knows how soon they came, and both are sold."""
        last, at = self._last[slot]
        now = self._clock()
        self._last[slot] = (text, now)
        return text == last and now - at < self._repeat_s[slot]

    def _changed(self, slot: int, state: str, message: Message) -> None:
        log.log(logging.INFO if state == "ok" else logging.WARNING, "scanner: %s", in_english(message))
        # What one scanner's thread made of all of them must not be shown after what another made later.
        with self._showing:
            self._states[slot] = (state, message)
            worst, words = min(self._states, key=lambda known: known[0] == "ok")
            self._badge.show(words, state=worst)
