"""What a sale comes to: the figures of any reachable sale agree with each other and with plain arithmetic."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sale import events as e
from agent.sale.basket import (
    CouponRedemption,
    Discount,
    Line,
    Phase,
    PointsRedemption,
    Product,
    Sale,
    Tender,
    TenderType,
    Use,
)
from agent.sale.totals import Pricing, Totals, totals
from tests.rig.shopping import APPLES, BREAD, MEMBER, History, covered, histories, replayed

EXACT = Pricing(step_minor=1)
any_sale = histories() | covered()


def taken_off(minor: int, bp: int, amount: int) -> int:
    """A reduction by plain arithmetic: money as it is, a share rounded half up, never more than there is."""
    return min(amount, minor or int(Fraction(amount * bp, 10_000) + Fraction(1, 2)))


def worth(history: History) -> Totals:
    return totals(history.sale, history.pricing)


@given(any_sale)
def test_gross_less_discount_plus_tax_on_top_plus_rounding_is_due(history: History) -> None:
    sums = worth(history)
    on_top = sum(line.tax.tax_minor for line in sums.lines if not line.line.product.tax_inclusive)
    assert sums.gross_minor - sums.discount_minor + on_top + sums.rounding_minor == sums.due_minor


@given(any_sale)
def test_the_lines_add_up_to_the_sale(history: History) -> None:
    sums = worth(history)
    assert sum(line.amount_minor for line in sums.lines) + sums.rounding_minor == sums.due_minor
    assert sum(line.gross_minor for line in sums.lines) == sums.gross_minor
    assert sum(line.discount_minor for line in sums.lines) == sums.discount_minor
    assert sum(line.tax.taxable_minor for line in sums.lines) == sums.taxable_minor
    assert sum(line.tax.tax_minor for line in sums.lines) == sums.tax_minor
    assert sums.taxable_minor + sums.tax_minor + sums.rounding_minor == sums.due_minor


@given(any_sale)
def test_no_line_is_negative_and_none_is_discounted_below_nothing(history: History) -> None:
    for line in worth(history).lines:
        assert 0 <= line.discount_minor <= line.gross_minor
        assert line.tax.taxable_minor >= 0
        assert line.tax.tax_minor >= 0
        net = line.gross_minor - line.discount_minor
        assert net == (line.amount_minor if line.line.product.tax_inclusive else line.tax.taxable_minor)


@given(any_sale)
def test_the_total_is_rounded_to_the_step_by_at_most_half_of_it(history: History) -> None:
    sums = worth(history)
    assert sums.due_minor % history.pricing.step_minor == 0
    assert 2 * abs(sums.rounding_minor) <= history.pricing.step_minor


@given(any_sale)
def test_tax_within_the_state_is_two_halves_and_across_states_one_whole(history: History) -> None:
    for line in worth(history).lines:
        if history.pricing.interstate:
            assert line.tax.cgst_minor == line.tax.sgst_minor == 0
        else:
            assert line.tax.igst_minor == 0
            assert line.tax.cgst_minor == line.tax.sgst_minor


@given(any_sale)
def test_what_is_taken_off_is_the_sum_of_its_causes(history: History) -> None:
    """Own discounts first, then the bill's, the coupon's, the points': each on what the last one left."""
    sale, sums = history.sale, worth(history)
    own = 0
    for line in sums.lines:
        discount = line.line.discount or Discount()
        own += taken_off(discount.minor, discount.bp, line.gross_minor)
    left = sums.gross_minor - own
    bill = sale.bill_discount or Discount()
    left -= taken_off(bill.minor, bill.bp, left)
    if sale.coupon and sale.coupon.use is Use.DISCOUNT:
        assert sums.coupon_minor == taken_off(sale.coupon.minor, sale.coupon.bp, left)
        left -= sums.coupon_minor
    if sale.points and sale.points.use is Use.DISCOUNT:
        assert sums.points_minor == min(sale.points.value_minor, left)
        left -= sums.points_minor
    assert left == sums.gross_minor - sums.discount_minor


