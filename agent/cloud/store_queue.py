"""The forwarder's queue on the store: reads on a connection of its own, changes in turns."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agent.cloud.send_order import SendOrder
from agent.language.sentence import Sentence
from agent.loyalty.calls.call import Call
from agent.loyalty.outcomes.queue import DONE, NEWER, PARKED, READY, UNKNOWN, UNTRIED, Change, QueueRow
from agent.loyalty.outcomes.retry import UNSURE_S
from agent.store import delivery, journal, key_value, outbox, owed
from agent.till.board import Board
from agent.till.last_bill import LastBill
from agent.till.outbox_tally import OutboxTally
from agent.till.queue_badge import QueueBadge
from agent.till.till import Till

_BREAKER: Final = "breaker"
_ANOTHERS: Final = "604"
"""The cloud has a bill of this number already, and it is another one."""
_STOPPED = "queue-parked"
"""Code of the notice that a call waits for a person."""


@dataclass(frozen=True, slots=True)
class _Committed:
    """What a commit found: rows that may be sent now, what is owed for each that was parked, and bills that
    need nobody any more since their customer is enrolled."""

    begun: set[int]
    owing: dict[int, int | None]
    known: list[int]


class StoreQueue:
    """loyalty.outcomes.queue.Queue on the outbox. Keeps what decides the order in memory, the payloads on
    disk.

    The store alone decides. A row that is inflight is the forwarder's; any other may be changed by a person
    in a turn, who then marks it here (changed). commit claims a row in a turn and only as this thread last
    saw it, so what was waived, parked or given a new key meanwhile is not sent from memory. clash is told
    of a bill whose number the cloud has for another one.
    """

    def __init__(
        self,
        till: Till,
        board: Board,
        tally: OutboxTally,
        badge: QueueBadge,
        last_bill: LastBill,
        reader: Callable[[], sqlite3.Connection],
        clash: Callable[[], None] = lambda: None,
    ) -> None:
        self._till = till
        self._board = board
        self._tally = tally
        self._badge = badge
        self._last_bill = last_bill
        self._open_reader = reader
        self._clash = clash
        self._reader: sqlite3.Connection | None = None
        self._order = SendOrder()
        self._given: dict[int, outbox.Row] = {}
        """What due gave out last."""
        self._digests: dict[int, bytes] = {}
        """Of the requests of those that were loaded."""
        self._top = 0
        self._marked: set[int] = set()
        self._marks = threading.Lock()
        self.looks = 0

    @property
    def remembered(self) -> Mapping[int, outbox.Row]:
        """Open rows as they are known here, without their payloads."""
        return self._order.rows

    def open(self) -> None:
        """Begin to read; on the thread that will ask."""
        landed_ms = self._till.now_ms() + int(UNSURE_S * 1000)
        self._till.write(lambda tx: delivery.after_restart(tx, landed_ms))
        # What an earlier run remembered need not be what it wrote.
        self._order, self._top = SendOrder(), 0
        self._reader = self._open_reader()

    def close(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self._reader.close()

    def changed(self, ids: Iterable[int]) -> None:
        """Rows that somebody else changed; called from any thread once that is committed."""
        with self._marks:
            self._marked.update(ids)

    def due(self, now_ms: int, limit: int) -> list[outbox.Row]:
        """Heads of their chains that may be sent now, longest due first."""
        self._look()
        found = self._order.due(now_ms, limit)
        self._given, self._digests = {row.id: row for row in found}, {}
        return found

    def load(self, rows: Sequence[QueueRow]) -> list[tuple[QueueRow, bytes]]:
        """With their requests; a row without one left the outbox a moment ago."""
        reader = self._connection()
        payloads = outbox.payloads(reader, [row.id for row in rows])
        self._digests |= {row_id: delivery.digest(reader, payload) for row_id, payload in payloads.items()}
        return [(row, payloads[row.id]) for row in rows if row.id in payloads]

    def next_due(self) -> int | None:
        """The earliest moment at which due may have something."""
        self._look()
        return self._order.next_due()

    def backlog(self) -> int:
        """Rows that the cloud must still hear."""
        self._look()
        return len(self._order.rows) - self._order.parked

    def commit(self, changes: Sequence[Change], begin: Sequence[int], now_ms: int) -> set[int]:
        """Committed before the first byte of the begun rows leaves."""
        self.looks += 1
        claims = [self._given[row_id] for row_id in begin]
        done = [one for one in changes if one.state == DONE]
        others = [one for one in changes if one.state != DONE]
        keys = {one.row_id: Call.from_bytes(one.payload).key for one in others if one.payload is not None}

        def work(tx: Any) -> _Committed:
            known = delivery.done_all(
                tx,
                [(self._digests[one.row_id], one.at_ms, one.text, one.row_id) for one in done],
                self._till.language.text,
            )
            for one in done:
                if one.code == NEWER:
                    told = {"call": one.row_id, "op": str(self._given[one.row_id].op)}
                    journal.append(tx, "details-newer", self._till.stamp(), told, ref=one.row_id)
            owing: dict[int, int | None] = {}
            for one in others:
                if one.state == PARKED and delivery.park(
                    tx, one.row_id, one.code, one.text, unsure=one.unsure
                ):
                    row = self._given[one.row_id]
                    owing[row.id] = None if one.unsure else owed.of_bill(tx, row.op, row.bill_id)
                else:
                    _write(tx, one, keys)
            return _Committed(delivery.begin(tx, claims, now_ms), owing, known)

        def counted(found: _Committed) -> None:
            self._tally.done(one.row_id for one in done)
            for row_id, worth in found.owing.items():
                self._tally.parked(row_id, worth)
            for row_id in found.known:
                self._tally.again(row_id)

        def committed() -> _Committed:
            found = self._till.write(work)
            counted(found)
            return found

        found = self._till.take(committed)
        self._remember(done, others, found)
        # What was begun or is not done is read again before anybody is asked about it.
        self.changed(begin)
        return found.begun

    def load_breaker(self) -> str:
        """The breaker's state of the last run."""
        return key_value.load(self._connection(), _BREAKER)

    def save_breaker(self, state: str) -> None:
        """Keep the breaker's state over restarts."""
        self._till.write(lambda tx: key_value.save(tx, _BREAKER, state))

    def _look(self) -> None:
        """Take in rows that were added or changed since the last look."""
        self.looks += 1
        with self._marks:
            marked, self._marked = self._marked, set()
        for row in outbox.without_payload(self._connection(), self._top):
            self._take_in(row)
            self._top = row.id
        for row_id in marked & self._order.rows.keys():
            found = outbox.row(self._connection(), row_id)
            if found is None:
                self._order.remove(row_id)
            else:
                self._take_in(found._replace(payload=b""))

    def _take_in(self, row: outbox.Row) -> None:
        """A damaged row is among those that wait for a person, and the till says so."""
        self._order.put(row)
        if row.code == outbox.DAMAGED:
            self._tally.parked(row.id)
            self._till.damaged(outbox.damage_of(row.id))
            self._badge.show()

    def _remember(self, done: Sequence[Change], others: Sequence[Change], found: _Committed) -> None:
        """Bring memory and what the cashier sees up to date with what was committed."""
        for one in done:
            gone = self._order.remove(one.row_id)
            if gone.op in outbox.DETAILS:
                self.changed(self._order.of(gone.order_key))
        for one in others:
            if one.row_id in found.owing:
                self._till.say(Sentence("queue-parked", why=one.text), "warn")
            if one.code == _ANOTHERS:
                self._clash()
        self.changed((*(one.row_id for one in others), *found.known))
        if any(one.code == NEWER for one in done):
            self._till.say(Sentence("details-newer"), "warn")
        if done or others:
            self._badge.show()
        if found.known:
            self._say_known()
        known = {self._tally.bill_of(row_id) for row_id in found.known}
        for bill_id in known | {self._given[one.row_id].bill_id for one in (*done, *others)}:
            self._last_bill.show_sync(bill_id)

    def _say_known(self) -> None:
        """What is on show may still call for a person that nothing waits for any more."""
        shown = self._board.part("notice")
        if shown and shown["code"] == _STOPPED and not self._tally.tally()[1]:
            self._till.say(Sentence("queue-resumed"), "info")

    def _connection(self) -> sqlite3.Connection:
        if self._reader is None:
            raise RuntimeError("the queue is not open")
        return self._reader


def _write(tx: sqlite3.Connection, change: Change, keys: dict[int, str]) -> None:
    """A row that is tried again, with another request only under another key."""
    if change.state in (READY, UNKNOWN):
        delivery.later(tx, change.row_id, change.at_ms, change.code, change.text, change.state)
    if change.state == UNTRIED:
        delivery.untried(tx, change.row_id)
    if change.payload is not None:
        delivery.replace_payload(tx, change.row_id, keys[change.row_id], change.payload)
