"""What the paper says of goods that come back, and of members nobody asked about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.sale.basket import Bill, BillLine, Customer, Tender, TenderType
from agent.sale.invoice import BILL_OF_SUPPLY, TAX_INVOICE
from agent.sale.return_values import Back, ReturnHow, Undo
from tests.sale.invoice_sample import ASHA, BILL, DAL, SHOP, TOMATO, line_with, printed

SOLD = replace(DAL, no=2, qty_milli=1000, gross_minor=14500, amount_minor=14500)


def back(how: ReturnHow = ReturnHow.LINE_ITEM, **more: Any) -> BillLine:
    """One pack of dal that comes back."""
    origin = Back("0001T126-000031", "2026-11-20T18:30:00+05:30", how, "torn", **({"line": 1} | more))
    return replace(DAL, qty_milli=-1000, gross_minor=-14500, amount_minor=-14500, back=origin)


def credit_note(*lines: BillLine, **more: Any) -> Bill:
    due = sum(line.amount_minor for line in lines)
    fields = {
        "kind": "return",
        "lines": lines,
        "tenders": (Tender(1, TenderType.CASH, due),),
        "gross_minor": due,
        "discount_minor": 0,
        "rounding_minor": 0,
        "due_minor": due,
        "change_minor": 0,
    }
    return replace(BILL, **(fields | more))


def test_a_credit_note_names_the_bill_and_its_day_on_one_line() -> None:
    assert "\nReturned from bill 0001T126-000031 of 20-11-2026\n" in printed(credit_note(back()))


@pytest.mark.parametrize(
    ("kind", "title", "headed"),
    [
        ("return", TAX_INVOICE, "CREDIT NOTE"),
        ("return", BILL_OF_SUPPLY, "CREDIT NOTE"),
        ("return", "Store receipt", "CREDIT NOTE - Store receipt"),
        ("mixed", TAX_INVOICE, "TAX INVOICE - EXCHANGE"),
        ("sale", TAX_INVOICE, "TAX INVOICE"),
    ],
)
def test_the_paper_is_headed_by_what_it_is(kind: str, title: str, headed: str) -> None:
    text = printed(credit_note(back(), kind=kind), replace(SHOP, title=title))
    assert headed in [line.strip() for line in text.splitlines()]
    assert ("Credit note " in text) is (kind == "return"), "and its number is named after it"


def test_of_a_bill_whose_day_nobody_knows_none_is_said() -> None:
    line = back(line=0, known=False)
    assert line.back
    text = printed(credit_note(replace(line, back=replace(line.back, at=""))))
    assert "\nReturned from bill 0001T126-000031\n" in text


def test_goods_without_their_bill_are_returned_goods_and_no_hour_is_made_up_for_them() -> None:
    """Nobody knows at what time of the day they were bought."""
    line = back(line=0, known=False)
    assert line.back
    text = printed(
        credit_note(replace(line, back=replace(line.back, number="OTHER-7", at="2026-01-31T00:00:00+05:30")))
    )
    assert "Returned from bill OTHER-7 of 31-01-2026\n" in text
    assert "00:00" not in text
    assert "Returned: Toor Dal 1 kg" in text


def test_what_is_given_back_is_not_also_negative() -> None:
    """ "Given back -145.00" would say that it was taken."""
    assert line_with(printed(credit_note(back())), "Cash given back").split()[-1] == "145.00"


def test_returned_items_are_counted_apart_from_sold_ones() -> None:
    """One for one is not "Items 0"."""
    note = printed(credit_note(back(), replace(back(), no=2)))
    assert line_with(note, "Items returned").split()[-1] == "2"
    assert "\nItems  " not in note
    exchange = printed(credit_note(SOLD, back(), kind="mixed", tenders=()))
    assert line_with(exchange, "Items  ").split() == ["Items", "1"]
    assert line_with(exchange, "Items returned").split()[-1] == "1"


def test_money_without_goods_counts_no_items() -> None:
    """The goods stay with the customer."""
    text = printed(credit_note(back(ReturnHow.AMOUNT, line=0)))
    assert "Returned:" not in text
    assert not [line for line in text.splitlines() if line.startswith("Items")]


@pytest.mark.parametrize(
    "bill",
    [credit_note(back()), replace(BILL, customer=replace(ASHA, source="cache"))],
    ids=["return", "cloud away"],
)
def test_a_balance_nobody_asked_for_in_this_sale_has_its_date(bill: Bill) -> None:
    """It is that of the purchase, or of the last time the till heard of the member."""
    text = printed(bill)
    assert line_with(text, "Points on 23-11-2026 10:12").split()[-1] == "1,250.5"
    assert "before this bill" not in text


def test_a_member_without_a_name_takes_one_line() -> None:
    text = printed(replace(BILL, customer=Customer(mobile="919876543210", source="typed")))
    assert "\nCustomer Mobile ********3210\n" in text


def test_a_sum_of_one_step_is_not_said_twice() -> None:
    text = printed(credit_note(SOLD, kind="sale"), replace(SHOP, footer=()))
    assert "Gross" not in text
    assert line_with(text, "TOTAL").split()[-1] == "₹145.00"


def test_a_measure_at_the_end_of_a_name_stays_in_one_piece() -> None:
    name = "Coorg Morning Instant Coffee 200 g"
    text = printed(replace(BILL, lines=(replace(TOMATO, name=name),)), columns=32)
    assert "\nCoorg Morning Instant Coffee\n200 g\n" in text


@pytest.mark.parametrize(
    ("kind", "undos", "words"),
    [
        (TenderType.POINTS, ("points", True), "Points to be given back"),
        (TenderType.POINTS, ("points", False), "Points not given back"),
        (TenderType.POINTS, ("coupon", True), "Points not given back"),
        (TenderType.COUPON, ("coupon", True), "Coupon to be given back"),
        (TenderType.COUPON, ("coupon", False), "Coupon not given back"),
        (TenderType.CARD, ("points", True), "Card given back"),
    ],
)
def test_of_a_redemption_the_paper_says_whether_it_comes_back(
    kind: TenderType, undos: tuple[str, bool], words: str
) -> None:
    undo = Undo(undos[0], "0001T126-000031", 14500, given_back=undos[1])
    text = printed(credit_note(back(), tenders=(Tender(1, kind, -14500),), undos=(undo,)))
    assert line_with(text, words).split()[-1] == "145.00"
