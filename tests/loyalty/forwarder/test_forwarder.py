"""The forwarder as its surroundings see it: pauses, holds, chains, crashes, and what it says of the cloud."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from agent.language.language import english
from agent.language.sentence import Sentence
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.forwarder.breaker_state import BreakerState
from agent.loyalty.forwarder.loop import Forwarder
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from agent.loyalty.line.transport import Transport
from agent.loyalty.outcomes.queue import DONE, Change
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op

from ..bills import AT, POINTS, bill, line
from ..conftest import options_for
from ..memory_queue import MemoryQueue
from ..scripted import ScriptedCloud, reply, reset
from ..verdicts import REDEEM

OPTIONS = options_for(bulk_rows=1)
START_MS = 1_775_000_000_000
CREATED = {"createdId": 5, "warnings": []}
LOST = RawAnswer(Kind.UNKNOWN, reason=Sentence("line.late"))
AWAY = RawAnswer(Kind.NEVER_SENT, reason=Sentence("line.unreached", error="refused"))


def said(body: Any, status: int = 200, **headers: str) -> RawAnswer:
    return RawAnswer(Kind.ANSWERED, status, json.dumps(body).encode(), headers, request_id="R1")


def error(code: int) -> RawAnswer:
    return said({"errors": [{"code": code, "message": "said"}]}, 400)


ABSENT = said({"response": {"status": {"success": "false", "code": 615}}})


@dataclass
class Answers:
    """An exchange that answers by rule and remembers what it was asked."""

    rule: Callable[[Call], RawAnswer]
    asked: list[Call] = field(default_factory=list)
    deadlines: list[float] = field(default_factory=list)

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        self.asked.append(call)
        self.deadlines.append(deadline_s)
        answer = self.rule(call)
        meanwhile()
        return answer


@dataclass
class Bench:
    """A forwarder with a queue in memory, a clock set by hand and a cloud that answers by rule."""

    rule: Callable[[Call], RawAnswer]
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    now_ms: int = START_MS
    options: CloudOptions = OPTIONS
    pauses: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.exchange = Answers(self._ruled)
        self.restart()

    def _ruled(self, call: Call) -> RawAnswer:
        return self.rule(call)

    def restart(self) -> None:
        self.queue.reopen(self.now_ms)
        self.forwarder = Forwarder(
            self.queue,
            self.exchange,
            self.options,
            lambda: self.now_ms,
            Random(7),
            lambda until_ms, why: self.pauses.append((until_ms, why)),
            text=english().text,
        )

    def sell(self, *numbers: str, mobile: str = "") -> None:
        for number in numbers:
            who = Customer(mobile=mobile or f"91987654{3200 + len(self.queue.rows)}")
            self.queue.add(builders.transaction_add(OPTIONS, bill(number, customer=who)), now_ms=self.now_ms)

    def step(self) -> float:
        wait_s = self.forwarder.step()
        self.now_ms += round(wait_s * 1000) + 1
        return wait_s

    def until(self, over: Callable[[], bool], most: int = 500) -> None:
        for _ in range(most):
            if over():
                return
            self.step()
        raise AssertionError(f"not reached: {self.queue.rows}")

    def states(self) -> list[str]:
        return [row.state for row in self.queue.rows.values()]


def test_an_empty_queue_sleeps_and_asks_nothing() -> None:
    bench = Bench(lambda _: AWAY)
    assert bench.step() == 30
    assert bench.exchange.asked == []


def test_rows_go_out_in_order_under_the_background_deadline() -> None:
    bench = Bench(lambda _: said(CREATED))
    bench.sell("B1", "B2", "B3")
    bench.until(lambda: not bench.queue.open)
    assert [call.fact("number") for call in bench.exchange.asked] == ["B1", "B2", "B3"]
    assert set(bench.exchange.deadlines) == {OPTIONS.background_timeout_s}
    assert bench.queue.done_refs == {1: "5", 2: "5", 3: "5"}
    assert bench.pauses == []


def test_a_failing_line_loses_no_row_and_the_pauses_are_reported_with_their_end() -> None:
    bench = Bench(lambda _: AWAY)
    bench.sell("B1", "B2")
    for _ in range(200):
        bench.step()
    assert bench.states() == ["ready", "ready"]
    until_ms, why = bench.pauses[-1]
    assert until_ms > START_MS
    assert why == "the cloud could not be reached: refused"
    bench.rule = lambda _: said(CREATED)
    bench.until(lambda: not bench.queue.open)
    assert bench.pauses[-1] == (0, "")


def test_the_fifth_failure_leaves_the_cloud_alone_and_then_one_call_probes_it() -> None:
    bench = Bench(lambda _: AWAY)
    bench.sell(*(f"B{n}" for n in range(20)))
    bench.forwarder.step()
    assert len(bench.exchange.asked) == 5
    assert bench.forwarder.step() > 20
    bench.now_ms += 30_000
    bench.forwarder.step()
    assert len(bench.exchange.asked) == 6
    assert bench.forwarder.step() > 30 - 1


def test_attempts_pause_and_unknown_survive_a_restart() -> None:
    bench = Bench(lambda _: LOST)
    bench.sell(*(f"B{n}" for n in range(5)))
    bench.forwarder.step()
    before = dict(bench.queue.rows)
    assert {row.state for row in before.values()} == {"unknown"}
    bench.pauses.clear()
    bench.restart()
    assert bench.forwarder.step() > 20
    assert bench.queue.rows == before
    ((until_ms, why),) = bench.pauses
    assert until_ms > bench.now_ms + 20_000
    assert why == "no answer came in time"


def test_a_row_found_in_flight_is_read_back_before_anything_is_sent() -> None:
    def rule(call: Call) -> RawAnswer:
        if call.op == Op.TRANSACTION_ADD:
            raise AssertionError("sent again without a look")
        found = {"id": "9", "number": "B1", "amount": "250", "billing_time": "2026-03-31 23:30:15"}
        found["item_status"] = {"code": 600}  # type: ignore[assignment]
        return said({"response": {"status": {"code": 200}, "transactions": {"transaction": found}}})

    bench = Bench(rule)
    bench.sell("B1")
    bench.queue.rows[1] = replace(bench.queue.rows[1], state="inflight", attempts=1)
    bench.restart()
    bench.until(lambda: not bench.queue.open)
    assert bench.queue.done_refs == {1: "9"}


def test_a_poisoned_row_blocks_its_own_customer_and_nobody_else() -> None:
    bench = Bench(lambda call: error(602) if call.fact("number") == "B1" else said(CREATED))
    bench.sell("B1", "B2", mobile="919876543210")
    bench.sell("B3")
    bench.until(lambda: bench.states() == ["parked", "ready", "done"])
    for _ in range(50):
        bench.step()
    assert bench.states() == ["parked", "ready", "done"]
    assert "pattern" in bench.queue.parked[1][1]


def test_redemptions_wait_for_their_bill() -> None:
    made = bill("B1", customer=Customer(mobile="919876543210"))
    bench = Bench(lambda _: LOST)
    sent = builders.calls_of_bill(OPTIONS, replace(made, points=POINTS))
    bench.queue.add_bill(sent, bench.now_ms)
    for _ in range(30):
        bench.step()
    assert {call.op for call in bench.exchange.asked} == {Op.TRANSACTION_ADD, Op.TRANSACTION_GET}


def test_a_till_that_is_not_let_in_holds_everything_and_parks_nothing() -> None:
    bench = Bench(lambda _: said({"message": "denied"}, 401))
    bench.sell("B1", "B2", "B3")
    for _ in range(300):
        bench.step()
    assert "parked" not in bench.states()
    assert len(bench.exchange.asked) < 25
    assert "user name and password" in bench.pauses[0][1]
    bench.rule = lambda call: said(CREATED) if call.op == Op.TRANSACTION_ADD else ABSENT
    bench.until(lambda: not bench.queue.open)


def test_one_call_that_is_not_let_in_while_others_are_goes_to_a_person() -> None:
    looks = {Op.TRANSACTION_GET: ABSENT}
    bench = Bench(
        lambda call: looks.get(call.op) or (error(403) if call.fact("number") == "B1" else said(CREATED))
    )
    bench.sell("B1", "B2", "B3", "B4")
    bench.until(lambda: bench.states() == ["parked", "done", "done", "done"])


def test_a_call_that_alone_of_its_kind_is_not_let_in_three_times_goes_to_a_person() -> None:
    none = {"customer": {"redemptions": {"points": {"point": []}}}}
    looks = {
        Op.POINTS_REDEEM: said({"message": "denied"}, 403),
        Op.CUSTOMER_REDEMPTIONS: said({"response": {"status": {"success": "true", "code": 200}, **none}}),
        Op.TRANSACTION_GET: ABSENT,
    }
    bench = Bench(lambda call: looks.get(Op(call.op)) or said(CREATED))
    points = bench.queue.add(REDEEM, now_ms=bench.now_ms)
    for number in range(1, 200):
        if points in bench.queue.parked:
            break
        bench.sell(f"B{number}")
        bench.step()
    assert "Other calls pass." in bench.queue.parked[points][1]
    assert [call.op for call in bench.exchange.asked].count(Op.POINTS_REDEEM) == 3


def test_not_let_in_now_and_then_is_about_no_bill() -> None:
    """A sign-in that fails for one call in four has looked at none of them."""
    often = iter(range(10**6))

    def rule(call: Call) -> RawAnswer:
        if call.op == Op.TRANSACTION_GET:
            return ABSENT
        return error(401) if call.fact("number") == "B1" or next(often) % 4 == 0 else said(CREATED)

    bench = Bench(rule)
    bench.sell("B1", *(f"B{no}" for no in range(2, 12)))
    for _ in range(400):
        bench.step()
    assert "parked" not in bench.states()
    assert bench.states().count("done") == 10
    bench.rule = lambda call: ABSENT if call.op == Op.TRANSACTION_GET else said(CREATED)
    bench.until(lambda: not bench.queue.open)


@pytest.mark.parametrize("looked_up", [False, True])
def test_a_kind_of_call_that_is_never_let_in_while_others_are_goes_to_a_person(looked_up: bool) -> None:
    """After many tries and more than an hour: until then it may be the sign-in that fails now and then."""
    shut = (Op.POINTS_REDEEM, Op.CUSTOMER_REDEMPTIONS) if looked_up else (Op.POINTS_REDEEM,)
    none = {"customer": {"redemptions": {"points": {"point": []}}}}
    none = said({"response": {"status": {"success": "true", "code": 200}, **none}})

    def rule(call: Call) -> RawAnswer:
        if call.op in shut:
            return said({"message": "denied"}, 401)
        looks = {Op.TRANSACTION_GET: ABSENT, Op.CUSTOMER_REDEMPTIONS: none}
        return looks.get(call.op) or said(CREATED)

    bench = Bench(rule)
    asha = Customer(mobile="919876543210")
    paid = bill("B1", customer=asha, points=POINTS)
    _, redeem = bench.queue.add_bill(builders.calls_of_bill(OPTIONS, paid), now_ms=bench.now_ms)
    number = iter(range(2, 10**6))
    while bench.queue.rows[redeem].state != "parked":
        bench.sell(f"B{next(number)}")
        bench.now_ms += 60_000
        bench.step()
        assert next(number) < 4000
    assert bench.now_ms - START_MS > 3_600_000
    code, words = bench.queue.parked[redeem][:2]
    assert code == "401"
    assert ("may or may not have arrived" in words) is looked_up
    assert ("take the payment" in words) is not looked_up
    assert bench.queue.rows[redeem].attempts >= 24


def test_a_rate_limit_pauses_everybody_for_as_long_as_it_asks() -> None:
    bench = Bench(lambda _: said({"errors": [{"code": 429}]}, 429, **{"retry-after": "300"}))
    bench.sell("B1", "B2")
    bench.forwarder.step()
    assert len(bench.exchange.asked) == 1
    bench.now_ms += 299_000
    bench.forwarder.step()
    assert len(bench.exchange.asked) == 1
    until_ms, why = bench.pauses[-1]
    assert START_MS + 300_000 <= until_ms <= START_MS + 375_001
    assert why
    bench.rule = lambda _: said(CREATED)
    bench.now_ms += 100_000
    bench.until(lambda: not bench.queue.open)
    assert bench.pauses[-1] == (0, "")


def test_a_person_ends_a_pause_the_cloud_asked_for() -> None:
    bench = Bench(lambda _: said({"errors": [{"code": 429}]}, 429, **{"retry-after": "3600"}))
    bench.sell("B1", "B2")
    bench.forwarder.step()
    bench.rule = lambda _: said(CREATED)
    bench.forwarder.retry_now()
    assert bench.forwarder.step() > 20, "that the cloud is there is no reason to end what it asked for"
    bench.forwarder.resume()
    bench.forwarder.step()
    assert bench.states() == ["ready", "done"], "the row that was refused waits for its own next try"
    assert bench.pauses[-1] == (0, "")
    bench.restart()
    assert bench.forwarder.step() != 0
    assert BreakerState.from_text(bench.queue.breaker).wait_ms(bench.now_ms) == 0


def test_a_lock_on_one_customer_does_not_stop_the_others() -> None:
    bench = Bench(lambda call: error(521) if call.fact("number") == "B1" else said(CREATED))
    bench.sell("B1", "B2")
    bench.forwarder.step()
    assert bench.states() == ["ready", "done"]
    assert 500 <= bench.queue.rows[1].due_ms - bench.now_ms <= 2_000


def test_a_slow_cloud_does_not_keep_a_step_from_returning() -> None:
    """Whoever supervises the thread sees it move, however many rows are due."""
    bench = Bench(lambda _: said(CREATED))
    bench.sell(*(f"B{n}" for n in range(16)))

    def slow(_: Call) -> RawAnswer:
        bench.now_ms += 15_000
        return said(CREATED)

    bench.rule = slow
    assert bench.forwarder.step() == 0
    assert len(bench.exchange.asked) == 2
    bench.until(lambda: not bench.queue.open)


def test_retry_now_does_not_wait_out_the_pause() -> None:
    bench = Bench(lambda _: AWAY)
    bench.sell(*(f"B{n}" for n in range(5)))
    bench.forwarder.step()
    bench.rule = lambda _: said(CREATED)
    assert bench.forwarder.step() > 20
    bench.forwarder.retry_now()
    bench.now_ms += 4_000
    bench.forwarder.step()
    assert "done" in bench.states()


@pytest.mark.parametrize("payload", [b"", b"not a call", b'{"v":1}'])
def test_a_row_that_cannot_be_read_goes_to_a_person(payload: bytes) -> None:
    bench = Bench(lambda _: said(CREATED))
    bench.sell("B1", "B2")
    bench.queue.payloads[1] = payload
    bench.until(lambda: bench.states() == ["parked", "done"])
    assert bench.queue.parked[1][0] == "payload"


def test_a_bill_that_does_not_add_up_and_an_operation_nobody_knows_are_not_sent() -> None:
    bench = Bench(lambda _: said(CREATED))
    bench.queue.add(builders.transaction_add(OPTIONS, bill(due_minor=1, lines=(line(1, 2),))))
    bench.queue.add(Call("points_from_nowhere", "POST", "/v9/points", body=b"{}"))
    bench.until(lambda: bench.states() == ["parked", "parked"])
    assert bench.exchange.asked == []


def test_a_row_waived_meanwhile_is_not_sent() -> None:
    bench = Bench(lambda _: said(CREATED))
    bench.sell("B1")

    def due(now_ms: int, limit: int) -> Any:
        rows = MemoryQueue.due(bench.queue, now_ms, limit)
        bench.queue.rows[1] = replace(bench.queue.rows[1], state="waived")
        return rows

    bench.queue.due = due  # type: ignore[method-assign]
    bench.forwarder.step()
    assert bench.exchange.asked == []


def test_an_answer_that_cannot_be_read_parks_its_row_and_the_rest_goes_on() -> None:
    """A stored call without its time cannot be read back; that must not stop the till again and again."""
    bench = Bench(lambda _: said(CREATED))
    bench.sell("B1", "B2")
    call = Call.from_bytes(bench.queue.payloads[1])
    blunt = replace(call, facts=tuple(pair for pair in call.facts if pair[0] != "at"))
    bench.queue.payloads[1] = blunt.to_bytes()
    bench.queue.rows[1] = replace(bench.queue.rows[1], state="unknown")
    bench.until(lambda: bench.states() == ["parked", "done"])


def test_a_row_that_gets_the_same_useless_answer_for_hours_goes_to_a_person() -> None:
    looks = {Op.TRANSACTION_GET: ABSENT}
    bench = Bench(
        lambda call: looks.get(call.op) or (error(461) if call.fact("number") == "B1" else said(CREATED))
    )
    bench.sell("B1")
    for number in range(400):
        bench.sell(f"C{number}")
        bench.now_ms += 60_000
        bench.forwarder.step()
    assert bench.queue.rows[1].state == "parked"
    assert "tried" in bench.queue.parked[1][1]


def test_a_month_without_a_line_parks_nothing() -> None:
    bench = Bench(lambda _: AWAY)
    bench.sell("B1")
    for _ in range(30 * 24 * 2):
        bench.now_ms += 1_800_000
        bench.forwarder.step()
    assert bench.states() == ["ready"]
    assert bench.queue.rows[1].attempts > 100


def test_a_clock_set_back_does_not_freeze_the_queue() -> None:
    bench = Bench(lambda _: AWAY)
    bench.sell(*(f"B{n}" for n in range(5)))
    bench.forwarder.step()
    bench.rule = lambda _: said(CREATED)
    bench.now_ms -= 400 * 86_400_000
    bench.until(lambda: not bench.queue.open, most=50)


def test_the_thread_drains_over_http_wakes_and_stops() -> None:
    """The real thing end to end: a lost answer, a read-back that finds nothing, the bill sent again."""
    none = {"response": {"status": {"success": "true", "code": 200}, "transactions": {"transaction": []}}}
    gone = threading.Event()
    wake, stop = threading.Event(), threading.Event()

    class Queue(MemoryQueue):
        def commit(self, changes: Sequence[Change], begin: Sequence[int], now_ms: int) -> Set[int]:
            begun = super().commit(changes, begin, now_ms)
            if any(change.state == DONE for change in changes):
                gone.set()
            return begun

    queue = Queue()
    with ScriptedCloud([reset, reply(none), reply(CREATED)]) as cloud:
        transport = Transport(options_for(cloud.url))
        clock = iter(range(START_MS, START_MS + 10**9, 5_000))
        forwarder = Forwarder(
            queue, transport, options_for(cloud.url), lambda: next(clock), Random(1), text=english().text
        )
        thread = threading.Thread(target=forwarder.run, args=(stop, wake))
        thread.start()
        queue.add(builders.transaction_add(OPTIONS, bill("B1")), now_ms=START_MS)
        wake.set()
        assert gone.wait(20)
        stop.set()
        wake.set()
        thread.join(10)
        transport.close()
    assert not thread.is_alive()
    assert [request.path for request in cloud.requests] == [
        "/v2/transactions",
        "/v1.1/transaction/get",
        "/v2/transactions",
    ]
    assert cloud.requests[0].body == cloud.requests[2].body


def test_the_log_has_the_request_id_and_no_phone_number(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(lambda _: said(CREATED))
    bench.queue.add(builders.customer_add(OPTIONS, Enrolment(AT, "919876543210", firstname="Tom")))
    bench.sell("B1", mobile="919876543210")
    with caplog.at_level("INFO"):
        for _ in range(3):
            bench.forwarder.step()
    assert "R1" in caplog.text
    assert "9876543210" not in caplog.text
    assert "Tom" not in caplog.text


def test_an_unreadable_stored_breaker_is_no_obstacle() -> None:
    queue = MemoryQueue(breaker="scribble")
    bench = Bench(lambda _: said(CREATED), queue)
    bench.sell("B1")
    bench.until(lambda: not bench.queue.open)
    assert BreakerState.from_text(queue.breaker) == BreakerState()


def test_the_end_of_the_till_waits_for_the_call_on_its_way_and_for_no_other() -> None:
    stop = threading.Event()

    def rule(_: Call) -> RawAnswer:
        stop.set()
        return said(CREATED)

    bench = Bench(rule)
    bench.sell("B1", "B2", "B3")
    bench.forwarder.run(stop, threading.Event())
    assert [call.fact("number") for call in bench.exchange.asked] == ["B1"]
    assert [row.number for row in bench.queue.rows.values() if row.state == "ready"] == ["B2", "B3"]
