"""Rows of the queue as calls: which can be sent at all, and which can be sent together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.loyalty import bulk
from agent.loyalty.bill_calls import unsendable
from agent.loyalty.call import Call, Op, shared_part
from agent.loyalty.queue import READY, QueueRow
from agent.loyalty.settle import Park

QUEUED = frozenset(
    (
        *(Op.CUSTOMER_ADD, Op.CUSTOMER_UPDATE, Op.TRANSACTION_ADD, Op.POINTS_REDEEM, Op.COUPON_REDEEM),
        *(Op.TRANSACTION_RETURN, Op.TRANSACTION_UPDATE, Op.POINTS_REVERSE, Op.COUPON_REACTIVATE),
    )
)
"""The operations an outbox may hold."""
_BILL = f"{Op.TRANSACTION_ADD}:"


@dataclass(frozen=True, slots=True)
class Sendable:
    """A row that may go out, its call unread: most of a backlog is taken at the first try.

    element is a bill as it goes out with others; empty for what goes alone.
    """

    row: QueueRow
    element: bytes = b""

    @property
    def number(self) -> str:
        """The bill's."""
        return self.row.idem_key.removeprefix(_BILL)


def sharing(rows: Iterable[QueueRow]) -> list[Sendable]:
    """Those that may share a call, in order: no two of one chain (521) or of one number (told apart by it).

    Only what cannot have reached the cloud: everything else is read back by itself first.
    """
    found: list[Sendable] = []
    seen: set[str] = set()
    for row in rows:
        element = shared_part(row.payload) if row.state == READY and row.op == Op.TRANSACTION_ADD else b""
        marks = {row.order_key, bulk.number_key(row.idem_key)}
        if element and not marks & seen:
            found.append(Sendable(row, element))
            seen |= marks
    return found


def readable(row: QueueRow) -> Call | Park:
    """The row's call, or why it cannot go out at all."""
    try:
        call = Call.from_bytes(row.payload)
        problem = "" if call.op in QUEUED else f"this version does not know what {call.op} is"
        problem = problem or unsendable(call)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        return Park("payload", f"The stored call cannot be read: {error}")
    return Park("payload", problem) if problem else call
