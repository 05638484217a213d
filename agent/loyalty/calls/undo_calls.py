"""Giving back redeemed points and used coupons: points/reverse and coupon/reactivate
(docs/capillary.md 6 and 7)."""

from __future__ import annotations

from typing import Any

from agent.loyalty.calls.call import Call, encode, facts_of
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.redemption_calls import is_reference
from agent.loyalty.calls.wire_format import thousandths
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op

_LONGEST_ID = 18
"""Digits that any 64-bit number can have."""


def points_reverse(
    options: CloudOptions,  # noqa: ARG001 - the face of the points calls
    customer: Customer,
    reference: str,
    points_milli: int,
    number: str,
    *,
    redemption_id: str = "",
    before_milli: int = 0,
) -> Call:
    """Give back points that were redeemed under reference, which may be the cloud's own id (known_by).

    points_milli 0 gives back all. number is the bill this is for. before_milli is what was given back of the
    same redemption before, so that a lost answer is not taken for an earlier one. Raises ValueError unless
    exactly one of reference and redemption_id names the redemption: the cloud refuses both
    (docs/capillary.md 6).
    """
    if not redemption_id and not is_reference(reference):
        reference, redemption_id = "", reference
    if bool(reference) == bool(redemption_id):
        raise ValueError("a redemption is named by its reference or by its id, never by both")
    name, value = _identifier(customer)
    body: dict[str, Any] = {"identifier": {"type": name, "value": value}}
    body |= {"externalReferenceNumber": reference} if reference else {"redemptionId": redemption_id}
    if points_milli:
        body["pointsToBeReversed"] = thousandths(points_milli)
    return Call(
        op=Op.POINTS_REVERSE,
        method="POST",
        path="/v2/points/reverse",
        body=encode(body),
        family="points",
        facts=facts_of(
            who_name=name,
            who_value=value,
            number=number,
            reference=reference,
            redemption_id=redemption_id,
            points_milli=points_milli,
            before_milli=before_milli,
        ),
    )


def coupon_reactivate(redemption_id: str, code: str, number: str, customer: Customer | None = None) -> Call:
    """Make a coupon that was used on bill number usable again. redemption_id is the cloud's, a whole number.

    The chain is the customer's where one is given, else the bill's. Raises ValueError for another kind of id.
    """
    name, value = _identifier(customer) if customer else ("", "")
    if not is_whole(redemption_id):
        raise ValueError(f"the cloud's id of the coupon's use, {redemption_id[:40]}, is not a whole number")
    return Call(
        op=Op.COUPON_REACTIVATE,
        method="POST",
        path="/v2/coupon/reactivate",
        body=encode({"redemptionIds": [int(redemption_id)]}),
        family="coupon",
        facts=facts_of(
            who_name=name, who_value=value, number=number, code=code, redemption_id=str(int(redemption_id))
        ),
    )


def is_whole(redemption_id: str) -> bool:
    """Whether the call that reactivates a coupon can carry this id: ids come as texts of any kind, and it
    takes whole numbers alone (docs/capillary.md 3 and 7)."""
    return redemption_id.isascii() and redemption_id.isdigit() and len(redemption_id) <= _LONGEST_ID


def _identifier(customer: Customer) -> tuple[str, str]:
    """The one identifier a v2 call names a customer by. Raises ValueError for a customer without any."""
    name, value = customer.identifier
    if value:
        return name, value
    if customer.user_id:
        return "id", customer.user_id
    raise ValueError("the customer has no identifier")
