"""Bill numbers: consecutive, at most 16 characters, one series per till and financial year."""

from __future__ import annotations

import datetime
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.sale import numbering

prefixes = st.from_regex(r"[A-Z0-9]{1,7}", fullmatch=True)
years = st.integers(2000, 2099)
sequences = st.integers(1, 999_999)


@pytest.mark.parametrize(
    ("date", "first_month", "year"),
    [
        ("2027-03-31", 4, 2026),
        ("2027-04-01", 4, 2027),
        ("2026-12-31", 4, 2026),
        ("2027-01-01", 4, 2026),
        ("2028-02-29", 4, 2027),
        ("2027-01-01", 1, 2027),
        ("2026-12-31", 1, 2026),
        ("2026-06-30", 7, 2025),
        ("2026-07-01", 7, 2026),
    ],
)
def test_the_financial_year_turns_on_the_first_of_its_month(date: str, first_month: int, year: int) -> None:
    assert numbering.financial_year(datetime.date.fromisoformat(date), first_month) == year


@given(prefixes, years, sequences)
def test_a_number_fits_the_rule_and_splits_back(prefix: str, year: int, seq: int) -> None:
    """CGST Rule 46(b): at most 16 letters, digits, hyphens and slashes."""
    series = numbering.series_name(prefix, year)
    number = numbering.bill_number(series, seq)
    assert len(number) <= 16
    assert re.fullmatch(r"[A-Za-z0-9/-]+", number)
    assert numbering.split_number(number) == (series, seq)


@given(prefixes, years, st.integers(1, 10**9))
def test_a_series_ends_rather_than_grow_beyond_sixteen_characters(prefix: str, year: int, seq: int) -> None:
    series = numbering.series_name(prefix, year)
    room = 16 - len(series) - 1
    if seq < 10**room:
        assert len(numbering.bill_number(series, seq)) <= 16
    else:
        with pytest.raises(ValueError, match="16 characters"):
            numbering.bill_number(series, seq)


def test_the_longest_prefix_leaves_room_for_999999_bills_a_year() -> None:
    series = numbering.series_name("STORE01", 2026)
    assert numbering.bill_number(series, 999_999) == "STORE0126-999999"
    with pytest.raises(ValueError, match="16 characters"):
        numbering.bill_number(series, 1_000_000)


def test_in_india_the_year_begins_in_april() -> None:
    assert numbering.financial_year(datetime.date(2027, 3, 31)) == 2026
    assert numbering.financial_year(datetime.date(2027, 4, 1)) == 2027


@given(st.lists(st.tuples(prefixes, years, sequences), min_size=2, max_size=2, unique=True))
def test_no_two_tills_years_or_sales_share_a_number(two: list[tuple[str, int, int]]) -> None:
    one, other = (
        numbering.bill_number(numbering.series_name(prefix, year), seq) for prefix, year, seq in two
    )
    assert one != other


@given(prefixes, years, st.integers(1, 999_998))
def test_numbers_sort_as_they_were_given_out(prefix: str, year: int, seq: int) -> None:
    series = numbering.series_name(prefix, year)
    assert numbering.bill_number(series, seq) < numbering.bill_number(series, seq + 1)


def test_the_example_of_the_docs() -> None:
    assert numbering.series_name("S01T1", 2026) == "S01T126"
    assert numbering.bill_number("S01T126", 7) == "S01T126-000007"


@pytest.mark.parametrize("prefix", ["", "s01", "S01-T1", "S01T1234", "S 1", "S/1", "Ä1", "१२"])
def test_a_prefix_that_could_break_a_number_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        numbering.series_name(prefix, 2026)


@pytest.mark.parametrize("seq", [0, -1])
def test_numbers_start_at_one(seq: int) -> None:
    with pytest.raises(ValueError, match="bill number"):
        numbering.bill_number("S01T126", seq)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "-000001",
        "S01T126",
        "S01T126-",
        "S01T126-00001",
        "S01T126-00000a",
        "S01T126-१२३४५६",
        "000001",
    ],
)
def test_other_text_is_not_taken_for_a_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a bill number"):
        numbering.split_number(text)


@example("S01T126-0000001")
@example("S01T126C000001")
@example("0C-000001")
@example("S01T126-000000")
@given(st.text(max_size=20) | st.from_regex(r"[A-Z0-9]{0,9}-?[0-9]{0,8}", fullmatch=True))
def test_only_numbers_made_here_split(text: str) -> None:
    """What splits at all is what bill_number writes: one text for each number."""
    try:
        series, seq = numbering.split_number(text)
    except ValueError:
        return
    assert numbering.bill_number(series, seq) == text


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("", True),
        (r"[A-Z0-9]+-\d{6}", True),
        (r"[A-Z0-9]+", False),  # the whole number, not its beginning
        (r"\d+", False),
        (r"S01.*", True),
        (r"^[A-Z0-9-]{1,16}$", True),
    ],
)
def test_the_organisations_pattern_covers_the_whole_number(pattern: str, taken: bool) -> None:
    assert numbering.satisfies("S01T126-000007", pattern) is taken
