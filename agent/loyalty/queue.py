"""What the forwarder needs of the outbox. The store implements it; each method is one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

READY, UNKNOWN, INFLIGHT = "ready", "unknown", "inflight"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One effect the cloud must still hear of.

    payload is Call.to_bytes. state is ready, unknown (an attempt may have reached the cloud) or inflight (an
    attempt was begun and never ended: the daemon died in it, which is the same as unknown). attempts counts
    begun ones. Times are wall-clock milliseconds.
    """

    id: int
    op: str
    order_key: str
    bill_number: str
    idem_key: str
    payload: bytes = field(repr=False)
    state: str
    attempts: int
    first_try_ms: int | None
    due_ms: int
    created_ms: int
    last_code: str = ""
    last_text: str = ""


class Queue(Protocol):
    """The outbox, as the forwarder sees it. Every change is durable when the method returns."""

    def due(self, now_ms: int, limit: int) -> Sequence[QueueRow]:
        """Rows that may be sent now, longest due first.

        Of each order_key only the first row, by id, that is not done or waived; and that only if its state is
        ready, unknown or inflight (left behind by a crash: nobody else sends) and what it depends on is done.
        A row due more than a day ahead counts as due: the clock was set back.
        """
        ...

    def next_due(self) -> int | None:
        """The earliest due_ms among the rows that due may return some day; None for an empty queue."""
        ...

    def begin(self, row_id: int, now_ms: int) -> bool:
        """Committed before the first byte leaves: attempts + 1, state inflight, first_try_ms if it was None.

        False if the row is not there to be sent any more (waived or parked meanwhile).
        """
        ...

    def done(self, row_id: int, server_ref: str, now_ms: int) -> None:
        """The effect is in the cloud; rows that depend on this one become sendable."""
        ...

    def retry(
        self, row_id: int, due_ms: int, code: str, text: str, state: str, payload: bytes | None = None
    ) -> None:
        """Again later, as ready or unknown. payload, if given, replaces the stored one in the same commit."""
        ...

    def park(self, row_id: int, code: str, text: str) -> None:
        """For a person. The row blocks its own chain and nothing else."""
        ...

    def load_breaker(self) -> str:
        """What save_breaker was last given, or an empty text."""
        ...

    def save_breaker(self, state: str) -> None:
        """Keep the breaker's state over restarts."""
        ...
