"""The organisation's rules: any text is taken, nonsense falls back and is told, boundaries are exact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.language.language import in_english
from agent.sale.clock import OK, Standing
from agent.sale.rules import DOCUMENTED, KEYS, Making, OrgRules, Problem, rule_book

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NUMBER = "S01T126-000001"


def rules(**configs: str) -> OrgRules:
    return rule_book(configs).rules


def problems(found: OrgRules, due: int = 10_000, *amounts: int, number: str = NUMBER) -> tuple[Problem, ...]:
    lines = tuple((f"SKU{index}", amount) for index, amount in enumerate(amounts or (due,)))
    return found.problems(Making(number, due, lines, NOW))


@given(st.dictionaries(st.sampled_from(KEYS), st.text(max_size=60)))
@example(dict.fromkeys(KEYS, "1e999999"))
@example(dict.fromkeys(KEYS, "NaN"))
@example(dict.fromkeys(KEYS, "-1"))
@example(dict.fromkeys(KEYS, "("))
@example(dict.fromkeys(KEYS, "2026-02-30"))
@example(dict.fromkeys(KEYS, "٣"))
def test_whatever_the_values_are_the_rules_answer(configs: dict[str, str]) -> None:
    """Nothing raises, and what cannot be used is complained of with its key."""
    book = rule_book(configs)
    assert [row.key for row in book.in_force] == list(KEYS)
    found = book.rules
    for problem in problems(found, 0) + problems(found, 10**9, number="x" * 51):
        assert in_english(problem.sentence).endswith(".")
    found.may_retro(NOW, NOW, NOW)
    assert NOW < found.future_limit(NOW) <= NOW + timedelta(days=45)
    unusable = {row.key for row in book.in_force if "cannot be used" in in_english(row.origin)}
    assert all(any(key in in_english(complaint) for complaint in book.complaints) for key in unusable)


@pytest.mark.parametrize("text", ["maybe", "2", "ja", "[]"])
@pytest.mark.parametrize("key", [key for key in KEYS if "ALLOW_" in key or "RETRO_TRANS" in key])
def test_a_switch_that_is_nonsense_has_its_default_and_is_told_once(key: str, text: str) -> None:
    book = rule_book({key: text})
    assert book.rules == OrgRules()
    assert len(book.complaints) == 1
    assert key in in_english(book.complaints[0])


@pytest.mark.parametrize(
    ("text", "days"),
    [("", 1), ("1", 1), ("2", 2), ("45", 45), ("46", 45), ("999999999", 45)]
    + [(nonsense, 1) for nonsense in ("0", "-3", "abc", "1.5", "²", "٣", "1e1", "9" * 20)],
)
def test_the_future_limit_is_the_seeds_table(text: str, days: int) -> None:
    """Not set 1, at least 1, above 45 is 45, non-numeric, zero or negative is 1."""
    assert rules(CONF_MAX_TRANSACTION_FUTURE_DAYS=text).future_limit(NOW) == NOW + timedelta(days=days)


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_the_most_and_the_least_are_themselves_allowed(limit: int, due: int) -> None:
    text = f"{limit // 100}.{limit % 100:02d}"
    most, least = rules(CONF_LOYALTY_MAX_BILL_AMOUNT=text), rules(CONF_LOYALTY_MIN_BILL_AMOUNT=text)
    assert bool(problems(most, due)) == (due > limit)
    assert bool(problems(least, due)) == (due < limit)


@given(st.integers(1, 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=5))
def test_one_line_outside_the_limits_is_enough(limit: int, amounts: list[int]) -> None:
    text = f"{limit // 100}.{limit % 100:02d}"
    most = rules(CONF_LOYALTY_MAX_BILL_LINEITEM_AMOUNT=text)
    least = rules(CONF_LOYALTY_MIN_BILL_LINEITEM_AMOUNT=text)
    assert bool(problems(most, 1, *amounts)) == any(amount > limit for amount in amounts)
    assert bool(problems(least, 1, *amounts)) == any(amount < limit for amount in amounts)


def test_amounts_that_the_organisation_does_not_take_are_the_shop_s_to_decide() -> None:
    """docs/capillary.md 8: such a bill is not taken; the rules neither stop the sale nor hold its upload."""
    found = rules(CONF_LOYALTY_MAX_BILL_AMOUNT="1", CONF_LOYALTY_MAX_BILL_LINEITEM_AMOUNT="1")
    told = problems(found, 50_000)
    assert [problem.code for problem in told] == ["bill-amount", "line-amount"]
    assert all(problem.outside and not problem.holds and not problem.blocks for problem in told)


def test_zero_is_no_limit() -> None:
    found = rules(CONF_LOYALTY_MAX_BILL_AMOUNT="0", CONF_LOYALTY_MAX_BILL_LINEITEM_AMOUNT="0.00")
    assert problems(found, 10**11) == ()


def test_limits_that_exclude_every_bill_are_not_applied() -> None:
    book = rule_book({"CONF_LOYALTY_MIN_BILL_AMOUNT": "500", "CONF_LOYALTY_MAX_BILL_AMOUNT": "100"})
    assert problems(book.rules, 30_000) == ()
    assert "is above" in in_english(book.complaints[0])


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [("S01T1.*", True), ("S01", False), ("[A-Z0-9-]{14}", True), ("[0-9]+", False), ("(", True), ("", True)],
)
def test_a_number_must_match_as_a_whole_and_a_broken_pattern_stops_nobody(pattern: str, fits: bool) -> None:
    told = problems(rules(CONF_CLIENT_BILL_NO_REGEX=pattern))
    assert [problem.code for problem in told if problem.blocks] == ([] if fits else ["number-pattern"])


def test_fifty_characters_fit_and_fifty_one_do_not() -> None:
    assert problems(OrgRules(), number="N" * 50) == ()
    assert [problem.blocks for problem in problems(OrgRules(), number="N" * 51)] == [True]


def test_a_bill_without_a_number_is_for_organisations_that_do_not_ask_for_one() -> None:
    assert problems(OrgRules(), number="")[0].blocks
    assert problems(rules(CONF_LOYALTY_IS_BILL_NUMBER_REQUIRED="0"), number="") == ()


def test_the_tills_own_pattern_counts_where_the_organisation_has_none() -> None:
    """The organisation's word is the newer one."""
    own = rule_book({}, number_pattern="[0-9]+")
    told = rule_book({"CONF_CLIENT_BILL_NO_REGEX": ".*"}, number_pattern="[0-9]+")
    assert problems(own.rules)[0].code == "number-pattern"
    assert problems(told.rules) == ()
    assert _origin(own, "CONF_CLIENT_BILL_NO_REGEX") == "settings"
    assert _origin(told, "CONF_CLIENT_BILL_NO_REGEX") == "organisation"
    assert _origin(told, "CONF_MAX_TRANSACTION_FUTURE_DAYS") == in_english(DOCUMENTED)


