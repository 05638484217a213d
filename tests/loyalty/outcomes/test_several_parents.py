"""A return of a number that several bills have: the cloud wants its id (9614), and nobody guesses it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.loyalty.calls.builders import calls_of_bill
from agent.loyalty.calls.call import decode
from agent.loyalty.outcomes.decision import Park, ReadBack, RetryAt
from agent.loyalty.outcomes.readback import RowInDoubt, judge_readback

from ..calls.test_return_calls import BACK, note, returned
from ..checker import faults
from ..verdicts import OPTIONS, answer, coded, decided

(RETURN,) = calls_of_bill(OPTIONS, note(returned(5000)))
OURS = {"id": "99", "number": BACK.number, "amount": "250.00", "type": "REGULAR"}


def _judged(*told: dict[str, Any]) -> Any:
    asked = decided(RETURN, coded(RETURN, 9614))
    assert isinstance(asked, ReadBack)
    question = dict(asked.call.query)
    assert question["number"] == BACK.number, "the bill that was bought, not the credit note"
    assert question["date"] == BACK.at[:10], "the day it was bought, not today"
    assert question["till_code"] == OPTIONS.till_code, "whose bills are told apart"
    body = {"response": {"status": {"code": 200}, "transactions": {"transaction": list(told)}}}
    return judge_readback(OPTIONS, RowInDoubt(RETURN, False, coded(RETURN, 9614)), answer(asked.call, body))


def test_the_return_goes_again_with_the_id_of_this_tills_bill() -> None:
    earlier = OURS | {"id": "98", "type": "RETURN"}
    anonymous = OURS | {"id": "97", "type": "NOT_INTERESTED"}
    again = _judged(earlier, OURS, anonymous)
    assert isinstance(again, RetryAt)
    assert again.call is not None
    assert again.unknown, "it is looked for before it goes again"
    assert decode(again.call.body) == decode(RETURN.body) | {"id": 99}
    assert again.call.key == RETURN.key
    assert faults(again.call.method, again.call.target, again.call.body) == []
    refused = decided(again.call, coded(again.call, 9614))
    assert isinstance(refused, Park), "it is asked once"


@pytest.mark.parametrize("told", [(OURS, OURS | {"id": "98"}), (OURS | {"id": "x9"},), ()])
def test_what_the_cloud_does_not_show_for_sure_goes_to_a_person(told: tuple[dict[str, Any], ...]) -> None:
    assert isinstance(_judged(*told), Park)
    assert isinstance(_judged(OURS | {"number": "OTHER"}), RetryAt), "it is looked at again"


def test_of_a_bill_this_till_does_not_have_nobody_can_tell() -> None:
    (foreign,) = calls_of_bill(OPTIONS, note(returned(5000, back=replace(BACK, known=False))))
    assert isinstance(decided(foreign, coded(foreign, 9614)), Park)