@given(any_sale)
def test_redemptions_as_tenders_pay_at_most_what_is_due_and_take_nothing_off(history: History) -> None:
    sale, sums = history.sale, worth(history)
    left = sums.due_minor
    if sale.coupon and sale.coupon.use is Use.TENDER:
        assert sums.coupon_minor == taken_off(sale.coupon.minor, sale.coupon.bp, left)
        left -= sums.coupon_minor
    if sale.points and sale.points.use is Use.TENDER:
        assert sums.points_minor == min(sale.points.value_minor, left)
    bare = replace(
        sale,
        coupon=sale.coupon if sale.coupon and sale.coupon.use is Use.DISCOUNT else None,
        points=sale.points if sale.points and sale.points.use is Use.DISCOUNT else None,
    )
    assert totals(bare, history.pricing).due_minor == sums.due_minor


@given(any_sale)
def test_a_sale_without_redemptions_has_none(history: History) -> None:
    sums = worth(history)
    assert history.sale.coupon or sums.coupon_minor == 0
    assert history.sale.points or sums.points_minor == 0
    assert sums.coupon_minor >= 0
    assert sums.points_minor >= 0


@given(any_sale)
def test_balance_and_change_are_what_paid_and_due_differ_by(history: History) -> None:
    sums = worth(history)
    assert sums.paid_minor - sums.due_minor == sums.change_minor - sums.balance_minor
    assert min(sums.balance_minor, sums.change_minor) == 0
    if history.sale.phase in (Phase.TENDERING, Phase.COVERED):
        assert (sums.balance_minor == 0) == (history.sale.phase is Phase.COVERED)
        assert sums.change_minor <= sums.cash_minor, "only cash is given back"


@given(any_sale)
def test_paid_is_the_sum_of_all_tenders_numbered_without_a_repeat(history: History) -> None:
    sums = worth(history)
    tenders = sums.tenders
    assert sum(tender.amount_minor for tender in tenders) == sums.paid_minor
    assert all(tender.amount_minor > 0 for tender in tenders)
    numbers = [tender.no for tender in tenders]
    assert numbers == sorted(set(numbers))


@given(any_sale)
def test_voided_lines_count_for_nothing(history: History) -> None:
    without = replace(history.sale, lines=history.sale.live_lines)
    assert totals(without, history.pricing) == worth(history)


def sale_of(*lines: tuple[Product, int], **more: object) -> Sale:
    rows = tuple(
        Line(no, product, qty_milli, product.price_minor) for no, (product, qty_milli) in enumerate(lines, 1)
    )
    return Sale("sale-1", phase=Phase.SELLING, lines=rows, **more)  # type: ignore[arg-type]


def test_an_everyday_bill() -> None:
    """Two loaves at 45.50 with 5 % inside, 1.250 kg of apples at 180.00/kg with 12 % on top."""
    sums = totals(sale_of((BREAD, 2000), (APPLES, 1250)), Pricing())
    bread, apples = sums.lines
    assert (bread.gross_minor, bread.tax.taxable_minor, bread.tax.cgst_minor) == (9100, 8666, 217)
    assert (apples.gross_minor, apples.tax.taxable_minor, apples.tax.cgst_minor) == (22_500, 22_500, 1350)
    assert (sums.rounding_minor, sums.due_minor) == (-0, 34_300)


@pytest.mark.parametrize(
    ("price", "due", "rounding"), [(4549, 4500, -49), (4550, 4600, 50), (4551, 4600, 49), (49, 0, -49)]
)
def test_whole_rupees_round_halves_up(price: int, due: int, rounding: int) -> None:
    sums = totals(sale_of((replace(BREAD, price_minor=price), 1000)), Pricing())
    assert (sums.due_minor, sums.rounding_minor) == (due, rounding)


@pytest.mark.parametrize(
    ("coupon_use", "points_use", "due", "paid", "coupon_minor", "points_minor"),
    [
        (Use.DISCOUNT, Use.DISCOUNT, 8600, 0, 400, 1000),
        (Use.DISCOUNT, Use.TENDER, 9600, 1000, 400, 1000),
        (Use.TENDER, Use.DISCOUNT, 9000, 360, 360, 1000),
        (Use.TENDER, Use.TENDER, 10_000, 1400, 400, 1000),
    ],
)
def test_coupon_and_points_as_discount_and_as_tender(
    coupon_use: Use, points_use: Use, due: int, paid: int, coupon_minor: int, points_minor: int
) -> None:
    """100.00, a coupon of 4 % and points worth 10.00, in all four ways."""
    sums = totals(
        sale_of(
            (replace(BREAD, price_minor=10_000), 1000),
            customer=MEMBER,
            coupon=CouponRedemption("FOUR", bp=400, use=coupon_use),
            points=PointsRedemption(10_000, 1000, use=points_use),
        ),
        EXACT,
    )
    assert (sums.due_minor, sums.paid_minor) == (due, paid)
    assert (sums.coupon_minor, sums.points_minor) == (coupon_minor, points_minor)


