"""Which rows of the queue can be sent at all, and which can be sent together in one call."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import NamedTuple

from agent.language.sentence import Sentence
from agent.loyalty.calls.bill_limits import unsendable
from agent.loyalty.calls.call import Call
from agent.loyalty.forwarder import bulk
from agent.loyalty.outcomes import parked_reasons
from agent.loyalty.outcomes.decision import Park
from agent.loyalty.outcomes.queue import READY, QueueRow
from agent.sale.queue_terms import Op

QUEUED = frozenset(
    (
        *(Op.CUSTOMER_ADD, Op.CUSTOMER_UPDATE, Op.TRANSACTION_ADD, Op.POINTS_REDEEM, Op.COUPON_REDEEM),
        *(Op.TRANSACTION_RETURN, Op.TRANSACTION_UPDATE, Op.POINTS_REVERSE, Op.COUPON_REACTIVATE),
    )
)
"""The operations an outbox may hold."""
_BILL = f"{Op.TRANSACTION_ADD}:"

log = logging.getLogger(__name__)


class BatchedBill(NamedTuple):
    """A bill to go out with others. Its call is not read: most of a backlog is taken at the first try.

    element is the bill as a bulk call has it; empty for one that goes alone after all.
    """

    row: QueueRow
    payload: bytes
    element: bytes

    @property
    def number(self) -> str:
        """The bill's own."""
        return self.row.idem_key.removeprefix(_BILL)


def may_share(rows: Iterable[QueueRow]) -> list[QueueRow]:
    """Bills that may share a call, in order, no two of one number (they are told apart by it).

    Only what cannot have reached the cloud: everything else is read back by itself first.
    """
    found: dict[str, QueueRow] = {}
    for row in rows:
        if row.state == READY and row.op == Op.TRANSACTION_ADD:
            found.setdefault(bulk.number_key(row.idem_key), row)
    return list(found.values())


def read_call(payload: bytes) -> Call | Park:
    """The call of a row, or the parking of one that cannot go out at all."""
    try:
        call = Call.from_bytes(payload)
        if call.op not in QUEUED:
            return Park("payload", Sentence("parked.unknown-op", op=str(call.op)))
        problem = unsendable(call)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
        log.exception("a stored call could not be read")
        return Park("payload", Sentence("parked.unreadable"))
    return Park("payload", parked_reasons.unsendable(call, problem)) if problem else call
