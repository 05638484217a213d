"""From a covered sale to its bill: everything on the bill is the sale's, and all of it adds up."""

from __future__ import annotations

import operator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.sale import events as e
from agent.sale.basket import Bill, Sale, TenderType, Use
from agent.sale.closing import Closing, bill_lines, close
from agent.sale.state_machine import apply
from agent.sale.totals import Pricing, Worked, totals
from tests.rig.papers import AT, closing
from tests.rig.shopping import (
    BREAD,
    COUPON,
    MEMBER,
    ONE_OF_EACH,
    POINTS,
    History,
    covered,
    histories,
    replayed,
)

LOAF = e.ItemAdded(BREAD, 1000, 4550)
RETURNED = next(event for event in ONE_OF_EACH if isinstance(event, e.GoodsReturned))


def paid(*events: e.Event) -> Sale:
    """A sale of these, settled in cash."""
    sale, pricing = replayed([*events, e.TenderBegun()], Pricing()), Pricing()
    worth = totals(sale, pricing)
    left = worth.balance_minor + worth.refund_minor
    return apply(sale, e.TenderAdded(TenderType.CASH, left), pricing) if left else sale


def bill_of(history: History) -> Bill:
    return close(history.sale, closing(7), history.pricing)


@given(covered())
def test_the_bill_adds_up(history: History) -> None:
    bill = bill_of(history)
    on_top = sum(
        line.cgst_minor + line.sgst_minor + line.igst_minor for line in bill.lines if not line.tax_inclusive
    )
    assert bill.gross_minor - bill.discount_minor + on_top + bill.rounding_minor == bill.due_minor
    assert sum(line.amount_minor for line in bill.lines) + bill.rounding_minor == bill.due_minor
    assert sum(line.gross_minor for line in bill.lines) == bill.gross_minor
    assert sum(line.discount_minor for line in bill.lines) == bill.discount_minor
    assert sum(line.taxable_minor for line in bill.lines) == bill.taxable_minor
    assert bill.taxable_minor + bill.tax_minor + bill.rounding_minor == bill.due_minor


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(covered(returning=True) | covered(), min_size=1, max_size=2))
def test_a_bill_of_what_was_worked_out_before_is_as_one_worked_out_anew(sold: list[History]) -> None:
    """In one sale after the other, looked at after each event."""
    worked = Worked()
    for history in sold:
        sale = Sale("sale-1")
        for event in history.events:
            sale = apply(sale, event, history.pricing)
            worth = totals(sale, history.pricing, worked)
            assert worth == totals(sale, history.pricing)
            before = bill_lines(worth, worked)
        bill = close(sale, closing(7), history.pricing, worked)
        assert bill == close(sale, closing(7), history.pricing)
        assert all(map(operator.is_, bill.lines, before)), "nothing changed since the last look"


@given(covered())
def test_what_was_paid_less_the_change_is_what_was_due(history: History) -> None:
    bill = bill_of(history)
    assert sum(tender.amount_minor for tender in bill.tenders) - bill.change_minor == bill.due_minor
    cash = sum(tender.amount_minor for tender in bill.tenders if tender.type is TenderType.CASH)
    assert 0 <= bill.change_minor <= cash


@given(covered())
def test_each_line_of_the_bill_adds_up_and_is_not_negative(history: History) -> None:
    for line in bill_of(history).lines:
        tax = line.cgst_minor + line.sgst_minor + line.igst_minor
        assert line.taxable_minor + tax == line.amount_minor
        assert (
            line.gross_minor - line.discount_minor + (0 if line.tax_inclusive else tax) == line.amount_minor
        )
        assert min(line.gross_minor, line.discount_minor, line.taxable_minor, line.amount_minor, tax) >= 0


@given(covered())
def test_the_bill_has_the_live_lines_in_order_numbered_from_one(history: History) -> None:
    bill = bill_of(history)
    assert [line.no for line in bill.lines] == list(range(1, len(bill.lines) + 1))
    for line, live in zip(bill.lines, history.sale.live_lines, strict=True):
        product = live.product
        assert (line.sku, line.gtin, line.name, line.hsn, line.unit, line.tax_bp) == (
            product.sku,
            product.gtin,
            product.name,
            product.hsn,
            product.unit,
            product.tax_bp,
        )
        assert (line.variant, line.parent_sku, line.parts) == (
            product.variant,
            product.parent_sku,
            product.parts,
        )
        assert (line.qty_milli, line.unit_price_minor) == (live.qty_milli, live.unit_price_minor)


@given(covered())
def test_the_bill_says_what_the_redemptions_were_worth(history: History) -> None:
    bill, sums = bill_of(history), totals(history.sale, history.pricing)
    assert bill.coupon == history.sale.coupon
    assert bill.coupon_value_minor == sums.coupon_minor
    if bill.points:
        assert sums.points_minor == bill.points.value_minor, "points are never redeemed for less"
    by_type = {tender.type: tender for tender in bill.tenders}
    as_tender = bill.coupon is not None and bill.coupon.use is Use.TENDER and sums.coupon_minor > 0
    assert (TenderType.COUPON in by_type) == as_tender
    if as_tender and bill.coupon:
        assert by_type[TenderType.COUPON].reference == bill.coupon.code
    as_tender = bill.points is not None and bill.points.use is Use.TENDER and sums.points_minor > 0
    assert (TenderType.POINTS in by_type) == as_tender