def test_redemptions_are_the_last_tenders_coupon_first() -> None:
    sale = sale_of(
        (BREAD, 1000),
        customer=MEMBER,
        coupon=CouponRedemption("TEN", minor=1000, use=Use.TENDER),
        points=PointsRedemption(10_000, 1000, use=Use.TENDER),
        tenders=(Tender(2, TenderType.CASH, 500), Tender(5, TenderType.UPI, 500, "RRN 4123")),
    )
    assert [(tender.no, tender.type, tender.reference) for tender in totals(sale, EXACT).tenders] == [
        (2, TenderType.CASH, ""),
        (5, TenderType.UPI, "RRN 4123"),
        (6, TenderType.COUPON, "TEN"),
        (7, TenderType.POINTS, ""),
    ]


def test_a_coupon_larger_than_the_bill_gives_nothing_back() -> None:
    huge = CouponRedemption("ALL", minor=10**9, use=Use.TENDER)
    sums = totals(sale_of((BREAD, 1000), customer=MEMBER, coupon=huge), EXACT)
    assert (sums.coupon_minor, sums.balance_minor, sums.change_minor) == (4550, 0, 0)


@pytest.mark.parametrize("use", Use)
def test_points_pay_no_more_than_discount_and_coupon_leave(use: Use) -> None:
    """45.50 less 10.00 less 30.00 leaves 5.50 for points worth 20.00."""
    sums = totals(
        sale_of(
            (BREAD, 1000),
            customer=MEMBER,
            bill_discount=Discount(minor=1000, reason="manager"),
            coupon=CouponRedemption("THIRTY", minor=3000, use=use),
            points=PointsRedemption(20_000, 2000, use=use),
        ),
        EXACT,
    )
    assert (sums.coupon_minor, sums.points_minor) == (3000, 550)
    assert (sums.balance_minor, sums.change_minor) == (0, 0)


@pytest.mark.parametrize("use", list(Use))
@given(any_sale)
def test_what_points_may_be_worth_at_most_is_taken_and_one_more_is_not(use: Use, history: History) -> None:
    few = replace(history.sale, points=PointsRedemption(1000, 1, use=use))
    most = totals(few, history.pricing).points_most[use]
    for more in (0, 1):
        many = replace(few, points=PointsRedemption(1000, most + more, use=use))
        assert totals(many, history.pricing).points_minor == most


def test_points_that_pay_are_not_lessened_by_a_coupon_that_is_in_the_price_already() -> None:
    """45.50 less the coupon's 4.00 is due, and points worth more pay all of it."""
    sums = totals(
        sale_of(
            (BREAD, 1000),
            customer=MEMBER,
            coupon=CouponRedemption("FOUR", minor=400),
            points=PointsRedemption(20_000, 9000, use=Use.TENDER),
        ),
        EXACT,
    )
    assert (sums.due_minor, sums.coupon_minor, sums.points_minor) == (4150, 400, 4150)
    assert (sums.balance_minor, sums.change_minor) == (0, 0)


@given(st.integers(1, 10**9))
def test_a_bill_discount_is_shared_over_the_lines_in_proportion(minor: int) -> None:
    sums = totals(
        sale_of(
            (replace(BREAD, price_minor=3000), 1000),
            (replace(BREAD, price_minor=1000), 1000),
            bill_discount=Discount(minor=minor, reason="manager"),
        ),
        EXACT,
    )
    large, small = (line.discount_minor for line in sums.lines)
    assert large + small == min(minor, 4000)
    assert abs(large - 3 * small) <= 3


def test_cash_gives_change_and_other_tenders_count_in_full() -> None:
    paid = replayed(
        [
            e.ItemAdded(BREAD, 1000, 4550),
            e.TenderBegun(),
            e.TenderAdded(TenderType.UPI, 1000, "RRN 4123"),
            e.TenderAdded(TenderType.CASH, 5000),
        ],
        EXACT,
    )
    sums = totals(paid, EXACT)
    assert (sums.paid_minor, sums.cash_minor, sums.change_minor) == (6000, 5000, 1450)
