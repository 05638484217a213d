"""The till's clock against the cloud's: whatever either says, and whenever the till's is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.language.language import english
from agent.sale.clock import (
    DAY_MS,
    LEEWAY_MS,
    Known,
    Standing,
    Word,
    duration,
    moment_ms,
    plausible,
    standing,
    unaided,
)
from agent.sale.rules import Making, Problem, rule_book

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOON_MS = moment_ms(NOON)
WORD = Word(NOON_MS, 50_000, 600)
ZONES = ("Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca")
BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000


def by_the_cloud(days: str, at: datetime, ahead: timedelta) -> tuple[Problem, ...]:
    """What stands against a bill whose till is so far ahead of the cloud."""
    clock = standing(Known(Word(moment_ms(at.astimezone(UTC) - ahead), 0)), moment_ms(at), 0)
    rules = rule_book({"CONF_MAX_TRANSACTION_FUTURE_DAYS": days}).rules
    return rules.problems(Making("S01T126-000001", 10_000, (("SKU", 10_000),), at, clock))


@given(
    st.integers(NOON_MS, NOON_MS + 70 * 365 * DAY_MS).map(lambda ms: datetime.fromtimestamp(ms // 1000, UTC)),
    st.sampled_from(ZONES),
    st.one_of(st.integers(1, 60).map(str), st.sampled_from(("", "0", "-1", "abc", "1.5", "٣", "9" * 12))),
    st.sampled_from((-1000, 0, 1000, -HOUR_MS, HOUR_MS)),
)
@example(datetime(2027, 3, 28, 3, 30, tzinfo=BERLIN), "Europe/Berlin", "1", 0)  # a day of 23 hours
@example(datetime(2026, 10, 26, 2, 30, tzinfo=BERLIN), "Europe/Berlin", "1", 1000)  # and one of 25
def test_a_bill_is_stopped_from_n_times_24_hours_ahead_on_whatever_the_zone(
    at: datetime, zone: str, text: str, beyond_ms: int
) -> None:
    """Exactly at the limit the cloud takes it, a second later not (643)."""
    days = min(int(text), 45) if text.isascii() and text.isdigit() and 0 < int(text) < 10**9 else 1
    ahead = timedelta(days=days, milliseconds=beyond_ms)
    told = by_the_cloud(text, at.astimezone(ZoneInfo(zone)), ahead)
    assert [(one.code, one.blocks) for one in told] == ([("bill-future", True)] if beyond_ms > 0 else [])


@pytest.mark.parametrize("before", [datetime(2027, 3, 27, 12, 0), datetime(2026, 10, 24, 12, 0)])  # noqa: DTZ001
def test_a_day_ahead_is_24_hours_over_a_change_of_the_shops_clock(before: datetime) -> None:
    """The cloud's zones have no summer time (docs/capillary.md 12.23)."""
    at = before.replace(tzinfo=BERLIN)
    assert moment_ms(rule_book({}).rules.future_limit(at)) - moment_ms(at) == DAY_MS


def test_the_sentence_says_how_far_what_to_do_and_who_can() -> None:
    (told,) = by_the_cloud("2", NOON, timedelta(days=3))
    assert english().text(told.sentence) == (
        "The till's clock is 3 days ahead of the cloud's, which takes no bill over 2 days ahead: have the "
        "technician set date and time, then go on with this sale, which stays as it is."
    )


def test_a_till_that_knows_nothing_sells() -> None:
    """Offline since the start: nothing is known to be wrong."""
    clock = unaided(NOON, None)
    assert (clock.state, clock.ahead_ms, clock.absurd) == ("unknown", None, False)
    assert rule_book({}).rules.of_date(NOON, clock) == []


@pytest.mark.parametrize(
    ("clock", "blocks"),
    [(unaided(NOON, None), True), (unaided(NOON, NOON + timedelta(days=1)), True), (Standing("ok"), False)],
)
def test_before_the_oldest_date_the_sale_waits_for_the_clock_unless_it_is_right(
    clock: Standing, *, blocks: bool
) -> None:
    """A right clock cannot be mended: then it is the organisation's date, and only the upload waits."""
    rules = rule_book({"CONF_MIN_BILLING_DATE": "2026-11-24"}).rules
    (told,) = rules.of_date(NOON, clock)
    assert (told.code, told.blocks, told.holds) == ("bill-date", blocks, not blocks)
    assert rules.of_date(NOON + timedelta(days=1), clock) == []


