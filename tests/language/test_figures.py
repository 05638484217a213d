"""Figures in sentences: grouped where people read them, plain for programs."""

from __future__ import annotations

import json

import pytest

from agent.language.figures import Figure
from agent.language.language import english
from agent.language.sentence import Sentence
from agent.sale.money import plain_text
from agent.settings.config import TillSection

ASKED = Sentence("unlikely.cash", amount=plain_text(89_000_427_00), change=plain_text(89_000_327_00))


@pytest.mark.parametrize(
    ("minor", "exponent", "indian", "text"),
    [
        (99_999_99, 2, True, "99,999.99"),
        (1_00_000_00, 2, True, "1,00,000.00"),
        (-12_34_567_89, 2, True, "-12,34,567.89"),
        (-1_234_567_89, 2, False, "-1,234,567.89"),
        (5, 2, True, "0.05"),
        (1_234_567, 0, False, "1,234,567"),
        (1_000_455, 3, True, "1,000.455"),
    ],
)
def test_a_figure_is_grouped_as_the_shop_writes_it(
    minor: int, exponent: int, indian: bool, text: str
) -> None:
    assert english().grouping(indian=indian).figure(plain_text(minor, exponent)) == text


def test_the_slip_can_be_seen_in_the_question_about_it() -> None:
    asked = english().grouping(indian=True).text(ASKED)
    assert asked == "Cash 8,90,00,427.00, and 8,90,00,327.00 change? If that is right, confirm it once more."
    assert "89,000,427.00" in english().text(ASKED)


def test_also_in_a_sentence_within_a_sentence() -> None:
    told = english().grouping(indian=True).text(Sentence("several", first=ASKED, second=ASKED))
    assert told.count("8,90,00,427.00") == 2


def test_programs_get_it_plain() -> None:
    params = english().grouping(indian=True).params(ASKED)
    assert params == {"amount": "89000427.00", "change": "89000327.00"}
    assert json.loads(json.dumps(params)) == params
    assert {type(value) for value in params.values()} == {str}


def test_text_that_is_no_figure_stays_as_it_is() -> None:
    """A bill's number, an item's, a telephone."""
    told = Sentence("queue.settled", amount="1234567.00")
    assert "1234567.00" in english().grouping(indian=True).text(told)
    assert "12,34,567.00" in english().grouping(indian=True).text(
        Sentence("queue.settled", amount=Figure("1234567.00"))
    )


@pytest.mark.parametrize(("locale", "indian"), [("en-IN", True), ("hi-IN", True), ("en-US", False)])
def test_the_locale_of_the_till_says_how(locale: str, indian: bool) -> None:
    assert TillSection("S", "T", "P", locale=locale).indian is indian
