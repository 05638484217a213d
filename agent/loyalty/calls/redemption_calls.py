"""The points and coupon calls: may it be redeemed, send a code, redeem, read back
(docs/capillary.md 6 and 7)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from agent.loyalty.calls.call import Call, decode, encode, facts_of
from agent.loyalty.calls.customer_calls import v11_identifier
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.wire_format import amount_text, cluster_time, thousandths_text
from agent.sale.basket import CouponRedemption, Customer, PointsRedemption
from agent.sale.queue_terms import Op

_JSON = ("format", "json")
_ATTEMPT = re.compile(r"-P(\d{1,4})$")


def points_isredeemable(options: CloudOptions, customer: Customer, points_milli: int, otp: str = "") -> Call:
    """May this customer redeem so many points now, and what are they worth."""
    query = [v11_identifier(customer), ("points", thousandths_text(points_milli))]
    query += _given(("program_id", options.points_program_id), ("validation_code", otp))
    return _get(Op.POINTS_ISREDEEMABLE, "/v1.1/points/isredeemable", query, "points", customer)


def points_validationcode(customer: Customer, points_milli: int) -> Call:
    """Send the customer the code that redeeming so many points asks for."""
    query = [v11_identifier(customer), ("points", thousandths_text(points_milli))]
    return _get(Op.POINTS_VALIDATIONCODE, "/v1.1/points/validationcode", query, "otp", customer)


def points_redeem(
    options: CloudOptions,
    customer: Customer,
    redemption: PointsRedemption,
    number: str,
    reference: str,
    at: str,
) -> Call:
    """Take the points of a completed bill. reference is minted and stored before this is first sent.

    The cloud keeps references of successes for ever and does not process one twice (docs/capillary.md 10.1).
    """
    name, value = v11_identifier(customer)
    redeem: dict[str, Any] = {
        "points_redeemed": thousandths_text(redemption.points_milli),
        "customer": {name: value},
        "transaction_number": number,
        "external_reference_number": reference,
        "redemption_time": cluster_time(at, options.zone),
    }
    redeem |= dict(_given(("validation_code", redemption.otp)))
    return Call(
        op=Op.POINTS_REDEEM,
        method="POST",
        path="/v1.1/points/redeem",
        query=(*_given(("program_id", options.points_program_id)), _JSON),
        body=encode({"root": {"redeem": [redeem]}}),
        family="points",
        facts=facts_of(
            who_name=name,
            who_value=value,
            number=number,
            at=at,
            reference=reference,
            points_milli=redemption.points_milli,
            value_minor=redemption.value_minor,
        ),
        headers=options.signature,
    )


def points_reference(options: CloudOptions, number: str, attempt: int = 1) -> str:
    """The idempotency key of a points redemption: who, where, which bill, which attempt
    (docs/capillary.md 10.2)."""
    return f"{options.org}-{options.store_code}-{options.till_code}-{number}-P{attempt}"


def points_redeem_anew(call: Call) -> Call:
    """The same redemption under its next reference: a refused one is not repeated under the old
    (docs/capillary.md 10.2)."""
    reference = _next_reference(call.fact("reference"))
    body = decode(call.body)
    body["root"]["redeem"][0]["external_reference_number"] = reference
    facts = tuple((name, reference if name == "reference" else value) for name, value in call.facts)
    return replace(call, body=encode(body), facts=facts)


def redeem_with_code(call: Call, otp: str) -> Call:
    """The same redemption, of points or a coupon, with another one-time code."""
    body = decode(call.body)
    entity = "redeem" if call.op == Op.POINTS_REDEEM else "coupon"
    body["root"][entity][0]["validation_code"] = otp
    return replace(call, body=encode(body))


def attempt_of(reference: str) -> int:
    """Which reference of its redemption this is, from 1."""
    found = _ATTEMPT.search(reference)
    return int(found[1]) if found else 1


def stem_of(reference: str) -> str:
    """What all references of one redemption share."""
    return _ATTEMPT.sub("", reference)


def known_by(reference: str, server_ref: str) -> str:
    """What the cloud surely knows a done redemption by: its first reference, else the cloud's own id of it.

    A redemption that is kept under a later reference may have landed under an earlier one.
    """
    return reference if attempt_of(reference) == 1 else server_ref or reference


def is_reference(name: str) -> bool:
    """Whether this names a redemption as this till does, not by the cloud's id."""
    return _ATTEMPT.search(name) is not None


def coupon_isredeemable(customer: Customer, code: str) -> Call:
    """May this customer redeem this coupon now, and what is it worth."""
    query = [v11_identifier(customer), ("code", code), ("details", "true")]
    return _get(Op.COUPON_ISREDEEMABLE, "/v1.1/coupon/isredeemable", query, "coupon", customer, code)


def coupon_redeem(
    options: CloudOptions,
    customer: Customer,
    coupon: CouponRedemption,
    number: str,
    amount_minor: int,
    at: str,
    value_minor: int = 0,
) -> Call:
    """Use up the coupon of a completed bill. One per call; the cloud has no key against doing it twice."""
    name, value = v11_identifier(customer)
    redeem: dict[str, Any] = {
        "code": coupon.code,
        "customer": {name: value},
        "redemption_time": cluster_time(at, options.zone),
        "transaction": [{"number": number, "amount": amount_text(amount_minor, options.currency_exponent)}],
    }
    redeem |= dict(_given(("validation_code", coupon.otp)))
    return Call(
        op=Op.COUPON_REDEEM,
        method="POST",
        path="/v1.1/coupon/redeem",
        query=(_JSON,),
        body=encode({"root": {"coupon": [redeem]}}),
        family="coupon",
        facts=facts_of(
            who_name=name,
            who_value=value,
            number=number,
            at=at,
            code=coupon.code,
            value_minor=value_minor,
        ),
    )


def coupon_get(code: str) -> Call:
    """Where and on which bill a coupon was used, if it was."""
    return _get(Op.COUPON_GET, "/v1.1/coupon/get", [("code", code)], "coupon", code=code)


def _next_reference(reference: str) -> str:
    return f"{stem_of(reference)}-P{attempt_of(reference) + 1}"


def _get(
    op: Op,
    path: str,
    query: list[tuple[str, str]],
    family: str,
    customer: Customer | None = None,
    code: str = "",
) -> Call:
    name, value = v11_identifier(customer) if customer else ("", "")
    facts = facts_of(who_name=name, who_value=value, code=code)
    return Call(op=op, method="GET", path=path, query=(*query, _JSON), family=family, facts=facts)


def _given(*pairs: tuple[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in pairs if value]
