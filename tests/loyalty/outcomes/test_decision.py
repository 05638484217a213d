"""The decision after each attempt, as tables: what the cloud said, what came before, what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from agent.language.language import english
from agent.loyalty.answers.verdict import Verdict
from agent.loyalty.calls.call import Call
from agent.loyalty.outcomes.decision import Done, Hold, Park, ReadBack, RetryAt
from agent.loyalty.outcomes.readback import RowInDoubt, judge_readback
from agent.loyalty.outcomes.retry import RetryPace
from agent.sale.queue_terms import Op

from ..bills import AT
from ..verdicts import (
    ADD,
    ALL,
    COUPON_USE,
    ENROL,
    OPTIONS,
    REACTIVATE,
    REDEEM,
    RETRO,
    REVERSE,
    UPDATE,
    answer,
    coded,
    decided,
    lost,
    unsent,
)

EARLIER = pytest.mark.parametrize("earlier", [False, True])


@EARLIER
def test_success_is_done_and_keeps_the_clouds_id(earlier: bool) -> None:
    assert decided(ADD, answer(ADD, {"createdId": 88, "warnings": []}), earlier) == Done("88")
    assert decided(REDEEM, coded(REDEEM, 800, redemption_id="7t4y2a"), earlier) == Done("7t4y2a")
    assert decided(COUPON_USE, coded(COUPON_USE, 700, redemptionId=5), earlier) == Done("5")
    assert decided(ENROL, coded(ENROL, 1000, user_id="7"), earlier) == Done("7")
    assert decided(RETRO, coded(RETRO, 1630, id="100", old_id="6464658"), earlier) == Done("100")
    back = {"reversalId": "R5", "pointsReversed": 40, "pointsReversedDetails": {"available": 40}}
    assert decided(REVERSE, answer(REVERSE, back), earlier) == Done("R5")
    assert decided(REACTIVATE, answer(REACTIVATE, {"success": True}), earlier) == Done("")


in_words = english().text


def test_an_empty_answer_to_an_undo_proves_nothing_and_a_false_one_refuses() -> None:
    for call in (REVERSE, REACTIVATE):
        again = decided(call, answer(call, {"warnings": []}))
        assert isinstance(again, RetryAt)
        assert again.unknown
    assert isinstance(decided(REACTIVATE, answer(REACTIVATE, {"success": False})), Park)
    assert isinstance(decided(RETRO, coded(RETRO, 600)), ReadBack)


@EARLIER
@pytest.mark.parametrize("call", ALL, ids=lambda call: call.op)
def test_what_was_never_sent_is_sent_again_and_stays_what_it_was(call: Call, earlier: bool) -> None:
    again = decided(call, unsent(call), earlier)
    assert isinstance(again, RetryAt)
    pace = RetryPace.ENROL if call in (ENROL, UPDATE) else RetryPace.BACKOFF
    assert (again.unknown, again.pace) == (earlier, pace)


@EARLIER
@pytest.mark.parametrize("call", ALL, ids=lambda call: call.op)
def test_a_lost_answer_is_unknown_from_then_on(call: Call, earlier: bool) -> None:
    again = decided(call, lost(call), earlier)
    assert isinstance(again, RetryAt)
    assert again.unknown


@EARLIER
@pytest.mark.parametrize("call", ALL, ids=lambda call: call.op)
def test_a_lock_is_waited_out_briefly(call: Call, earlier: bool) -> None:
    again = decided(call, coded(call, 521), earlier)
    assert isinstance(again, RetryAt)
    assert (again.pace, again.unknown, again.everybody) == (RetryPace.LOCKED, earlier, False)


@EARLIER
@pytest.mark.parametrize("call", ALL, ids=lambda call: call.op)
@pytest.mark.parametrize("code", [461, 503, 407, 4001, 502, 77_777])
def test_what_is_no_yes_and_no_proof_of_nothing_is_looked_up_before_it_goes_again(
    call: Call, code: int, earlier: bool
) -> None:
    again = decided(call, coded(call, code), earlier)
    assert isinstance(again, RetryAt)
    pace = RetryPace.ENROL if call in (ENROL, UPDATE) else RetryPace.UNSURE
    assert (again.unknown, again.pace, again.call) == (True, pace, None)


@pytest.mark.parametrize(("code", "everybody"), [(429, True), (517, False)])
def test_a_rate_limit_waits_and_the_general_one_for_everybody(code: int, everybody: bool) -> None:
    again = decided(ADD, coded(ADD, code))
    assert isinstance(again, RetryAt)
    assert (again.pace, again.everybody, again.unknown) == (RetryPace.RATE_LIMITED, everybody, False)


@pytest.mark.parametrize("code", [401, 403, 4000, 1064])
@pytest.mark.parametrize("call", ALL, ids=lambda call: call.op)
def test_a_till_that_is_not_let_in_holds_and_parks_nothing(call: Call, code: int) -> None:
    held = decided(call, coded(call, code))
    assert isinstance(held, Hold)
    assert held.reason


def test_the_clocks_story_is_told() -> None:
    for code in (643, 644):
        parked = decided(ADD, coded(ADD, code))
        assert isinstance(parked, Park)
        assert (parked.code, "clock" in in_words(parked.reason), AT in in_words(parked.reason)) == (
            str(code),
            True,
            True,
        )


@pytest.mark.parametrize(("days", "words"), [(-3, "3 days ahead of"), (40, "40 days behind")])
def test_the_clocks_story_tells_how_far_the_bill_is_from_the_clouds_clock(days: int, words: str) -> None:
    """By the Date of the refusal itself."""
    cloud_ms = int((datetime.fromisoformat(AT) + timedelta(days=days)).timestamp() * 1000)
    parked = decided(ADD, replace(coded(ADD, 643), cloud_ms=cloud_ms))
    assert isinstance(parked, Park)
    assert f"The bill was {words} the cloud's clock." in in_words(parked.reason)


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        (ADD, 602, "pattern"),
        (ADD, 611, "does not know the customer"),
        (ADD, 8015, "does not know the customer"),
        (ENROL, 1001, "mobile number"),
        (UPDATE, 1012, "No customer"),
        (RETRO, 1631, "switched off"),
        (RETRO, 1632, "registered"),
        (RETRO, 1633, "too old"),
        (REVERSE, 905, "owed these points"),
    ],
)
def test_a_definite_no_goes_to_a_person_in_words(call: Call, code: int, words: str) -> None:
    parked = decided(call, coded(call, code))
    assert isinstance(parked, Park)
    assert parked.code == str(code)
    assert words in in_words(parked.reason)
    assert call.op not in (Op.TRANSACTION_ADD, Op.POINTS_REDEEM, Op.TRANSACTION_UPDATE) or "B-1" in in_words(
        parked.reason
    )


@pytest.mark.parametrize(("call", "code"), [(REDEEM, 808), (REDEEM, 803), (COUPON_USE, 713)])
def test_nothing_is_called_owed_before_a_look_up(call: Call, code: int) -> None:
    back = decided(call, coded(call, code))
    assert isinstance(back, ReadBack)
    assert back.refusal is not None
    row = RowInDoubt(call, False, back.refusal, back.otherwise)
    absent = judge_readback(OPTIONS, row, coded(back.call, 816 if call is REDEEM else 702))
    assert isinstance(absent, Park)
    assert (absent.unsure, "Redemption owed" in in_words(absent.reason)) == (False, True)
    for dumb in (lost(back.call), coded(back.call, 461)):
        untold = judge_readback(OPTIONS, row, dumb)
        assert isinstance(untold, RetryAt)
        assert untold.unknown, "it is looked up again before it is sent again"


def test_a_no_of_a_failing_server_is_read_back_first() -> None:
    for status, kind in ((400, Park), (500, ReadBack)):
        verdict = answer(ADD, {"errors": [{"status": False, "code": 602, "message": "said"}]}, status)
        assert isinstance(decided(ADD, verdict), kind)


@pytest.mark.parametrize(("call", "code"), [(ADD, 602), (REDEEM, 818), (COUPON_USE, 706)])
def test_a_no_after_an_attempt_that_may_have_arrived_is_read_back_first(call: Call, code: int) -> None:
    back = decided(call, coded(call, code), earlier=True)
    assert isinstance(back, ReadBack)
    assert back.refusal is not None
    assert back.refusal.code == code


@EARLIER
@pytest.mark.parametrize(
    ("call", "codes"),
    [
        (ADD, (604,)),
        (COUPON_USE, (711, 716, 728, 736, 747)),
        (ENROL, (1014, 1032, 1033)),
        (RETRO, (1627,)),
        (REVERSE, (902, 3802)),
        (REACTIVATE, (510,)),
    ],
)
def test_a_claim_that_it_is_done_already_is_never_believed(
    call: Call, codes: tuple[int, ...], earlier: bool
) -> None:
    for code in codes:
        assert isinstance(decided(call, coded(call, code), earlier), ReadBack)


@pytest.mark.parametrize(
    ("call", "code"),
    [(ADD, 608), (COUPON_USE, 709), (COUPON_USE, 730), (ENROL, 10_001), (UPDATE, 1037), (RETRO, 686)]
    + [
        (call, code)
        for call in (COUPON_USE, REACTIVATE)
        for code in range(786, 799)
        if code not in (788, 795)
    ],
)
def test_refusals_that_may_have_worked_are_unknown(call: Call, code: int) -> None:
    again = decided(call, coded(call, code))
    assert isinstance(again, RetryAt)
    assert again.unknown


@pytest.mark.parametrize("code", [815, 817, 886, 894, 898])
def test_points_refused_for_now_are_looked_up_before_a_new_reference(code: int) -> None:
    back = decided(REDEEM, coded(REDEEM, code))
    assert isinstance(back, ReadBack)
    nothing = answer(back.call, {"response": {"status": {"success": "true", "code": 200}}})
    again = judge_readback(OPTIONS, RowInDoubt(REDEEM, False, back.refusal, back.otherwise), nothing)
    assert isinstance(again, RetryAt)
    assert again.call is not None
    assert again.call.fact("reference") == REDEEM.fact("reference")[:-1] + "2"
    assert again.unknown


HOPELESS = [(ADD, 686), (REDEEM, 889), (ENROL, 10_001), (ENROL, 1023), (UPDATE, 1024)]
HOPELESS += [(call, 99_999) for call in ALL]


@pytest.mark.parametrize(("call", "code"), HOPELESS)
def test_codes_that_only_pretend_to_pass_get_three_tries_and_a_last_look(call: Call, code: int) -> None:
    verdict = coded(call, code)
    for attempts, last in ((2, str(code)), (3, ""), (3, "461")):
        decision = decided(call, verdict, True, attempts, last)
        assert isinstance(decision.otherwise if isinstance(decision, ReadBack) else decision, RetryAt)
    back = decided(call, verdict, True, 3, str(code))
    parked = back.otherwise if isinstance(back, ReadBack) else back
    assert isinstance(parked, Park)
    assert (parked.code, isinstance(back, ReadBack)) == (str(code), call is not UPDATE)
    words = (
        "which this till does not know" if code == 99_999 else "was tried 3 times without a verdict, the last"
    )
    assert words in english().text(parked.reason)


@pytest.mark.parametrize("code", [500, 502, 503, 504, 520, 522, 599])
@pytest.mark.parametrize("call", ALL, ids=lambda call: call.op)
def test_a_servers_failure_is_never_a_persons_matter(call: Call, code: int) -> None:
    """An outage lasts as long as it lasts."""
    again = decided(call, coded(call, code), True, 20, str(code))
    assert isinstance(again, RetryAt)
    assert again.unknown


DOUBTED = [
    (
        REDEEM,
        answer(REDEEM, {"responses": {"points": {"points_redeemed": "0", "item_status": {"code": 800}}}}),
    ),
    (COUPON_USE, answer(COUPON_USE, {"coupons": {"coupon": {"code": "X", "item_status": {"code": 700}}}})),
    (
        ENROL,
        answer(ENROL, {"customers": {"customer": {"mobile": "919000000002", "item_status": {"code": 1000}}}}),
    ),
    (ADD, answer(ADD, {"createdId": 7, "billNumber": "B-2"})),
]


@pytest.mark.parametrize(("call", "verdict"), DOUBTED, ids=lambda one: str(getattr(one, "op", "")))
def test_a_yes_about_something_else_is_looked_up_under_the_same_reference(
    call: Call, verdict: Verdict
) -> None:
    again = decided(call, verdict)
    assert isinstance(again, RetryAt)
    assert (again.unknown, again.call) == (True, None)
    assert again.reason is not None and in_words(again.reason).startswith("The cloud answered about ")
    last = decided(call, verdict, earlier=True, attempts=3, last=str(verdict.code))
    assert isinstance(last, ReadBack), "the third time a person hears of it, after a last look"


def test_an_enrolment_keeps_the_seeds_pace() -> None:
    again = decided(ENROL, lost(ENROL))
    assert isinstance(again, RetryAt)
    assert again.pace is RetryPace.ENROL
