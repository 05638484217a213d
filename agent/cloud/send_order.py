"""The order of the outbox in memory: who is next in each chain, and which of those is due first."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import defaultdict

from agent.sale.queue_terms import RowState
from agent.sale.send_rule import UNTOLD, front, holds_untold, is_strangers_bill, stands_aside
from agent.store.outbox import Row

_DAY_MS = 86_400_000
_PARKED = RowState.PARKED


class SendOrder:
    """Open rows without their payloads, by agent.sale.send_rule. Every change costs the logarithm of their
    number, none walks them.

    A heap holds the fronts of the chains by the moment they are due. Places in it that no longer hold are
    passed over when they come up. A row that stands aside is in no chain, and in the heap by itself; one that
    depends on an open row is in neither.
    """

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.parked = 0
        self._chains: dict[str, list[int]] = {}
        self._holding: dict[str, list[int]] = {}
        """By chain, what waits for a person and holds only those that do not say what they lean on."""
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
        self._settle(self._holding, row, inside=holds_untold(row))
        self._settle(self._chains, row, inside=not stands_aside(row) and row.depends_on not in self.rows)
        if known is None or known.due_ms != row.due_ms or known.state != row.state:
            self._place(row.id)
        if is_strangers_bill(row) or (known is not None and known.state == _PARKED):
            self._place_front(row.order_key)

    def remove(self, row_id: int) -> Row:
        """Let a row go; what waited for it may come up."""
        row = self.rows.pop(row_id)
        self.parked -= row.state == _PARKED
        self._settle(self._holding, row, inside=False)
        self._settle(self._chains, row, inside=False)
        for waiting in self._awaited.pop(row_id, ()):
            if waiting in self.rows:
                self._settle(self._chains, self.rows[waiting], inside=not stands_aside(self.rows[waiting]))
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

    def _settle(self, places: dict[str, list[int]], row: Row, *, inside: bool) -> None:
        """Have a row among those of its chain, or not; whoever stood behind one that goes may come up."""
        chain = places.get(row.order_key, [])
        at = bisect_left(chain, row.id)
        known = at < len(chain) and chain[at] == row.id
        if known == inside:
            return
        if inside:
            places.setdefault(row.order_key, chain).insert(at, row.id)
            return
        del chain[at]
        if not chain:
            del places[row.order_key]
        self._place_front(row.order_key)

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
        return stands_aside(row) or row.id == self._front(row.order_key)

    def _front(self, order_key: str) -> int:
        """Whose turn it is in a chain; 0 while nobody's is."""
        found = front(self.rows[row_id] for row_id in self._chains[order_key])
        if found is None or (found.depends_on == UNTOLD and self._is_held(found)):
            return 0
        return found.id

    def _is_held(self, row: Row) -> bool:
        holding = self._holding.get(row.order_key)
        return holding is not None and holding[0] < row.id

    def _place_front(self, order_key: str) -> None:
        if order_key in self._chains:
            self._place(self._front(order_key))

    def _place(self, row_id: int) -> None:
        row = self.rows.get(row_id)
        if row is not None and self._may_go(row):
            heapq.heappush(self._heap, (row.due_ms, row_id))
