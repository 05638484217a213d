"""Coupons: who may burn which, where, how often and with what code (docs/capillary.md 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent.simulated.cloud.books import customers, one_time_codes
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Coupon, CouponUse, Customer, Series
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import WireError, minor_of, v11_redemption_time

ACTION = "COUPON"


def by_code(world: CloudWorld, code: str) -> Coupon | None:
    """The coupon, whatever case the code is written in."""
    return next(iter(world.ledger.find(Coupon, "coupon_code", code.strip().upper())), None)


def uses_of(world: CloudWorld, coupon: Coupon) -> list[CouponUse]:
    """The uses that count, oldest first."""
    return [use for use in world.ledger.find(CouponUse, "uses_of_coupon", coupon.id) if not use.undone]


def wanted(world: CloudWorld, code: str, coupon_id: str = "") -> Coupon:
    """The coupon asked for by code or id. Refusals 781 (neither) and 702 (unknown)."""
    if not code and not coupon_id:
        raise Refusal("coupon", 781)
    if code:
        found = by_code(world, code)
    else:
        found = world.ledger.get(Coupon, int(coupon_id)) if coupon_id.isdigit() else None
    if found is None:
        raise Refusal("coupon", 702)
    return found


def check(world: CloudWorld, coupon: Coupon, row: Customer, store: str, at: datetime | None = None) -> None:
    """Whether this customer could burn the coupon at this store, now or at another time.

    Refusals 740, 703, 712, 713, 735 and, for uses already made, 711, 716 and 728.
    """
    series = world.ledger.series_of(coupon)
    now = at or world.now()
    if row.fraud:
        raise Refusal("coupon", 740)
    if coupon.customer_id not in (0, row.id):
        raise Refusal("coupon", 703)
    if datetime.fromisoformat(series.valid_till) < now:
        raise Refusal("coupon", 712)
    if datetime.fromisoformat(coupon.valid_till) < now:
        raise Refusal("coupon", 713)
    if series.stores and store not in series.stores:
        raise Refusal("coupon", 735)
    _check_uses(world, coupon, series, row)


def _check_uses(world: CloudWorld, coupon: Coupon, series: Series, row: Customer) -> None:
    uses = uses_of(world, coupon)
    own = sum(use.customer_id == row.id for use in uses)
    if series.uses == 1 and uses:
        raise Refusal("coupon", 711)
    if series.per_customer >= 0 and own >= series.per_customer:
        raise Refusal("coupon", 716)
    if series.uses >= 0 and len(uses) >= series.uses:
        raise Refusal("coupon", 728)


def check_code(world: CloudWorld, series: Series, row: Customer, code: str) -> None:
    """Whether a series that wants a validation code got the right one. Refusals 725 and 705."""
    if not series.needs_code:
        return
    if not code:
        raise Refusal("coupon", 725)
    if not one_time_codes.matches(world, f"customer:{row.id}", ACTION, code):
        raise Refusal("coupon", 705)


def left(world: CloudWorld, coupon: Coupon) -> int:
    """Redemptions left, -1 without limit."""
    series = world.ledger.series_of(coupon)
    used = len(uses_of(world, coupon))
    return -1 if series.uses < 0 else max(series.uses - used, 0)


def worth(series: Series, amount_minor: int) -> int:
    """What the coupon takes off a bill of this amount, in paise."""
    cut = series.value if series.kind == "ABS" else amount_minor * series.value // 10_000
    return min(cut, amount_minor) if amount_minor else 0


def redeem(world: CloudWorld, call: Call, body: Any) -> CouponUse:
    """Burn a coupon on a bill. No key guards a repeat: a multi-use coupon burns again (docs/capillary.md
    10.1)."""
    if not isinstance(body, dict):
        raise Refusal("coupon", 781)
    code, coupon_id = str(body.get("code") or ""), str(body.get("id") or "")
    call.note(coupon=code or coupon_id)
    row = customers.wanted(world, call, body.get("customer"), "coupon", 701, 701)
    coupon = wanted(world, code, coupon_id)
    number, amount = _bill(body)
    call.note(bill=number)
    at = _time(world, str(body.get("redemption_time") or ""))
    burn = Burn(coupon, row, number, amount, str(body.get("validation_code") or ""))
    check_burn(world, call, burn)
    with world.ledger.transaction():
        return burnt(world, call, burn, at)


@dataclass(frozen=True, slots=True)
class Burn:
    """A coupon about to be used on a bill by a customer."""

    coupon: Coupon
    row: Customer
    number: str
    amount_minor: int
    code: str = ""


def check_burn(world: CloudWorld, call: Call, burn: Burn, at: datetime | None = None) -> None:
    """As `check`, and whether the bill is large enough (733) and the validation code right (725, 705)."""
    series = world.ledger.series_of(burn.coupon)
    check(world, burn.coupon, burn.row, call.till.store, at)
    if burn.amount_minor < series.min_bill_minor:
        raise Refusal("coupon", 733)
    check_code(world, series, burn.row, burn.code)


def burnt(world: CloudWorld, call: Call, burn: Burn, at: str) -> CouponUse:
    """The use, booked. Must run inside a transaction."""
    series = world.ledger.series_of(burn.coupon)
    if series.needs_code:
        one_time_codes.spend(world, f"customer:{burn.row.id}", ACTION)
    return world.ledger.put(
        CouponUse(
            world.ledger.new_id(),
            burn.coupon.id,
            burn.row.id,
            burn.number,
            burn.amount_minor,
            worth(series, burn.amount_minor),
            at,
            call.till.code,
            call.till.store,
        )
    )


def _bill(body: dict[str, Any]) -> tuple[str, int]:
    listed = customers.many(body.get("transaction"))
    bill = listed[0] if listed and isinstance(listed[0], dict) else {}
    number = str(bill.get("number") or "")
    if not number:
        raise Refusal("coupon", 718)
    return number, amount_of(bill.get("amount"))


def amount_of(told: Any) -> int:
    """What a bill came to, in minor units; refusal 733 for what is no amount."""
    try:
        amount = minor_of(told or 0)
    except WireError as error:
        raise Refusal("coupon", 733) from error
    if amount < 0:
        raise Refusal("coupon", 733)
    return amount


def _time(world: CloudWorld, told: str) -> str:
    try:
        at = v11_redemption_time(told, world.zone) if told else world.now()
    except WireError as error:
        raise Refusal("coupon", 739) from error
    return at.isoformat()


def issue(world: CloudWorld, series: Series, row: Customer | None, code: str = "") -> Coupon:
    """Hand out a coupon of a series, to a customer or to whoever brings it. Must run inside a transaction."""
    number = world.ledger.new_id()
    return world.ledger.put(
        Coupon(
            number,
            (code or world.code("coupon", number, 8)).upper(),
            series.id,
            world.now().isoformat(),
            series.valid_till,
            row.id if row else 0,
        )
    )


def gift(world: CloudWorld, row: Customer) -> Coupon | None:
    """The coupon a bill brings its customer, if the organisation gives one. Must run inside a transaction."""
    if not world.options.bill_gift:
        return None
    named = (one for one in world.ledger.all(Series) if one.discount_code == world.options.bill_gift)
    series = next(named, None)
    return issue(world, series, row) if series else None


def reactivate(world: CloudWorld, use_ids: list[int]) -> None:
    """Take redemptions back, all or none, so that their coupons may be used again. Refusal 510."""
    with world.ledger.transaction():
        for use_id in use_ids:
            use = world.ledger.get(CouponUse, use_id)
            if use is None or use.undone:
                raise Refusal("coupon", 510)
            world.ledger.put(replace(use, undone=True))