@given(covered())
def test_what_the_bill_must_not_keep_is_gone(history: History) -> None:
    """The customer's one-time code, and what else the cloud told of the customer."""
    bill = bill_of(history)
    if history.sale.customer:
        assert bill.customer == replace(history.sale.customer, bills=(), coupons=())
    else:
        assert bill.customer is None
    if history.sale.points:
        assert bill.points == replace(history.sale.points, otp="")


@given(covered())
def test_a_bill_without_a_customer_says_why(history: History) -> None:
    bill = bill_of(history)
    if bill.customer:
        assert bill.not_interested_reason == ""
    else:
        assert bill.not_interested_reason == (history.sale.not_interested_reason or "Customer not interested")


@given(histories().filter(lambda history: history.sale.phase.value != "covered"))
def test_only_a_covered_sale_has_a_bill(history: History) -> None:
    with pytest.raises(ValueError, match=f"{history.sale.phase.value} has no bill"):
        bill_of(history)


def test_the_bill_carries_what_the_till_knows() -> None:
    pricing = Pricing()
    sale = replayed(
        [e.ItemAdded(BREAD, 1000, 4550), e.TenderBegun(), e.TenderAdded(TenderType.CASH, 5000)], pricing
    )
    facts = Closing("S02T927", 12, AT, "2026-11-22", "S02", "T9", "ravi", "INR", "suspect")
    bill = close(sale, facts, pricing)
    assert (bill.number, bill.series, bill.seq, bill.sale_id) == ("S02T927-000012", "S02T927", 12, "sale-1")
    assert (bill.at, bill.business_date, bill.clock_state) == (AT, "2026-11-22", "suspect")
    assert (bill.store_code, bill.till_code, bill.cashier, bill.kind) == ("S02", "T9", "ravi", "sale")
    assert (bill.due_minor, bill.rounding_minor, bill.change_minor) == (4600, 50, 400)


def test_a_members_bill_with_everything() -> None:
    """100.00 less a 10 % coupon; points pay 10.00 and cash the rest."""
    pricing = Pricing()
    dear = replace(BREAD, price_minor=10_000)
    sale = replayed(
        [
            e.ItemAdded(dear, 1000, 10_000),
            e.CustomerSet(MEMBER),
            e.CouponApplied(COUPON),
            e.PointsApplied(POINTS),
            e.TenderBegun(),
            e.TenderAdded(TenderType.CASH, 10_000),
        ],
        pricing,
    )
    bill = close(sale, closing(1), pricing)
    assert (bill.due_minor, bill.coupon_value_minor, bill.change_minor) == (9000, 1000, 2000)
    assert [(tender.no, tender.type, tender.amount_minor) for tender in bill.tenders] == [
        (1, TenderType.CASH, 10_000),
        (2, TenderType.POINTS, 1000),
    ]


def test_neither_redemptions_one_time_code_is_on_the_bill() -> None:
    bill = close(
        paid(
            LOAF,
            e.CustomerSet(MEMBER),
            e.CouponApplied(replace(COUPON, otp="777777")),
            e.PointsApplied(POINTS),
        ),
        closing(1),
        Pricing(),
    )
    assert (bill.coupon, bill.points) == (COUPON, replace(POINTS, otp=""))


@pytest.mark.parametrize(
    ("earns", "loyalty", "told"),
    [(True, True, (True, True)), (False, True, (False, True)), (True, False, (False, False))],
)
def test_a_bill_without_loyalty_earns_nothing(earns: bool, loyalty: bool, told: tuple[bool, bool]) -> None:
    bill = close(paid(LOAF), replace(closing(1), earns=earns, loyalty=loyalty), Pricing())
    assert (bill.earns, bill.loyalty) == told


@pytest.mark.parametrize(
    ("events", "kind"), [((LOAF,), "sale"), ((RETURNED,), "return"), ((LOAF, RETURNED), "mixed")]
)
def test_points_are_kept_of_what_came_back_alone(events: tuple[e.Event, ...], kind: str) -> None:
    sale = paid(*events)
    told = [close(sale, replace(closing(1), points_kept=kept), Pricing()) for kept in (True, False)]
    assert [(bill.kind, bill.points_kept) for bill in told] == [(kind, kind != "sale"), (kind, False)]


def test_the_same_sale_makes_the_same_bill_for_ever() -> None:
    pricing = Pricing()
    events = [e.ItemAdded(BREAD, 3000, 4550), e.TenderBegun(), e.TenderAdded(TenderType.CASH, 50_000)]
    one, other = (close(replayed(events, pricing), closing(1), pricing) for _ in range(2))
    assert one == other
