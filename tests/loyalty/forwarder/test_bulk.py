"""Bills of a backlog in one call: what may share it, what it looks like, and what each bill is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.loyalty.answers.envelope import parse
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call, decode, shared_part
from agent.loyalty.forwarder import bulk
from agent.loyalty.line.exchange import Kind, RawAnswer
from agent.sale.basket import Customer

from ..bills import AT, POINTS, TOM, bill
from ..checker import faults
from ..conftest import options_for

OPTIONS = options_for()
SIZES = st.lists(st.integers(1, 600_000), min_size=1, max_size=80)
STEPS = st.lists(st.sampled_from(("grown", "halved")), max_size=30)


def added(number: str, mobile: str = "919876543210") -> Call:
    return builders.transaction_add(OPTIONS, bill(number, customer=Customer(mobile=mobile)))


def told(numbers: list[str], response: list[Any], **top: Any) -> list[Any]:
    answer = {"response": response, "totalCount": len(response), **top}
    raw = RawAnswer(Kind.ANSWERED, 200, json.dumps(answer).encode())
    made = [added(number) for number in numbers]
    return bulk.judged(numbers, parse(together(made), raw))


def together(made: list[Call]) -> Call:
    return bulk.bundle([shared_part(call.to_bytes()) for call in made])


def element(number: str, entity: int | None = 7, *codes: int) -> dict[str, Any]:
    errors = [{"code": code, "message": "said"} for code in codes]
    return {"entityId": entity, "result": {"billNumber": number}, "errors": errors, "warnings": []}


@given(st.integers(1, 200), STEPS)
def test_a_batch_starts_at_one_doubles_and_halves_within_its_bounds(most: int, steps: list[str]) -> None:
    pace = bulk.BatchSize(most)
    assert pace.rows == 1
    for step in steps:
        before, pace = pace.rows, getattr(pace, step)()
        assert pace.rows == (min(before * 2, most) if step == "grown" else max(before // 2, 1))


@given(st.integers(1, 200), STEPS, st.integers(0, 300))
def test_a_batch_the_cloud_found_too_large_is_never_made_again(most: int, steps: list[str], at: int) -> None:
    grown = bulk.BatchSize(most, most)
    assert grown.within(at).rows == max(1, min(at, most)), "as many as it takes, and not one by one again"
    pace = bulk.BatchSize(most).within(at)
    for step in steps:
        assert 1 <= pace.rows <= max(1, min(at, most))
        pace = getattr(pace, step)()


@given(SIZES, st.integers(1, 50))
def test_a_batch_takes_something_and_no_more_than_its_rows_and_its_bytes(sizes: list[int], rows: int) -> None:
    count = bulk.BatchSize(50, rows).taken(sizes)
    assert 1 <= count <= min(rows, len(sizes))
    assert count == 1 or sum(sizes[:count]) <= bulk.LARGEST_BODY
    if count < min(rows, len(sizes)):
        assert sum(sizes[: count + 1]) > bulk.LARGEST_BODY


@given(st.integers(0, 5_000), st.integers(1, 60))
def test_the_calls_of_a_backlog_are_counted_as_they_are_made(backlog: int, most: int) -> None:
    pace, made, left = bulk.BatchSize(most), 0, backlog
    while left > 0:
        left -= pace.rows
        made, pace = made + 1, pace.grown()
    assert bulk.requests_for(backlog, most) == made


def test_a_bundle_is_the_stored_bodies_with_their_query_inside() -> None:
    made = [
        added("B1"),
        builders.transaction_add(OPTIONS, bill("B2", customer=None, not_interested_reason="no")),
    ]
    call = together(made)
    assert faults(call.method, call.target, call.body) == []
    for one, sent in zip(made, decode(call.body), strict=True):
        assert one.body[1:] in call.body
        assert sent["source"] == "INSTORE"
        assert sent.get("identifierValue", "") == dict(one.query).get("identifierValue", "")


def test_what_a_bulk_call_cannot_say_goes_alone() -> None:
    def alone(call: Call) -> bool:
        return shared_part(call.to_bytes()) == b""

    assert not alone(added("B1"))
    assert not alone(builders.transaction_add(OPTIONS, bill("B2", customer=None)))
    _, points = builders.calls_of_bill(OPTIONS, bill("B3", customer=TOM, points=POINTS))
    assert alone(points)
    assert alone(builders.transaction_add(OPTIONS, bill("B" * 51))), "it is for a person"
    assert alone(builders.retro(OPTIONS, "99", "B1", AT, 25_000, TOM)), "it has a header of its own"


def test_each_bill_is_found_by_its_number_whatever_the_order() -> None:
    verdicts = told(["B1", "B2", "B3"], [element("B3", None, 601), element("b1", 11), element("B2", 12)])
    assert verdicts[:2] == ["11", "12"]
    assert (verdicts[2].outcome, verdicts[2].code) == (Outcome.NO, 601)


@pytest.mark.parametrize(
    "said",
    [
        [],
        [element("B2")],
        [element("B1"), element("B1", None, 604)],
        [{"entityId": 7, "result": None, "errors": []}],
        [{"entityId": 7, "errors": []}],
        ["B1", None, 5],
    ],
)
def test_a_bill_the_answer_does_not_clearly_speak_of_has_no_verdict(said: list[Any]) -> None:
    assert told(["B1"], said) == [None]


@pytest.mark.parametrize("said", [element("B1", 7, 8084), element("B1", None), element("B1", 0)])
def test_an_id_with_errors_and_neither_of_both_prove_nothing(said: dict[str, Any]) -> None:
    (verdict,) = told(["B1"], [said], failureCount=0)
    assert verdict.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "top",
    [
        {"failureCount": 2},
        {"failureCount": "1"},
        {"failureCount": 0, "errors": [{"status": False, "code": 500, "message": "said"}]},
        {"errors": ["failed"]},
    ],
)
def test_of_an_answer_that_unsays_its_elements_each_is_looked_up(top: dict[str, Any]) -> None:
    for verdict in told(["B1", "B2"], [element("B1", 11), element("B2", 12)], **top):
        assert isinstance(verdict, Verdict)
        assert (verdict.outcome, verdict.lost) == (Outcome.UNKNOWN, False)


def test_failures_that_the_answer_leaves_out_unsay_nothing() -> None:
    verdicts = told(["B1", "B2", "B3"], [element("B1", 11), element("B2", None, 601)], failureCount=2)
    assert (verdicts[0], verdicts[1].code, verdicts[2]) == ("11", 601, None)


_ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "code": st.sampled_from((601, 604, 8084, 9611, 429, 517, 5, "604", None)),
            "message": st.just("said"),
        },
    ),
    max_size=3,
)


@given(st.sampled_from((7, "7", 0, -1, None, "x")), _ROWS, _ROWS)
def test_a_bill_of_a_batch_is_judged_as_it_would_be_alone(
    entity: Any, errors: list[Any], warnings: list[Any]
) -> None:
    headers = {"retry-after": "90", "date": "Tue, 31 Mar 2026 18:00:20 GMT"}

    def heard(call: Call, answer: dict[str, Any]) -> Verdict:
        body = json.dumps(answer).encode()
        return parse(call, RawAnswer(Kind.ANSWERED, 200, body, headers, request_id="R7"))

    own = {"errors": errors, "warnings": warnings}
    alone = heard(added("B1"), {"createdId": entity, **own})
    item = {"entityId": entity, "result": {"billNumber": "B1"}, **own}
    whole = heard(together([added("B1"), added("B2")]), {"response": [item, element("B2", None, 601)]})
    told, _ = bulk.judged(["B1", "B2"], whole)
    if isinstance(told, str):
        assert (told, alone.outcome) == ("7", Outcome.OK)
        return
    assert told is not None
    assert (told.outcome, told.code, told.klass) == (alone.outcome, alone.code, alone.klass)
    if errors:
        assert (told.message, told.why, told.warnings) == (alone.message, alone.why, alone.warnings)
    assert (told.request_id, told.retry_after_s, told.http_status) == ("R7", 90.0, 200)
    assert (told.op, told.cloud_ms, told.data) == (whole.op, whole.cloud_ms, item)
