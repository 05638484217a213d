"""The return calls: POST /v2/transactions for what comes back of one bill, and its read-back
(docs/capillary.md 5.1).

The cloud neither refuses nor names a repeated partial return: each carries the number of our credit note as
its note, by which the read-back knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from agent.loyalty.calls.bill_fields import fields_of_bill
from agent.loyalty.calls.bill_lines import line_body, told_minor
from agent.loyalty.calls.call import Call, decode, encode, facts_of
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.unwritable import made
from agent.loyalty.calls.wire_format import amount, aware, cluster_date, offset_time
from agent.sale.basket import Bill, BillLine, Customer
from agent.sale.queue_terms import Op
from agent.sale.return_values import ReturnHow

Parents = Callable[[str], Bill | None]
"""The bill of a number with the customer it has now; None for one this till does not have. Never raises."""
_ONE_SECOND = timedelta(seconds=1)
_WHOLE = (ReturnHow.FULL, ReturnHow.CANCELLED)


def no_parents(_number: str) -> None:
    """For bills of which nothing came back."""


def owner_of(bill: Bill, number: str, parents: Parents) -> Customer | None:
    """Whose bill it was of which something comes back, named as that bill's own call named them: a member
    has several identifiers, and the return goes behind its bill on the same chain."""
    parent = parents(number)
    known = parent.customer if parent else None
    return known if known and known.identifier[1] else bill.customer


def exchanged(bill: Bill, parents: Parents = no_parents) -> tuple[BillLine, ...]:
    """The lines that come back inside the sale's own call (mixed): single lines of the same member's bills,
    as long as the sale is worth at least as much, so that it is below zero by no reading of the documents.
    The rest goes in return calls, so also what was bought under another identifier of the member's.

    What comes back before it was bought, by a clock that was set back, is told by itself: its call can be
    given a later time (after), while the sale keeps its own, which a later return of it refers to (624).
    """
    if bill.kind != "mixed" or not bill.customer:
        return ()
    back = tuple(
        line
        for line in bill.lines
        if line.back
        and line.back.how is ReturnHow.LINE_ITEM
        and line.back.known
        and _told(line.back.number, parents)
        and line.told_minor != 0
        and line.back.interested
        and _was_before(line.back.at, bill.at)
        and _same_name(owner_of(bill, line.back.number, parents), bill.customer)
    )
    sold = sum(line.amount_minor for line in bill.lines if line.back is None)
    worth = sum(told_minor(line) for line in back)
    return back if sold >= worth else ()


def _told(number: str, parents: Parents) -> bool:
    """Whether the cloud heard of a bill: of one sold without loyalty it can take nothing back either."""
    parent = parents(number)
    return parent is None or parent.loyalty


def bought_minor(bill: Bill) -> int:
    """What a bill that comes back whole was bought for, in minor units; of an exchange what its goods came
    to, as the cloud was told, and never more by rounding."""
    if bill.kind == "sale":
        return bill.due_minor
    sold = sum(line.amount_minor for line in bill.lines if line.back is None)
    # Goods that came to nothing cannot be rounded below it (601).
    return max(0, sold + min(0, bill.rounding_minor - bill.later_minor))


def return_calls(options: CloudOptions, bill: Bill, parents: Parents) -> tuple[Call, ...]:
    """One call for each bill of which something comes back, but for what the sale's own call tells. None for
    the rest of a bill that the cloud knows as returned completely: it would be refused (633)."""
    told = exchanged(bill, parents)
    rest: dict[str, list[BillLine]] = {}
    for line in bill.lines:
        if line.back and line not in told and _told(line.back.number, parents):
            rest.setdefault(line.back.number, []).append(line)
    return tuple(
        made(Op.TRANSACTION_RETURN, number, bill.number, partial(_return, options, bill, lines, parents))
        for number, lines in rest.items()
        if any(line.told_minor != 0 for line in lines)
    )


def _return(options: CloudOptions, bill: Bill, lines: list[BillLine], parents: Parents) -> Call:
    back = lines[0].back
    assert back is not None
    owner = owner_of(bill, back.number, parents) if back.interested else None
    name, value = owner.identifier if owner else ("", "")
    identified = (("identifierName", name), ("identifierValue", value)) if value else ()
    at, minor = after(back.at, bill.at), sum(told_minor(line) for line in lines)
    if back.how in _WHOLE and (parent := parents(back.number)):
        # Of a rounded bill the lines may be more than the purchase, which is refused (630).
        minor = bought_minor(parent)
    body: dict[str, Any] = {
        "type": "RETURN" if back.interested else "NOT_INTERESTED_RETURN",
        "returnType": back.how.value,
        "billNumber": back.number,
        "billingDate": offset_time(at),
        "billAmount": amount(minor, options.currency_exponent),
        "note": bill.number,
        "lineItemsV2": list(_lines(options, lines)),
    }
    if back.at:
        body["purchaseTime"] = offset_time(back.at)
    return Call(
        op=Op.TRANSACTION_RETURN,
        method="POST",
        path="/v2/transactions",
        query=(*identified, ("source", options.source)),
        body=encode(body | fields_of_bill(options, bill)),
        family="transaction",
        facts=facts_of(
            who_name=name,
            who_value=value,
            number=back.number,
            note=bill.number,
            till=options.till_code,
            amount_minor=minor,
            how=back.how.value,
            at=at,
            bought_on=cluster_date(back.at, options.zone) if back.known else "",
        ),
    )


def bills_called(number: str, till: str, day: str) -> Call:
    """Every transaction of a number, of a till (where it has a code) and of a day in the cluster's zone."""
    query = [("number", number)]
    query += [("till_code", till)] if till else []
    query += [("date", day)] if day else []
    query += [("type", "ALL"), ("user_id", "true")]
    return Call(
        op=Op.TRANSACTION_GET,
        method="GET",
        path="/v1.1/transaction/get",
        query=(*query, ("format", "json")),
        family="transaction",
        facts=facts_of(number=number),
    )


def which_parent(call: Call) -> Call | None:
    """What to ask when the cloud has several bills of that number (9614): which of them is this till's. None
    if that was asked already, or the bill is not one of this till."""
    day = "" if call.fact("parent_id") else call.fact("bought_on")
    return bills_called(call.fact("number"), call.fact("till"), day) if day else None


def with_parent(call: Call, parent_id: str) -> Call:
    """The same return of the bill that the cloud knows by this id, a whole number
    (docs/capillary.md 5.2: id)."""
    body = encode(decode(call.body) | {"id": int(parent_id)})
    return replace(call, body=body, facts=(*call.facts, ("parent_id", parent_id)))


def _lines(options: CloudOptions, lines: Iterable[BillLine]) -> Iterable[dict[str, Any]]:
    """The returned lines, each with the time of its purchase; money alone has none."""
    for line in lines:
        if line.back and line.back.how is not ReturnHow.AMOUNT:
            told = line_body(options, line)
            yield told | ({"purchaseTime": offset_time(line.back.at)} if line.back.at else {})


def _same_name(owner: Customer | None, customer: Customer | None) -> bool:
    return owner is None or customer is None or owner.identifier == customer.identifier


def _was_before(bought: str, returned: str) -> bool:
    try:
        return after(bought, returned) == returned
    except (ValueError, OverflowError):
        return False


def after(bought: str, returned: str) -> str:
    """When something came back: the cloud wants that after its purchase (624), whatever the clock said."""
    if not bought or aware(returned) > aware(bought):
        return returned
    return (aware(bought) + _ONE_SECOND).isoformat()