def _origin(book: Any, key: str) -> str:
    return in_english(next(row.origin for row in book.in_force if row.key == key))


def test_zero_bills_are_outside_told_or_taken() -> None:
    held = problems(rules(CONF_CLIENT_IS_BILL_AMOUNT_ZERO="0"), 0)
    told = problems(rules(CONF_MARK_ZERO_BILL_AS_OUTLIER="1"), 0)
    assert [(problem.outside, problem.blocks) for problem in held] == [(True, False)]
    assert [(problem.code, problem.holds) for problem in told] == [("no-points", False)]
    assert problems(OrgRules(), 0) == ()


def test_bills_that_earn_no_points_are_told_and_not_held() -> None:
    many = problems(rules(BILL_OUTLIER_BASKET_SIZE_LIMIT="2"), 300, 100, 100, 100)
    item = problems(rules(CONF_OUTLIER_ITEM_SKU='["BAG", "SKU0"]'), 300)
    assert [problem.code for problem in (*many, *item)] == ["no-points", "no-points"]
    assert not any(problem.holds or problem.blocks for problem in (*many, *item))
    assert problems(rules(BILL_OUTLIER_BASKET_SIZE_LIMIT="3"), 300, 100, 100, 100) == ()


def test_a_bill_from_before_the_oldest_date_is_stopped_for_the_clocks_sake() -> None:
    assert problems(rules(CONF_MIN_BILLING_DATE="2026-11-23")) == ()
    told = problems(rules(CONF_MIN_BILLING_DATE="2026-11-24 00:00:00"))
    assert told[0].blocks
    assert "clock" in in_english(told[0].sentence)


