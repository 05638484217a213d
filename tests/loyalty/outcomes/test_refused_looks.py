"""A look that the cloud refuses tells nothing: the row stays in doubt, and a person reads what was said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.language.language import english
from agent.loyalty.answers.verdict import Outcome
from agent.loyalty.calls.call import Call
from agent.loyalty.outcomes.decision import Park
from agent.loyalty.outcomes.readback import RowInDoubt, first_question, judge_readback, look_first

from ..verdicts import ADD, COUPON_USE, ENROL, OPTIONS, REDEEM, UPDATE, coded

ABOUT = {
    ADD: "Bill B-1",
    REDEEM: "Redeeming the points of bill B-1",
    COUPON_USE: "Redeeming the coupon of bill B-1",
    ENROL: "The enrolment",
}


def looked(call: Call) -> Call:
    question = first_question(OPTIONS, call) or look_first(call)
    assert question is not None
    return question


@pytest.mark.parametrize("call", ABOUT, ids=lambda call: str(call.op))
@pytest.mark.parametrize(("message", "said"), [("No such till.", " No such till."), ("", "")])
@pytest.mark.parametrize("earlier", [False, True])
def test_a_refused_look_leaves_the_row_in_doubt_for_a_person(
    call: Call, message: str, said: str, earlier: bool
) -> None:
    verdict = replace(coded(looked(call), 400), message=message)
    assert verdict.outcome is Outcome.NO
    parked = judge_readback(OPTIONS, RowInDoubt(call, earlier, coded(call, 604)), verdict)
    assert isinstance(parked, Park)
    assert (parked.code, parked.unsure) == ("400", True)
    told = english().text(parked.reason)
    begins = f"{ABOUT[call]} may or may not have arrived: the cloud refused to tell (code 400){said}"
    assert told.startswith(begins)


def test_of_new_details_the_cloud_refuses_to_tell_the_refusal_is_what_is_said() -> None:
    """That look is the update itself: it was refused, and is not in doubt."""
    verdict = coded(UPDATE, 400)
    parked = judge_readback(OPTIONS, RowInDoubt(UPDATE, True), verdict)
    assert isinstance(parked, Park)
    assert (parked.code, parked.unsure) == ("400", False)
    assert "refused to tell" not in english().text(parked.reason)
