"""Whether an answer is about what was asked. What it names and is another's proves nothing; what it leaves
out says nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agent.language.sentence import Sentence
from agent.loyalty.answers.member import cards
from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call, decode
from agent.loyalty.calls.customer.identity import is_card_of
from agent.loyalty.calls.customer_calls import v11_name
from agent.loyalty.calls.fields import Json
from agent.loyalty.calls.redemption_calls import stem_of
from agent.loyalty.calls.wire_format import to_milli
from agent.sale.queue_terms import Op
from agent.sale.same_identifier import same_identifier

_CUSTOMERS = (
    *(Op.CUSTOMER_GET, Op.CUSTOMER_ADD, Op.CUSTOMER_UPDATE),
    *(Op.CUSTOMER_REDEMPTIONS, Op.CUSTOMER_TRANSACTIONS),
)
_NUMBERS: dict[str, tuple[tuple[str, ...], ...]] = {
    Op.POINTS_REDEEM: (("transaction_number",), ("redeemed_on_bill_number",)),
    Op.COUPON_REDEEM: (("transaction_number",), ("transaction", "number"), ("transaction", "bill_number")),
    Op.TRANSACTION_UPDATE: (("number",),),
    Op.TRANSACTION_ADD: (("billNumber",),),
    Op.TRANSACTION_RETURN: (("billNumber",),),
    Op.TRANSACTION_GET: (("number",),),
}
"""Where an answer names the bill."""
_CODES = (Op.COUPON_REDEEM, Op.COUPON_ISREDEEMABLE, Op.COUPON_GET)
LISTS = (Op.TRANSACTION_GET, Op.COUPON_GET)
"""What these find may be more than was asked for: whoever reads the list takes what is theirs."""
_POINTS: dict[str, str] = {Op.POINTS_REDEEM: "points_redeemed", Op.POINTS_REVERSE: "pointsReversed"}
_NO_BILL = ("", "0", "-1")
_SOMEBODY = Sentence("customer.somebody-else")
_BILL = Sentence("bill.other")


def about_another(call: Call, item: Json) -> Sentence | None:
    """What an element of an answer is about instead of what the call asked; None if it may be about that."""
    if is_customer(call, item) is False:
        return _SOMEBODY
    if any(_differs(number, call.fact("number")) for number in _bills(call, item)) or _retagged(call, item):
        return _BILL
    if call.op in _CODES and _differs(fields.text(item, "code"), call.fact("code")):
        return Sentence("coupon.other")
    if _is_other_redemption(call, item):
        return Sentence("redemption.other")
    return Sentence("points.other-number") if _are_other_points(call, item) else None


def is_customer(call: Call, item: Json) -> bool | None:
    """Whether an element, or the customer in it, is the call's; None if it tells nothing to compare."""
    who, value = call.fact("who_name"), call.fact("who_value")
    ours = {v11_name((who, value))[0]: value} if who else {}
    ours |= {"id": call.fact("user_id")} if call.fact("user_id") else {}
    compared = [
        same
        for block in (item, fields.obj(item, "customer"))
        for name, known in ours.items()
        if (same := _is_known(call, block, name, known)) is not None
    ]
    return any(compared) if compared else None


def _is_known(call: Call, block: Json, name: str, known: str) -> bool | None:
    if name == "card_number":
        told = cards(block)
        return is_card_of(told, known) if told else None
    found = fields.text(block, "user_id" if name == "id" else name)
    if name == "id" and not found and call.op in _CUSTOMERS:
        found = fields.text(block, "id")
    return same_identifier(name, found, known) if found and not _is_hidden(name, found) else None


def _is_hidden(name: str, told: str) -> bool:
    """Whether an identifier is told in part only, the rest masked, or is no number at all."""
    return "*" in told or (
        name == "mobile" and (told.upper() != told.lower() or not any(map(str.isdigit, told)))
    )


def _bills(call: Call, item: Json) -> Iterator[str]:
    """The bills an element names."""
    for block in (item, *fields.rows(item, "side_effects", "effect")):
        for path in _NUMBERS.get(call.op, ()):
            if (number := fields.text(block, *path)) not in _NO_BILL:
                yield number


def _retagged(call: Call, item: Json) -> bool:
    """Whether a bill is told to have been given its customer that is not the one the call names by its id."""
    told = fields.text(item, "old_id") if call.op == Op.TRANSACTION_UPDATE else ""
    return told not in _NO_BILL and _differs(told, fields.text(_sent(call), "root", "transaction", "id"))


def _sent(call: Call) -> Any:
    return decode(call.body) if call.body else fields.NOTHING


def _is_other_redemption(call: Call, item: Json) -> bool:
    if call.op not in _POINTS:
        return False
    names = ("external_reference_number", "externalReferenceNumber")
    told = next((found for name in names if (found := fields.text(item, name))), "")
    return _differs(stem_of(told), stem_of(call.fact("reference")))


def _are_other_points(call: Call, item: Json) -> bool:
    told = fields.decimal(item, _POINTS[call.op]) if call.op in _POINTS else None
    ours = call.fact("points_milli")
    return told is not None and ours not in ("", "0") and str(to_milli(told)) != ours


def _differs(told: str, asked: str) -> bool:
    return bool(told and asked) and told.strip().casefold() != asked.strip().casefold()
