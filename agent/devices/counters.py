"""What the devices have done in their lives, by UnifiedPOS's names where it has one; kept across restarts."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from sqlite3 import Connection
from typing import Protocol, TypeVar

from agent.sale.plain_data import canonical
from agent.store import key_value
from agent.store.errors import UNREADABLE

log = logging.getLogger("agent.devices")

T = TypeVar("T")

_KEEP_S = 600.0


class Store(Protocol):
    """What of the till is needed: its reads and writes."""

    def read(self, work: Callable[[Connection], T]) -> T: ...
    def write(self, work: Callable[[Connection], T]) -> T: ...


class Counters:
    """Counts by device and name; count() may be called on any thread and costs no write. Written in a quiet
    moment, at most once in ten minutes, and at the end: what a power cut takes is what was counted since."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._counts = _read(store.read(lambda tx: key_value.load(tx, "device-counters")))
        self._kept = canonical(self._counts)
        self._kept_at = -_KEEP_S

    def count(self, device: str, name: str) -> None:
        """One more."""
        with self._lock:
            mine = self._counts.setdefault(device, {})
            mine[name] = mine.get(name, 0) + 1

    def of(self, device: str) -> dict[str, int]:
        """All there is of one device, by name."""
        with self._lock:
            return dict(self._counts.get(device, {}))

    def keep(self) -> None:
        """In a quiet moment: written if there is news and the last time is long ago."""
        if self._clock() - self._kept_at >= _KEEP_S:
            self.keep_now()

    def keep_now(self) -> None:
        """Written if there is news."""
        with self._lock:
            told = canonical(self._counts)
        if told != self._kept:
            self._store.write(lambda tx: key_value.save(tx, "device-counters", told.decode()))
            self._kept, self._kept_at = told, self._clock()


def _read(told: str) -> dict[str, dict[str, int]]:
    """Empty for what cannot be read: counts are no reason not to sell."""
    try:
        found = json.loads(told) if told else {}
        return {str(device): {str(k): int(v) for k, v in mine.items()} for device, mine in found.items()}
    except UNREADABLE:
        log.warning("the devices' counters cannot be read and begin again")
        return {}
