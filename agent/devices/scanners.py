"""The till's scanners: started, watched, and their labels handed on."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from agent.language.language import in_english
from agent.language.sentence import Said, Sentence
from agent.till.board import Board
from agent.till.turn import TillClosed
from drivers.message import Message
from drivers.scanner.label import Scan, TornScan

log = logging.getLogger("agent.devices")

OnScan = Callable[[Scan | TornScan], None]
OnState = Callable[[str, Message], None]


class Scanner(Protocol):
    """A driver: it reads its device until stop is set, whatever happens to it. progress counts its rounds,
    with a device or without."""

    @property
    def progress(self) -> int: ...
    def run(self, stop: threading.Event) -> None: ...


class Scanners:
    """makers: each scanner's name, and how its driver is made, given who hears its labels and its state.

    label is given whole labels with their symbology id, torn the reason of one that arrived damaged.
    """

    def __init__(
        self,
        board: Board,
        makers: Sequence[tuple[str, Callable[[OnScan, OnState], Scanner]]],
        *,
        label: Callable[[str, str], object],
        torn: Callable[[str], object],
    ) -> None:
        self._badge = board.claim("scanner")
        self._makers = makers
        self._label = label
        self._torn = torn
        self._showing = threading.Lock()
        self._states: list[tuple[str, Said]] = [
            ("missing", Sentence("badge.scanner.awaited", name=name)) for name, _ in makers
        ]

    def drivers(self) -> list[tuple[str, Scanner]]:
        """Each with its name, to be run on a thread of its own."""
        if self._makers:
            self._badge.show(Sentence("badge.scanner.missing"), state="missing")
        return [
            (name, make(self._scanned, partial(self._changed, slot)))
            for slot, (name, make) in enumerate(self._makers)
        ]

    def _scanned(self, scan: Scan | TornScan) -> None:
        with contextlib.suppress(TillClosed):
            if isinstance(scan, TornScan):
                reason = in_english(scan.reason)
                log.warning("torn scan from %s: %s", scan.device, reason)
                self._torn(reason)
            else:
                self._label(scan.text, scan.symbology_id)

    def _changed(self, slot: int, state: str, message: Message) -> None:
        log.log(logging.INFO if state == "ok" else logging.WARNING, "scanner: %s", in_english(message))
        # What one scanner's thread made of all of them must not be shown after what another made later.
        with self._showing:
            self._states[slot] = (state, message)
            worst, words = min(self._states, key=lambda known: known[0] == "ok")
            self._badge.show(words, state=worst)
