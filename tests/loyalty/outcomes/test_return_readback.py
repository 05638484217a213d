"""Whether a return arrived: known by our credit note, or else by its second, its till and its amount."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.loyalty.answers.verdict import Verdict
from agent.loyalty.calls.builders import calls_of_bill
from agent.loyalty.calls.call import Call
from agent.loyalty.outcomes.decision import Done, Resend, RetryAt
from agent.loyalty.outcomes.readback import RowInDoubt, first_question, judge_readback
from agent.sale.return_values import ReturnHow

from ..calls.test_return_calls import BACK, LATER, note, returned
from ..verdicts import OPTIONS, answer

PART, FULL, CANCELLED = (
    calls_of_bill(OPTIONS, note(returned(5000, back=replace(BACK, how=how))))[0]
    for how in (ReturnHow.LINE_ITEM, ReturnHow.FULL, ReturnHow.CANCELLED)
)
NOTE = PART.fact("note")
# Without our credit note, as an organisation shows it that keeps none.
SHOWN = {
    "id": "77",
    "number": BACK.number,
    "type": "RETURN",
    "amount": "50.00",
    "billing_time": LATER,
    "till": {"code": "T1"},
}


def listed(call: Call, *told: dict[str, Any]) -> Verdict:
    question = first_question(OPTIONS, call)
    assert question is not None
    return answer(question, {"response": {"status": {"code": 200}, "transactions": {"transaction": told}}})


def judged(call: Call, *told: dict[str, Any]) -> Any:
    return judge_readback(OPTIONS, RowInDoubt(call, True), listed(call, *told))


@pytest.mark.parametrize("name", ["notes", "note"])
def test_a_return_with_our_credit_note_is_ours_whatever_else_is_shown(name: str) -> None:
    odd = {"id": "78", "number": BACK.number, "type": "RETURN", "amount": "1.00", "till": "T9"}
    assert judged(PART, odd | {name: NOTE}) == Done("78")
    assert judged(PART, SHOWN | {name: "S01T1C25-000002"}) == Resend(), "another credit note of the bill"


@pytest.mark.parametrize("call", [PART, FULL, CANCELLED], ids=lambda call: call.fact("how"))
def test_without_a_note_it_is_ours_by_its_second_and_its_till(call: Call) -> None:
    assert judged(call, SHOWN | {"id": "76", "type": "REGULAR"}, SHOWN) == Done("77")
    for other in (
        {"billing_time": "2026-04-02T11:00:09+05:30"},
        {"billing_time": ""},
        {"till": {"code": "T2"}},
        {"type": "REGULAR"},
    ):
        assert judged(call, SHOWN | other) == Resend()


@pytest.mark.parametrize(
    ("call", "ours"), [(PART, False), (FULL, True), (CANCELLED, True)], ids=["part", "full", "cancelled"]
)
def test_the_amount_tells_a_part_from_another_and_the_cloud_works_out_a_whole_by_itself(
    call: Call, *, ours: bool
) -> None:
    assert judged(call, SHOWN | {"amount": "49.00"}) == (Done("77") if ours else Resend())


def test_a_return_nobody_tried_yet_is_sent_whatever_is_shown() -> None:
    row = RowInDoubt(PART, False)
    assert judge_readback(OPTIONS, row, listed(PART, SHOWN | {"notes": NOTE})) == Resend()


def test_a_return_the_cloud_may_not_show_yet_is_looked_for_again_when_it_would() -> None:
    row = RowInDoubt(PART, True, unshown_s=60.0)
    again = judge_readback(OPTIONS, row, listed(PART))
    assert isinstance(again, RetryAt)
    assert (again.retry_after_s, again.unknown, again.call) == (60.0, True, None)


def test_a_return_that_a_failing_server_refused_and_posted_is_ours() -> None:
    """Called refused, it would be told to the cloud once more by whoever has it tried again."""
    refusal = answer(PART, {"errors": [{"status": False, "code": 9605, "message": "said"}]}, 500)
    row = RowInDoubt(PART, False, refusal)
    assert judge_readback(OPTIONS, row, listed(PART, SHOWN | {"notes": NOTE})) == Done("77")
