"""v2 coupons: asked about, burnt one by one or all together, made usable again (docs/capillary.md 7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from agent.simulated.cloud.api.envelope import Entity, Reply, v2_error
from agent.simulated.cloud.books import coupons, customers
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.coupons import Burn
from agent.simulated.cloud.books.ledger_rows import CouponUse, Customer
from agent.simulated.cloud.books.refusal import Refusal, text_of
from agent.simulated.cloud.books.wire_format import WireError, money_number, v2_time

_V2_CODE = {702: 780, 711: 747}
"""What v2 says in place of a v1.1 code (docs/capillary.md 9.5)."""
_USER = {"mobile": "mobile", "email": "email", "externalId": "externalId", "id": "id"}


def is_redeemable(world: CloudWorld, call: Call) -> Reply:
    """GET /v2/coupon/is_redeemable: whether a customer could burn each code now."""
    row = _user(world, call, call.query)
    told = [part.strip() for part in call.query.get("code", "").split(",") if part.strip()]
    if not told:
        raise Refusal("coupon", 781)
    call.note(coupon=",".join(told))
    answers = [_asked(world, call, row, code) for code in told]
    document = {
        "customer": _customer(row),
        "redemption": answers,
        "redemptionStatus": _status(700),
        "warnings": [],
    }
    return Reply(document, 200, (700,))


def _asked(world: CloudWorld, call: Call, row: Customer, code: str) -> Entity:
    coupon = coupons.by_code(world, code)
    if coupon is None:
        return {"code": code.upper(), "isRedeemable": False, "warnings": [], **_why(Refusal("coupon", 780))}
    uses = coupons.uses_of(world, coupon)
    told: Entity = {
        "appendedErrorMessage": "",
        "code": coupon.code,
        "isAbsolute": world.ledger.series_of(coupon).kind == "ABS",
        "isRedeemable": True,
        "numberOfRedemptionsByUser": sum(use.customer_id == row.id for use in uses),
        "redemptionsLeft": coupons.left(world, coupon),
        "warnings": [],
    }
    try:
        coupons.check(world, coupon, row, call.till.store)
    except Refusal as refusal:
        return told | {"isRedeemable": False} | _why(_as_v2(refusal))
    return told


def _why(refusal: Refusal) -> Entity:
    return {"appendedErrorMessage": refusal.text, "errors": [v2_error(refusal)]}


def _as_v2(refusal: Refusal) -> Refusal:
    code = _V2_CODE.get(refusal.code, refusal.code)
    return refusal if code == refusal.code else Refusal("coupon", code)


def _user(world: CloudWorld, call: Call, block: Any) -> Customer:
    """The customer of a body's `user` or of a query. Refusal 701."""
    source: Mapping[str, Any] = block if isinstance(block, Mapping) else {}
    name = next((one for one in _USER if source.get(one)), "")
    value = str(source.get(name) or "") if name else ""
    call.note(customer=value)
    row = customers.find_v2(world, name, value) if name else None
    if row is None:
        raise Refusal("coupon", 701)
    return row


def _customer(row: Customer) -> Entity:
    named = {"mobile": row.mobile, "email": row.email, "externalId": row.external_id}
    profile = {
        "firstName": row.firstname,
        "lastName": row.lastname,
        "fields": {},
        "identifiers": [{"type": name, "value": value} for name, value in named.items() if value],
        "commChannels": [],
        "userId": row.id,
        "accountId": "",
        "autoUpdateTime": row.updated_at,
    }
    return {"id": row.id, "profiles": [profile]}


def _status(code: int) -> Entity:
    return {"status": True, "code": code, "message": text_of("coupon", code)}


def redeem(world: CloudWorld, call: Call) -> Reply:
    """POST /v2/coupon/redeem: burn one coupon; no loyalty event follows. Refusals 629, 701, 780, 747.

    `redemptionTime` is what the coupon is checked at; the use is booked at the cloud's own time.
    """
    row, burns, at = _wished(world, call, 1)
    try:
        coupons.check_burn(world, call, burns[0], at)
    except Refusal as refusal:
        raise _as_v2(refusal) from refusal
    with world.ledger.transaction():
        use = coupons.burnt(world, call, burns[0], world.now().isoformat())
    document = {
        "redemption": [_burnt(world, use)],
        "redemptionStatus": _status(700),
        "customer": _customer(row),
        "warnings": [],
    }
    return Reply(document, 200, (700,))


