"""The forwarder's queue on the store: reads on a connection of its own, changes in the till's turn."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.daemon.chains import Chains
from agent.daemon.cloud import show_cloud
from agent.loyalty.call import Call
from agent.loyalty.forwarder import Forwarder
from agent.loyalty.options import CloudOptions
from agent.loyalty.queue import DONE, INFLIGHT, PARKED, Change, QueueRow
from agent.loyalty.transport import Transport
from agent.store import facts, outbox

if TYPE_CHECKING:
    from agent.daemon.agent import Agent

_BREAKER = "breaker"


class Forwarding:
    """The forwarder with its queue, as one worker under supervision."""

    def __init__(self, agent: Agent, options: CloudOptions) -> None:
        self._agent = agent
        self._options = options
        self._queue = StoreQueue(agent)
        self._worker: Forwarder | None = None

    @property
    def progress(self) -> int:
        """Counts looks at the queue."""
        return self._queue.looks

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Drain until stop is set."""
        self._queue.open()
        transport = Transport(self._options)
        try:
            # A till whose queue was empty at the start has asked nobody yet, so it says nothing.
            self._worker = Forwarder(
                self._queue, transport, self._options, self._agent.now_ms, random.SystemRandom(), self._told
            )
            self._worker.run(stop, wake)
        finally:
            transport.close()
            self._queue.close()

    def retry_now(self) -> None:
        """Somebody else found the cloud there: forget the pause."""
        if self._worker:
            self._worker.retry_now()

    def _told(self, state: str, text: str, since_ms: int) -> None:  # noqa: ARG002 - the board keeps its own
        show_cloud(self._agent, online=state == "online", text=text)


class StoreQueue:
    """loyalty.queue.Queue on the outbox. Keeps what decides the order in memory, the payloads on disk."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._reader: sqlite3.Connection | None = None
        self._chains = Chains()
        self._digests: dict[int, bytes] = {}
        self._top = 0
        self.looks = 0

    def open(self) -> None:
        """Begin to read; on the thread that will ask."""
        self._reader = self._agent.store.reader()

    def close(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self._reader.close()

    def due(self, now_ms: int, limit: int) -> list[QueueRow]:
        """Heads of their chains that may be sent now, longest due first."""
        self._look()
        found = self._chains.due(now_ms, limit)
        payloads = outbox.payloads(self._connection(), [row.id for row in found])
        # What is sent is what due gave out, so its digest need not be read again when it is done.
        self._digests = {row_id: outbox.digest(payload) for row_id, payload in payloads.items()}
        return [_queue_row(row, payloads.get(row.id, b"")) for row in found]

    def next_due(self) -> int | None:
        """The earliest moment at which due may have something."""
        self._look()
        return self._chains.next_due()

    def backlog(self) -> int:
        """Rows that the cloud must still hear."""
        self._look()
        return len(self._chains.rows) - self._chains.parked

    def commit(self, changes: Sequence[Change], begin: Sequence[int], now_ms: int) -> set[int]:
        """Committed before the first byte of the begun rows leaves."""
        self.looks += 1

        def work(tx: Any) -> set[int]:
            outbox.done_all(
                tx,
                [
                    (self._digests[one.row_id], one.at_ms, one.text, one.row_id)
                    for one in changes
                    if one.state == DONE
                ],
            )
            for change in changes:
                _write(tx, change)
            return outbox.begin_all(tx, begin, now_ms)

        begun = self._agent.write(work)
        bills = {self._take_in(change) for change in changes}
        for row_id in begun:
            row = self._chains.rows[row_id]
            first = row.first_ms or now_ms
            self._chains.put(replace(row, state=INFLIGHT, attempts=row.attempts + 1, first_ms=first))
        if changes:
            self._agent.show_queue()
            for bill_id in bills:
                self._agent.show_sync(bill_id)
        return begun

    def load_breaker(self) -> str:
        """The breaker's state of the last run."""
        return facts.load(self._connection(), _BREAKER)

    def save_breaker(self, state: str) -> None:
        """Keep the breaker's state over restarts."""
        self._agent.write(lambda tx: facts.save(tx, _BREAKER, state))

    def _look(self) -> None:
        """Take in rows that were added since the last look."""
        self.looks += 1
        for row in outbox.without_payload(self._connection(), self._top):
            self._chains.put(row)
            self._top = row.id

    def _take_in(self, change: Change) -> int:
        """Bring memory and the cashier up to date with what was committed; the bill it was about."""
        if change.state == DONE:
            self._agent.waiting.done(change.row_id)
            return self._chains.remove(change.row_id).bill_id
        row = self._chains.rows[change.row_id]
        row = replace(row, state=change.state, code=change.code, text=change.text)
        if change.state == PARKED:
            self._agent.waiting.parked(row.id)
            self._agent.board.notice("warn", "queue-parked", f"The cloud refused something: {row.text}")
        else:
            row = replace(row, due_ms=change.at_ms)
        self._chains.put(row)
        return row.bill_id

    def _connection(self) -> sqlite3.Connection:
        if self._reader is None:
            raise RuntimeError("the queue is not open")
        return self._reader


def _write(tx: sqlite3.Connection, change: Change) -> None:
    """A change that leaves the row in the outbox."""
    if change.state == PARKED:
        outbox.park(tx, change.row_id, change.code, change.text)
    elif change.state != DONE:
        outbox.later(tx, change.row_id, change.at_ms, change.code, change.text, change.state)
    if change.payload is not None:
        outbox.replace_payload(tx, change.row_id, Call.from_bytes(change.payload).key, change.payload)


def _queue_row(row: outbox.Row, payload: bytes) -> QueueRow:
    return QueueRow(
        id=row.id,
        op=row.op,
        order_key=row.order_key,
        bill_number="",
        idem_key=row.idem_key,
        payload=payload,
        state=row.state,
        attempts=row.attempts,
        first_try_ms=row.first_ms or None,
        due_ms=row.due_ms,
        created_ms=row.created_ms,
        last_code=row.code,
        last_text=row.text,
    )