@pytest.mark.parametrize(
    ("at", "absurd"),
    [
        (datetime(1970, 1, 1, 0, 3, tzinfo=UTC), True),
        (datetime(2000, 1, 1, tzinfo=UTC), True),
        (datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 1, 1, tzinfo=UTC), False),
        (datetime(2099, 12, 31, tzinfo=UTC), False),
        (datetime(2155, 1, 1, tzinfo=UTC), True),
    ],
)
def test_a_clock_without_a_battery_stops_the_sale_with_nobody_to_ask(at: datetime, *, absurd: bool) -> None:
    clock = unaided(at, None)
    assert (clock.absurd, plausible(moment_ms(at))) == (absurd, not absurd)
    told = rule_book({}).rules.of_date(at, clock)
    assert [one.code for one in told if one.blocks] == (["clock-wrong"] if absurd else [])
    asked = standing(Known(WORD), moment_ms(at), WORD.boot_ms)
    assert (asked.absurd, asked.ahead_ms) == (
        asked.ahead_ms < -31 * DAY_MS or absurd,
        moment_ms(at) - NOON_MS,
    )
    if absurd:
        assert str(at.year) in english().text(clock.sentence)
        assert "technician" in english().text(told[0].sentence)


def test_a_clock_before_the_last_bill_is_suspect_and_sells() -> None:
    for behind, state in ((timedelta(minutes=5), "unknown"), (timedelta(minutes=5, seconds=1), "suspect")):
        clock = unaided(NOON, NOON + behind)
        assert clock.state == state
        assert rule_book({}).rules.of_date(NOON, clock) == []


def test_the_clouds_word_counts_more_than_the_last_bill() -> None:
    """That bill was made while the clock ran ahead."""
    assert standing(Known(WORD), NOON_MS, 50_000, NOON_MS + DAY_MS).state == "ok"


@given(st.integers(-40 * DAY_MS, 40 * DAY_MS), st.integers(0, 400 * DAY_MS))
def test_setting_the_clock_is_noticed_without_another_answer(set_by_ms: int, later_ms: int) -> None:
    """However long ago the cloud told its time, and whichever way the clock is set."""
    clock = standing(Known(WORD), NOON_MS + later_ms + set_by_ms, WORD.boot_ms + later_ms)
    assert clock.ahead_ms == set_by_ms
    assert clock.state == ("ok" if abs(set_by_ms) <= LEEWAY_MS + WORD.within_ms else "wrong")
    assert clock.absurd == (set_by_ms < -31 * DAY_MS)
    way = "behind" if set_by_ms < 0 else "ahead of"
    far = f"Clock is {english().text(duration(set_by_ms))} {way} the cloud's"
    assert english().text(clock.sentence) == ("Clock right" if clock.state == "ok" else far)


def test_after_a_restart_of_the_box_only_too_early_is_known_to_be_wrong() -> None:
    """It is later than what the cloud told last, nobody knows by how much."""
    known = Known(floor_ms=NOON_MS)
    assert standing(known, NOON_MS + 90 * DAY_MS, 0).state == "unknown"
    assert standing(known, NOON_MS - LEEWAY_MS, 0).state == "unknown"
    behind = standing(known, NOON_MS - 3 * DAY_MS, 0)
    assert (behind.state, behind.absurd) == ("wrong", False)
    assert english().text(behind.sentence) == "Clock is at least 3 days behind the cloud's"
    assert standing(known, NOON_MS - 32 * DAY_MS, 0).absurd


def test_an_answer_is_believed_when_something_agrees_with_it() -> None:
    right, far = WORD, Word(NOON_MS - 3 * DAY_MS, WORD.boot_ms)
    assert Known().told(right, NOON_MS).word == right
    once = Known().told(far, NOON_MS)
    assert (once.word, standing(once, NOON_MS, WORD.boot_ms).state) == (None, "unknown")
    later = Word(far.cloud_ms + 1000, far.boot_ms + 1000)
    twice = once.told(later, NOON_MS + 1000)
    assert (twice.word, twice.doubted) == (later, None)
    after = standing(twice, NOON_MS + 1000, later.boot_ms)
    assert english().text(after.sentence) == "Clock is 3 days ahead of the cloud's"


@given(
    st.integers(LEEWAY_MS * 3, 3000 * DAY_MS).flatmap(lambda ms: st.sampled_from((ms, -ms))),
    st.integers(1, 20),
)
def test_one_server_of_many_with_a_wrong_clock_stops_nobody(off_ms: int, calls: int) -> None:
    """Every other answer is of that one."""
    known = Known()
    for call in range(calls):
        boot_ms = call * 1000
        off = off_ms if call % 2 else 0
        known = known.told(Word(NOON_MS + boot_ms + off, boot_ms), NOON_MS + boot_ms)
        assert standing(known, NOON_MS + boot_ms, boot_ms).state == "ok"


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (330_000, "6 minutes"),
        (-60_000, "1 minute"),
        (90 * 60_000, "2 hours"),
        (-47 * HOUR_MS, "47 hours"),
        (3 * DAY_MS - 1500, "3 days"),
        (-20_000 * DAY_MS, "20000 days"),
    ],
)
def test_a_length_of_time_in_words(ms: int, words: str) -> None:
    assert english().text(duration(ms)) == words
