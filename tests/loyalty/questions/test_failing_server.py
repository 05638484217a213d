"""A failing server, or a code nobody knows, has not said no at the counter, whatever its body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent.loyalty.questions.questions import Questions
from agent.sale.basket import Customer

from ..simulated import ASHA, counter
from .test_at_the_counter import form

MEMBER = Customer(mobile=ASHA, firstname="Asha", source="cloud")
NEW = form(mobile="919812345678", firstname="Omana")
QUESTIONS: dict[str, Callable[[Questions], Any]] = {
    "customer/get": lambda ask: ask.customer("mobile", ASHA),
    "customer/transactions": lambda ask: ask.history(MEMBER, 5),
    "points/isredeemable": lambda ask: ask.points_check(MEMBER, 10_000),
    "points/validationcode": lambda ask: ask.points_otp(MEMBER, 10_000),
    "coupon/isredeemable": lambda ask: ask.coupon_check(MEMBER, "FIFTY"),
    "transaction/get": lambda ask: ask.retro("mobile", ASHA, "B-1", "2026-11-20T12:00:00+05:30"),
    "customer/add": lambda ask: ask.enrol(NEW),
    "customer/update": lambda ask: ask.update(MEMBER, form(mobile=ASHA, firstname="Asha", lastname="Other")),
}
FAILURES: list[dict[str, Any]] = [
    *({"kind": "http", "status": 502, "form": body} for body in ("page", "envelope", "errors", "lone")),
    *({"kind": "http", "status": status, "form": "envelope"} for status in (500, 503, 504, 520, 522)),
    *({"kind": "item", "code": code} for code in (502, 77_777)),
    {"kind": "refused", "code": 461},
    {"kind": "failed"},
]


@pytest.mark.parametrize("op", QUESTIONS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_cloud_did_not_answer(op: str, when: str) -> None:
    with counter() as (ask, world):
        for failure in FAILURES:
            world.faults.add(op=op, when=when, count=1, **failure)
            reply = QUESTIONS[op](ask)
            assert world.faults.active() == [], "it was struck"
            assert (reply.outcome, bool(reply.sentence)) == ("unknown", True), failure
            assert (reply.call is not None) == (op in ("customer/add", "customer/update")), failure
            if op == "customer/add" and when == "after":
                return  # the next enrolment is an update
