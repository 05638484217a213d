"""Questions about points and coupons: never a value the cloud did not give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent.language.language import in_english
from agent.sale.basket import CouponRedemption, Customer, PointsRedemption

from ..counter import TOM, asked, item, v11
from ..scripted import Step, reply


def redeemable(code: int = 800, /, **more: Any) -> Step:
    return v11("points.redeemable", item(code, **({"points": "100", "is_redeemable": "true"} | more)))


@pytest.mark.parametrize(
    ("figures", "minor"),
    [
        ({"points_redeem_value": "75.509"}, 7_550),
        ({"points_redeem_value": 75, "points_redeem_local_value": "80.00"}, 8_000),
        ({"points_currency_ratio": "0.5"}, 5_000),
    ],
)
def test_points_that_can_be_redeemed_have_a_value(figures: dict[str, Any], minor: int) -> None:
    with asked(redeemable(**figures)) as (questions, cloud):
        answer = questions.points_check(TOM, 100_000, "4PZ")
    assert answer.outcome == "ok"
    assert answer.value == PointsRedemption(100_000, minor, "4PZ", checked_at="2026-04-01T10:00:00+05:30")
    assert "points=100&validation_code=4PZ" in cloud.requests[0].target


@pytest.mark.parametrize("code", [803, 807, 808, 819, 821, 824])
def test_points_that_cannot_be_redeemed_say_why(code: int) -> None:
    with asked(v11("points.redeemable", item(code, "false", is_redeemable="false"), 500)) as (questions, _):
        answer = questions.points_check(TOM, 100_000)
    assert (answer.outcome, answer.code, answer.value) == ("no", str(code), None)
    assert in_english(answer.sentence).endswith(".")


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (redeemable(is_redeemable="false"), "no"),
        (redeemable(), "unknown"),
        (redeemable(points="1000", points_redeem_value="750"), "unknown"),
    ],
    ids=["flag says no", "no value", "another number"],
)
def test_points_are_not_given_away_on_half_an_answer(step: Step, outcome: str) -> None:
    with asked(step) as (questions, _):
        answer = questions.points_check(TOM, 100_000)
    assert (answer.outcome, answer.value) == (outcome, None)


def test_what_is_said_of_another_member_is_not_given_and_that_is_said() -> None:
    other = {"mobile": "919000000001"}
    for step in (redeemable(points_redeem_value="75", **other), redeemable(is_redeemable="false", **other)):
        with asked(step) as (questions, _):
            answer = questions.points_check(TOM, 100_000)
        assert (answer.outcome, answer.value) == ("unknown", None)
        assert "answered about somebody else" in in_english(answer.sentence)
    for code in (700, 725, 703):
        with asked(coupon(code, is_redeemable="true", coupon_value="10", **other)) as (questions, cloud):
            told = questions.coupon_check(TOM, "DIWALI")
        assert (told.outcome, told.value, len(cloud.requests)) == ("unknown", None, 1)
        assert "answered about somebody else" in in_english(told.sentence)


@pytest.mark.parametrize(
    "figures",
    [{"points_redeem_value": "0.004"}, {"points_currency_ratio": "0.00004"}],
    ids=["value", "ratio"],
)
def test_points_that_come_to_nothing_in_money_are_refused(figures: dict[str, Any]) -> None:
    with asked(redeemable(**figures)) as (questions, _):
        answer = questions.points_check(TOM, 100_000)
    assert (answer.outcome, answer.code, answer.value) == ("no", "worthless", None)


def test_a_code_is_sent_to_the_customer() -> None:
    step = reply(
        {"response": {"status": {"success": "true", "code": "200"}, "validation_code": {"code": item(200)}}}
    )
    with asked(step) as (questions, _):
        answer = questions.points_otp(TOM, 100_000)
    assert (answer.outcome, "3210" in in_english(answer.sentence)) == ("ok", True)


def coupon(code: int = 700, /, **more: Any) -> Step:
    return v11("coupons.redeemable", item(code, **({"code": "DIWALI", "is_redeemable": "true"} | more)))


@pytest.mark.parametrize(
    ("fields", "minor", "bp"),
    [
        (
            {"series_info": {"discount_type": "ABS", "discount_value": "50.50", "discount_on": "BILL"}},
            5_050,
            0,
        ),
        ({"series_info": {"discount_type": "PERC", "discount_value": 12.5}}, 0, 1_250),
        ({"coupon_value": "17"}, 1_700, 0),
        ({"coupon_value": "17", "is_absolute": "false"}, 0, 1_700),
        ({"coupon_value": "17", "series_info": {"discount_type": "ABS", "discount_value": "0"}}, 1_700, 0),
    ],
)
def test_a_good_coupon_is_worth_money_or_a_share(fields: dict[str, Any], minor: int, bp: int) -> None:
    with asked(coupon(**fields)) as (questions, _):
        answer = questions.coupon_check(TOM, " DIWALI ")
    assert answer.value == CouponRedemption("DIWALI", minor, bp, checked_at="2026-04-01T10:00:00+05:30")


def test_the_documented_good_coupon_is_good(sample: Callable[[str], bytes]) -> None:
    with asked(reply(sample("v11_coupon_isredeemable.response_yes_700.json"))) as (questions, _):
        answer = questions.coupon_check(Customer(mobile="11223569865"), "F3LRU8")
    assert (answer.outcome, answer.value and answer.value.minor) == ("ok", 1_700)


def test_the_coupons_own_flag_is_trusted_over_a_friendly_status() -> None:
    """A documented refusal has status true, code 706 and is_redeemable false."""
    refusal = {"is_redeemable": "false", "item_status": {"status": "true", "code": "706", "message": "twice"}}
    with asked(v11("coupons.redeemable", refusal)) as (questions, _):
        assert questions.coupon_check(TOM, "DIWALI").outcome == "no"
    with asked(coupon(is_redeemable="false", coupon_value="17")) as (questions, _):
        assert questions.coupon_check(TOM, "DIWALI").outcome == "no"
    with asked(coupon(is_redeemable="", coupon_value="17")) as (questions, _):
        assert questions.coupon_check(TOM, "DIWALI").outcome == "unknown"


@pytest.mark.parametrize(
    "series",
    [
        {"discount_type": "ABS", "discount_value": "50", "discount_on": "LINEITEM"},
        {"discount_type": "PERC", "discount_value": "50", "discount_upto": "100"},
        {"discount_type": "PERC", "discount_value": "150"},
        {"discount_type": "ABS", "discount_value": "0"},
    ],
)
def test_a_coupon_this_till_would_apply_wrongly_is_refused(series: dict[str, str]) -> None:
    with asked(coupon(series_info=series, coupon_value="0")) as (questions, _):
        answer = questions.coupon_check(TOM, "DIWALI")
    assert (answer.outcome, answer.value) == ("no", None)


@pytest.mark.parametrize("code", [702, 703, 711, 713, 735, 742])
def test_a_refused_coupon_says_why(code: int) -> None:
    with asked(v11("coupons.redeemable", item(code, "false", is_redeemable="false"), 500)) as (questions, _):
        answer = questions.coupon_check(TOM, "DIWALI")
    assert (answer.outcome, answer.code) == ("no", str(code))
    assert "code" not in in_english(answer.sentence) or code == 702


def test_an_answer_about_another_coupon_is_not_taken() -> None:
    other = coupon(code="OTHER", coupon_value="500")
    with asked(other) as (questions, _):
        answer = questions.coupon_check(TOM, "MINE10")
    assert (answer.outcome, answer.value, "another coupon" in in_english(answer.sentence)) == (
        "unknown",
        None,
        True,
    )


def test_a_coupon_code_with_a_comma_is_not_two_coupons() -> None:
    with asked(coupon()) as (questions, cloud):
        assert questions.coupon_check(TOM, "A,B").code == "unusable"
    assert cloud.requests == []


def test_an_undocumented_refusal_is_no_verdict_and_shows_its_code() -> None:
    with asked(v11("coupons.redeemable", item(99_999, "false", is_redeemable="false"))) as (questions, _):
        answer = questions.coupon_check(TOM, "DIWALI")
    assert (answer.outcome, "99999" in in_english(answer.sentence)) == ("unknown", True)
