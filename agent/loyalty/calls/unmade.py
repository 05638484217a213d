"""Calls that cannot be written: queued all the same, for a person, so that no sale fails.

What the cloud or a clock once said (an id, a time) may not fit the call that is to carry it.
"""

from __future__ import annotations

from collections.abc import Callable

from agent.loyalty.calls.call import Call, Op, facts_of
from agent.loyalty.outcomes import words

_PROBLEM = "problem"
_FIRST = (Op.TRANSACTION_ADD, Op.TRANSACTION_RETURN)


def made(op: Op, number: str, note: str, make: Callable[[], Call]) -> Call:
    """What make builds, or in its place a call without a body that only says why there is none.

    number is the bill it is about, note the bill it was made for. It has the bill's chain and not its
    customer's: what can never be sent must not hold up the customer's next bill.
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


def problem_of(call: Call) -> str:
    """Why a call cannot be sent, in words for a person; "" if it was made."""
    why = call.fact(_PROBLEM)
    return words.unmade(call, why) if why else ""
