"""The forwarder's queue on the store: reads on a connection of its own, changes in the till's turn."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.daemon.cloud import show_cloud
from agent.loyalty.forwarder import Forwarder
from agent.loyalty.options import CloudOptions
from agent.loyalty.queue import INFLIGHT, QueueRow
from agent.loyalty.retry import UNSURE_S
from agent.loyalty.sign_in import SignIn
from agent.loyalty.transport import Transport
from agent.store import facts, outbox, owed

if TYPE_CHECKING:
    from agent.daemon.agent import Agent

_DAY_MS = 86_400_000
_BREAKER = "breaker"
_PARKED = "parked"


class Forwarding:
    """The forwarder with its queue, as one worker under supervision."""

    def __init__(self, agent: Agent, options: CloudOptions, sign_in: SignIn) -> None:
        self._sign_in = sign_in
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
        transport = Transport(self._options, self._sign_in)
        try:
            # A till whose queue was empty at the start has asked nobody yet, so it says nothing.
            self._worker = Forwarder(
                self._queue,
                transport,
                self._options,
                self._agent.now_ms,
                random.SystemRandom(),
                self._told,
                self._agent.organisation.stale,
            )
            self._worker.run(stop, wake)
        finally:
            transport.close()
            self._queue.close()

    def changed(self, ids: Iterable[int]) -> None:
        """From any thread, in the turn that changed these rows: read them again before the next is sent."""
        self._queue.changed(ids)

    def retry_now(self) -> None:
        """Somebody else found the cloud there: forget the pause."""
        if self._worker:
            self._worker.retry_now()

    def _told(self, state: str, text: str, since_ms: int) -> None:  # noqa: ARG002 - the board keeps its own
        show_cloud(self._agent, online=state == "online", text=text)


class StoreQueue:
    """loyalty.queue.Queue on the outbox. Keeps what decides the order in memory, the payloads on disk.

    The store alone decides. A row that is inflight is the forwarder's; any other may be changed by a person
    in a turn, who then marks it here (changed). begin claims a row in a turn and only as this thread last saw
    it, so what was waived, parked or given a new key meanwhile is not sent from memory.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._reader: sqlite3.Connection | None = None
        # Rows leave at the front, which a plain dict would walk over again at each look.
        self._rows: OrderedDict[int, outbox.Row] = OrderedDict()
        self._top = 0
        self._marked: set[int] = set()
        self._marks = threading.Lock()
        self.looks = 0

    def open(self) -> None:
        """Begin to read; on the thread that will ask."""
        landed_ms = self._agent.now_ms() + int(UNSURE_S * 1000)
        self._agent.write(lambda tx: outbox.after_restart(tx, landed_ms))
        self._reader = self._agent.store.reader()

    def close(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self._reader.close()

    def changed(self, ids: Iterable[int]) -> None:
        """Rows that somebody else changed; called from any thread once that is committed."""
        with self._marks:
            self._marked.update(ids)

    def due(self, now_ms: int, limit: int) -> list[QueueRow]:
        """Heads of their chains that may be sent now, oldest first."""
        self._look()
        found: list[QueueRow] = []
        for row in self._heads():
            if row.state != _PARKED and not now_ms < row.due_ms <= now_ms + _DAY_MS:
                found += self._full(row)
            if len(found) == limit:
                break
        return found

    def next_due(self) -> int | None:
        """The earliest moment at which due may have something."""
        self._look()
        return min((row.due_ms for row in self._heads() if row.state != _PARKED), default=None)

    def begin(self, row_id: int, now_ms: int) -> bool:
        """Committed before the first byte leaves."""
        row = self._rows.get(row_id)
        if row is None or row.state == _PARKED:
            return False
        if not self._agent.write(lambda tx: outbox.begin(tx, row_id, now_ms, row)):
            self.changed([row_id])
            return False
        first = row.first_ms or now_ms
        self._rows[row_id] = replace(row, state=INFLIGHT, attempts=row.attempts + 1, first_ms=first)
        return True

    def done(self, row_id: int, server_ref: str, now_ms: int) -> None:
        """The cloud has it."""
        self._agent.write(lambda tx: outbox.done(tx, row_id, server_ref, now_ms))
        self._agent.waiting.done(row_id)
        self._changed(self._rows.pop(row_id).bill_id)

    def retry(
        self, row_id: int, due_ms: int, code: str, text: str, state: str, payload: bytes | None = None
    ) -> None:
        """Again later; with another request only under another key."""
        key = self._rows[row_id].idem_key
        if payload is not None:
            from agent.loyalty.call import Call

            key = Call.from_bytes(payload).key

        def work(tx: Any) -> None:
            outbox.later(tx, row_id, due_ms, code, text, state)
            if payload is not None:
                outbox.replace_payload(tx, row_id, key, payload)

        self._agent.write(work)
        row = replace(self._rows[row_id], state=state, due_ms=due_ms, code=code, text=text, idem_key=key)
        self._rows[row_id] = row
        self._agent.show_queue()

    def park(self, row_id: int, code: str, text: str) -> None:
        """For a person."""
        row = replace(self._rows[row_id], state=_PARKED, code=code, text=text)

        def work(tx: Any) -> tuple[bool, int | None]:
            return outbox.park(tx, row_id, code, text), owed.of_bill(tx, row.op, row.bill_id)

        def counted(found: tuple[bool, int | None]) -> None:
            if found[0]:
                self._agent.waiting.parked(row_id, found[1])

        if not self._agent.write(work, counted)[0]:
            self.changed([row_id])
            return
        self._rows[row_id] = row
        self._agent.board.notice("warn", "queue-parked", f"The cloud refused something: {text}")
        self._changed(row.bill_id)

    def load_breaker(self) -> str:
        """The breaker's state of the last run."""
        return facts.load(self._connection(), _BREAKER)

    def save_breaker(self, state: str) -> None:
        """Keep the breaker's state over restarts."""
        self._agent.write(lambda tx: facts.save(tx, _BREAKER, state))

    def _look(self) -> None:
        """Take in rows that were added or changed since the last look."""
        self.looks += 1
        with self._marks:
            marked, self._marked = self._marked, set()
        for row in outbox.rows(self._connection(), self._top):
            self._rows[row.id] = replace(row, payload=b"")
            self._top = row.id
        for row_id in marked & self._rows.keys():
            found = outbox.row(self._connection(), row_id)
            if found is None:
                del self._rows[row_id]
            else:
                self._rows[row_id] = replace(found, payload=b"")

    def _heads(self) -> Iterator[outbox.Row]:
        """The first row of each chain, unless what it depends on is still open."""
        seen: set[str] = set()
        for row in self._rows.values():
            if row.code == outbox.NEVER and row.state == _PARKED:
                continue  # it is never sent, so nothing has to wait behind it
            if row.order_key not in seen and row.depends_on not in self._rows:
                yield row
            seen.add(row.order_key)

    def _full(self, row: outbox.Row) -> list[QueueRow]:
        """The row with its payload; nothing if it left the outbox a moment ago."""
        stored = outbox.row(self._connection(), row.id)
        if stored is None:
            return []
        full = QueueRow(
            id=row.id,
            op=row.op,
            order_key=row.order_key,
            bill_number="",
            idem_key=row.idem_key,
            payload=stored.payload,
            state=row.state,
            attempts=row.attempts,
            first_try_ms=row.first_ms or None,
            due_ms=row.due_ms,
            created_ms=row.created_ms,
            last_code=row.code,
            last_text=row.text,
        )
        return [full]

    def _changed(self, bill_id: int) -> None:
        """Bring the queue's badge and the last bill's mark up to date."""
        self._agent.show_queue()
        self._agent.show_sync(bill_id)

    def _connection(self) -> sqlite3.Connection:
        if self._reader is None:
            raise RuntimeError("the queue is not open")
        return self._reader
