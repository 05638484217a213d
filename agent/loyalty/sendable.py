"""Rows of the queue as calls: which can be sent at all, and which can be sent together."""

from __future__ import annotations

from collections.abc import Sequence

from agent.loyalty import bulk
from agent.loyalty.bill_calls import unsendable
from agent.loyalty.call import Call, Op
from agent.loyalty.queue import QueueRow
from agent.loyalty.settle import Park

QUEUED = frozenset(
    (
        *(Op.CUSTOMER_ADD, Op.CUSTOMER_UPDATE, Op.TRANSACTION_ADD, Op.POINTS_REDEEM, Op.COUPON_REDEEM),
        *(Op.TRANSACTION_RETURN, Op.TRANSACTION_UPDATE, Op.POINTS_REVERSE, Op.COUPON_REACTIVATE),
    )
)
"""The operations an outbox may hold."""
Sendable = tuple[QueueRow, Call]


def apart(sendable: Sequence[Sendable]) -> list[Sendable]:
    """Those that may share a call: no two of one chain (521), no two of one number (told apart by it)."""
    found: list[Sendable] = []
    seen: set[str] = set()
    for row, call in sendable:
        marks = {f"chain {row.order_key}", f"number {bulk.number_key(call.fact('number'))}"}
        if not marks & seen:
            found.append((row, call))
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