@pytest.mark.parametrize(
    "key", ["MARK_BILLS_OUTLIER_STARTING_WITH", "IGNORE_POINTS_FOR_BILL_NUMBER_STARTS_WITH"]
)
def test_a_prefix_without_points_is_a_warning_for_the_technician(key: str) -> None:
    found = rule_book({key: "TEST, s01t"}).rules
    assert "till.bill_prefix" in in_english(found.warnings("S01T126")[0])
    assert found.warnings("S02T126") == ()


def test_retro_needs_the_organisation_and_a_bill_that_is_young_enough() -> None:
    young, old = NOW - timedelta(days=30), NOW - timedelta(days=30, seconds=1)
    found = rules(CONF_RETRO_TRANSACTION_ENABLE="1", CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS="30")
    assert found.may_retro(young, NOW) is None
    assert "30 days" in in_english(found.may_retro(old, NOW))
    assert rules(CONF_RETRO_TRANSACTION_ENABLE="1").may_retro(old, NOW) is None
    assert OrgRules().may_retro(young, NOW) is not None


def test_retro_looks_three_hours_before_the_enrolment_as_the_example_does() -> None:
    """docs/capillary.md 5.4: registered 09:00, 3 h: bills after 06:00."""
    found = rules(CONF_RETRO_TRANSACTION_ENABLE="1", CONF_CLIENT_RETRO_DELAY_SINCE_REGISTRATION_HOURS="3")
    nine, six = NOW.replace(hour=9), NOW.replace(hour=6)
    assert found.may_retro(six, NOW, nine) is None
    assert "3 hours" in in_english(found.may_retro(six - timedelta(seconds=1), NOW, nine))
    assert found.may_retro(six - timedelta(days=9), NOW, None) is None
    assert found.may_retro(six, NOW, datetime(1, 1, 1, tzinfo=UTC)) is None, "as old records have it"


def test_unknown_bills_come_back_by_either_key() -> None:
    assert not OrgRules().may_return_unknown()
    assert rules(CONF_ALLOW_NOT_EXISTING_BILL_RETURN="true").may_return_unknown()
    assert rules(CONF_RETURN_WITHOUT_ORIGINAL_BILL_PROCESSING="1").may_return_unknown()


def test_identifiers_are_closed_one_by_one() -> None:
    found = rules(CONF_ALLOW_EMAIL_UPDATE="0")
    assert [found.identifier_may_change(kind) for kind in ("mobile", "email", "external_id")] == [
        True,
        False,
        True,
    ]
    assert not found.identifier_may_change("card")


def test_a_replay_is_risky_from_the_end_of_the_window_on() -> None:
    found = rules(CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS="20")
    assert found.replay_risk(timedelta(days=19, hours=23)) is None
    assert "20 days" in in_english(found.replay_risk(timedelta(days=20)))
    assert OrgRules().replay_risk(timedelta(days=9999)) is None


@pytest.mark.parametrize(
    "key", ["MARK_BILLS_OUTLIER_STARTING_WITH", "IGNORE_POINTS_FOR_BILL_NUMBER_STARTS_WITH"]
)
def test_a_prefix_without_points_is_said_of_every_bill(key: str) -> None:
    (told,) = problems(rule_book({key: "TEST, s01t1"}).rules)
    assert (told.code, told.pointless, told.holds or told.blocks) == ("no-points", True, False)
    assert problems(rule_book({key: "S02"}).rules) == ()


@pytest.mark.parametrize(
    ("places", "step", "finer"),
    [
        ("", 1, False),
        ("nonsense", 1, False),
        ("3", 1, False),
        ("2", 1, False),
        ("1", 1, True),
        ("1", 10, False),
        ("0", 50, True),
        ("0", 100, False),
    ],
)
def test_amounts_finer_than_the_cloud_keeps_are_a_warning(places: str, step: int, finer: bool) -> None:
    told = rules(AMOUNT_ROUNDING_OFF_TO_DECIMAL_PLACES=places).decimals_warning(2, step)
    assert ("till.round_to_minor" in in_english(told)) is finer
    assert bool(told) is finer


def test_a_rule_the_till_need_not_look_at_says_why() -> None:
    notes = {row.key: row.note for row in rule_book({}).in_force}
    told = {key for key in KEYS if notes[key]}
    assert {key for key in KEYS if key.endswith(("UNIQUE", "ONLY_TILL", "ONLY_STORE", "REQUIRED"))} <= told
    assert "CONF_LOYALTY_IS_RETURN_BILL_MANUAL_HANDLING_ENABLED" in told
    assert "AMOUNT_ROUNDING_OFF_TO_DECIMAL_PLACES" in told
    assert notes["CONF_POINTS_RETURN_ENABLED"] is None


