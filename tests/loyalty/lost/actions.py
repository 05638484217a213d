"""What people do in the shop: each action queues calls and enters their effects in the books."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.customer_calls import customer_add, customer_update
from agent.sale.basket import Bill, BillLine, CouponRedemption, Customer, PointsRedemption
from agent.simulated.cloud.books import ledger_rows
from agent.simulated.cloud.books.ledger import Ledger

from ..bills import bill, line
from .books import Effect
from .till import LostTill

if TYPE_CHECKING:
    from .shop import Shop

OPENING_MILLI = 5_000_000
PAISE_PER_POINT = 10_000


# --- who comes in


def member(shop: Shop, points_milli: int = OPENING_MILLI) -> Customer:
    """Somebody the cloud knows already, by one of the identifiers a till can use."""
    serial = f"{len(shop.people):05d}"
    kind = shop.rng.choice(("mobile", "mobile", "email", "external_id", "card"))
    value = {"mobile": f"9190000{serial}", "email": f"m{serial}@example.com"}.get(kind, f"X{serial}")
    customer = Customer(**{kind: value})
    ledger, now = shop.line.ledger, shop.line.world.now().isoformat()
    with ledger.transaction():
        known: dict[str, Any] = {kind: value}
        row = ledger.put(ledger_rows.Customer(ledger.new_id(), **known, registered_at=now))
        if points_milli:
            ledger.move(row.id, "adjusted", points_milli, now)
    shop.people.append(customer)
    shop.books.opening_milli[customer] = points_milli
    return customer


def regular(shop: Shop, till: LostTill) -> Customer:
    """A member who comes often, or one this till enrolled; now and then somebody new."""
    if shop.rng.random() < 0.2 or not shop.regulars:
        shop.regulars.append(member(shop))
    return shop.rng.choice([*shop.regulars, *shop.enrolled[till.cloud_options.till_code]])


# --- what is bought


def sell(shop: Shop, till: LostTill, customer: Customer | None, **more: Any) -> Bill:
    """Complete a bill and enter what the cloud must hear of it."""
    made = bill(
        till.number(),
        tuple(_bought(shop, no) for no in range(1, shop.rng.randint(2, 4))),
        at=till.till.stamp(),
        store_code=till.cloud_options.store_code,
        till_code=till.cloud_options.till_code,
        customer=customer,
        **more,
    )
    ids = till.bill_done(made)
    kinds = ["bill", *(["points"] if made.points else []), *(["coupon"] if made.coupon else [])]
    for kind, row_id in zip(kinds, ids, strict=True):
        shop.books.effects.append(_EFFECTS[kind](till, row_id, made))
    shop.sold[till.cloud_options.till_code].append(made)
    return made


def _bought(shop: Shop, no: int) -> BillLine:
    pieces, each_minor = shop.rng.randint(1, 4), shop.rng.randint(1, 80_000)
    return line(no, pieces * each_minor, qty_milli=pieces * 1000, unit_price_minor=each_minor)


def _bill_effect(till: LostTill, row_id: int, made: Bill) -> Effect:
    def seen(ledger: Ledger) -> int:
        rows = [
            row for row in ledger.find(ledger_rows.Bill, "bill_number", made.number) if not row.return_kind
        ]
        for row in rows:
            assert (row.amount_minor, row.till) == (made.due_minor, made.till_code), row
            assert datetime.fromisoformat(row.at) == datetime.fromisoformat(made.at), row
            assert bool(row.customer_id) == bool(made.customer or row.retro_of), row
        return len(rows)

    earned = made.due_minor // PAISE_PER_POINT * 1000 if made.customer else 0
    return Effect("bill", f"bill {made.number}", till, row_id, seen, made.customer, earned)


def _points_effect(till: LostTill, row_id: int, made: Bill) -> Effect:
    asked = made.points.points_milli if made.points else 0

    def seen(ledger: Ledger) -> int:
        rows = [row for row in ledger.all(ledger_rows.PointsRedemption) if row.bill_number == made.number]
        assert all(row.points_milli == asked for row in rows), rows
        return len(rows)

    return Effect("points", f"points of {made.number}", till, row_id, seen, made.customer, -asked)


def _coupon_effect(till: LostTill, row_id: int, made: Bill) -> Effect:
    def seen(ledger: Ledger) -> int:
        rows = [row for row in ledger.all(ledger_rows.CouponUse) if row.bill_number == made.number]
        assert all(row.amount_minor == made.due_minor for row in rows), rows
        return len(rows)

    return Effect("coupon", f"coupon of {made.number}", till, row_id, seen, made.customer)


_EFFECTS = {"bill": _bill_effect, "points": _points_effect, "coupon": _coupon_effect}


def _points(shop: Shop) -> PointsRedemption:
    milli = shop.rng.randint(1, 20_000)
    return PointsRedemption(points_milli=milli, value_minor=milli // 10)


def coupon(shop: Shop, uses: int = 1, code: str = "") -> CouponRedemption:
    """A coupon for whoever brings it."""
    ledger, now = shop.line.ledger, shop.line.world.now()
    code = code or f"ONE{len(ledger.all(ledger_rows.Coupon)):05d}"
    end = (now + timedelta(days=400)).isoformat()
    if not ledger.find(ledger_rows.Coupon, "coupon_code", code):
        with ledger.transaction():
            series = ledger.put(ledger_rows.Series(ledger.new_id(), code, code, "ABS", 2_000, end, uses))
            ledger.put(ledger_rows.Coupon(ledger.new_id(), code, series.id, now.isoformat(), end))
    return CouponRedemption(code=code, minor=2_000)


# --- the actions


def plain(shop: Shop, till: LostTill) -> None:
    sell(shop, till, regular(shop, till))


def nobody(shop: Shop, till: LostTill) -> None:
    sell(shop, till, None, not_interested_reason="in a hurry")


def with_points(shop: Shop, till: LostTill) -> None:
    sell(shop, till, shop.rng.choice(shop.regulars or [member(shop)]), points=_points(shop))


def with_coupon(shop: Shop, till: LostTill) -> None:
    several = shop.rng.random() < 0.5
    used = coupon(shop, uses=-1, code="ALWAYS") if several else coupon(shop)
    sell(shop, till, regular(shop, till), coupon=used, coupon_value_minor=2_000)


def with_both(shop: Shop, till: LostTill) -> None:
    who = shop.rng.choice(shop.regulars or [member(shop)])
    sell(shop, till, who, points=_points(shop), coupon=coupon(shop, -1, "ALWAYS"), coupon_value_minor=2_000)


def outage(shop: Shop, till: LostTill) -> None:
    """The line is away and the shop goes on: a backlog, which starts in bulk once calls are answered."""
    shop.line.away_until_ms = shop.line.clock.now_ms + shop.rng.randint(5, 40) * 60_000
    shop.line.planned += ["answered"] * shop.rng.randint(6, 14)
    for _ in range(shop.rng.randint(15, 60)):
        sell(shop, till, shop.rng.choice((None, member(shop), regular(shop, till))))


def enrol(shop: Shop, till: LostTill) -> None:
    serial = f"{len(shop.people):05d}"
    customer = Customer(mobile=f"9180000{serial}")
    shop.people.append(customer)
    form = Enrolment(till.till.stamp(), mobile=customer.mobile, firstname=f"Name {serial}")
    _customer_told(shop, till, customer, customer_add(till.cloud_options, form), form)
    shop.enrolled[till.cloud_options.till_code].append(customer)


def update(shop: Shop, till: LostTill) -> None:
    known = shop.enrolled[till.cloud_options.till_code]
    if not known:
        enrol(shop, till)
    customer = shop.rng.choice(known)
    name = f"Name {len(shop.books.effects)}"
    form = Enrolment(till.till.stamp(), mobile=customer.mobile, firstname=name)
    _customer_told(shop, till, customer, customer_update(form), form)


def _customer_told(shop: Shop, till: LostTill, customer: Customer, call: Any, form: Enrolment) -> None:
    def seen(ledger: Ledger) -> int:
        return len(ledger.find(ledger_rows.Customer, "identifier", ("mobile", customer.mobile)))

    (row_id,) = till.customer_told(call)
    what = f"{call.op} of {customer.mobile}"
    effect = Effect("customer", what, till, row_id, seen, customer, firstname=form.firstname)
    shop.books.effects.append(effect)


def points_nobody_has(shop: Shop, till: LostTill) -> None:
    """The invoice is printed and the cloud will not give the points: redemption owed."""
    sell(shop, till, member(shop, points_milli=500), points=PointsRedemption(900_000, 90_000))
    _meant_to_fail(shop)


def one_coupon_at_two_tills(shop: Shop, till: LostTill) -> None:
    """Checked at both while it was good: one bill gets it, the other goes to a person."""
    used = coupon(shop)
    for place in (till, shop.rng.choice(shop.tills)):
        sell(shop, place, member(shop), coupon=used, coupon_value_minor=2_000)
        _meant_to_fail(shop)


def _meant_to_fail(shop: Shop) -> None:
    """The last effect is refused; what would follow it in its customer's chain waits with it."""
    effect = shop.books.effects[-1]
    shop.sold[effect.till.cloud_options.till_code].pop()
    shop.books.meant_to_fail.add((effect.till.cloud_options.till_code, effect.row_id))
