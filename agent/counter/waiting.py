"""How much the cloud has still to hear, counted in memory: an outbox can be too long to count at a sale."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class _Call:
    bill_id: int
    created_ms: int
    parked: bool


class Waiting:
    """The open rows of the outbox; any thread may tell or ask."""

    def __init__(self, rows: Iterable[tuple[int, int, int, bool]] = ()) -> None:
        self._lock = threading.Lock()
        # Rows leave at the front, which a plain dict would walk over again at each look.
        self._calls: OrderedDict[int, _Call] = OrderedDict()
        self._parked: set[int] = set()
        self._of_bill: dict[int, set[int]] = {}
        for row_id, bill_id, created, parked in rows:
            self._put(row_id, _Call(bill_id, created, parked))

    def add(self, ids: Iterable[int], bill_id: int, created_ms: int) -> None:
        """Rows that were queued."""
        with self._lock:
            for row_id in ids:
                self._put(row_id, _Call(bill_id, created_ms, parked=False))

    def done(self, row_id: int) -> None:
        """The cloud has it."""
        with self._lock:
            call = self._calls.pop(row_id, None)
            self._parked.discard(row_id)
            if call and not self._left(call.bill_id, row_id):
                del self._of_bill[call.bill_id]

    def parked(self, row_id: int) -> None:
        """It waits for a person."""
        with self._lock:
            self._put(row_id, replace(self._calls[row_id], parked=True))

    def state_of(self, bill_id: int) -> str:
        """queued, parked or done, for all calls of a bill together."""
        with self._lock:
            calls = self._of_bill.get(bill_id, set())
            if not calls:
                return "done"
            return "parked" if calls & self._parked else "queued"

    def tally(self) -> tuple[int, int, int]:
        """(open rows, parked ones, created_ms of the oldest or 0)."""
        with self._lock:
            oldest = next(iter(self._calls.values()), None)
            return len(self._calls), len(self._parked), oldest.created_ms if oldest else 0

    def _put(self, row_id: int, call: _Call) -> None:
        self._calls[row_id] = call
        self._of_bill.setdefault(call.bill_id, set()).add(row_id)
        if call.parked:
            self._parked.add(row_id)

    def _left(self, bill_id: int, row_id: int) -> set[int]:
        """What a bill still has to be told, without this row."""
        self._of_bill[bill_id].discard(row_id)
        return self._of_bill[bill_id]
