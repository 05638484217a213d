"""No payment keeps the number of a bank card, however it is written."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.sale.card_numbers import looks_like_card_number, without_card_numbers
from agent.sale.state_machine import Refused, apply
from agent.sale.totals import Pricing
from tests.rig.shopping import BREAD, replayed

EXACT = Pricing(step_minor=1)
LOAF = e.ItemAdded(BREAD, 1000, 4550)


def luhn_passes(digits: str) -> bool:
    """The check by its textbook wording, another way than the till computes it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled // 10 + doubled % 10
    return total % 10 == 0


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    digits = draw(st.from_regex(r"[0-9]{12,18}", fullmatch=True))
    return next(digits + check for check in "0123456789" if luhn_passes(digits + check))


# Published test numbers of the card networks.
TEST_CARDS = ["4111111111111111", "5555555555554444", "378282246310005", "30569309025904", "4222222222222"]


@pytest.mark.parametrize("number", TEST_CARDS)
@pytest.mark.parametrize("written", ["{}", " {} ", "card {}", "{} ok"])
def test_card_numbers_are_recognised(number: str, written: str) -> None:
    assert looks_like_card_number(written.format(number))
    grouped = " ".join(re.findall(".{1,4}", number))
    assert looks_like_card_number(written.format(grouped))
    assert looks_like_card_number(written.format(grouped.replace(" ", "-")))


@given(card_numbers())
def test_no_payment_keeps_a_card_number(number: str) -> None:
    sale = replayed([LOAF, e.TenderBegun()], EXACT)
    for kind in (TenderType.CARD, TenderType.UPI, TenderType.OTHER):
        with pytest.raises(Refused) as refusal:
            apply(sale, e.TenderAdded(kind, 100, number), EXACT)
        assert refusal.value.code == "card-number"


def test_not_even_a_cash_payment_keeps_a_card_number() -> None:
    sale = replayed([LOAF, e.TenderBegun()], EXACT)
    with pytest.raises(Refused):
        apply(sale, e.TenderAdded(TenderType.CASH, 100, "4111111111111111"), EXACT)


@pytest.mark.parametrize(
    "text", ["auth 77 4111 1111 1111 1111", "4111111111111111 09/29", "4111111111111111 cvv 123"]
)
def test_other_digits_beside_it_do_not_hide_a_card_number(text: str) -> None:
    assert looks_like_card_number(text)


@given(st.from_regex(r"[0-9]{1,12}", fullmatch=True) | st.from_regex(r"[0-9]{13,19}", fullmatch=True))
def test_other_digits_are_no_card_number(digits: str) -> None:
    expected = len(digits) >= 13 and luhn_passes(digits)
    assert looks_like_card_number(digits) is expected


@example("RRN 12²")
@given(st.text())
def test_any_text_may_be_asked_about(text: str) -> None:
    assert looks_like_card_number(text) in (True, False)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4111111111111111 99", "…1111 99"),
        ("4111 1111 1111 1111 99", "…1111 99"),
        ("99 4111-1111-1111-1111", "99 …1111"),
        ("4111  1111 - 1111 1111", "…1111"),
        ("4111111111111111 5555555555554444", "…1111 …4444"),
        ("TERM-000123 of 9812345678", "TERM-000123 of 9812345678"),
    ],
)
def test_what_is_cut_is_what_is_refused(typed: str, kept: str) -> None:
    assert without_card_numbers(typed) == kept
    assert looks_like_card_number(typed) == (kept != typed)


@given(card_numbers(), st.text("0123456789 -x", max_size=8), st.text("0123456789 -x", max_size=8))
def test_nothing_that_is_sent_holds_one(number: str, before: str, after: str) -> None:
    assert not looks_like_card_number(without_card_numbers(f"{before}{number}{after}"))
