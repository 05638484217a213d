"""The order of mixed scripts on paper, against an implementation nobody here wrote (unicode-bidi)."""

from __future__ import annotations

import unicodedata

import pytest
from bidi import get_display
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.printer.bidi import bidi_levels, paper_order

LETTERS = "aZé\u00b5שלםاخپکनक中ไ\u0e01"
DIGITS = "0127٣٤۵²½"
MARKS = "\u0301\u05b7\u064b\u093c\u0e48"
SIGNS = " .,:;-+/%₪$€₹#()[]{}*&\"'!?<>=@~|\u200e\u200f"
# An item, an amount, a telephone number; then what is dense enough to meet every rule.
WORDS = (
    "Nescafé",
    "قهوة",
    "שלום",
    "चाय",
    "12,50",
    "٣٫٥",
    "03-1234567",
    "(250g)",
    "-5%",
    "₪",
    "ג'",
    "+972",
    "x",
)
LINES = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join) | st.text(
    LETTERS + DIGITS + MARKS + SIGNS, max_size=14
)


def on_paper(text: str) -> str:
    return "".join(text[at] for at in paper_order(bidi_levels(text)))


@settings(max_examples=600)
@given(LINES)
@example("سعر: 12/5 كغ")
@example("هاتف 03-1234567")
@example("٣([٣)\u0301\u0301[")
@example("aש([ש]a)")
@example("(שa]\u0301) (a[ש)]")
def test_a_line_stands_in_the_order_of_the_unicode_algorithm(text: str) -> None:
    assert on_paper(text) == get_display(text)


@given(st.text("aשا1٣ (.\u0301\u00ad\u200b\u200c\u200d\ufeff", max_size=12))
def test_what_has_no_shape_moves_nothing_else(text: str) -> None:
    """Joiners and soft hyphens: the rest stands as if they were not there."""
    seen = "".join(char for char in text if unicodedata.bidirectional(char) != "BN")
    assert [char for char in on_paper(text) if char in seen] == list(on_paper(seen))


@pytest.mark.parametrize(
    ("text", "levels"),
    [("", []), ("ab", [0, 0]), ("12", [0, 0]), ("٣", [2]), ("ש1a", [1, 2, 2]), ("aש1", [0, 1, 2])],
)
def test_levels_say_which_way_each_character_runs(text: str, levels: list[int]) -> None:
    """Even from the left, odd from the right: what the letters of a run are drawn by."""
    assert bidi_levels(text) == levels
