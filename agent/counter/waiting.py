"""How much the cloud has still to hear, counted in memory: an outbox can be too long to count at a sale."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace

from agent.store import outbox, owed, waived


@dataclass(frozen=True, slots=True)
class _Call:
    bill_id: int
    created_ms: int
    parked: bool
    owed_minor: int | None = None


class Waiting:
    """The open rows of the outbox; any thread may tell or ask.

    owing: what each parked redemption is worth; given_up: bills of which the cloud will not hear everything.
    """

    def __init__(
        self,
        rows: Iterable[tuple[int, int, int, bool]] = (),
        owing: dict[int, int] | None = None,
        given_up: Iterable[int] = (),
    ) -> None:
        self._lock = threading.Lock()
        worth = owing or {}
        self._calls = {
            row_id: _Call(bill_id, created, parked, worth.get(row_id))
            for row_id, bill_id, created, parked in rows
        }
        self._given_up = set(given_up)

    def add(self, ids: Iterable[int], bill_id: int, created_ms: int) -> None:
        """Rows that were queued."""
        with self._lock:
            self._calls.update({row_id: _Call(bill_id, created_ms, parked=False) for row_id in ids})

    def done(self, row_id: int) -> None:
        """The cloud has it, or a person settled it."""
        with self._lock:
            self._calls.pop(row_id, None)

    def waived(self, row_id: int) -> None:
        """The cloud will never hear of it."""
        with self._lock:
            call = self._calls.pop(row_id, None)
            if call and call.bill_id:
                self._given_up.add(call.bill_id)

    def parked(self, row_id: int, owed_minor: int | None = None) -> None:
        """It waits for a person; owed_minor is what a redemption's customer owes, None for other calls."""
        self._change(row_id, parked=True, owed_minor=owed_minor)

    def again(self, row_id: int) -> None:
        """It waits for the cloud again."""
        self._change(row_id, parked=False, owed_minor=None)

    def bill_of(self, row_id: int) -> int:
        """The bill an open row belongs to; 0 for none."""
        with self._lock:
            call = self._calls.get(row_id)
            return call.bill_id if call else 0

    def state_of(self, bill_id: int) -> str:
        """queued, parked, waived or done, for all calls of a bill together."""
        with self._lock:
            calls = [call for call in self._calls.values() if call.bill_id == bill_id]
            given_up = bill_id in self._given_up
        if not calls:
            return "waived" if given_up else "done"
        return "parked" if any(call.parked for call in calls) else "queued"

    def tally(self) -> tuple[int, int, int]:
        """(open rows, parked ones, created_ms of the oldest or 0)."""
        with self._lock:
            oldest = next(iter(self._calls.values()), None)
            parked = sum(call.parked for call in self._calls.values())
            return len(self._calls), parked, oldest.created_ms if oldest else 0

    def owed(self) -> tuple[int, int]:
        """(redemptions owed, what they are worth together in minor units)."""
        with self._lock:
            worth = [call.owed_minor for call in self._calls.values() if call.owed_minor is not None]
            return len(worth), sum(worth)

    def _change(self, row_id: int, *, parked: bool, owed_minor: int | None) -> None:
        with self._lock:
            if call := self._calls.get(row_id):
                self._calls[row_id] = replace(call, parked=parked, owed_minor=owed_minor)


def waiting_now(connection: sqlite3.Connection) -> Waiting:
    """As the store tells it at the start."""
    rows = outbox.waiting(connection)
    # A long outbox is read twice only where somebody has to look at it anyway.
    owing = owed.parked(connection) if any(parked for *_, parked in rows) else {}
    return Waiting(rows, owing, waived.bills(connection))
