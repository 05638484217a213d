"""The order of the outbox in memory: who is next in each chain, and which of those is due first."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque

from agent.store.outbox import Row

_DAY_MS = 86_400_000
_PARKED = "parked"


class Chains:
    """Open rows without their payloads. Every change costs the logarithm of their number, none walks them.

    A heap holds the heads of the chains by the moment they are due. Places in it that no longer hold are
    passed over when they come up.
    """

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.parked = 0
        self._chains: dict[str, deque[int]] = {}
        self._awaited: defaultdict[int, list[int]] = defaultdict(list)
        self._heap: list[tuple[int, int]] = []

    def put(self, row: Row) -> None:
        """Take in a row, at the end of its chain if it is new."""
        known = self.rows.get(row.id)
        self.rows[row.id] = row
        self.parked += (row.state == _PARKED) - (known is not None and known.state == _PARKED)
        if known is None:
            self._chains.setdefault(row.order_key, deque()).append(row.id)
            if row.depends_on in self.rows:
                self._awaited[row.depends_on].append(row.id)
        if known is None or known.due_ms != row.due_ms or known.state == _PARKED:
            self._place(row.id)

    def remove(self, row_id: int) -> Row:
        """Let a row go; what waited for it may come up."""
        row = self.rows.pop(row_id)
        self.parked -= row.state == _PARKED
        chain = self._chains[row.order_key]
        chain.remove(row_id)
        if chain:
            self._place(chain[0])
        else:
            del self._chains[row.order_key]
        for waiting in self._awaited.pop(row_id, ()):
            self._place(waiting)
        return row

    def due(self, now_ms: int, limit: int) -> list[Row]:
        """Heads that may be sent now, longest due first. One due more than a day ahead is due: the clock was
        set back."""
        found: dict[int, Row] = {}
        while len(found) < limit and (row := self._first()):
            if now_ms < row.due_ms <= now_ms + _DAY_MS:
                break
            heapq.heappop(self._heap)
            found[row.id] = row
        for row_id in found:
            self._place(row_id)
        return list(found.values())

    def next_due(self) -> int | None:
        """When the first head is due."""
        row = self._first()
        return row.due_ms if row else None

    def _first(self) -> Row | None:
        """The row at the top of the heap, after those that are not there any more."""
        while self._heap:
            due_ms, row_id = self._heap[0]
            row = self.rows.get(row_id)
            if row is not None and row.due_ms == due_ms and self._may_go(row):
                return row
            heapq.heappop(self._heap)
        return None

    def _may_go(self, row: Row) -> bool:
        head = self._chains[row.order_key][0] == row.id
        return head and row.state != _PARKED and row.depends_on not in self.rows

    def _place(self, row_id: int) -> None:
        row = self.rows.get(row_id)
        if row is not None and self._may_go(row):
            heapq.heappush(self._heap, (row.due_ms, row_id))
