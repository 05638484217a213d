"""What the devices have done in their lives, by UnifiedPOS's names where it has one; kept across restarts."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from sqlite3 import Connection
from typing import Any, Literal, Protocol, TypeVar

from agent.sale.plain_data import canonical
from agent.store import key_value
from agent.store.errors import UNREADABLE

log = logging.getLogger("agent.till")

T = TypeVar("T")

_KEEP_S = 60.0

DeviceClass = Literal["POSPrinter", "CashDrawer", "Scale", "LineDisplay"]
"""UnifiedPOS's classes of devices that are counted, but for scanners."""


class Store(Protocol):
    """What of the till is needed: its reads and writes."""

    def read(self, work: Callable[[Connection], T]) -> T: ...
    def write(self, work: Callable[[Connection], T]) -> T: ...


def uncounted(_name: str, _times: int = 1) -> None:
    """Counts nothing: of a device that stands alone."""


class Counters:
    """Counts by device and name; count() may be called on any thread and costs no write. Written in a quiet
    moment, at most once a minute, at the end, and with each ticket that is printed: what a power cut takes is
    what was counted since."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._counts = _read(store.read(lambda tx: key_value.load(tx, "device-counters")))
        self._kept = canonical(self._counts)
        self._kept_at = -_KEEP_S

    def count(self, device: str, name: str, times: int = 1) -> None:
        """One more, or so many."""
        with self._lock:
            mine = self._counts.setdefault(device, {})
            mine[name] = mine.get(name, 0) + times

    def put(self, device: str, name: str, value: int) -> None:
        """A figure that is kept beside the counts, such as where one of them stood."""
        with self._lock:
            self._counts.setdefault(device, {})[name] = value

    def of(self, device: str) -> dict[str, int]:
        """All there is of one device, by name."""
        with self._lock:
            return dict(self._counts.get(device, {}))

    def beside(self) -> list[dict[str, Any]]:
        """What drawer, scale and display have counted; those that have counted nothing are not there."""
        with self._lock:
            known = {device: dict(mine) for device, mine in self._counts.items()}
        return [
            {"class": kind, "name": name, "counts": mine}
            for device, mine in sorted(known.items())
            for kind, slash, name in [device.partition("/")]
            if slash and kind in ("CashDrawer", "Scale", "LineDisplay")
        ]

    def keep(self) -> None:
        """In a quiet moment: written if there is news and the last time is long ago."""
        if self._clock() - self._kept_at >= _KEEP_S:
            self.keep_now()

    def keep_now(self) -> None:
        """Written if there is news."""
        # What is counted meanwhile is written with it, and once more the next time.
        if (told := self._told()) != self._kept:
            self._store.write(self.keep_with)
            self._kept, self._kept_at = told, self._clock()

    def keep_with(self, tx: Connection) -> None:
        """Written with something else, inside the caller's transaction. Nobody asks whether that is
        committed: in a quiet moment it is written again."""
        key_value.save(tx, "device-counters", self._told().decode())

    def _told(self) -> bytes:
        with self._lock:
            return canonical(self._counts)


def named(kind: DeviceClass, name: str) -> str:
    """What a device is counted under. Scanners, which were counted first, stand under their bare names."""
    return f"{kind}/{name}"


def _read(told: str) -> dict[str, dict[str, int]]:
    """Empty for what cannot be read: counts are no reason not to sell."""
    try:
        found = json.loads(told) if told else {}
        return {str(device): {str(k): int(v) for k, v in mine.items()} for device, mine in found.items()}
    except UNREADABLE:
        log.warning("the devices' counters cannot be read and begin again")
        return {}
