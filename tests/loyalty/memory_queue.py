"""An outbox in memory that keeps the queue's contract, and can die before or after any of its commits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agent.loyalty.call import Call
from agent.loyalty.queue import INFLIGHT, READY, UNKNOWN, QueueRow
from agent.loyalty.transport import Exchange, RawAnswer

DAY_MS = 86_400_000
SENDABLE = (READY, UNKNOWN, INFLIGHT)


class Crash(BaseException):
    """The daemon is killed at this very point."""


@dataclass
class Crashes:
    """Counts every point at which the daemon could be killed, and kills it at the chosen ones."""

    at: frozenset[int] = frozenset()
    passed: int = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed in self.at:
            raise Crash


@dataclass
class MemoryQueue:
    """What it holds survives a Crash; everything else of the daemon does not."""

    crashes: Crashes = field(default_factory=Crashes)
    rows: dict[int, QueueRow] = field(default_factory=dict)
    depends: dict[int, int] = field(default_factory=dict)
    done_refs: dict[int, str] = field(default_factory=dict)
    parked: dict[int, tuple[str, str]] = field(default_factory=dict)
    breaker: str = ""
    sent: list[bytes] = field(default_factory=list)

    def add(self, call: Call, depends_on: int = 0, now_ms: int = 0) -> int:
        row_id = len(self.rows) + 1
        self.rows[row_id] = QueueRow(
            id=row_id,
            op=str(call.op),
            order_key=call.chain,
            bill_number=call.fact("number"),
            idem_key=call.key,
            payload=call.to_bytes(),
            state=READY,
            attempts=0,
            first_try_ms=None,
            due_ms=now_ms,
            created_ms=now_ms,
        )
        self.depends[row_id] = depends_on
        return row_id

    def add_bill(self, calls: Sequence[Call], now_ms: int = 0) -> list[int]:
        """A bill and what depends on it."""
        first = self.add(calls[0], now_ms=now_ms)
        return [first, *(self.add(call, first, now_ms) for call in calls[1:])]

    @property
    def open(self) -> list[QueueRow]:
        return [row for row in self.rows.values() if row.state in SENDABLE]

    def _heads(self) -> list[QueueRow]:
        waiting = [row for row in self.rows.values() if row.state != "done"]
        by_chain = itertools.groupby(
            sorted(waiting, key=lambda row: (row.order_key, row.id)), lambda r: r.order_key
        )
        heads = [next(group) for _, group in by_chain]
        return [
            row
            for row in heads
            if row.state in SENDABLE and (not (on := self.depends[row.id]) or self.rows[on].state == "done")
        ]

    def due(self, now_ms: int, limit: int) -> Sequence[QueueRow]:
        ready = [row for row in self._heads() if row.due_ms <= now_ms or row.due_ms > now_ms + DAY_MS]
        return sorted(ready, key=lambda row: (row.due_ms, row.id))[:limit]

    def next_due(self) -> int | None:
        return min((row.due_ms for row in self._heads()), default=None)

    def begin(self, row_id: int, now_ms: int) -> bool:
        self.crashes.point()
        row = self.rows[row_id]
        if row.state not in SENDABLE:
            return False
        first = row.first_try_ms if row.first_try_ms is not None else now_ms
        self.rows[row_id] = replace(row, state=INFLIGHT, attempts=row.attempts + 1, first_try_ms=first)
        self.crashes.point()
        return True

    def done(self, row_id: int, server_ref: str, now_ms: int) -> None:
        self.crashes.point()
        self.rows[row_id] = replace(self.rows[row_id], state="done")
        self.done_refs[row_id] = server_ref
        self.crashes.point()

    def retry(
        self, row_id: int, due_ms: int, code: str, text: str, state: str, payload: bytes | None = None
    ) -> None:
        self.crashes.point()
        row = self.rows[row_id]
        self.rows[row_id] = replace(
            row,
            due_ms=due_ms,
            last_code=code,
            last_text=text,
            state=state,
            payload=row.payload if payload is None else payload,
        )
        self.crashes.point()

    def park(self, row_id: int, code: str, text: str) -> None:
        self.crashes.point()
        self.rows[row_id] = replace(self.rows[row_id], state="parked", last_code=code, last_text=text)
        self.parked[row_id] = (code, text)
        self.crashes.point()

    def load_breaker(self) -> str:
        return self.breaker

    def save_breaker(self, state: str) -> None:
        self.breaker = state


@dataclass
class MortalExchange:
    """A transport whose daemon can be killed just before the first byte and just after the last."""

    inner: Exchange
    crashes: Crashes

    def send(self, call: Call, deadline_s: float) -> RawAnswer:
        self.crashes.point()
        answer = self.inner.send(call, deadline_s)
        self.crashes.point()
        return answer
