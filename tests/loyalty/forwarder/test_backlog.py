"""A backlog as the cloud and the cashier see it: in bulk, each bill by itself, no till in a hurry."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call, decode
from agent.loyalty.forwarder.breaker_state import BreakerState
from agent.loyalty.forwarder.drain_delay import phase
from agent.loyalty.line.exchange import Kind, RawAnswer
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op

from ..bills import POINTS, bill
from ..conftest import options_for
from ..memory_queue import MemoryQueue
from .test_forwarder import AWAY, CREATED, LOST, START_MS, Bench, error, said

OPTIONS = options_for()
FLEET = options_for(fleet_tills=10_000)
NOTHING = {"response": {"status": {"success": "true", "code": 200}, "transactions": {"transaction": []}}}


def taken(call: Call, *poisoned: str) -> RawAnswer:
    """What a healthy cloud says to any call of a backlog; poisoned bills are refused."""
    if call.op == Op.TRANSACTION_GET:
        return said(NOTHING)
    if call.op != Op.TRANSACTION_BULK:
        return error(601) if call.fact("number") in poisoned else said(CREATED)
    return said({"response": [_judged(one["billNumber"], poisoned) for one in decode(call.body)][::-1]})


def _judged(number: str, poisoned: tuple[str, ...]) -> dict[str, Any]:
    bad = number in poisoned
    errors = [{"code": 601, "message": "amount"}] if bad else []
    return {"entityId": None if bad else 9, "result": {"billNumber": number}, "errors": errors}


def backlog(
    rule: Callable[[Call], RawAnswer], bills: int, options: Any = OPTIONS, queue: MemoryQueue | None = None
) -> Bench:
    bench = Bench(rule, queue or MemoryQueue(), options=options)
    bench.sell(*(f"B{n}" for n in range(bills)))
    return bench


def sizes(bench: Bench) -> list[int]:
    """Bills in each call that told of bills."""
    asked = [call for call in bench.exchange.asked if call.op in (Op.TRANSACTION_ADD, Op.TRANSACTION_BULK)]
    return [len(decode(call.body)) if call.op == Op.TRANSACTION_BULK else 1 for call in asked]


def test_a_backlog_goes_in_batches_that_double_to_fifty() -> None:
    bench = backlog(taken, 200)
    bench.until(lambda: not bench.queue.open)
    assert sizes(bench) == [1, 2, 4, 8, 16, 32, 50, 50, 37]
    assert set(bench.states()) == {"done"}


def test_a_batch_costs_one_commit_and_a_row_alone_costs_one_too() -> None:
    bench = backlog(taken, 200)
    bench.until(lambda: not bench.queue.open)
    assert bench.queue.commits <= len(sizes(bench)) + 4
    alone = backlog(taken, 60, options_for(bulk_rows=1))
    alone.until(lambda: not alone.queue.open)
    assert alone.queue.commits <= 60 + 2


def test_no_byte_leaves_before_its_rows_are_committed_as_begun() -> None:
    def rule(call: Call) -> RawAnswer:
        numbers = {call.fact("number")}
        if call.op == Op.TRANSACTION_BULK:
            numbers = {one["billNumber"] for one in decode(call.body)}
        begun = {row.number for row in bench.queue.rows.values() if row.state == "inflight"}
        assert begun == numbers
        return taken(call)

    bench = backlog(rule, 40)
    bench.until(lambda: not bench.queue.open)


def test_a_few_bills_go_one_by_one() -> None:
    bench = backlog(taken, 7)
    bench.until(lambda: not bench.queue.open)
    assert sizes(bench) == [1] * 7


def test_a_poisoned_bill_goes_to_a_person_alone() -> None:
    bench = backlog(lambda call: taken(call, "B20"), 60)
    bench.until(lambda: not bench.queue.open)
    assert list(bench.queue.parked) == [21]
    assert bench.states().count("done") == 59


@pytest.mark.parametrize(
    "answer",
    [LOST, RawAnswer(Kind.ANSWERED, 502, b"<html>"), RawAnswer(Kind.ANSWERED, 200, b'{"response":[{"en')],
)
def test_a_batch_without_an_answer_is_read_back_bill_by_bill_and_the_next_is_smaller(
    answer: RawAnswer,
) -> None:
    lost: list[str] = []

    def rule(call: Call) -> RawAnswer:
        if call.op == Op.TRANSACTION_BULK and not lost and len(decode(call.body)) == 8:
            lost.extend(one["billNumber"] for one in decode(call.body))
            return answer
        return taken(call)

    bench = backlog(rule, 60)
    bench.until(lambda: not bench.queue.open)
    assert sizes(bench)[:6] == [1, 2, 4, 8, 4, 8]
    asked = bench.exchange.asked
    read = [dict(call.query)["number"] for call in asked if call.op == Op.TRANSACTION_GET]
    assert sorted(read) == sorted(lost)
    again = [call.fact("number") for call in asked if call.op == Op.TRANSACTION_ADD]
    assert set(again) >= set(lost)


def test_a_batch_that_never_left_goes_again_without_a_question() -> None:
    bench = backlog(lambda call: AWAY if call.op == Op.TRANSACTION_BULK else taken(call), 30)
    bench.forwarder.step()
    bench.rule = taken
    bench.until(lambda: not bench.queue.open)
    assert not [call for call in bench.exchange.asked if call.op == Op.TRANSACTION_GET]


@pytest.mark.parametrize(
    ("wanted", "quiet_s"), [({"retry-after": "120"}, 115), ({}, 58)], ids=["told", "untold"]
)
@pytest.mark.parametrize("code", [429, 517])
def test_a_limit_is_obeyed_by_the_whole_batch(code: int, wanted: dict[str, str], quiet_s: int) -> None:
    """For as long as the cloud says, and for a minute where it does not."""

    def rule(call: Call) -> RawAnswer:
        if call.op != Op.TRANSACTION_BULK:
            return taken(call)
        body = json.dumps({"errors": [{"code": code, "message": ""}]}).encode()
        return RawAnswer(Kind.ANSWERED, 429, body, wanted)

    bench = backlog(rule, 30)
    bench.step()
    asked = len(bench.exchange.asked)
    bench.rule = taken
    while bench.now_ms < START_MS + quiet_s * 1000:
        bench.step()
    assert len(bench.exchange.asked) == asked
    bench.until(lambda: not bench.queue.open)
    assert set(bench.states()) == {"done"}
    assert not [call for call in bench.exchange.asked if call.op == Op.TRANSACTION_GET]


@pytest.mark.parametrize("code", [672, 1060])
def test_a_batch_the_cloud_finds_too_large_goes_in_smaller_ones(code: int) -> None:
    def rule(call: Call) -> RawAnswer:
        large = call.op == Op.TRANSACTION_BULK and len(decode(call.body)) > 5
        return error(code) if large else taken(call)

    bench = backlog(rule, 60)
    bench.until(lambda: not bench.queue.open)
    assert set(bench.states()) == {"done"}
    assert max(sizes(bench)[4:]) <= 4


def test_a_cloud_without_bulk_gets_its_bills_one_by_one() -> None:
    missing = RawAnswer(Kind.ANSWERED, 404, b'{"message": "no such path"}')
    bench = backlog(lambda call: missing if call.op == Op.TRANSACTION_BULK else taken(call), 30)
    bench.until(lambda: not bench.queue.open)
    assert set(bench.states()) == {"done"}
    assert bench.queue.parked == {}


def test_what_may_have_arrived_and_what_is_no_bill_goes_alone() -> None:
    bench = backlog(taken, 20)
    first = bench.queue.rows[3]
    bench.queue.rows[3] = type(first)(**{**_fields(first), "state": "unknown"})
    who = Customer(mobile="919999999999")
    bench.queue.add_bill(builders.calls_of_bill(OPTIONS, bill("P1", customer=who, points=POINTS)), START_MS)
    bench.until(lambda: any(call.op == Op.POINTS_REDEEM for call in bench.exchange.asked))
    bench.until(lambda: len(bench.queue.open) == 1)
    batched = [
        one["billNumber"]
        for call in bench.exchange.asked
        if call.op == Op.TRANSACTION_BULK
        for one in decode(call.body)
    ]
    assert "B2" not in batched


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).__dataclass_fields__}


def test_bills_of_one_customer_never_share_a_batch() -> None:
    bench = Bench(taken, options=OPTIONS)
    for number in range(40):
        bench.sell(f"B{number}", mobile=f"9198765432{number % 10:02d}")
    bench.until(lambda: not bench.queue.open)
    for call in bench.exchange.asked:
        if call.op == Op.TRANSACTION_BULK:
            customers = [one["identifierValue"] for one in decode(call.body)]
            assert len(customers) == len(set(customers))


def returned(bench: Bench, by_ms: int) -> None:
    """An outage that opens the breaker, and its end."""
    bench.rule = lambda _: AWAY
    while bench.now_ms < by_ms:
        bench.step()
    bench.rule = taken


def test_after_an_outage_a_till_of_a_fleet_waits_for_its_turn_over_restarts_too() -> None:
    bench = backlog(taken, 10, FLEET)
    bench.queue.breaker = BreakerState(spread=True).to_text()
    bench.restart()
    returned(bench, START_MS + 3_600_000)
    known = len(bench.exchange.asked)
    bench.until(lambda: "done" in bench.states())
    found_ms = bench.now_ms
    assert len(bench.exchange.asked) == known + 1
    bench.restart()
    bench.until(lambda: bench.states().count("done") > 1, most=5_000)
    # The last probe that failed was up to 15 minutes and the fleet's turn (1,000 s) before; that much of the
    # 4,000 s is over.
    # A backlog of nine makes 9 rows, four calls.
    waited_s = (bench.now_ms - found_ms) / 1000
    assert phase(FLEET) * 2_050 <= waited_s <= phase(FLEET) * 4_000 + 31
    assert bench.pauses[-1] == (0, "")


def test_after_an_outage_a_till_alone_goes_on_at_once() -> None:
    bench = backlog(taken, 10)
    returned(bench, START_MS + 3_600_000)
    bench.until(lambda: "done" in bench.states())
    found_ms = bench.now_ms
    bench.until(lambda: not [row for row in bench.queue.open if row.due_ms <= bench.now_ms])
    assert bench.now_ms - found_ms < 1_000


def test_a_fleet_that_starts_with_a_backlog_does_not_start_at_once() -> None:
    bench = backlog(taken, 10, FLEET)
    bench.until(lambda: bench.exchange.asked != [], most=5_000)
    assert bench.now_ms - START_MS >= phase(FLEET) * 4_000_000


def test_a_person_ends_the_wait_for_this_tills_turn() -> None:
    bench = backlog(taken, 10, FLEET)
    bench.step()
    assert bench.exchange.asked == []
    until_ms, why = bench.pauses[-1]
    assert until_ms > bench.now_ms
    assert "not every till" in why
    bench.forwarder.resume()
    bench.step()
    assert bench.exchange.asked != []


def test_a_question_answered_at_the_counter_ends_the_outage_but_not_the_turn() -> None:
    bench = backlog(taken, 10, FLEET)
    bench.queue.breaker = BreakerState(spread=True).to_text()
    bench.restart()
    returned(bench, START_MS + 3_600_000)
    known = len(bench.exchange.asked)
    for _ in range(5):
        bench.forwarder.retry_now()
        bench.step()
    assert len(bench.exchange.asked) == known
    bench.until(lambda: not bench.queue.open, most=5_000)
    assert bench.now_ms - START_MS < 3_600_000 + 4_400_000


def begun(bench: Bench) -> set[str]:
    return {row.number for row in bench.queue.rows.values() if row.state == "inflight"}


def watched(bench: Bench, seen: Callable[[set[str], set[str]], None]) -> None:
    """seen hears for each call which bills were begun for it, and which while it was under way."""
    send = bench.exchange.send

    def watching(call: Call, deadline_s: float, meanwhile: Callable[[], None]) -> RawAnswer:
        def looked() -> None:
            before = begun(bench)
            meanwhile()
            seen(before, begun(bench) - before)

        return send(call, deadline_s, looked)

    bench.exchange.send = watching  # type: ignore[method-assign,assignment]


def test_the_next_batch_is_begun_while_the_cloud_works_at_this_one() -> None:
    waiting: list[tuple[set[str], set[str]]] = []
    bench = backlog(taken, 300)
    watched(bench, lambda before, after: waiting.append((before, after)))
    bench.until(lambda: not bench.queue.open)
    assert [len(ahead) for _, ahead in waiting if ahead] == [50, 50, 50, 37]
    assert not any(ahead for before, ahead in waiting if len(before) < 50), "only at full pace"
    assert set(bench.states()) == {"done"}


@pytest.mark.parametrize("answer", [LOST, error(429), said({"response": []})])
def test_what_was_begun_ahead_of_a_batch_that_failed_is_not_sent_and_counts_no_try(answer: RawAnswer) -> None:
    ahead: set[str] = set()

    def rule(call: Call) -> RawAnswer:
        full = call.op == Op.TRANSACTION_BULK and len(decode(call.body)) == 50
        return answer if full and not ahead else taken(call)

    bench = backlog(rule, 300)
    watched(bench, lambda _, after: ahead.update(() if ahead else after))
    while not ahead:
        bench.step()
    rows = [row for row in bench.queue.rows.values() if row.number in ahead]
    assert len(rows) == 50
    assert {(row.state, row.attempts, row.first_ms) for row in rows} == {("ready", 0, 0)}
    bench.until(lambda: not bench.queue.open)
    read = {dict(call.query)["number"] for call in bench.exchange.asked if call.op == Op.TRANSACTION_GET}
    assert not read & ahead, "they never left, so nobody has to look for them"


def test_a_till_that_dies_with_two_batches_begun_asks_for_each_bill_before_it_sends_it_again() -> None:
    class Death(BaseException):
        """The daemon is no more."""

    bench = backlog(taken, 200)
    send = bench.exchange.send

    def dying(call: Call, deadline_s: float, meanwhile: Callable[[], None]) -> RawAnswer:
        answer = send(call, deadline_s, meanwhile)
        if len(begun(bench)) == 100:
            raise Death
        return answer

    bench.exchange.send = dying  # type: ignore[method-assign,assignment]
    with pytest.raises(Death):
        bench.until(lambda: not bench.queue.open)
    doubtful = begun(bench)
    bench.exchange.send = send  # type: ignore[method-assign]
    bench.restart()
    bench.until(lambda: not bench.queue.open)
    looked = [dict(call.query)["number"] for call in bench.exchange.asked if call.op == Op.TRANSACTION_GET]
    assert len(doubtful) == 100
    assert set(looked) == doubtful


def test_what_goes_alone_does_not_wait_for_the_whole_of_a_slow_backlog() -> None:
    """Every call takes two seconds; a few rows of unknown outcome stand among a thousand bills."""

    def rule(call: Call) -> RawAnswer:
        bench.now_ms += 2_000
        return taken(call)

    bench = backlog(rule, 1_000)
    unsure = range(10, 1_000, 200)
    for row_id in unsure:
        bench.queue.rows[row_id] = replace(bench.queue.rows[row_id], state="unknown", attempts=1)
    bench.until(lambda: all(bench.queue.rows[row_id].state == "done" for row_id in unsure))
    assert bench.states().count("done") < 900
