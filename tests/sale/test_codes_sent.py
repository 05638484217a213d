"""A one-time code that was sent: what was applied without it goes, what has it stays, and it is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.sale import events as e
from agent.sale.basket import CouponRedemption, Sale
from agent.sale.state_machine import Refused, apply
from agent.sale.totals import Pricing
from tests.rig.shopping import BREAD, MEMBER, POINTS, replayed

EXACT = Pricing(step_minor=1)
MEMBERS = (e.ItemAdded(BREAD, 1000, 4550), e.CustomerSet(MEMBER))
BARE, WITH = CouponRedemption("Ten", minor=1000), CouponRedemption("Ten", minor=1000, otp="123456")
BARE_POINTS = replace(POINTS, otp="")


def after(*events: e.Event) -> Sale:
    return replayed((*MEMBERS, *events), EXACT)


@pytest.mark.parametrize(("coupon", "stays"), [(BARE, False), (WITH, True)])
def test_a_code_for_a_coupon_takes_that_coupon_off_if_it_has_none(
    coupon: CouponRedemption, stays: bool
) -> None:
    sale = after(e.CouponApplied(coupon), e.PointsApplied(BARE_POINTS), e.CodeSent("TEN"))
    assert sale.coupon == (coupon if stays else None)
    assert sale.points == BARE_POINTS, "it was for the coupon"
    other = after(e.CouponApplied(coupon), e.CodeSent("ELEVEN"))
    assert other.coupon == coupon


def test_a_code_for_points_takes_points_off_that_have_none_and_no_coupon() -> None:
    assert after(e.CouponApplied(BARE), e.PointsApplied(BARE_POINTS), e.CodeSent()).points is None
    sale = after(e.CouponApplied(BARE), e.PointsApplied(POINTS), e.CodeSent())
    assert (sale.points, sale.coupon) == (POINTS, BARE)


def test_every_code_that_was_sent_is_asked_for_and_each_is_kept_once() -> None:
    sale = after(e.CodeSent("TEN"), e.CodeSent(), e.CodeSent("Eleven"), e.CodeSent("ten"))
    assert sale.codes_sent == ("", "eleven", "ten")
    for event in (
        e.CouponApplied(BARE),
        e.CouponApplied(replace(BARE, code="ELEVEN")),
        e.PointsApplied(BARE_POINTS),
    ):
        with pytest.raises(Refused) as refused:
            apply(sale, event, EXACT)
        assert refused.value.code == "code-needed"
    for with_code in (
        e.CouponApplied(WITH),
        e.PointsApplied(POINTS),
        e.CouponApplied(replace(BARE, code="X")),
    ):
        apply(sale, with_code, EXACT)
