"""The bill call: POST /v2/transactions from a completed bill, and its read-back (docs/capillary.md 5).

A mixed bill is a REGULAR one whose returned lines carry their type and their original bill
(docs/capillary.md 5.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from agent.loyalty.calls.bill_fields import attributes_of_tender, fields_of_bill
from agent.loyalty.calls.bill_limits import beyond
from agent.loyalty.calls.bill_lines import line_body, line_text
from agent.loyalty.calls.call import Call, encode, facts_of
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.redemption_calls import coupon_redeem, points_redeem, points_reference
from agent.loyalty.calls.return_calls import (
    Parents,
    bills_called,
    exchanged,
    no_parents,
    owner_of,
    return_calls,
)
from agent.loyalty.calls.undo_calls import coupon_reactivate, points_reverse
from agent.loyalty.calls.unwritable import made
from agent.loyalty.calls.wire_format import amount, cluster_date, offset_time
from agent.sale.basket import Bill, BillLine, Customer, Tender, TenderType
from agent.sale.card_numbers import without_card_numbers
from agent.sale.queue_terms import Op
from agent.sale.return_values import Back, Undo

_LONGEST_REASON = 255
_LONGEST_NOTES = 250


def transaction_add(options: CloudOptions, bill: Bill, parents: Parents = no_parents) -> Call:
    """Tell the cloud of a bill: REGULAR with the customer's identifier, else NOT_INTERESTED with the reason.

    Takes any bill, so that no sale fails for the cloud's sake; unsendable tells what it could not take.
    """
    name, value = bill.customer.identifier if bill.customer else ("", "")
    identified = (("identifierName", name), ("identifierValue", value)) if value else ()
    sold = _sold(bill, parents)
    body = encode(_bill(options, bill, sold))
    # The figures that unsendable would read out of the body again.
    sums_up = sum([abs(line.amount_minor) for line in sold.lines]) + sold.rounding_minor == sold.amount_minor
    told_alone = bill.kind != "sale" and any(line.back for line in sold.lines)
    shares = sums_up and not told_alone and beyond(bill.number, body) is None
    return Call(
        op=Op.TRANSACTION_ADD,
        method="POST",
        path="/v2/transactions",
        query=(*identified, ("source", options.source)),
        body=body,
        family="transaction",
        facts=facts_of(
            who_name=name,
            who_value=value,
            number=bill.number,
            till=options.till_code,
            amount_minor=sold.amount_minor,
            rounding_minor=sold.rounding_minor,
            at=bill.at,
        ),
        shared=_shared(options, name, value) if shares else b"",
    )


def _shared(options: CloudOptions, name: str, value: str) -> bytes:
    """The query's facts as a bulk call has them in the bill
    (docs/capillary.md 5.2: other names than in the query)."""
    identified = {"identifierType": name, "identifierValue": value} if value else {}
    return encode({"source": options.source} | identified)


def transaction_get(options: CloudOptions, number: str, at: str, till: str = "") -> Call:
    """The read-back of a bill of this till, which was called till when the bill was made. If it is called
    otherwise by now, attempts may stand under either name in the cloud, so all tills are asked for."""
    same = till in ("", options.till_code)
    return bills_called(number, options.till_code if same else "", cluster_date(at, options.zone))


def calls_of_bill(options: CloudOptions, bill: Bill, parents: Parents = no_parents) -> tuple[Call, ...]:
    """Everything the cloud must hear of a bill, in the seeds' order: the bill, then points, then coupon, then
    what came back, then the redemptions that are undone with it.

    The redemptions may be sent only after the bill is acknowledged. References are minted here, so store the
    calls before sending any. Never raises: what cannot be written is a call that says why (unwritable).
    """
    sold = () if bill.kind == "return" else _calls_of_sale(options, bill, parents)
    return (*sold, *return_calls(options, bill, parents), *_undo_calls(options, bill, parents))


def _undo_calls(options: CloudOptions, bill: Bill, parents: Parents) -> Iterable[Call]:
    for undo in bill.undos:
        owner = owner_of(bill, undo.number, parents)
        if not undo.given_back or owner is None:
            continue
        op = Op.POINTS_REVERSE if undo.kind == "points" else Op.COUPON_REACTIVATE
        yield made(op, undo.number, bill.number, partial(_undo_call, options, owner, undo))


def _undo_call(options: CloudOptions, customer: Customer, undo: Undo) -> Call:
    if undo.kind == "points":
        return points_reverse(options, customer, undo.reference, undo.points_milli, undo.number)
    return coupon_reactivate(undo.reference, undo.code, undo.number, customer)


def _calls_of_sale(options: CloudOptions, bill: Bill, parents: Parents) -> Iterable[Call]:
    customer, points, coupon = bill.customer, bill.points, bill.coupon
    makes = [(Op.TRANSACTION_ADD, partial(transaction_add, options, bill, parents))]
    if customer and customer.identifier[1] and points:
        reference = points_reference(options, bill.number)
        redeem = partial(points_redeem, options, customer, points, bill.number, reference, bill.at)
        makes.append((Op.POINTS_REDEEM, redeem))
    if customer and customer.identifier[1] and coupon:
        paid, worth = _sold(bill, parents).amount_minor, bill.coupon_value_minor
        use = partial(coupon_redeem, options, customer, coupon, bill.number, paid, bill.at, worth)
        makes.append((Op.COUPON_REDEEM, use))
    return [made(op, bill.number, bill.number, make) for op, make in makes]


@dataclass(frozen=True, slots=True)
class _Sold:
    """The part of a bill that its own call tells: what was sold, and the lines that were exchanged for it.

    amount_minor of an exchange is what the new goods came to. What comes back is an entry of its own on its
    original: taken off here too it would count twice, and a later return of the new goods would be more than
    their purchase (630).
    """

    lines: tuple[BillLine, ...]
    amount_minor: int
    discount_minor: int
    rounding_minor: int


def _sold(bill: Bill, parents: Parents) -> _Sold:
    if bill.kind == "sale":
        return _Sold(bill.lines, bill.due_minor, bill.discount_minor, bill.rounding_minor)
    back = exchanged(bill, parents)
    lines = tuple(line for line in bill.lines if line.back is None or line in back)
    sold = [line for line in lines if line.back is None]
    amount_minor = sum(line.amount_minor for line in sold)
    return _Sold(lines, amount_minor, sum(line.discount_minor for line in sold), 0)


def _bill(options: CloudOptions, bill: Bill, sold: _Sold) -> dict[str, Any]:
    known = bill.customer is not None and bool(bill.customer.identifier[1])
    body: dict[str, Any] = {
        "type": "REGULAR" if known else "NOT_INTERESTED",
        "billNumber": bill.number,
        "billingDate": offset_time(bill.at),
        "billAmount": amount(sold.amount_minor, options.currency_exponent),
        "discount": amount(sold.discount_minor, options.currency_exponent),
        "grossAmount": amount(sold.amount_minor + sold.discount_minor, options.currency_exponent),
        "deliveryStatus": "DELIVERED",
        "lineItemsV2": [
            _exchange_line(options, line, line.back) if line.back else line_text(options, line)
            for line in sold.lines
        ],
        "paymentModes": _payments(options, bill),
    }
    if not known:
        body["notInterestedReason"] = bill.not_interested_reason[:_LONGEST_REASON]
    return body | fields_of_bill(options, bill)


def _exchange_line(options: CloudOptions, line: BillLine, back: Back) -> dict[str, Any]:
    origin = {"parentBillNumber": back.number, "purchaseTime": offset_time(back.at)}
    return line_body(options, line) | {"type": "RETURN", "returnType": back.how.value} | origin


def _payments(options: CloudOptions, bill: Bill) -> list[dict[str, Any]]:
    """What was paid, change taken off the cash, under the organisation's own names of the tenders."""
    change = bill.change_minor
    rows: list[dict[str, Any]] = []
    for tender in reversed(bill.tenders):
        given_back = min(change, tender.amount_minor) if tender.type is TenderType.CASH else 0
        change -= given_back
        mode = options.tender_modes.get(tender.type, "")
        if mode and tender.amount_minor > given_back:
            rows.append(_payment(options, tender, mode, tender.amount_minor - given_back))
    return rows[::-1]


def _payment(options: CloudOptions, tender: Tender, mode: str, minor: int) -> dict[str, Any]:
    row: dict[str, Any] = {"mode": mode, "value": amount(minor, options.currency_exponent)}
    reference = without_card_numbers(tender.reference)[:_LONGEST_NOTES]
    if reference:
        row["notes"] = reference
    return row | attributes_of_tender(options, tender, reference)