def redeem_all(world: CloudWorld, call: Call) -> Reply:
    """POST /v2/coupon/bulk/redeem: all of them or none; with `is_redeemable=true` only asked about.

    The refused one has its own code, the others 749. Refusal 629 for more than the batch may have.
    """
    _, burns, at = _wished(world, call, world.options.coupon_batch)
    why = {index: refusal for index, burn in enumerate(burns) if (refusal := _refused(world, call, burn, at))}
    if why:
        rows = [_failed(burn, why.get(index, Refusal("coupon", 749))) for index, burn in enumerate(burns)]
        return _bulk(rows, len(rows))
    if call.flag("is_redeemable"):
        return _bulk([{"entityId": None, "result": _checked(one), "errors": []} for one in burns], 0)
    with world.ledger.transaction():
        uses = [coupons.burnt(world, call, burn, world.now().isoformat()) for burn in burns]
    return _bulk([{"entityId": use.id, "result": _burnt(world, use), "errors": []} for use in uses], 0)


def _bulk(rows: list[Entity], failed: int) -> Reply:
    codes = tuple(error["code"] for row in rows for error in row["errors"]) or (700,)
    return Reply({"response": rows, "totalCount": len(rows), "failureCount": failed}, 200, codes)


def _refused(world: CloudWorld, call: Call, burn: Burn, at: datetime) -> Refusal | None:
    try:
        coupons.check_burn(world, call, burn, at)
    except Refusal as refusal:
        return _as_v2(refusal)
    return None


def _failed(burn: Burn, refusal: Refusal) -> Entity:
    return {"entityId": None, "result": _checked(burn), "errors": [v2_error(refusal)]}


def _checked(burn: Burn) -> Entity:
    return {"code": burn.coupon.code, "warnings": []}


def _wished(world: CloudWorld, call: Call, most: int) -> tuple[Customer, list[Burn], datetime]:
    body = call.body if isinstance(call.body, dict) else {}
    listed = customers.many(body.get("redemptionRequestList"))
    told = [str(one.get("code") or "") for one in listed if isinstance(one, dict)]
    if not told or len(told) > most or len(set(map(str.upper, told))) < len(told):
        raise Refusal("coupon", 629)
    row = _user(world, call, body.get("user"))
    number = str(body.get("transactionNumber") or "")
    call.note(coupon=",".join(told), bill=number)
    amount, at = (
        coupons.amount_of(body.get("billAmount")),
        _time(world, str(body.get("redemptionTime") or "")),
    )
    found = [coupons.by_code(world, code) for code in told]
    if None in found:
        raise Refusal("coupon", 780)
    return row, [Burn(one, row, number, amount) for one in found if one], at


def _time(world: CloudWorld, told: str) -> datetime:
    try:
        return v2_time(told, UTC).astimezone(world.zone) if told else world.now()
    except WireError as error:
        raise Refusal("coupon", 739) from error


def _burnt(world: CloudWorld, use: CouponUse) -> Entity:
    coupon = world.ledger.coupon_of(use)
    series = world.ledger.series_of(coupon)
    return {
        "id": use.id,
        "warnings": [],
        "appendedErrorMessage": "",
        "code": coupon.code,
        "discountCode": series.discount_code,
        "seriesCode": series.id,
        "isAbsolute": series.kind == "ABS",
        "couponValue": money_number(series.value),
        "discountType": series.kind,
        "discountValue": money_number(series.value),
        "redemptionStatus": {
            "statusCode": _status(700),
            "warnings": [],
            "code": 700,
            "message": text_of("coupon", 700),
            "success": True,
        },
    }


def reactivate(world: CloudWorld, call: Call) -> Reply:
    """POST /v2/coupon/reactivate: make burnt coupons usable again. Refusal 510 for an unknown id."""
    ids = call.body.get("redemptionIds") if isinstance(call.body, dict) else None
    if not isinstance(ids, list) or not ids or not all(type(one) is int for one in ids):
        raise Refusal("coupon", 510)
    coupons.reactivate(world, ids)
    return Reply({"success": True})
