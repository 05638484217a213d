"""Moments that whole days found, each told by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.sale import events as e
from agent.sale.basket import Discount, TenderType
from agent.store import outbox

from .day import Day
from .till import CounterTill


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    loop = asyncio.new_event_loop()
    made = Day(1, tmp_path / "store", loop)
    yield made
    made.close()
    loop.close()


def sold(till: CounterTill, sku: str = "TEA") -> str:
    """An anonymous bill that the cloud knows."""
    assert till.cashier.add_item(sku, 1000, "").ok
    answer = till.cashier.pay_exact(TenderType.CASH, "", "")
    till.drain(10)
    return str(answer.data["bill_number"])


def test_a_bill_whose_goods_are_coming_back_is_not_given_to_a_member(day: Day) -> None:
    """Its return would reach the cloud as one of a not-interested bill, and be refused for ever (625)."""
    till, member = day.till, day.books.members[0]
    number = sold(till)
    assert till.returning.lines(number, {1: 1000}, "too small", "").ok
    refused = till.retro.give(number, "mobile", member.mobile, "")
    assert (refused.ok, refused.code) == (False, "not-taggable")
    assert "open sale" in refused.text
    assert till.cashier.do(e.LineVoided(1), "").ok
    assert till.retro.give(number, "mobile", member.mobile, "").ok


def test_goods_worth_nothing_come_back_of_a_bill_that_is_given_back_and_the_cloud_hears_nothing(
    day: Day,
) -> None:
    """It would refuse the return for ever: the bill is returned completely (633)."""
    till, desk = day.till, day.till.cashier
    assert desk.add_item("LAMP", 1000, "").ok
    assert desk.add_item("SOAP", 1000, "").ok
    assert desk.do(e.LineDiscounted(2, Discount(bp=10_000, reason="given away")), "").ok
    number = str(desk.pay_exact(TenderType.CASH, "", "").data["bill_number"])
    assert till.returning.lines(number, {1: 1000}, "too small", "").ok
    assert desk.pay_exact(TenderType.CASH, "", "").ok
    assert till.returning.lines(number, {2: 1000}, "too small", "").ok
    note = str(desk.pay_exact(TenderType.CASH, "", "").data["bill_number"])
    assert not day.till.till.read(lambda tx: [row for row in outbox.rows(tx) if note in row.idem_key])
    refused = till.returning.lines(number, {2: 1000}, "too small", "")
    assert (refused.ok, refused.code) == (False, "nothing-left")


def test_no_money_comes_back_of_a_bill_that_came_back_whole_however_it_was_rounded(day: Day) -> None:
    """149.50 was paid as 150.00: the half rupee is rounding, and the cloud would refuse it (639)."""
    till = day.till
    number = sold(till)
    assert till.returning.whole(number, "does not want it", "").ok
    assert till.returning.look(number).data["hows"] == []
    refused = till.returning.money(number, 50, "and the rest", "")
    assert (refused.ok, refused.code) == (False, "nothing-left")


def test_a_line_is_given_back_to_the_paisa_also_when_a_part_was_voided_in_between(day: Day) -> None:
    till, desk = day.till, day.till.cashier
    assert desk.add_item("RICE", 6000, "").ok
    assert desk.do(e.LineDiscounted(1, Discount(minor=1_951, reason="torn bag")), "").ok
    number = str(desk.pay_exact(TenderType.CASH, "", "").data["bill_number"])
    paid = till.returning.look(number).data["lines"][0]["amount_minor"]
    for _ in range(6):
        assert till.returning.lines(number, {1: 1000}, "one more", "").ok
    for no in (1, 2, 4):
        assert desk.do(e.LineVoided(no), "").ok
        assert till.returning.lines(number, {1: 1000}, "one more", "").ok
    back = [line.worth.amount_minor for line in till.open_sale.sale.live_lines if line.worth]
    assert (len(back), sum(back)) == (6, paid)
