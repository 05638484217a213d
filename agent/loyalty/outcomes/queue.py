"""What the forwarder needs of the outbox. The store implements it; each change is one commit."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple, Protocol

from agent.sale.queue_terms import RowState

READY, UNKNOWN, PARKED = RowState.READY, RowState.UNKNOWN, RowState.PARKED
DONE, UNTRIED = RowState.DONE, RowState.UNTRIED

NEWER = "newer"
"""The code of a done row of which some details were not told: the cloud has newer ones of somebody else's."""


class QueueRow(Protocol):
    """One effect the cloud must still hear of.

    state is ready or unknown (an attempt may have reached the cloud, or the daemon died in it). attempts
    counts begun ones. Times are wall-clock milliseconds; first_ms, when the first attempt began, is 0 before.
    code is the last attempt's. follows: another call about the customer's details was done while this one
    waited, so the cloud's date of their last change may be this till's own; OVERTAKEN if that call was the
    later one, so that what this one says is old.
    """

    @property
    def id(self) -> int: ...
    @property
    def op(self) -> str: ...
    @property
    def order_key(self) -> str: ...
    @property
    def idem_key(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def first_ms(self) -> int: ...
    @property
    def due_ms(self) -> int: ...
    @property
    def created_ms(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def follows(self) -> int: ...


class Change(NamedTuple):
    """What an attempt made of a row.

    state is done (text: the cloud's id of it), parked (for a person; what leans on it waits),
    ready or unknown (again at at_ms), or untried (as before it was begun). at_ms of a done row is when it
    was, its code NEWER or empty. payload, if given, replaces the stored one. unsure: a parked row that may
    have arrived all the same.
    """

    row_id: int
    state: RowState
    at_ms: int = 0
    code: str = ""
    text: str = ""
    payload: bytes | None = None
    unsure: bool = False

    def __repr__(self) -> str:
        """Without the request and the cloud's words: both may name people."""
        return f"Change({self.row_id}, {self.state}, {self.code})"


class Queue(Protocol):
    """The outbox, as the forwarder sees it. Every change is durable when the method returns."""

    def due(self, now_ms: int, limit: int) -> Sequence[QueueRow]:
        """Rows that may be sent now, longest due first.

        Of each order_key only the first row, by id, that is not done or waived, and that only if its state is
        ready or unknown. What depends on an open row is passed over, and most of what is parked: the rule is
        agent.sale.send_rule. A redemption or undo that is unknown goes beside its chain. What an earlier run
        left inflight is unknown. A row due more than a day ahead counts as due: the clock was set back.
        """
        ...

    def load(self, rows: Sequence[QueueRow]) -> Sequence[tuple[QueueRow, bytes]]:
        """Rows of the last due, each with its Call.to_bytes, in order; without those that are gone."""
        ...

    def next_due(self) -> int | None:
        """The earliest due_ms among the rows that due may return some day; None for an empty queue."""
        ...

    def backlog(self) -> int:
        """How many rows the cloud must still hear, parked ones left out."""
        ...

    def commit(self, changes: Sequence[Change], begin: Sequence[int], now_ms: int) -> Set[int]:
        """One commit: what became of the rows before, and which rows are sent next. All of it or nothing.

        A begun row gets attempts + 1, state inflight and first_ms if it was 0, before its first byte
        leaves. Returns those that were begun; the others are not there to be sent any more (waived or parked
        meanwhile). Rows that depend on a done one become sendable.
        """
        ...

    def load_breaker(self) -> str:
        """What save_breaker was last given, or an empty text."""
        ...

    def save_breaker(self, state: str) -> None:
        """Keep the breaker's state over restarts."""
        ...
