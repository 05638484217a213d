"""How much the cloud has still to hear, counted in memory: an outbox can be too long to count at a sale."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.sale.queue_terms import Op, SyncState
from agent.store import outbox, owed, waived


@dataclass(frozen=True, slots=True)
class _Open:
    bill_id: int
    created_ms: int
    op: str


_ASKED_FOR = (Op.POINTS_REDEEM, Op.COUPON_REDEEM, Op.CUSTOMER_ADD, Op.CUSTOMER_UPDATE)
"""What the counter must know of before the cloud has it."""


class OutboxTally:
    """The open rows of the outbox; any thread may tell or ask.

    rows: (id, bill_id, created_ms, parked, op) of each. owing: what each parked redemption is worth;
    given_up: bills of which the cloud will not hear everything.
    """

    def __init__(
        self,
        rows: Iterable[tuple[int, int, int, bool, str]] = (),
        owing: dict[int, int] | None = None,
        given_up: Iterable[int] = (),
    ) -> None:
        self._lock = threading.Lock()
        # Rows leave at the front, which a plain dict would walk over again at each look.
        self._calls: OrderedDict[int, _Open] = OrderedDict()
        self._of_bill: dict[int, set[int]] = {}
        self._parked: set[int] = set()
        self._owed: dict[int, int] = {}
        self._given_up = set(given_up)
        self._of_op: dict[str, set[int]] = {op: set() for op in _ASKED_FOR}
        worth = owing or {}
        for row_id, bill_id, created, parked, op in rows:
            self._put(row_id, _Open(bill_id, created, op))
            if parked:
                self._set_apart(row_id, worth.get(row_id))

    def add(self, ids: Sequence[int], ops: Sequence[str], bill_id: int, created_ms: int) -> None:
        """Rows that were queued, with what each is for."""
        with self._lock:
            for row_id, op in zip(ids, ops, strict=True):
                self._put(row_id, _Open(bill_id, created_ms, op))

    def done(self, ids: Iterable[int]) -> None:
        """The cloud has them, or a person settled them."""
        with self._lock:
            for row_id in ids:
                self._take_out(row_id)

    def waived(self, row_id: int) -> None:
        """The cloud will never hear of it."""
        with self._lock:
            call = self._take_out(row_id)
            if call and call.bill_id:
                self._given_up.add(call.bill_id)

    def parked(self, row_id: int, owed_minor: int | None = None) -> None:
        """It waits for a person; owed_minor is what a redemption's customer owes, None for other calls."""
        with self._lock:
            if row_id in self._calls:
                self._set_apart(row_id, owed_minor)

    def again(self, row_id: int) -> None:
        """It waits for the cloud again."""
        with self._lock:
            self._parked.discard(row_id)
            self._owed.pop(row_id, None)

    def bill_of(self, row_id: int) -> int:
        """The bill an open row belongs to; 0 for none."""
        with self._lock:
            call = self._calls.get(row_id)
            return call.bill_id if call else 0

    def of(self, op: str) -> list[int]:
        """The open rows of one of these: points, coupon, enrolment, update; oldest first."""
        with self._lock:
            return sorted(self._of_op[op])

    def is_parked(self, row_id: int) -> bool:
        """Whether a row waits for a person."""
        with self._lock:
            return row_id in self._parked

    def state_of(self, bill_id: int) -> str:
        """queued, parked, waived or done, for all calls of a bill together."""
        with self._lock:
            calls = self._of_bill.get(bill_id)
            if not calls:
                return SyncState.WAIVED if bill_id in self._given_up else SyncState.DONE
            return SyncState.PARKED if calls & self._parked else SyncState.QUEUED

    def stopped(self) -> list[int]:
        """Those that wait for a person."""
        with self._lock:
            return sorted(self._parked)

    def tally(self) -> tuple[int, int, int]:
        """(open rows, parked ones, created_ms of the oldest or 0 where no row tells it)."""
        with self._lock:
            told = (call.created_ms for call in self._calls.values() if call.created_ms)
            return len(self._calls), len(self._parked), next(told, 0)

    def owed(self) -> tuple[int, int]:
        """(redemptions owed, what they are worth together in minor units)."""
        with self._lock:
            return len(self._owed), sum(self._owed.values())

    def _put(self, row_id: int, call: _Open) -> None:
        self._calls[row_id] = call
        self._of_bill.setdefault(call.bill_id, set()).add(row_id)
        if call.op in self._of_op:
            self._of_op[call.op].add(row_id)

    def _set_apart(self, row_id: int, owed_minor: int | None) -> None:
        self._parked.add(row_id)
        if owed_minor is None:
            self._owed.pop(row_id, None)
        else:
            self._owed[row_id] = owed_minor

    def _take_out(self, row_id: int) -> _Open | None:
        call = self._calls.pop(row_id, None)
        if call is None:
            return None
        self._parked.discard(row_id)
        self._owed.pop(row_id, None)
        if call.op in self._of_op:
            self._of_op[call.op].discard(row_id)
        left = self._of_bill[call.bill_id]
        left.discard(row_id)
        if not left:
            del self._of_bill[call.bill_id]
        return call


def tally_now(connection: sqlite3.Connection) -> OutboxTally:
    """As the store tells it at the start."""
    rows = outbox.waiting(connection)
    # A long outbox is read twice only where somebody has to look at it anyway.
    owing = owed.parked(connection) if any(parked for _, _, _, parked, _ in rows) else {}
    return OutboxTally(rows, owing, waived.bills(connection))
