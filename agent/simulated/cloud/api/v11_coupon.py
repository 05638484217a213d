"""v1.1 coupon/isredeemable, coupon/redeem and coupon/get (docs/capillary.md 7)."""

from __future__ import annotations

from typing import Any

from agent.simulated.cloud.api.envelope import Entity, Reply, each, item_status, refused_status, v11
from agent.simulated.cloud.api.v11_customer import only
from agent.simulated.cloud.api.v11_points import bill_id
from agent.simulated.cloud.books import coupons, customers
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Coupon, CouponUse, Customer, Series
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import money, v11_text

_USED_UP = {711, 716, 728}


def is_redeemable(world: CloudWorld, call: Call) -> Reply:
    """Whether the customer may burn each code. Item code 700.

    A coupon that was used comes back as the vendor's 706 example has it: a status that calls itself true
    with `is_redeemable` false, and no `success`. Every other refusal is a failed item; 725, a coupon that
    asks for a code, is one that tells the coupon's worth all the same (the vendor shows no example).
    """

    def one(code: str) -> Entity:
        row = customers.wanted(world, call, dict(call.query), "coupon", 701, 701)
        call.note(coupon=code)
        coupon = coupons.wanted(world, code)
        try:
            coupons.check(world, coupon, row, call.till.store)
        except Refusal as refusal:
            if refusal.code not in _USED_UP:
                raise
            status = {"status": "true", "code": 706, "message": refusal.text}
            return {**_redeemable(world, call, coupon, row), "is_redeemable": "false", "item_status": status}
        if world.ledger.series_of(coupon).needs_code:
            status = refused_status(Refusal("coupon", 725))
            return {**_redeemable(world, call, coupon, row), "is_redeemable": "false", "item_status": status}
        status = {**item_status("coupon", 700), "status": "true"}
        return {**_redeemable(world, call, coupon, row), "is_redeemable": "true", "item_status": status}

    def echo(code: str) -> Entity:
        return {"mobile": call.query.get("mobile", ""), "code": _cased(call, code), "is_redeemable": "false"}

    entities = each(call, "coupon", _codes(call), one, echo)
    return v11(world.options, call, "coupons", "redeemable", entities)


def _codes(call: Call) -> list[str]:
    return [part.strip() for part in call.query.get("code", "").split(",") if part.strip()] or [""]


def _cased(call: Call, code: str) -> str:
    case = call.query.get("coupon_code_case", "UPPER").upper()
    return code.lower() if case == "LOWER" else code if case == "AS_IT_IS" else code.upper()


def _redeemable(world: CloudWorld, call: Call, coupon: Coupon, row: Customer) -> Entity:
    series = world.ledger.series_of(coupon)
    uses = coupons.uses_of(world, coupon)
    told: Entity = {
        "mobile": row.mobile,
        "code": _cased(call, coupon.code),
        "redemptions_left": coupons.left(world, coupon),
        "no_of_redemptions_by_user": sum(use.customer_id == row.id for use in uses),
        "coupon_value": money(series.value),
        "customer": {
            "mobile": row.mobile or None,
            "email": row.email or None,
            "external_id": row.external_id or None,
        },
    }
    if call.query.get("details", "").lower() in ("true", "extended"):
        told["series_info"] = _series(world, series, extended=call.query["details"].lower() == "extended")
    return told


def _series(world: CloudWorld, series: Series, *, extended: bool) -> Entity:
    told: Entity = {
        "id": str(series.id),
        "description": series.name,
        "discount_code": series.discount_code,
        "valid_till": v11_text(series.valid_till, world.zone),
        "discount_type": series.kind,
        # Percent for PERC, money for ABS: basis points and paise are both hundredths.
        "discount_value": money(series.value),
        "discount_on": "BILL",
        "detailed_info": "",
    }
    if extended:
        told |= {
            "min_bill_amount": money(series.min_bill_minor),
            "redemption_stores": ",".join(series.stores),
            "max_redemptions": str(series.uses),
        }
    return told


