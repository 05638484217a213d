"""The store looked over once a day, on a thread of its own, while the till sells."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from agent.language.language import in_english
from agent.store import checking
from agent.store.errors import RowDamaged, StoreFull, StoreReadOnly
from agent.store.opening import Store
from agent.till.till import Till

log = logging.getLogger("agent.till")

_LOOK_S = 5.0
_AFTER_S = 600.0
_PAUSE_S = 0.002
_ROWS = 20


class Ended(Exception):
    """The till ends: so does the check."""


class StoreCheck:
    """Once a day, ten minutes after the start at the earliest and when nobody sells. What it finds is damage
    on the store's badge; the journal keeps that it looked."""

    def __init__(
        self,
        till: Till,
        store: Store,
        catalogue: Path,
        idle: Callable[[], bool],
        *,
        after_s: float = _AFTER_S,
        look_s: float = _LOOK_S,
    ) -> None:
        self._till = till
        self._store = store
        self._catalogue = catalogue
        self._idle = idle
        self._first = time.monotonic() + after_s
        self._look_s = look_s
        self._day = ""
        """Of the last check, also of one that the journal could not take."""
        self.progress = 0

    def run(self, stop: threading.Event) -> None:
        """Until stop is set."""
        while not stop.wait(self._pause_s()):
            self.progress += 1
            if time.monotonic() >= self._first and self._idle() and self._is_due():
                try:
                    self.check(stop)
                except Ended:
                    return

    def check(self, stop: threading.Event) -> checking.Checked:
        """Look now."""

        def pause() -> None:
            self.progress += 1
            if stop.is_set():
                raise Ended
            if self.progress % _ROWS == 0:
                time.sleep(_PAUSE_S)  # a scan goes first

        self._day = self._till.stamp()[:10]
        found = checking.check(self._store.path, self._store.vault, self._catalogue, pause)
        for problem in found.problems:
            log.error("store check: %s", in_english(problem))
        if found.problems:
            self._till.damaged(found.problems[0])
        else:
            log.info("store check: %d bills and %d journal entries are whole", found.bills, found.entries)
        try:
            self._till.write(lambda tx: checking.note(tx, self._till.stamp(), found))
        except (StoreFull, StoreReadOnly):
            log.warning("store check: the journal could not take it")
        return found

    def _pause_s(self) -> float:
        """Until the next look; the first is made in time, and none follows another at once."""
        left_s = self._first - time.monotonic()
        return left_s if 0 < left_s < self._look_s else self._look_s

    def _is_due(self) -> bool:
        if self._till.stamp()[:10] == self._day:
            return False
        try:
            return self._till.read(checking.last_day) != self._till.stamp()[:10]
        except RowDamaged:
            return True
