"""A bill older than the cloud's memory of numbers: looked up as ever, but not sent again without a person."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from agent.language.language import english
from agent.language.sentence import Sentence
from agent.loyalty.calls.call import Call
from agent.loyalty.forwarder.loop import STALE, Forwarder
from agent.loyalty.line.exchange import RawAnswer
from agent.loyalty.outcomes.queue import UNKNOWN
from agent.sale.queue_terms import Op

from .test_forwarder import CREATED, OPTIONS, Bench, said

NOT_THERE = said(
    {"response": {"status": {"success": "true", "code": 200, "message": "ok"}, "transactions": {}}}
)


class StaleBench(Bench):
    """Every row is too old; the cloud does not have the bill."""

    def restart(self) -> None:
        self.forwarder = Forwarder(
            self.queue,
            self.exchange,
            OPTIONS,
            lambda: self.now_ms,
            Random(7),
            stale=lambda _: Sentence("parked.why.bill-unseen"),
            text=english().text,
        )


def absent(call: Call) -> RawAnswer:
    return NOT_THERE if call.op == Op.TRANSACTION_GET else said(CREATED)


def bench_with(state: str, code: str = "") -> StaleBench:
    bench = StaleBench(absent)
    bench.sell("B1")
    bench.queue.rows[1] = replace(bench.queue.rows[1], state=state, attempts=1, code=code)
    bench.step()
    return bench


def test_one_that_may_have_arrived_waits_for_a_person() -> None:
    bench = bench_with(UNKNOWN)
    assert bench.queue.parked[1][0] == STALE
    assert "the cloud does not show the bill" in bench.queue.parked[1][1]
    assert [call.op for call in bench.exchange.asked] == [Op.TRANSACTION_GET]


def test_one_that_a_person_tries_again_goes_out() -> None:
    bench = bench_with(UNKNOWN, STALE)
    bench.until(lambda: not bench.queue.open)
    assert bench.queue.parked == {}


def test_one_that_was_never_sent_goes_out_whatever_its_age() -> None:
    bench = bench_with("ready")
    bench.until(lambda: not bench.queue.open)
    assert bench.queue.parked == {}