SAID: list[tuple[dict[str, str], int, tuple[int, ...], str]] = [
    (
        {"CONF_LOYALTY_MAX_BILL_AMOUNT": "1234.5"},
        123_451,
        (),
        "The bill is above 1,234.50, the most the organisation takes on one bill.",
    ),
    (
        {"CONF_LOYALTY_MIN_BILL_AMOUNT": "1234.5"},
        123_449,
        (),
        "The bill is below 1,234.50, the least the organisation takes on one bill.",
    ),
    (
        {"CONF_LOYALTY_MAX_BILL_LINEITEM_AMOUNT": "1000.25"},
        200_000,
        (100_025, 100_026, 200_000),
        "The line of SKU1 is above 1,000.25, the most the organisation takes on one line.",
    ),
    (
        {"CONF_LOYALTY_MIN_BILL_LINEITEM_AMOUNT": "10"},
        2_000,
        (1_000, 999, 5),
        "The line of SKU1 is below 10.00, the least the organisation takes on one line.",
    ),
    ({"CONF_CLIENT_IS_BILL_AMOUNT_ZERO": "0"}, 0, (), "The organisation takes no bill over 0.00."),
    ({"CONF_MARK_ZERO_BILL_AS_OUTLIER": "1"}, 0, (), "A bill over 0.00 earns no points."),
    (
        {"BILL_OUTLIER_BASKET_SIZE_LIMIT": "2"},
        300,
        (100, 100, 100),
        "A bill of more than 2 lines earns no points.",
    ),
    ({"CONF_OUTLIER_ITEM_SKU": "BAG, SKU1"}, 300, (100, 200), "A bill with item SKU1 earns no points."),
    (
        {"MARK_BILLS_OUTLIER_STARTING_WITH": "TEST, s01t"},
        300,
        (),
        "Bills of this till, s01t…, earn no points.",
    ),
    (
        {"CONF_CLIENT_BILL_NO_REGEX": "S"},
        300,
        (),
        "Bill numbers of this till, such as S01T126-000001, do not fit the organisation's pattern.",
    ),
]


@pytest.mark.parametrize(("configs", "due", "amounts", "words"), SAID)
def test_a_rule_says_what_it_has_against_a_bill_with_its_figures(
    configs: dict[str, str], due: int, amounts: tuple[int, ...], words: str
) -> None:
    (told,) = problems(rules(**configs), due, *amounts)
    assert in_english(told.sentence) == words
    # The shop decides about amounts, a number may not be given out, and points are only told.
    stops = "stops" if told.blocks else "outside" if told.outside else "told"
    assert stops == {"number-pattern": "stops", "no-points": "told"}.get(told.code, "outside")


def test_the_gravest_comes_first_and_two_rules_are_two_sentences() -> None:
    strict = rules(
        CONF_MARK_ZERO_BILL_AS_OUTLIER="1",
        CONF_LOYALTY_MIN_BILL_LINEITEM_AMOUNT="1",
        CONF_MIN_BILLING_DATE="2026-11-24",
        CONF_CLIENT_BILL_NO_REGEX="[0-9]+",
    )
    right = Making(NUMBER, 0, (("BAG", 0),), NOW, Standing(OK))
    told = strict.problems(right)
    assert [(each.code, each.blocks, each.holds, each.outside, each.pointless) for each in told] == [
        ("number-pattern", True, False, False, False),
        ("bill-date", False, True, False, False),
        ("line-amount", False, False, True, False),
        ("no-points", False, False, False, True),
    ]
    assert "2026-11-23" in in_english(told[1].sentence)
    assert "2026-11-24" in in_english(told[1].sentence)


