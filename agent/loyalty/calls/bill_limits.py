"""What a bill must keep to before it may be sent."""

from __future__ import annotations

import re
from decimal import Decimal

from agent.loyalty.calls.call import Call, decode
from agent.loyalty.calls.unwritable import Unsendable, Why, unwritten
from agent.sale.queue_terms import Op

LARGEST_BODY = 16_777_215
"""Bytes the cloud can store of one transaction (seeds, transaction v2)."""
LONGEST_NUMBER = 50
# Numbers of that name stand in lines alone; in a text the quotes would be escaped.
_LINE_AMOUNT = re.compile(rb'"amount":(-?[0-9.]+)')
_BILL_AMOUNT = re.compile(rb'"billAmount":(-?[0-9.]+)')


def unsendable(call: Call) -> Unsendable | None:
    """Why a stored call must wait for a person instead of being sent; None if it may go.

    The cloud does not check that lines sum up to their bill, so this till does (docs/capillary.md 5.2).
    """
    if problem := unwritten(call):
        return problem
    if call.op != Op.TRANSACTION_ADD:
        return None
    if problem := beyond(call.fact("number"), call.body):
        return problem
    return None if _plainly_sums_up(call) else _sum_problem(call)


def beyond(number: str, body: bytes) -> Unsendable | None:
    """The same of the number and the size of a bill, whatever its lines sum up to."""
    if not 0 < len(number) <= LONGEST_NUMBER:
        return Unsendable(Why.NUMBER, {"most": str(LONGEST_NUMBER)})
    if len(body) > LARGEST_BODY:
        return Unsendable(Why.SIZE)
    return None


def _sum_problem(call: Call) -> Unsendable | None:
    body = decode(call.body)
    due = Decimal(body["billAmount"])
    lines = body["lineItemsV2"]
    back = sum(Decimal(line["amount"]) for line in lines if line.get("type") == "RETURN")
    sold = sum(Decimal(line["amount"]) for line in lines) - back
    # The bill's own decimals tell the size of a minor unit.
    rounding = Decimal(call.fact("rounding_minor") or 0).scaleb(int(due.as_tuple().exponent))
    # Earlier versions told an exchange less what came back.
    if due in (sold + rounding, sold - back + rounding):
        return None
    return Unsendable(Why.SUM, {"lines": str(sold), "due": str(due)})


def _plainly_sums_up(call: Call) -> bool:
    """Whether a bill of sold lines is as much as they are, seen without reading all of it. False: look again.

    A backlog asks this of every bill, and reading a bill takes longer than sending it among fifty.
    """
    due = _BILL_AMOUNT.findall(call.body)
    if len(due) != 1 or call.fact("rounding_minor") not in ("", "0") or b'"RETURN"' in call.body:
        return False
    return sum(map(Decimal, map(bytes.decode, _LINE_AMOUNT.findall(call.body)))) == Decimal(due[0].decode())
