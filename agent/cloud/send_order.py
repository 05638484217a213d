"""The order of the outbox in memory: who is next in each chain, and which of those is due first."""

from __future__ import annotations

import heapq
from bisect import insort
from collections import defaultdict

from agent.sale.queue_terms import RowState
from agent.sale.send_rule import front, is_strangers_bill, stands_aside
from agent.store.outbox import Row

_DAY_MS = 86_400_000
_PARKED = RowState.PARKED


class SendOrder:
    """Open rows without their payloads, by agent.sale.send_rule. Every change costs the logarithm of their
    number, none walks them.

    A heap holds the fronts of the chains by the moment they are due. Places in it that no longer hold are
    passed over when they come up. A row that stands aside is in no chain, and in the heap by itself.
    """

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.parked = 0
        self._chains: dict[str, list[int]] = {}
        self._awaited: defaultdict[int, list[int]] = defaultdict(list)
        self._heap: list[tuple[int, int]] = []
        self._given: list[int] = []
        """What the last due took from the heap; most of it is gone when it would be put back."""

    def put(self, row: Row) -> None:
        """Take in a row: a new one at its place in its chain, or a known one as it is now."""
        known = self.rows.get(row.id)
        self.rows[row.id] = row
        self.parked += (row.state == _PARKED) - (known is not None and known.state == _PARKED)
        if known is None and row.depends_on in self.rows:
            self._awaited[row.depends_on].append(row.id)
        if stands_aside(row):
            self._unchain(row)
        elif known is None or stands_aside(known):
            self._enchain(row)
        if known is None or known.due_ms != row.due_ms or known.state != row.state:
            self._place(row.id)
        if is_strangers_bill(row) or (known is not None and known.state == _PARKED):
            for key in {row.order_key, *self._keys_behind(row.id)}:
                self._place_front(key)

    def remove(self, row_id: int) -> Row:
        """Let a row go; what waited for it may come up."""
        row = self.rows.pop(row_id)
        self.parked -= row.state == _PARKED
        self._unchain(row)
        for waiting in self._awaited.pop(row_id, ()):
            self._place(waiting)
        return row

    def of(self, order_key: str) -> tuple[int, ...]:
        """The rows of a chain, in order."""
        return tuple(self._chains.get(order_key, ()))

    def due(self, now_ms: int, limit: int) -> list[Row]:
        """Heads that may be sent now, longest due first. One due more than a day ahead is due: the clock was
        set back."""
        self._take_back()
        found: dict[int, Row] = {}
        while len(found) < limit and (row := self._first()):
            if now_ms < row.due_ms <= now_ms + _DAY_MS:
                break
            heapq.heappop(self._heap)
            found[row.id] = row
        self._given = list(found)
        return list(found.values())

    def next_due(self) -> int | None:
        """When the first head is due."""
        self._take_back()
        row = self._first()
        return row.due_ms if row else None

    def _take_back(self) -> None:
        given, self._given = self._given, []
        for row_id in given:
            self._place(row_id)

    def _enchain(self, row: Row) -> None:
        chain = self._chains.get(row.order_key)
        if chain is None:
            self._chains[row.order_key] = [row.id]
        else:
            insort(chain, row.id)

    def _unchain(self, row: Row) -> None:
        """Take a row out of its chain, if it is in it; what stood behind it may come up."""
        chain = self._chains.get(row.order_key, [])
        if row.id not in chain:
            return
        chain.remove(row.id)
        if chain:
            self._place_front(row.order_key)
        else:
            del self._chains[row.order_key]

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
        if row.state == _PARKED or row.depends_on in self.rows:
            return False
        if stands_aside(row):
            return True
        if self._chains[row.order_key][0] == row.id:
            return True
        return row.id == self._front(row.order_key)

    def _front(self, order_key: str) -> int:
        """Whose turn it is in a chain; 0 while nobody's is."""
        found = front((self.rows[row_id] for row_id in self._chains[order_key]), self.rows.get)
        return found.id if found else 0

    def _keys_behind(self, row_id: int) -> set[str]:
        """The chains of what depends on a row."""
        return {self.rows[each].order_key for each in self._awaited.get(row_id, ()) if each in self.rows}

    def _place_front(self, order_key: str) -> None:
        if order_key in self._chains:
            self._place(self._front(order_key))

    def _place(self, row_id: int) -> None:
        row = self.rows.get(row_id)
        if row is not None and self._may_go(row):
            heapq.heappush(self._heap, (row.due_ms, row_id))
