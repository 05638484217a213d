"""The bill call: POST /v2/transactions from a completed bill, and its read-back (API.md section 5)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from agent.loyalty.bill_fields import attributes_of_tender, fields_of_bill, fields_of_line
from agent.loyalty.call import Call, Op, decode, encode, facts_of
from agent.loyalty.notation import amount, cluster_date, offset_time, thousandths
from agent.loyalty.options import CloudOptions
from agent.loyalty.redemption_calls import coupon_redeem, points_redeem, points_reference
from agent.sale.basket import Bill, BillLine, BundlePart, Tender, TenderType

LARGEST_BODY = 16_777_215
"""Bytes the cloud can store of one transaction (seeds, transaction v2)."""
_LONGEST_NUMBER = 50
_LONGEST_REASON = 255
_LONGEST_NOTES = 250
_LONGEST_NAME = 250
_BUNDLES = {
    "combo": ("comboDetails", "COMBO_ITEM"),
    "split": ("splitDetails", "SPLIT"),
    "addon": ("addOnDetails", "ADD_ON_ITEM"),
}
_CARD_NUMBER = re.compile(r"\d(?:[ -]?\d){12,18}")


def transaction_add(options: CloudOptions, bill: Bill) -> Call:
    """Tell the cloud of a bill: REGULAR with the customer's identifier, else NOT_INTERESTED with the reason.

    Takes any bill, so that no sale fails for the cloud's sake; unsendable tells what it could not take.
    """
    name, value = bill.customer.identifier if bill.customer else ("", "")
    identified = (("identifierName", name), ("identifierValue", value)) if value else ()
    return Call(
        op=Op.TRANSACTION_ADD,
        method="POST",
        path="/v2/transactions",
        query=(*identified, ("source", options.source)),
        body=encode(_bill(options, bill)),
        family="transaction",
        facts=facts_of(
            who_name=name,
            who_value=value,
            number=bill.number,
            till=options.till_code,
            amount_minor=bill.due_minor,
            rounding_minor=bill.rounding_minor,
            at=bill.at,
        ),
    )


def unsendable(call: Call) -> str:
    """Why a stored bill must wait for a person instead of being sent, in words; empty if it may go.

    The cloud does not check that lines sum up to their bill, so this till does (API.md 5.2).
    """
    if call.op != Op.TRANSACTION_ADD:
        return ""
    if not 0 < len(call.fact("number")) <= _LONGEST_NUMBER:
        return f"The bill number has no or more than {_LONGEST_NUMBER} characters."
    if len(call.body) > LARGEST_BODY:
        return "The bill is larger than the cloud can store."
    body = decode(call.body)
    due = Decimal(body["billAmount"])
    lines = sum(Decimal(line["amount"]) for line in body["lineItemsV2"])
    # The bill's own decimals tell the size of a minor unit.
    rounding = Decimal(call.fact("rounding_minor") or 0).scaleb(int(due.as_tuple().exponent))
    if lines + rounding != due:
        return f"The lines of the bill sum up to {lines}, the bill says {due}."
    return ""


def transaction_get(options: CloudOptions, number: str, at: str) -> Call:
    """The read-back of a bill of this till."""
    query = [("number", number)]
    query += [("till_code", options.till_code)] if options.till_code else []
    query += [("date", cluster_date(at, options.zone)), ("type", "ALL"), ("user_id", "true")]
    return Call(
        op=Op.TRANSACTION_GET,
        method="GET",
        path="/v1.1/transaction/get",
        query=(*query, ("format", "json")),
        family="transaction",
    )


def calls_of_bill(options: CloudOptions, bill: Bill) -> tuple[Call, ...]:
    """Everything the cloud must hear of a bill, in the seeds' order: the bill, then points, then coupon.

    The redemptions may be sent only after the bill is acknowledged. References are minted here, so store the
    calls before sending any.
    """
    calls = [transaction_add(options, bill)]
    if not bill.customer or not bill.customer.identifier[1]:
        return tuple(calls)
    if bill.points:
        reference = points_reference(options, bill.number)
        calls.append(points_redeem(options, bill.customer, bill.points, bill.number, reference, bill.at))
    if bill.coupon:
        paid, worth = bill.due_minor, bill.coupon_value_minor
        calls.append(coupon_redeem(options, bill.customer, bill.coupon, bill.number, paid, bill.at, worth))
    return tuple(calls)


def _bill(options: CloudOptions, bill: Bill) -> dict[str, Any]:
    known = bill.customer is not None and bool(bill.customer.identifier[1])
    body: dict[str, Any] = {
        "type": "REGULAR" if known else "NOT_INTERESTED",
        "billNumber": bill.number,
        "billingDate": offset_time(bill.at),
        "billAmount": amount(bill.due_minor, options.currency_exponent),
        "discount": amount(bill.discount_minor, options.currency_exponent),
        "grossAmount": amount(bill.due_minor + bill.discount_minor, options.currency_exponent),
        "deliveryStatus": "DELIVERED",
        "lineItemsV2": [_line(options, line) for line in bill.lines],
        "paymentModes": _payments(options, bill),
    }
    if not known:
        body["notInterestedReason"] = bill.not_interested_reason[:_LONGEST_REASON]
    return body | fields_of_bill(options, bill)


def _line(options: CloudOptions, line: BillLine) -> dict[str, Any]:
    """One line. value - discount = amount holds for exclusive prices too: value then includes the tax."""
    exponent = options.currency_exponent
    value_minor = line.amount_minor + line.discount_minor
    same = value_minor == line.gross_minor
    rate_minor = line.unit_price_minor if same else _per_unit(value_minor, line.qty_milli)
    item: dict[str, Any] = {
        "serial": line.no,
        "itemCode": line.sku,
        "description": line.name[:_LONGEST_NAME],
        "qty": thousandths(line.qty_milli),
        "rate": amount(rate_minor, exponent),
        "value": amount(value_minor, exponent),
        "discount": amount(line.discount_minor, exponent),
        "amount": amount(line.amount_minor, exponent),
    }
    if line.variant:
        item["attributes"] = dict(line.variant)
    for part in line.parts:
        field, kind = _BUNDLES.get(part.kind, _BUNDLES["combo"])
        item.setdefault(field, []).append(_part(options, part, kind))
    return item | fields_of_line(options, line)


def _per_unit(value_minor: int, qty_milli: int) -> int:
    if qty_milli == 0:
        return value_minor
    return int((Decimal(value_minor) * 1000 / qty_milli).to_integral_value(ROUND_HALF_UP))


def _part(options: CloudOptions, part: BundlePart, kind: str) -> dict[str, Any]:
    """A component, per unit of its bundle."""
    detail: dict[str, Any] = {
        "itemCode": part.sku,
        "description": part.name[:_LONGEST_NAME],
        "quantity": thousandths(part.qty_milli),
        "comboType": kind,
    }
    if part.price_minor:
        value_minor = (Decimal(part.price_minor) * part.qty_milli / 1000).to_integral_value(ROUND_HALF_UP)
        detail["rate"] = amount(part.price_minor, options.currency_exponent)
        detail["value"] = amount(int(value_minor), options.currency_exponent)
    return detail


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


def without_card_numbers(text: str) -> str:
    """The text with every payment card number cut to its last four digits (API.md 8: never a full one)."""
    return _CARD_NUMBER.sub(lambda found: _masked(found[0]), text)


def _masked(run: str) -> str:
    digits = [int(letter) for letter in run if letter.isdigit()]
    doubled = [sum(divmod(digit * 2, 10)) for digit in digits[-2::-2]]
    is_card = (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return f"…{run[-4:]}" if is_card else run
