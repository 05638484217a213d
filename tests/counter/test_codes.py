"""One-time codes: what the customer was sent one for is not applied without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.counter.questions import Questions, Said
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import CouponRedemption, Customer, PointsRedemption, Product, Sale
from tests.rig.desk import cashier_over, till

ASHA = Customer(mobile="919000000001", firstname="Asha")
RICE = Product("RICE", "Rice", 10_000, 0)
RIGHT = "1234"


class Lenient:
    """An organisation that takes points and coupons without a code, and refuses a wrong one."""

    asks_for_code = False

    def points_otp(self, customer: Customer, points_milli: int) -> Said:
        del customer, points_milli
        return Said("ok", sentence=Sentence("points.code-sent", to="…01"))

    def points_check(self, customer: Customer, points_milli: int, otp: str) -> Said:
        del customer
        return self._checked(otp, PointsRedemption(points_milli, 1_000, otp))

    def coupon_check(self, customer: Customer, code: str, otp: str) -> Said:
        del customer
        if self.asks_for_code and not otp:
            return Said("no", "725", Sentence("coupon.code-sent", to="…01"))
        return self._checked(otp, CouponRedemption(code, 1_000, otp=otp))

    def _checked(self, otp: str, value: Any) -> Said:
        if otp not in ("", RIGHT):
            return Said("no", "808", Sentence("points.refused"))
        return Said("ok", sentence=Sentence("points.good"), value=value)


class Counter:
    """The real counter with one item and a member on the open sale."""

    def __init__(self, agent: Any) -> None:
        self.cloud = Lenient()
        self.agent = agent
        ask = Questions(lambda question: question(), self.cloud)  # type: ignore[arg-type]
        self.desk = cashier_over(agent, ask)
        for event in (e.ItemAdded(RICE, 1000, 10_000), e.CustomerSet(ASHA)):
            assert self.desk.do(event, "").ok

    @property
    def sale(self) -> Sale:
        sale: Sale = self.agent.open_sale.sale
        return sale


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with till(tmp_path) as made:
        yield Counter(made.agent)


def test_points_are_not_applied_without_the_code_that_was_sent(counter: Counter) -> None:
    assert counter.desk.points_otp(10_000).ok
    refused = counter.desk.points(10_000, "", "k")
    assert (refused.ok, refused.code, counter.sale.points) == (False, "code-needed", None)
    assert counter.desk.points(5_000, "", "k").code == "code-needed"
    assert counter.desk.points(10_000, RIGHT, "k").ok
    assert counter.sale.points is not None


def test_points_applied_before_a_code_was_sent_are_taken_off_when_it_is(counter: Counter) -> None:
    assert counter.desk.points(10_000, "", "k").ok
    assert counter.desk.points_otp(10_000).ok
    assert counter.sale.points is None


def test_a_wrong_code_takes_points_off_that_had_none_and_leaves_those_that_had(counter: Counter) -> None:
    assert counter.desk.points(10_000, "", "k").ok
    assert counter.desk.points(10_000, "9999", "k2").code == "808"
    assert counter.sale.points is None
    assert counter.desk.points(10_000, RIGHT, "k3").ok
    assert counter.desk.points(20_000, "9999", "k4").code == "808"
    assert counter.sale.points == PointsRedemption(10_000, 1_000, RIGHT)


def test_a_coupon_is_not_applied_without_the_code_that_was_sent(counter: Counter) -> None:
    """Even when the cloud forgets to ask for it the second time."""
    counter.cloud.asks_for_code = True
    assert counter.desk.coupon("Fifty", "k").code == "725"
    counter.cloud.asks_for_code = False
    assert counter.desk.coupon("FIFTY", "k2").code == "code-needed"
    assert counter.desk.coupon("OTHER", "k3").ok
    assert counter.desk.coupon("FIFTY", "k4", RIGHT).ok
    assert counter.sale.coupon is not None
    assert counter.sale.coupon.code == "FIFTY"


def test_a_wrong_code_takes_the_same_coupon_off_that_had_none_and_no_other(counter: Counter) -> None:
    assert counter.desk.coupon("FIFTY", "k").ok
    assert counter.desk.coupon("OTHER", "k2", "9999").code == "808"
    assert counter.sale.coupon is not None
    assert counter.desk.coupon("fifty", "k3", "9999").code == "808"
    assert counter.sale.coupon is None


def test_a_code_that_was_sent_is_known_after_a_restart(tmp_path: Path) -> None:
    with till(tmp_path) as made:
        assert Counter(made.agent).desk.points_otp(10_000).ok
    with till(tmp_path) as made:
        again = made.agent.open_sale.do(e.PointsApplied(PointsRedemption(10_000, 1_000)))
    assert again.code == "code-needed"


def test_a_second_coupon_says_that_it_takes_the_place_of_the_first(counter: Counter) -> None:
    told = [counter.desk.coupon(code, "").text for code in ("TEN", "ten", "TWENTY")]
    assert told == [
        "Coupon TEN is on the bill.",
        "Coupon ten is on the bill.",
        "Coupon TWENTY is on the bill instead of ten: a bill takes one coupon.",
    ]
    assert counter.sale.coupon and counter.sale.coupon.code == "TWENTY"
