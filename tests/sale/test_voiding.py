"""A void that was a slip is undone: the line is back where and as it was, and nothing comes back twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.sale import events as e
from agent.sale import returns
from agent.sale.basket import Customer, Discount, Phase, Sale
from agent.sale.return_values import ReturnHow
from agent.sale.returnable import Taken, returnable
from agent.sale.state_machine import IllegalEvent, Refused, apply
from agent.sale.totals import totals
from tests.rig.shopping import APPLES, BREAD, MEMBER, POINTS, History, histories, replayed
from tests.sale.test_returns import PLAIN, fresh, sold, taken


def counts(sale: Sale) -> tuple[object, ...]:
    """All of a sale that a customer pays for or is given back."""
    undos, accounts = frozenset(sale.undos), frozenset(sale.accounts)
    return sale.live_lines, undos, accounts, sale.customer, sale.bill_discount, sale.coupon, sale.points


@given(histories(closed=False, returning=True), st.data())
def test_a_void_undone_leaves_the_sale_as_it_was(history: History, data: st.DataObject) -> None:
    assume(history.sale.phase is Phase.SELLING and history.sale.live_lines)
    line = data.draw(st.sampled_from(history.sale.live_lines))
    off = apply(history.sale, e.LineVoided(line.no), history.pricing)
    assert off.voids[-1].lines[-1] >= 1
    back = apply(off, e.LineRestored(line.no), history.pricing)
    assert counts(back) == counts(history.sale)
    assert totals(back, history.pricing) == totals(history.sale, history.pricing)
    assert back.voids == history.sale.voids


def test_price_discount_and_weight_are_as_they_were_and_the_place_too() -> None:
    before: list[e.Event] = [
        e.ItemAdded(APPLES, 455, 18_000, "2112345004551"),
        e.ItemAdded(BREAD, 1000, 4550),
        e.PriceSet(1, 17_000, "label"),
        e.LineDiscounted(1, Discount(minor=100, reason="dented")),
        e.BillDiscounted(Discount(bp=500, reason="manager")),
    ]
    sale = replayed(before, PLAIN)
    off = replayed([*before, e.LineVoided(1), e.QuantitySet(2, 3000)], PLAIN)
    back = apply(off, e.LineRestored(1), PLAIN)
    assert back.lines[0] == sale.lines[0]
    assert [(line.no, line.qty_milli) for line in back.live_lines] == [(1, 455), (2, 3000)]


def test_only_what_is_voided_can_be_restored_and_only_while_selling() -> None:
    sold_and_off: list[e.Event] = [
        e.ItemAdded(BREAD, 1000, 4550),
        e.ItemAdded(BREAD, 1000, 4550),
        e.LineVoided(2),
    ]
    for no in (1, 3):
        with pytest.raises(Refused) as caught:
            apply(replayed(sold_and_off, PLAIN), e.LineRestored(no), PLAIN)
        assert caught.value.code == "no-such-line"
    with pytest.raises(IllegalEvent):
        apply(replayed([*sold_and_off, e.TenderBegun()], PLAIN), e.LineRestored(2), PLAIN)
    back = replayed([*sold_and_off, e.TenderBegun(), e.TenderBack(), e.LineRestored(2)], PLAIN)
    assert len(back.live_lines) == 2


WHOLE = sold(
    e.ItemAdded(BREAD, 2000, 10_000),
    e.ItemAdded(APPLES, 500, 18_000),
    e.CustomerSet(MEMBER),
    e.PointsApplied(POINTS),
)


def test_a_whole_bill_comes_back_whole_again_with_what_it_undoes() -> None:
    event = returns.whole(fresh(WHOLE), ReturnHow.FULL, "x", undone=True)
    sale = replayed([event], PLAIN)
    back = replayed([event, e.LineVoided(1), e.CustomerCleared(), e.LineRestored(2)], PLAIN)
    assert counts(back) == counts(sale)
    assert sale.undos


PIECES = sold(e.ItemAdded(BREAD, 3000, 4550), e.ItemAdded(APPLES, 500, 18_000), e.CustomerSet(MEMBER))
ONE = returns.by_lines(fresh(PIECES), {1: 3000}, "torn")
BOTH = returns.by_lines(fresh(PIECES), {1: 3000, 2: 500}, "torn")
ALL = returns.whole(fresh(PIECES), ReturnHow.FULL, "torn", undone=True)
MONEY = returns.by_money(fresh(PIECES), 500, "late")
VOID, RESTORE = e.LineVoided, e.LineRestored


@pytest.mark.parametrize(
    "before",
    [
        (ONE, VOID(1), ONE),
        (ONE, VOID(1), ALL),
        (ALL, VOID(1), ONE),
        (ALL, VOID(1), MONEY),
        (ONE, VOID(1), ONE, VOID(2), RESTORE(2)),
        (ALL, VOID(1), ONE, VOID(3), RESTORE(3)),
    ],
    ids=("line twice", "bill after line", "line after bill", "money after bill", "the other line", "mixed"),
)
def test_nothing_comes_back_twice_by_undoing_a_void(before: tuple[e.Event, ...]) -> None:
    sale = replayed(before, PLAIN)
    with pytest.raises(Refused) as caught:
        apply(sale, RESTORE(1), PLAIN)
    assert caught.value.code == "returned-anew"


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_two_lines_of_a_bill_are_voided_and_restored_in_any_order(order: tuple[int, int]) -> None:
    first, second = order
    sale = replayed([BOTH], PLAIN)
    for again in ((first, second), (second, first)):
        back = replayed([BOTH, VOID(first), VOID(second), *map(RESTORE, again)], PLAIN)
        assert counts(back) == counts(sale)


def test_a_restored_line_counts_when_more_of_the_bill_is_asked_for() -> None:
    sale = replayed([BOTH, VOID(1), RESTORE(1)], PLAIN)
    rung = [
        Taken(line.back.line, line.back.how, line.qty_milli, line.worth, 0, line.product.tax_bp)
        for line in sale.returns
        if line.back and line.worth
    ]
    assert rung == taken(BOTH)
    assert returnable(PIECES, [], rung).left_minor == 0


def test_goods_of_a_member_are_not_restored_into_another_members_sale() -> None:
    other = replace(MEMBER, mobile="919800000000", user_id="", card="", external_id="", email="")
    sale = replayed([ONE, VOID(1), e.CustomerSet(other)], PLAIN)
    with pytest.raises(Refused) as caught:
        apply(sale, RESTORE(1), PLAIN)
    assert caught.value.code == "other-customer"
    assert replayed([ONE, VOID(1), e.CustomerCleared(), RESTORE(1)], PLAIN).customer == MEMBER


def test_nobodys_goods_are_restored_into_anybodys_sale() -> None:
    bill = sold(e.ItemAdded(BREAD, 1000, 4550))
    back = returns.by_lines(fresh(bill), {1: 1000}, "torn")
    who = Customer(mobile="919800000000")
    sale = replayed([back, VOID(1), e.CustomerSet(who), RESTORE(1)], PLAIN)
    assert (sale.customer, len(sale.returns)) == (who, 1)
