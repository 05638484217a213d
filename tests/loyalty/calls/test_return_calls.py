"""What the cloud is told of goods that come back: allowed, complete, and the same bytes each time."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.loyalty.calls.builders import calls_of_bill
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.return_calls import exchanged
from agent.sale.basket import Bill, Customer
from agent.sale.closing import Closing, close
from agent.sale.queue_terms import Op
from agent.sale.return_values import Back, ReturnHow, Undo
from tests.rig.shopping import History, covered

from ..bills import AT, TOM, bill, line
from ..checker import faults
from ..conftest import options_for

OPTIONS = options_for()
LATER = "2026-04-02T11:00:00+05:30"
BACK = Back("S01T1-25-000003", AT, ReturnHow.LINE_ITEM, "too small", 1)


def completed(history: History) -> Bill:
    closing = Closing("ST01T126", 7, "2026-11-24T10:00:00+05:30", "2026-11-24", "ST01", "T1", "ravi")
    return close(history.sale, closing, history.pricing)


def returned(amount_minor: int, no: int = 1, back: Back = BACK) -> Any:
    return line(
        no,
        -amount_minor,
        qty_milli=-1000,
        gross_minor=-amount_minor,
        unit_price_minor=amount_minor,
        back=back,
    )


def note(*lines: Any, kind: str = "return", **more: Any) -> Bill:
    return replace(
        bill("S01T1C25-000001", lines, at=LATER, customer=TOM, tenders=(), change_minor=0), kind=kind, **more
    )


def body(call: Call) -> Any:
    return json.loads(call.body, parse_float=Decimal)


@given(covered(returning=True))
def test_every_bill_with_returns_is_told_as_the_documentation_allows(history: History) -> None:
    made = completed(history)
    for call in calls_of_bill(OPTIONS, replace(made, undos=())):
        assert faults(call.method, call.target, call.body) == []
        assert Call.from_bytes(call.to_bytes()) == call


@given(covered(returning=True))
def test_the_calls_tell_each_line_once_and_its_whole_amount(history: History) -> None:
    made = completed(history)
    told: list[tuple[bool, Decimal]] = []
    for call in calls_of_bill(OPTIONS, replace(made, undos=(), points=None, coupon=None)):
        content = body(call)
        whole = "RETURN" in content["type"]
        told += [(whole or each.get("type") == "RETURN", each["amount"]) for each in content["lineItemsV2"]]
    wanted = [(line.back is not None, abs(Decimal(line.amount_minor)) / 100) for line in made.lines]
    assert sorted(told) == sorted(wanted)


def test_a_return_names_its_bill_its_purchase_and_our_credit_note() -> None:
    (call,) = calls_of_bill(OPTIONS, note(returned(5000)))
    content = body(call)
    assert call.op == Op.TRANSACTION_RETURN
    assert (content["type"], content["returnType"]) == ("RETURN", "LINE_ITEM")
    assert (content["billNumber"], content["note"]) == (BACK.number, "S01T1C25-000001")
    assert content["purchaseTime"] < content["billingDate"]
    assert ("identifierValue", TOM.mobile) in call.query


def test_a_return_at_a_clock_that_stands_before_the_purchase_is_told_a_second_after_it() -> None:
    (call,) = calls_of_bill(OPTIONS, replace(note(returned(5000)), at="2020-01-01T00:00:00+05:30"))
    assert body(call)["billingDate"] == "2026-03-31T23:30:16+05:30"


def test_an_exchange_at_a_clock_that_was_set_back_keeps_its_own_time_and_the_return_goes_alone() -> None:
    """A bill told later than it says would refuse the return of what was sold on it (624)."""
    made = replace(note(line(1, 9000), returned(5000, 2), kind="mixed"), at="2026-03-31T22:00:00+05:30")
    sale, back = calls_of_bill(OPTIONS, made)
    assert body(sale)["billingDate"] == made.at
    assert body(sale)["billAmount"] == Decimal("90.00")
    assert body(back)["billingDate"] == "2026-03-31T23:30:16+05:30"


@pytest.mark.parametrize("how", [ReturnHow.FULL, ReturnHow.CANCELLED])
def test_a_whole_bill_comes_back_for_what_the_cloud_was_told_of_it(how: ReturnHow) -> None:
    """Rounding took 0.40 off: the lines alone would be more than the purchase (630)."""
    sold = replace(note(line(1, 10_040), kind="sale"), due_minor=10_000, rounding_minor=-40)
    exchange = replace(
        note(line(1, 10_040), returned(5000, 2), kind="mixed"), due_minor=5_000, rounding_minor=-40
    )
    for parent in (sold, exchange):
        made = note(returned(10_040, back=replace(BACK, how=how)))
        (call,) = calls_of_bill(OPTIONS, made, {BACK.number: parent}.get)
        assert body(call)["billAmount"] == Decimal("100.00")
        assert call.fact("amount_minor") == "10000"


def test_an_exchange_worth_at_least_what_comes_back_is_one_call() -> None:
    made = note(line(1, 9000), returned(5000, 2), kind="mixed")
    (call,) = calls_of_bill(OPTIONS, made)
    content = body(call)
    assert (content["type"], content["billAmount"]) == ("REGULAR", Decimal("90.00")), (
        "what the new goods came to, or their own return would be more than their purchase (630)"
    )
    assert content["lineItemsV2"][1]["parentBillNumber"] == BACK.number
    assert exchanged(made)
    assert not call.shared, "it does not go with others"


def test_what_a_mixed_bill_cannot_say_goes_in_a_call_of_its_own() -> None:
    anonymous = replace(BACK, interested=False)
    for lines, customer in (
        ((line(1, 4000), returned(5000, 2)), TOM),
        ((line(1, 9000), returned(5000, 2, replace(BACK, how=ReturnHow.FULL))), TOM),
        ((line(1, 9000), returned(5000, 2, anonymous)), TOM),
        ((line(1, 9000), returned(5000, 2, anonymous)), None),
    ):
        sale, back = calls_of_bill(OPTIONS, replace(note(*lines, kind="mixed"), customer=customer))
        assert (sale.op, back.op) == (Op.TRANSACTION_ADD, Op.TRANSACTION_RETURN)
        assert body(sale)["billAmount"] == Decimal(lines[0].amount_minor) / 100
        assert body(back)["billAmount"] == Decimal("50.00")


def test_redemptions_are_undone_after_the_return_and_by_their_own_names() -> None:
    undos = (
        Undo("points", BACK.number, 1000, points_milli=10_000, reference="org-S01-T1-3-P1"),
        Undo("coupon", BACK.number, 0, code="TEN", reference="77"),
        Undo("coupon", BACK.number, 0, code="LOST", given_back=False),
    )
    back, points, coupon = calls_of_bill(OPTIONS, note(returned(5000), undos=undos))
    assert [call.op for call in (back, points, coupon)] == [
        Op.TRANSACTION_RETURN,
        Op.POINTS_REVERSE,
        Op.COUPON_REACTIVATE,
    ]
    assert body(points)["externalReferenceNumber"] == "org-S01-T1-3-P1"
    assert body(coupon) == {"redemptionIds": [77]}
    assert back.chain == points.chain == coupon.chain


@given(st.sampled_from(ReturnHow))
def test_each_return_of_a_bill_has_a_key_of_its_own(how: ReturnHow) -> None:
    one = note(returned(5000, back=replace(BACK, how=how)))
    other = replace(one, number="S01T1C25-000002")
    keys = {call.key for made in (one, other) for call in calls_of_bill(OPTIONS, made)}
    assert len(keys) == 2


def test_a_whole_exchange_whose_goods_came_to_nothing_is_told_as_nothing_however_it_was_rounded() -> None:
    old = replace(note(line(1, 0), returned(5050, 2), kind="mixed"), rounding_minor=-50)
    back = Back(old.number, old.at, ReturnHow.FULL, "torn", 1)
    whole = replace(note(returned(0, back=back)), number="S01T1C25-000002", at="2026-04-03T11:00:00+05:30")
    (call,) = calls_of_bill(OPTIONS, whole, lambda number: old if number == old.number else None)
    assert body(call)["billAmount"] == 0
    assert faults(call.method, call.target, call.body) == []


@pytest.mark.parametrize("kind", ["return", "mixed"])
def test_nothing_is_told_of_what_comes_back_of_a_bill_that_was_sold_without_loyalty(kind: str) -> None:
    """The cloud never heard of it, and would refuse (625)."""
    sold = [line(2, 10_000)] if kind == "mixed" else []
    made = note(returned(10_000), *sold, kind=kind)
    parent = bill(BACK.number, customer=TOM)
    heard = calls_of_bill(OPTIONS, made, lambda _: parent)
    unheard = calls_of_bill(OPTIONS, made, lambda _: replace(parent, loyalty=False))
    assert [call.op for call in heard] == [Op.TRANSACTION_ADD if kind == "mixed" else Op.TRANSACTION_RETURN]
    assert [call.op for call in unheard] == ([Op.TRANSACTION_ADD] if kind == "mixed" else [])
    assert not any("RETURN" in str(body(call)) for call in unheard)


@pytest.mark.parametrize(
    ("bought_by", "named"),
    [
        (Customer(email="tom@x.in"), "tom@x.in"),
        (Customer(), TOM.mobile),
        (None, TOM.mobile),
    ],
)
def test_a_return_is_told_of_whom_its_bill_was_told_of(bought_by: Customer | None, named: str) -> None:
    """Else it would overtake its own bill, which waits on another chain (and be refused, 625)."""
    parent = bill(BACK.number, customer=bought_by)
    own = calls_of_bill(OPTIONS, parent)[0]
    (call,) = calls_of_bill(OPTIONS, note(returned(5000)), {BACK.number: parent}.get)
    assert dict(call.query)["identifierValue"] == named
    assert (call.chain == own.chain) is (named != TOM.mobile)
    (unknown,) = calls_of_bill(OPTIONS, note(returned(5000)))
    assert dict(unknown.query)["identifierValue"] == TOM.mobile
    nobodys = returned(5000, back=replace(BACK, interested=False))
    (unnamed,) = calls_of_bill(OPTIONS, note(nobodys), {BACK.number: parent}.get)
    assert not {"identifierName", "identifierValue"} & set(dict(unnamed.query))
