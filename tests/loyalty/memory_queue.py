"""An outbox in memory that keeps the queue's contract, and can die before or after any of its commits."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace

from agent.loyalty.calls.call import Call
from agent.loyalty.line.exchange import Exchange, RawAnswer, idle
from agent.loyalty.outcomes.queue import DONE, PARKED, READY, UNKNOWN, UNTRIED, Change, QueueRow

DAY_MS = 86_400_000
INFLIGHT = "inflight"
SENDABLE = (READY, UNKNOWN, INFLIGHT)
LANDED_MS = 2_000


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


@dataclass(frozen=True)
class MemoryRow:
    """agent.loyalty.outcomes.queue.QueueRow."""

    id: int
    op: str
    order_key: str
    idem_key: str
    state: str
    attempts: int
    first_ms: int
    due_ms: int
    created_ms: int
    code: str = ""
    follows: int = 0

    @property
    def number(self) -> str:
        """The bill's."""
        return self.idem_key.removeprefix("transaction_add:")


@dataclass
class MemoryQueue:
    """What it holds survives a Crash; everything else of the daemon does not."""

    crashes: Crashes = field(default_factory=Crashes)
    rows: dict[int, MemoryRow] = field(default_factory=dict)
    payloads: dict[int, bytes] = field(default_factory=dict)
    depends: dict[int, int] = field(default_factory=dict)
    done_refs: dict[int, str] = field(default_factory=dict)
    parked: dict[int, tuple[str, str]] = field(default_factory=dict)
    breaker: str = ""
    commits: int = 0
    sent: list[bytes] = field(default_factory=list)

    def add(self, call: Call, depends_on: int = 0, now_ms: int = 0) -> int:
        row_id = len(self.rows) + 1
        self.rows[row_id] = MemoryRow(
            id=row_id,
            op=str(call.op),
            order_key=call.chain,
            idem_key=call.key,
            state=READY,
            attempts=0,
            first_ms=0,
            due_ms=now_ms,
            created_ms=now_ms,
        )
        self.payloads[row_id] = call.to_bytes()
        self.depends[row_id] = depends_on
        return row_id

    def add_bill(self, calls: Sequence[Call], now_ms: int = 0) -> list[int]:
        """A bill and what depends on it."""
        first = self.add(calls[0], now_ms=now_ms)
        return [first, *(self.add(call, first, now_ms) for call in calls[1:])]

    def reopen(self, now_ms: int) -> None:
        """The next run of the daemon: what the last one was sending may still be on its way."""
        for row in self.rows.values():
            if row.state == INFLIGHT:
                due_ms = max(row.due_ms, now_ms + LANDED_MS)
                self.rows[row.id] = replace(row, state=UNKNOWN, due_ms=due_ms)

    @property
    def open(self) -> list[MemoryRow]:
        return [row for row in self.rows.values() if row.state in SENDABLE]

    def _heads(self) -> list[MemoryRow]:
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

    def load(self, rows: Sequence[QueueRow]) -> Sequence[tuple[QueueRow, bytes]]:
        return [(row, self.payloads[row.id]) for row in rows]

    def next_due(self) -> int | None:
        return min((row.due_ms for row in self._heads()), default=None)

    def backlog(self) -> int:
        return len(self.open)

    def commit(self, changes: Sequence[Change], begin: Sequence[int], now_ms: int) -> Set[int]:
        self.crashes.point()
        for change in changes:
            self._change(change)
        begun = {row_id for row_id in begin if self.rows[row_id].state in SENDABLE}
        for row_id in begun:
            row = self.rows[row_id]
            first = row.first_ms or now_ms
            self.rows[row_id] = replace(row, state=INFLIGHT, attempts=row.attempts + 1, first_ms=first)
        self.commits += 1
        self.crashes.point()
        return begun

    def _change(self, change: Change) -> None:
        if change.state == UNTRIED:
            self._untried(self.rows[change.row_id])
            return
        row = replace(self.rows[change.row_id], state=change.state)
        if change.state == DONE:
            self.done_refs[row.id] = change.text
        else:
            row = replace(row, code=change.code)
        if change.state == PARKED:
            self.parked[row.id] = (change.code, change.text)
        if change.state in (READY, UNKNOWN):
            row = replace(row, due_ms=change.at_ms)
        self.rows[row.id] = row
        if change.payload is not None:
            self.payloads[row.id] = change.payload

    def _untried(self, row: MemoryRow) -> None:
        first = row.first_ms if row.attempts > 1 else 0
        self.rows[row.id] = replace(row, state=READY, attempts=row.attempts - 1, first_ms=first)

    def load_breaker(self) -> str:
        return self.breaker

    def save_breaker(self, state: str) -> None:
        self.breaker = state


@dataclass
class MortalExchange:
    """A transport whose daemon can be killed just before the first byte and just after the last."""

    inner: Exchange
    crashes: Crashes

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        self.crashes.point()
        answer = self.inner.send(call, deadline_s, meanwhile)
        self.crashes.point()
        return answer
