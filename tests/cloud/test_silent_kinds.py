"""What one kind of question that hangs costs, while everything else answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from agent.daemon.agent import Agent
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.attempt import attempt
from agent.loyalty.calls.redemption_calls import points_isredeemable, points_validationcode
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op
from agent.simulated.cloud.serve.server import RunningCloud
from tests.cloud import test_presence
from tests.cloud.test_presence import Counter, badge, till, until
from tests.loyalty.conftest import options_for

cloud = test_presence.cloud
BUDGET_S = 2.0


@contextmanager
def looks(agent: Agent) -> Iterator[Event]:
    """The thread of pulls and looks."""
    stop = Event()
    thread = Thread(target=lambda: agent.organisation.run(stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()


def waited_s(agent: Agent, what: str, n: int) -> float:
    """How long one more customer stood there."""
    assert agent.cloud
    questions, customer = agent.cloud.asked(), Customer(mobile=f"91900000000{n}", source="cloud")
    began = time.monotonic()
    if what == "customer/get":
        questions.customer("mobile", f"900000000{n}")
    elif what == "points/isredeemable":
        questions.points_check(customer, 100_000)
    else:
        questions.coupon_check(customer, "FIFTY")
    return time.monotonic() - began


@pytest.mark.parametrize("what", ["customer/get", "points/isredeemable", "coupon/isredeemable"])
def test_one_kind_of_question_that_hangs_costs_one_customer_the_budget(
    tmp_path: Path, cloud: RunningCloud, what: str
) -> None:
    with till(tmp_path, cloud.base_url) as agent, looks(agent) as stop:
        until(stop, lambda: badge(agent)["state"] == "online")
        fault = cloud.faults.add("slow", op=what, seconds=5.0)
        assert waited_s(agent, what, 1) > BUDGET_S * 0.9
        for n in range(2, 4):
            # Others are answered meanwhile: the till's own small question, and the queue.
            agent.organisation.pull()
            assert waited_s(agent, what, n) < BUDGET_S / 4, n
            assert badge(agent)["state"] == "trouble"
            stop.wait(1.5)
        cloud.faults.clear(fault.id)
        until(stop, lambda: badge(agent)["state"] == "online")
        assert badge(agent)["state"] == "online"
        known = cloud.world.log.count
        waited_s(agent, what, 9)
        assert cloud.world.log.count == known + 1, "it is asked again"


def test_an_answer_too_late_for_a_customer_ends_no_silence() -> None:
    """The queue has more patience than a customer."""
    counter = Counter()
    counter.cloud.silent = True
    assert counter.ask("919000000001") == "late"
    for kind in (Op.TRANSACTION_ADD, Op.CUSTOMER_GET):
        counter.hears(Verdict(kind, Outcome.OK, ms=9_000))
        assert counter.ask("919000000002") == "silent", kind
        counter.now_s += 31
        counter.probe.look()
    counter.hears(Verdict(Op.CUSTOMER_GET, Outcome.OK, ms=900))
    counter.cloud.silent = False
    assert counter.ask("919000000004") == ""


def test_the_till_asks_again_by_itself_what_changes_nothing_and_never_with_a_customers_code() -> None:
    counter = Counter()
    options, member = options_for(), Customer(mobile="919000000001", source="cloud")
    counter.cloud.silent = True
    for call in (
        points_validationcode(member, 100_000),
        points_isredeemable(options, member, 100_000, "4711"),
    ):
        attempt(counter.way, call, 2.0, listen=counter.hears)
        counter.now_s += 31
    counter.cloud.silent = False
    counter.probe.look()
    _, _, small, asked = counter.cloud.asked
    assert (small.op, asked.op) == (Op.ORGANISATION_TENDERS, Op.POINTS_ISREDEEMABLE)
    assert "4711" not in asked.target
    counter.now_s += 60
    counter.probe.look()
    assert counter.asked == 4, "answered, it is forgotten"