def test_what_a_technician_is_told_has_its_figures() -> None:
    apart = rule_book(
        {
            "CONF_LOYALTY_MIN_BILL_AMOUNT": "500",
            "CONF_LOYALTY_MAX_BILL_AMOUNT": "100.5",
            "CONF_LOYALTY_MIN_BILL_LINEITEM_AMOUNT": "50",
            "CONF_LOYALTY_MAX_BILL_LINEITEM_AMOUNT": "20",
            "CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS": "many",
        }
    )
    crossed = "is above {} ({}): no bill could pass, so neither limit is applied."
    assert [in_english(each) for each in apart.complaints][1:] == [
        "CONF_LOYALTY_MIN_BILL_AMOUNT (500.00) " + crossed.format("CONF_LOYALTY_MAX_BILL_AMOUNT", "100.50"),
        "CONF_LOYALTY_MIN_BILL_LINEITEM_AMOUNT (50.00) "
        + crossed.format("CONF_LOYALTY_MAX_BILL_LINEITEM_AMOUNT", "20.00"),
    ]
    assert apart.rules == OrgRules()
    equal = rule_book({"CONF_LOYALTY_MIN_BILL_AMOUNT": "500", "CONF_LOYALTY_MAX_BILL_AMOUNT": "500"})
    assert (equal.rules.min_bill_minor, equal.rules.max_bill_minor) == (50_000, 50_000)
    coarse = rules(AMOUNT_ROUNDING_OFF_TO_DECIMAL_PLACES="1").decimals_warning(2, 25)
    assert in_english(coarse) == (
        "The organisation keeps amounts to 1 decimal place, and bills of this till are rounded to 0.25. "
        "Set till.round_to_minor to a multiple of 10, or ask the organisation for 2 places."
    )
    waited = rules(CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS="20").replay_risk(timedelta(days=25))
    assert "waited 25 days" in in_english(waited)
    assert "within 20 days" in in_english(waited)


WHOLE = "expected a whole number from 0 to 1000000"
READ: list[tuple[str, str, Any]] = [
    ("CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS", "1000000", "1000000"),
    ("CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS", "30.0", "30"),
    ("CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS", "1000001", WHOLE),
    ("CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS", "30.001", WHOLE),
    ("CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS", "x", "expected a number"),
    ("CONF_LOYALTY_MAX_BILL_AMOUNT", "10000000000", "10000000000.00"),
    ("CONF_LOYALTY_MAX_BILL_AMOUNT", "99.5", "99.50"),
    ("CONF_LOYALTY_MAX_BILL_AMOUNT", "99.500", "99.50"),
    ("CONF_LOYALTY_MAX_BILL_AMOUNT", "99.505", "expected an amount such as 100000 or 99.50"),
    ("CONF_LOYALTY_MAX_BILL_AMOUNT", "10000000000.01", "expected an amount such as 100000 or 99.50"),
    ("AMOUNT_ROUNDING_OFF_TO_DECIMAL_PLACES", "4", "4"),
    ("AMOUNT_ROUNDING_OFF_TO_DECIMAL_PLACES", "5", "expected 0 to 4 decimal places"),
    ("CONF_MAX_TRANSACTION_FUTURE_DAYS", "0", "expected a number of days from 1 to 45"),
    ("CONF_MIN_BILLING_DATE", "2026-11-23T09:00", "2026-11-23"),
    ("CONF_MIN_BILLING_DATE", "2026-11-230", "expected a date such as 2020-01-31"),
    ("CONF_MIN_BILLING_DATE", "2026-02-30", "expected a date such as 2020-01-31"),
    ("CONF_CLIENT_BILL_NO_REGEX", "(", "expected a regular expression (missing ), unterminated"),
    ("CONF_OUTLIER_ITEM_SKU", " ['BAG',\"TAX X\" ,, ] ", "BAG, TAX X"),
    ("CONF_ALLOW_EMAIL_UPDATE", "perhaps", "expected 1 or 0"),
    *(("CONF_ALLOW_EMAIL_UPDATE", word, "yes") for word in ("1", "true", "YES", "y", "On")),
    *(("CONF_ALLOW_EMAIL_UPDATE", word, "no") for word in ("0", "false", "No", "N", "OFF")),
]


@pytest.mark.parametrize(("key", "text", "told"), READ)
def test_a_value_of_the_organisation_is_read_or_refused_in_words(key: str, text: str, told: str) -> None:
    book = rule_book({key: text})
    row = next(row for row in book.in_force if row.key == key)
    if "expected" not in told:
        assert (row.value if isinstance(row.value, str) else in_english(row.value)) == told
        assert (in_english(row.origin), book.complaints) == ("organisation", ())
        return
    assert book.rules == OrgRules()
    (complaint,) = book.complaints
    assert in_english(complaint).startswith(f"{key} is {text.strip()!r}: {told}")
    assert f"{text.strip()!r} cannot be used" in in_english(row.origin)
