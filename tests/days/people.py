"""Members at the counter: found, enrolled, with coupons and points."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from agent.sale import events as e
from agent.simulated.cloud.books import ledger_rows
from agent.simulated.cloud.books.customers import find_v2

from . import counter
from .model import Member

if TYPE_CHECKING:
    from .day import Day


def find(day: Day, rng: Random) -> None:
    """By mobile or card; with the line down the sale goes on with what was typed."""
    member = rng.choice(day.books.members)
    kind = "card" if member.card and rng.random() < 0.25 else "mobile"
    answer = day.till.cashier.search(kind, getattr(member, kind), day.key())
    if answer.ok and counter.phase(day) in counter.SELLABLE and _is_set(day, member):
        set_to(day, member)
        day.done("found offline" if answer.data.get("offline") else "found")


def _is_set(day: Day, member: Member) -> bool:
    """Whether the sale is this member's now; a member the cloud does not know yet is not found."""
    customer = day.till.open_sale.sale.customer
    return customer is not None and customer.identifier[1] in (member.mobile, member.card)


def set_to(day: Day, member: Member) -> None:
    """The sale is this member's: another one's coupon and points are off the bill."""
    basket, customer = day.basket, day.till.open_sale.sale.customer
    assert customer is not None and customer.identifier[1] in (member.mobile, member.card)
    if customer.identifier != basket.ident:
        basket.coupon, basket.points_milli = None, 0
    basket.member, basket.ident = member, customer.identifier


def clear(day: Day, rng: Random) -> None:
    del rng
    if day.till.cashier.do(e.CustomerCleared(), day.key()).ok:
        basket = day.basket
        basket.member, basket.ident, basket.coupon, basket.points_milli = None, ("", ""), None, 0


def enrol(day: Day, rng: Random) -> None:
    """Somebody new, or with bad luck nobody: the answer says."""
    del rng
    if counter.phase(day) not in counter.SELLABLE:
        return
    serial = len(day.books.members)
    member = Member(f"91800000{serial:04d}", enrolled=True)
    form = {"mobile": member.mobile, "firstname": f"Name {serial}"}
    before = day.till.open_sale.sale.customer
    answer = day.till.cashier.enrol(form, day.key())
    if day.till.open_sale.sale.customer is not before and _is_set(day, member):
        assert answer.ok
        set_to(day, member)
    if answer.ok:
        day.books.members.append(member)
        day.done("enrolled later" if answer.data.get("queued") else "enrolled")


def coupon(day: Day, rng: Random) -> None:
    chosen = rng.choice(day.books.coupons)
    if day.basket.member and day.till.cashier.coupon(chosen.code, day.key()).ok:
        day.basket.coupon = chosen
        day.done("coupon")


def points(day: Day, rng: Random) -> None:
    """As many as fit the bill, with the code from the member's phone, which is the cloud's ledger here."""
    member, room = day.basket.member, day.basket.reckon(coupon_pays=day.coupon_pays).due
    # Two redemptions with one code would be the customer's mistake: the cloud sends the living one again.
    if member is None or room < 100 or _redeems(day, member):
        return
    milli = rng.randint(1, min(60, room // 200 + 1)) * 1000
    if not day.till.cashier.points_otp(milli).ok:
        return
    code = _code(day, member)
    if code and day.till.cashier.points(milli, code, day.key()).ok:
        day.basket.points_milli = milli
        day.done("points")


def _redeems(day: Day, member: Member) -> bool:
    del member
    return any(row.op == "points_redeem" for row in day.till.rows())


def _code(day: Day, member: Member) -> str:
    row = find_v2(day.line.world, "mobile", member.mobile)
    living = [
        otp
        for otp in day.line.ledger.all(ledger_rows.Otp)
        if row and otp.entity == f"customer:{row.id}" and not otp.used
    ]
    return living[-1].code if living else ""
