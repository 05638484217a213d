"""The till's scanners: started, watched, and their labels handed on."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from agent.language.sentence import Sentence
from agent.till.board import Board
from agent.till.turn import TillClosed
from drivers.scanner.label import Scan, TornScan

log = logging.getLogger("agent.devices")

OnScan = Callable[[Scan | TornScan], None]
OnState = Callable[["DeviceState"], None]


class DeviceState(Protocol):
    """What a driver tells of its device; word is "ready" or says what is wrong."""

    @property
    def name(self) -> str: ...
    @property
    def word(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def text(self) -> str: ...


class Scanner(Protocol):
    """A driver: it reads its device until stop is set, whatever happens to it."""

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
        self._states = [("missing", Sentence("badge.scanner.awaited", name=name)) for name, _ in makers]

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
                log.warning("torn scan from %s: %s", scan.device, scan.reason)
                self._torn(scan.reason)
            else:
                self._label(scan.text, scan.symbology_id)

    def _changed(self, slot: int, state: DeviceState) -> None:
        log.log(logging.INFO if state.ok else logging.WARNING, "scanner: %s", state.text)
        said = Sentence(f"scanner.{state.word}", name=state.name, detail=state.detail)
        self._states[slot] = ("ok" if state.ok else "missing", said)
        worst, words = min(self._states, key=lambda known: known[0] == "ok")
        self._badge.show(words, state=worst)
