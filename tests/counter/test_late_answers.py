"""What the counter does with an answer when the sale is another one by then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.counter.questions import Questions
from agent.language.sentence import Sentence
from agent.loyalty.answers.reply import Reply
from agent.loyalty.calls import builders
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.sale import events as e
from agent.sale.basket import CouponRedemption, Customer, PointsRedemption, Product, Sale, TenderType
from agent.till.answer import Answer
from tests.loyalty.conftest import options_for
from tests.rig.desk import DeskTill, cashier_over, till

ASHA = Customer(mobile="919000000001", firstname="Asha")
BALA = Customer(mobile="919000000002", firstname="Bala")
AT = "2026-11-24T10:00:00+05:30"


class Cloud:
    """Answers well; meanwhile is what happens at the counter before the answer is there."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], Any] = lambda: None

    def customer(self, kind: str, value: str) -> Reply[Customer]:
        return self._answer(ASHA)

    def coupon_check(self, customer: Customer, code: str, otp: str) -> Reply[CouponRedemption]:
        return self._answer(CouponRedemption(code, 1_000))

    def points_check(self, customer: Customer, points_milli: int, otp: str) -> Reply[PointsRedemption]:
        return self._answer(PointsRedemption(points_milli, 1_000, otp))

    def enrol(self, form: dict[str, Any]) -> Reply[Customer]:
        typed = Enrolment(AT, **form)
        call = builders.customer_add(options_for(), typed)
        value = self._answer(typed.customer()).value
        return Reply("offline", "", Sentence("enrolment.kept", told=""), value, call)

    def _answer(self, value: Any) -> Reply[Any]:
        once, self.meanwhile = self.meanwhile, lambda: None
        once()
        return Reply("ok", sentence=Sentence("coupon.good"), value=value)


class Counter:
    """The real desk with a sale of one item open."""

    def __init__(self, made: DeskTill) -> None:
        agent = made.agent
        assert agent.cloud is not None
        self.till, self.cloud = made, Cloud()
        self.desk = cashier_over(agent, Questions(lambda question: question(), self.cloud))
        self.scan()

    @property
    def sale(self) -> Sale:
        return self.till.agent.open_sale.sale

    def scan(self) -> None:
        assert self.desk.do(e.ItemAdded(Product("RICE", "Rice", 10_000, 0), 1000, 10_000), "").ok

    def pay(self) -> None:
        assert self.desk.pay_exact(TenderType.CASH, "", "").ok

    def set(self, customer: Customer) -> None:
        assert self.desk.do(e.CustomerSet(customer), "").ok

    def next_sale_of_bala(self) -> None:
        self.pay()
        self.scan()
        self.set(BALA)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with till(tmp_path) as made:
        yield Counter(made)


ASKED: list[Callable[[Counter], Answer]] = [
    lambda counter: counter.desk.coupon("FIFTY", "k"),
    lambda counter: counter.desk.points(10_000, "1234", "k"),
    lambda counter: counter.desk.search("mobile", "9000000001", "k"),
]


@pytest.mark.parametrize("asked", ASKED, ids=["coupon", "points", "search"])
def test_an_answer_for_the_sale_before_is_not_the_next_ones(
    counter: Counter, asked: Callable[[Counter], Answer]
) -> None:
    counter.set(ASHA)
    counter.cloud.meanwhile = counter.next_sale_of_bala
    answer = asked(counter)
    assert (answer.ok, answer.code) == (False, "too-late")
    assert counter.sale.customer == BALA
    assert (counter.sale.coupon, counter.sale.points) == (None, None)


@pytest.mark.parametrize("asked", ASKED[:2], ids=["coupon", "points"])
def test_what_was_checked_for_one_member_is_not_anothers(
    counter: Counter, asked: Callable[[Counter], Answer]
) -> None:
    counter.set(ASHA)
    counter.cloud.meanwhile = lambda: counter.set(BALA)
    assert asked(counter).code == "too-late"
    assert (counter.sale.coupon, counter.sale.points) == (None, None)


def test_who_was_found_meanwhile_stays_and_found_twice_is_no_trouble(counter: Counter) -> None:
    counter.cloud.meanwhile = lambda: counter.set(BALA)
    assert counter.desk.search("mobile", "9000000001", "k").code == "too-late"
    assert counter.sale.customer == BALA
    counter.desk.do(e.CustomerCleared(), "")
    counter.cloud.meanwhile = lambda: counter.set(ASHA)
    assert counter.desk.search("mobile", "9000000001", "k2").ok


def test_an_enrolment_while_payment_is_open_is_kept_once_and_said_to_be(counter: Counter) -> None:
    assert counter.desk.do(e.TenderBegun(), "").ok
    form = {"mobile": "919876500001", "firstname": "Nina"}
    answers = [counter.desk.enrol(form, "k") for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0].ok, answers[0].data["queued"]) == (True, True)
    assert "stays as it is" in answers[0].text
    assert [row["op"] for row in counter.till.desk.rows()] == ["customer_add"]
    assert counter.sale.customer is None
