"""How much the cloud has still to hear, counted in memory: an outbox can be too long to count at a sale."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Call:
    bill_id: int
    created_ms: int
    parked: bool


class Waiting:
    """The open rows of the outbox; any thread may tell or ask."""

    def __init__(self, rows: Iterable[tuple[int, int, int, bool]] = ()) -> None:
        self._lock = threading.Lock()
        self._calls = {row_id: _Call(bill_id, created, parked) for row_id, bill_id, created, parked in rows}

    def add(self, ids: Iterable[int], bill_id: int, created_ms: int) -> None:
        """Rows that were queued."""
        with self._lock:
            self._calls.update({row_id: _Call(bill_id, created_ms, parked=False) for row_id in ids})

    def done(self, row_id: int) -> None:
        """The cloud has it."""
        with self._lock:
            self._calls.pop(row_id, None)

    def parked(self, row_id: int) -> None:
        """It waits for a person."""
        with self._lock:
            call = self._calls[row_id]
            self._calls[row_id] = _Call(call.bill_id, call.created_ms, parked=True)

    def state_of(self, bill_id: int) -> str:
        """queued, parked or done, for all calls of a bill together."""
        with self._lock:
            calls = [call for call in self._calls.values() if call.bill_id == bill_id]
        if not calls:
            return "done"
        return "parked" if any(call.parked for call in calls) else "queued"

    def tally(self) -> tuple[int, int, int]:
        """(open rows, parked ones, created_ms of the oldest or 0)."""
        with self._lock:
            oldest = next(iter(self._calls.values()), None)
            parked = sum(call.parked for call in self._calls.values())
            return len(self._calls), parked, oldest.created_ms if oldest else 0
