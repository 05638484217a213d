"""Calls that cannot be written: queued all the same, for a person, so that no sale fails.

What the cloud or a clock once said (an id, a time) may not fit the call that is to carry it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agent.loyalty.calls.call import Call, facts_of
from agent.sale.queue_terms import Op

_PROBLEM = "problem"
_FIRST = (Op.TRANSACTION_ADD, Op.TRANSACTION_RETURN)


class Why(StrEnum):
    """Why a call must not be sent as it is: not written; or a bill's number, size or sum."""

    UNWRITTEN = "unwritten"
    NUMBER = "number"
    SIZE = "size"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Unsendable:
    """A call that waits for a person instead of being sent. params go into the sentence of its why."""

    why: Why
    params: Mapping[str, str] = field(default_factory=dict)


def made(op: Op, number: str, note: str, make: Callable[[], Call]) -> Call:
    """What make builds, or in its place a call without a body that only says why there is none.

    number is the bill it is about, note the bill it was made for. The call is in its bill's chain and not in
    its customer's: what can never be sent must not hold up the customer's next bill.
    """
    try:
        return make()
    except (ValueError, ArithmeticError) as error:
        return Call(
            op=op,
            method="POST",
            path="/v2/transactions" if op in _FIRST else "/",
            facts=facts_of(number=number, note=note, **{_PROBLEM: str(error) or type(error).__name__}),
        )


def unwritten(call: Call) -> Unsendable | None:
    """Why a call has no body; None if it was written."""
    problem = call.fact(_PROBLEM)
    return Unsendable(Why.UNWRITTEN, {"problem": problem}) if problem else None
