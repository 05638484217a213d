"""Money adds up: rounding, shares, allocation and the GST split, against arithmetic done another way."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sale import money
from tests.rig import goods

amounts = st.integers(-(10**12), 10**12)
positive = st.integers(0, 10**12)
steps = st.sampled_from((1, 5, 10, 25, 50, 100))


def rounded(exact: Fraction) -> int:
    """Nearest integer, halves away from zero, by the decimal module."""
    with localcontext() as context:
        context.prec = 60
        return int(
            (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal(1), ROUND_HALF_UP)
        )


@given(amounts, st.integers(1, 10**6))
def test_division_is_the_decimal_modules_half_up(numerator: int, denominator: int) -> None:
    assert money.divide(numerator, denominator) == rounded(Fraction(numerator, denominator))


@pytest.mark.parametrize(
    ("numerator", "denominator", "nearest"),
    [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (5, 10, 1), (49, 100, 0), (-49, 100, 0), (0, 7, 0)],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, nearest: int) -> None:
    assert money.divide(numerator, denominator) == nearest


@pytest.mark.parametrize(
    ("price", "qty_milli", "total"),
    [(4550, 1000, 4550), (18_000, 250, 4500), (999, 1500, 1499), (1, 499, 0), (1, 500, 1), (33, 333, 11)],
)
def test_a_weighed_price_is_rounded_once(price: int, qty_milli: int, total: int) -> None:
    assert money.extended(price, qty_milli) == total


@given(positive, st.integers(0, 10_000))
def test_a_share_and_what_is_left_are_within_the_amount(amount: int, bp: int) -> None:
    assert 0 <= money.share(amount, bp) <= amount
    assert money.share(amount, 10_000) == amount


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1).filter(any))
def test_allocated_parts_sum_to_the_total_and_stay_within_a_unit_of_proportion(
    total: int, weights: list[int]
) -> None:
    parts = money.allocate(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1
        assert weight or part == 0, "nothing goes to a weight of zero"


@given(st.lists(st.integers(0, 10**9), min_size=1).filter(any), st.data())
def test_no_part_of_a_discount_exceeds_its_line(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    for part, weight in zip(money.allocate(total, weights), weights, strict=True):
        assert 0 <= part <= weight


def test_left_over_units_go_to_the_largest_remainders_and_to_the_first_on_ties() -> None:
    assert money.allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert money.allocate(200, [1, 1, 1]) == [67, 67, 66]
    assert money.allocate(10, [5, 3, 3]) == [4, 3, 3]
    assert money.allocate(-1, [1, 1]) == [0, -1]


def test_nothing_can_be_allocated_to_nobody() -> None:
    assert money.allocate(0, []) == []
    assert money.allocate(0, [0, 0]) == [0, 0]
    for weights in ([], [0, 0]):
        with pytest.raises(ValueError, match="nothing to allocate"):
            money.allocate(1, weights)


@given(amounts, steps)
def test_cash_rounding_gives_the_nearest_multiple(amount: int, step: int) -> None:
    result = money.round_to_step(amount, step)
    assert result % step == 0
    assert abs(result - amount) * 2 <= step
    if amount > 0 and 2 * (amount % step) == step:
        assert result > amount, "halves go up"


@given(amounts, st.integers(0, 4))
def test_plain_text_is_the_exact_decimal(minor: int, exponent: int) -> None:
    text = money.plain_text(minor, exponent)
    assert Decimal(text) * 10**exponent == minor
    assert len(text.partition(".")[2]) == exponent


@pytest.mark.parametrize(
    ("minor", "exponent", "text"),
    [(123450, 2, "1234.50"), (-5, 2, "-0.05"), (0, 2, "0.00"), (-7, 0, "-7"), (5, 3, "0.005")],
)
def test_plain_text_examples(minor: int, exponent: int, text: str) -> None:
    assert money.plain_text(minor, exponent) == text


@given(amounts, goods.rates, st.booleans(), st.booleans())
def test_a_tax_split_adds_up_in_equal_halves(
    price: int, rate: int, inclusive: bool, interstate: bool
) -> None:
    split = money.split_tax(price, rate, inclusive=inclusive, interstate=interstate)
    assert split.taxable_minor + split.cgst_minor + split.sgst_minor + split.igst_minor == split.amount_minor
    assert split.tax_minor == split.amount_minor - split.taxable_minor
    assert split.cgst_minor == split.sgst_minor
    assert (split.igst_minor == 0) if not interstate else (split.cgst_minor == 0)
    assert price == (split.amount_minor if inclusive else split.taxable_minor)


@given(positive, goods.rates, st.booleans(), st.booleans())
def test_each_tax_is_the_rounded_exact_one(price: int, rate: int, inclusive: bool, interstate: bool) -> None:
    split = money.split_tax(price, rate, inclusive=inclusive, interstate=interstate)
    exact = Fraction(price * rate, 10_000 + rate if inclusive else 10_000)
    if interstate:
        assert split.igst_minor == rounded(exact)
    else:
        assert split.cgst_minor == rounded(exact / 2)
    assert 0 <= split.tax_minor <= (price if inclusive else 2 * price)


@given(positive, goods.rates, st.booleans())
def test_a_price_with_its_tax_put_in_splits_into_the_same_tax(
    taxable: int, rate: int, interstate: bool
) -> None:
    on_top = money.split_tax(taxable, rate, inclusive=False, interstate=interstate)
    assert money.split_tax(on_top.amount_minor, rate, inclusive=True, interstate=interstate) == on_top


@given(positive, goods.rates, st.booleans(), st.booleans())
def test_a_return_is_the_sale_with_its_sign_turned(
    price: int, rate: int, inclusive: bool, interstate: bool
) -> None:
    sold = money.split_tax(price, rate, inclusive=inclusive, interstate=interstate)
    back = money.split_tax(-price, rate, inclusive=inclusive, interstate=interstate)
    assert back == money.TaxSplit(-sold.taxable_minor, -sold.cgst_minor, -sold.sgst_minor, -sold.igst_minor)


def test_the_textbook_invoice() -> None:
    """118.00 with 18 % inside is 100.00 + 9.00 + 9.00; 100.00 with 18 % on top is the same."""
    expected = money.TaxSplit(10_000, cgst_minor=900, sgst_minor=900)
    assert money.split_tax(11_800, 1800, inclusive=True) == expected
    assert money.split_tax(10_000, 1800, inclusive=False) == expected
    assert money.split_tax(11_800, 1800, inclusive=True, interstate=True) == money.TaxSplit(
        10_000, igst_minor=1800
    )