def redeem(world: CloudWorld, call: Call) -> Reply:
    """Burn one coupon on a bill. Item code 700."""

    def one(body: Any) -> Entity:
        return _redeemed(world, coupons.redeem(world, call, body))

    def echo(body: Any) -> Entity:
        return {"code": str(body.get("code") or "")} if isinstance(body, dict) else {}

    entities = each(call, "coupon", only(call, "coupon"), one, echo)
    return v11(world.options, call, "coupons", "coupon", entities)


def _redeemed(world: CloudWorld, use: CouponUse) -> Entity:
    coupon = world.ledger.coupon_of(use)
    row = world.ledger.get(Customer, use.customer_id) or Customer(0)
    series = world.ledger.series_of(coupon)
    return {
        "redemptionId": use.id,
        "code": coupon.code,
        "customer": {
            "mobile": row.mobile,
            "email": row.email,
            "external_id": row.external_id,
            "user_id": str(row.id),
        },
        "transaction": {"number": use.bill_number, "amount": money(use.amount_minor)},
        "discount_code": series.discount_code,
        "series_code": str(series.id),
        "is_absolute": "true" if series.kind == "ABS" else "false",
        "coupon_value": money(series.value),
        "side_effects": [],
        "item_status": item_status("coupon", 700),
    }


def get(world: CloudWorld, call: Call) -> Reply:
    """Coupons by code or id, with the last redemption of each: the read-back. Item code 700, 702."""

    def one(key: tuple[str, str]) -> Entity:
        call.note(coupon=key[0] or key[1])
        return _told(world, call, coupons.wanted(world, *key))

    def echo(key: tuple[str, str]) -> Entity:
        return {"code": key[0], "id": key[1]}

    ids = [("", part.strip()) for part in call.query.get("id", "").split(",") if part.strip()]
    keys = ids or [(code, "") for code in _codes(call)]
    return v11(world.options, call, "coupons", "coupon", each(call, "coupon", keys, one, echo))


def _told(world: CloudWorld, call: Call, coupon: Coupon) -> Entity:
    series = world.ledger.series_of(coupon)
    holder = world.ledger.get(Customer, coupon.customer_id)
    uses = coupons.uses_of(world, coupon)
    told: Entity = {
        "code": _cased(call, coupon.code),
        "id": str(coupon.id),
        "valid_till": v11_text(coupon.valid_till, world.zone),
        "issued_on": v11_text(coupon.issued_at, world.zone),
        "customer": _person(holder),
        "series_id": str(series.id),
        "is_absolute": "true" if series.kind == "ABS" else "false",
        "value": money(series.value),
        "redemption_info": {"redeemed": "false", "redeemed_on": "", "redeemed_at": ""},
        "redeemed_by": {},
        "transaction": {},
        "item_status": {**item_status("coupon", 700), "status": "true"},
    }
    left = series.uses < 0 or len(uses) < series.uses
    return told | (_last_use(world, uses[-1], left=left) if uses else {})


def _last_use(world: CloudWorld, use: CouponUse, *, left: bool) -> Entity:
    """Whether redeemed means used or used up is not documented: here a coupon with uses left is neither."""
    return {
        "redemption_info": {
            "redeemed": "false" if left else "true",
            "redeemed_on": v11_text(use.at, world.zone),
            "redeemed_at": use.till,
        },
        "redeemed_by": _person(world.ledger.get(Customer, use.customer_id)),
        "transaction": {"number": use.bill_number, "id": str(bill_id(world, use.bill_number))},
    }


def _person(row: Customer | None) -> Entity:
    if row is None:
        return {}
    return {
        "user_id": str(row.id),
        "firstname": row.firstname,
        "lastname": row.lastname,
        "mobile": row.mobile,
        "email": row.email,
    }
