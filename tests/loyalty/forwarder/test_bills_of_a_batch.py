"""What becomes of each bill of a batch that was not plainly taken, and what is kept of those that were."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from typing import Any

import pytest

from agent.loyalty.calls.call import Call, decode, encode
from agent.loyalty.line.exchange import RawAnswer
from agent.loyalty.outcomes.queue import DONE, PARKED, Change
from agent.sale.queue_terms import Op

from .test_backlog import backlog, taken
from .test_forwarder import LOST, START_MS, Bench, error, said

Rule = Callable[[Call], RawAnswer]


def element(number: str, entity: int | None = 9, *codes: int) -> dict[str, Any]:
    errors = [{"code": code, "message": "said"} for code in codes]
    return {"entityId": entity, "result": {"billNumber": number}, "errors": errors}


def saying(told: dict[str, dict[str, Any]], looks: Rule = taken) -> Rule:
    """Of these bills a bulk answer has these elements, all others are taken; looks: of what goes alone."""

    def rule(call: Call) -> RawAnswer:
        if call.op != Op.TRANSACTION_BULK:
            return looks(call)
        numbers = [one["billNumber"] for one in decode(call.body)]
        return said({"response": [told.get(number) or element(number) for number in numbers]})

    return rule


def watched(bench: Bench) -> list[Change]:
    """All that is committed from now on."""
    made: list[Change] = []
    inner = bench.queue.commit

    def commit(changes: Sequence[Change], begin: Sequence[int], now_ms: int) -> Set[int]:
        made.extend(changes)
        return inner(changes, begin, now_ms)

    bench.queue.commit = commit  # type: ignore[method-assign]
    return made


def kept(bench: Bench, row_id: int, **fields: Any) -> None:
    bench.queue.rows[row_id] = replace(bench.queue.rows[row_id], **fields)


def asked(bench: Bench, op: Op) -> list[str]:
    calls = [call for call in bench.exchange.asked if call.op == op]
    return [dict(call.query).get("number") or call.fact("number") for call in calls]


def test_of_each_bill_that_was_taken_the_clouds_id_and_the_moment_are_kept() -> None:
    bench = backlog(saying({"B5": element("B5", 4711)}), 12)
    made = watched(bench)
    bench.forwarder.step()
    ended = {change.row_id: change for change in made if change.state == DONE}
    assert sorted(ended) == list(range(1, 13))
    assert ended[6].text == "4711"
    assert {change.at_ms for change in made} == {START_MS}


@pytest.mark.parametrize(("code", "status"), [(672, 400), (1060, 400), (401, 401), (403, 403)])
def test_bills_whose_batch_was_turned_away_are_looked_up_before_they_go_again(code: int, status: int) -> None:
    """Whether it looked at one of them, the cloud does not say. Soon, since nothing is wrong with them."""
    sent: list[str] = []

    def rule(call: Call) -> RawAnswer:
        if call.op != Op.TRANSACTION_BULK or sent or len(decode(call.body)) < 8:
            return taken(call)
        sent.extend(one["billNumber"] for one in decode(call.body))
        return error(code) if status == 400 else said({"message": "no"}, status)

    bench = backlog(rule, 30)
    made = watched(bench)
    bench.forwarder.step()
    turned = [change for change in made if change.code == str(code)]
    assert [change.state for change in turned] == ["unknown"] * 8
    assert all(500 <= change.at_ms - START_MS <= 2000 for change in turned)
    assert all(change.text for change in turned), "it says why"
    bench.until(lambda: not bench.queue.open)
    assert set(bench.states()) == {"done"}
    assert sorted(asked(bench, Op.TRANSACTION_GET)) == sorted(sent)


@pytest.mark.parametrize(("attempts", "ends"), [(1, "unknown"), (2, "parked")])
def test_the_same_useless_answer_a_third_time_sends_a_bill_of_a_batch_to_a_person(
    attempts: int, ends: str
) -> None:
    """As it would alone: the two before it are counted, and only those with its code."""
    bench = backlog(saying({"B5": element("B5", None, 686), "B6": element("B6", None, 686)}), 12)
    kept(bench, 6, attempts=attempts, code="686")
    kept(bench, 7, attempts=attempts, code="601")
    bench.forwarder.step()
    assert bench.states()[5:7] == [ends, "unknown"]
    assert ends != "parked" or "tried 3 times" in bench.queue.parked[6][1]


def test_a_bill_of_a_batch_that_the_cloud_calls_known_is_looked_up_at_once() -> None:
    """And the person reads how that bill differs, not that some bill is there."""
    other = {"id": "5", "number": "B5", "amount": "999.00", "item_status": {"success": "true", "code": 600}}
    shown = said({"response": {"status": {"code": 200}, "transactions": {"transaction": [other]}}})
    looks = {Op.TRANSACTION_GET: shown}
    told = {"B5": element("B5", None, 604)}
    bench = backlog(saying(told, lambda call: looks.get(Op(call.op)) or taken(call)), 12)
    bench.forwarder.step()
    assert asked(bench, Op.TRANSACTION_GET) == ["B5"]
    assert bench.states().count("done") == 11
    assert "over 999.00 instead of" in bench.queue.parked[6][1]


def test_an_answer_that_breaks_the_reading_of_one_bill_of_a_batch_parks_that_bill() -> None:
    """A stored call without its time cannot be looked up; the others are taken."""
    bench = backlog(saying({"B5": element("B5", None, 604)}), 12)
    call = Call.from_bytes(bench.queue.payloads[6])
    blunt = replace(call, facts=tuple(pair for pair in call.facts if pair[0] != "at"))
    bench.queue.payloads[6] = blunt.to_bytes()
    bench.forwarder.step()
    assert bench.states().count("done") == 11
    assert bench.queue.parked[6][0] == "answer"
    assert bench.queue.parked[6][1].startswith("Bill B5 may or may not have arrived: ")


@pytest.mark.parametrize(
    ("answer", "unsure"),
    [(LOST, True), (element("B5", None, 601), False), (element("B5", 9, 8084), True), (None, True)],
    ids=["lost", "refused", "contradictory", "left-out"],
)
def test_a_bill_that_was_sent_with_others_and_cannot_be_read_may_have_arrived(
    answer: Any, unsure: bool
) -> None:
    """Of its stored call only what stands in a batch is whole. Nobody may be told that it is not in the
    cloud, unless the cloud says so."""

    def rule(call: Call) -> RawAnswer:
        if call.op != Op.TRANSACTION_BULK:
            return taken(call)
        numbers = [one["billNumber"] for one in decode(call.body)]
        if "B5" not in numbers:
            return taken(call)
        if answer is LOST:
            return LOST
        told = {"B5": answer}
        elements = [told[number] if number in told else element(number) for number in numbers]
        return said({"response": [one for one in elements if one]})

    bench = backlog(rule, 12)
    shared, _, body = bench.queue.payloads[6].split(b"\n", 2)
    bench.queue.payloads[6] = b"\n".join((shared, encode({"v": "?"}), body))
    made = watched(bench)
    bench.until(lambda: not bench.queue.open)
    (parked,) = (change for change in made if change.state == PARKED)
    assert (parked.row_id, parked.code, parked.unsure) == (6, "payload", unsure)
    assert bench.states().count("done") == 11
