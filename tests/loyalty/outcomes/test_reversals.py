"""Reading back what was given back, and bills that got their customer afterwards: as tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.language.language import english
from agent.loyalty.answers.verdict import Verdict
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call, decode
from agent.loyalty.calls.redemption_calls import known_by
from agent.loyalty.outcomes.decision import Done, Park, ReadBack, Resend, RetryAt
from agent.loyalty.outcomes.readback import RowInDoubt, first_question, judge_readback
from agent.sale.return_values import Undo

from ..bills import TOM
from ..verdicts import MADE, OPTIONS, REACTIVATE, REDEEM, RETRO, REVERSE, answer, coded, lost

REFERENCE = REDEEM.fact("reference")
TAKEN = {"id": 31, "points_redeemed": "100", "external_reference_number": REFERENCE}
TAGGED = {
    "id": "100",
    "number": "b-1",
    "type": "regular",
    "amount": "250.00",
    "customer": {"mobile": "919876543210"},
}

in_words = english().text


def told(call: Call, **holder: Any) -> Verdict:
    question = first_question(OPTIONS, call)
    assert question is not None
    return answer(question, {"response": {"status": {"success": "true", "code": 200}, **holder}})


def redemptions(*rows: dict[str, Any], call: Call = REVERSE) -> Verdict:
    return told(call, customer={"redemptions": {"points": {"point": list(rows)}}})


def coupons(*items: dict[str, Any]) -> Verdict:
    spoken = [{**each, "item_status": {"status": "true", "code": 700}} for each in items]
    return told(REACTIVATE, coupons={"coupon": spoken})


def bills(*items: dict[str, Any]) -> Verdict:
    spoken = [{**each, "item_status": {"success": "true", "code": 600}} for each in items]
    return told(RETRO, transactions={"transaction": spoken})


def test_the_read_back_of_a_reversal_asks_under_v11_names_whenever_the_bill_was() -> None:
    question = first_question(OPTIONS, REVERSE)
    assert question is not None
    asked = dict(question.query)
    assert (asked["mobile"], asked["external_reference_number"]) == (TOM.mobile, REFERENCE)
    assert "start_date" not in asked


@pytest.mark.parametrize("refusal", [None, 902, 3802])
def test_points_are_back_only_when_the_list_shows_so_many_reversed(refusal: int | None) -> None:
    row = RowInDoubt(REVERSE, True, coded(REVERSE, refusal) if refusal else None)
    for reversal in ({"points": "40"}, {"points_reversed": 40}, {"pointsReversed": "40.000"}):
        assert judge_readback(OPTIONS, row, redemptions(TAKEN | {"reversals": [reversal]})) == Done("")
    for reversals in ([], [{"points": "39.999"}]):
        verdict = judge_readback(OPTIONS, row, redemptions(TAKEN | {"reversals": reversals}))
        assert isinstance(verdict, Park if refusal else Resend)


def test_an_earlier_part_given_back_is_not_taken_for_this_one() -> None:
    """40 of 100 came back on Monday. The answer to Tuesday's 40 is lost."""
    second = builders.points_reverse(OPTIONS, TOM, REFERENCE, 40_000, "B-10", before_milli=40_000)
    monday = TAKEN | {"reversals": [{"points": "40"}]}
    both = TAKEN | {"reversals": [{"points": "40"}, {"points": "40"}]}
    assert judge_readback(OPTIONS, RowInDoubt(second, True), redemptions(monday, call=second)) == Resend()
    assert judge_readback(OPTIONS, RowInDoubt(second, True), redemptions(both, call=second)) == Done("")


def test_giving_back_all_means_what_was_redeemed() -> None:
    everything = builders.points_reverse(OPTIONS, TOM, "", 0, "B-9", redemption_id="31")
    part, whole = (TAKEN | {"reversals": [{"points": points}]} for points in ("99", "100"))
    assert (
        judge_readback(OPTIONS, RowInDoubt(everything, True), redemptions(part, call=everything)) == Resend()
    )
    assert judge_readback(OPTIONS, RowInDoubt(everything, True), redemptions(whole, call=everything)) == Done(
        "31"
    )


DOCUMENTED = {"id": 2, "points_redeemed": "100", "transaction_number": "B-1", "reversals": []}
BACK = [{"points": "100"}]


@pytest.mark.parametrize("named", [{"reference": REFERENCE}, {"reference": "", "redemption_id": "7t4y2a"}])
def test_another_bills_reversal_is_never_taken_for_ours(named: dict[str, str]) -> None:
    """The documented row names neither the reference nor the id that the redemption was answered with."""
    call = builders.points_reverse(OPTIONS, TOM, points_milli=100_000, number="B-1", **named)
    row = RowInDoubt(call, True)
    other = DOCUMENTED | {"id": 1, "transaction_number": "OLD", "reversals": BACK}
    fewer = DOCUMENTED | {"points_redeemed": "10", "reversals": [{"points": "10"}]}
    assert judge_readback(OPTIONS, row, redemptions(other, DOCUMENTED, call=call)) == Resend()
    assert judge_readback(OPTIONS, row, redemptions(other, fewer, call=call)) == Resend()
    ours = DOCUMENTED | {"reversals": BACK}
    assert isinstance(judge_readback(OPTIONS, row, redemptions(other, ours, call=call)), Done)
    two = judge_readback(OPTIONS, row, redemptions(ours, DOCUMENTED | {"id": 3}, call=call))
    assert isinstance(two, Park)
    assert "several" in in_words(two.reason)


def test_a_redemption_under_a_later_reference_is_given_back_by_the_clouds_id() -> None:
    """It may have landed late under the first, which the cloud then knows instead."""
    second = builders.points_redeem_anew(REDEEM).fact("reference")
    assert known_by(REFERENCE, "31") == REFERENCE
    assert (known_by(second, "31"), known_by(second, "")) == ("31", second)
    for name, field in ((REFERENCE, "externalReferenceNumber"), ("31", "redemptionId")):
        undo = Undo("points", "B-1", 0, 100_000, reference=name)
        (call,) = builders.calls_of_bill(OPTIONS, replace(MADE, kind="return", lines=(), undos=(undo,)))
        assert decode(call.body)[field] == name


def test_a_reversal_of_unknown_size_goes_to_a_person_and_a_stranger_proves_nothing() -> None:
    odd = TAKEN | {"reversals": [{"when": "today"}]}
    parked = judge_readback(OPTIONS, RowInDoubt(REVERSE, True), redemptions(odd))
    assert isinstance(parked, Park)
    assert "but not of how many points" in in_words(parked.reason)
    other = TAKEN | {"external_reference_number": "else", "reversals": [{"points": "100"}]}
    assert judge_readback(OPTIONS, RowInDoubt(REVERSE, True), redemptions(other)) == Resend()


@pytest.mark.parametrize("code", [None, 510])
def test_a_coupon_that_is_not_used_any_more_is_back(code: int | None) -> None:
    row = RowInDoubt(REACTIVATE, True, coded(REACTIVATE, code) if code else None)
    free = {"code": "diwali10", "redemption_info": {"redeemed": "false"}}
    assert judge_readback(OPTIONS, row, coupons(free)) == Done("83146")
    assert judge_readback(OPTIONS, row, coupons(free | {"code": ""})) == Done("83146")


@pytest.mark.parametrize(
    "ours",
    [
        {"redeemed": "true", "id": "83146"},
        {"redeemed": "true", "redemption_id": "83146"},
        {"redeemed": "true", "transaction": {"number": "B-1"}},
    ],
)
def test_a_coupon_still_used_by_us_is_given_back_again_and_a_refusal_then_stands(
    ours: dict[str, Any],
) -> None:
    told = coupons({"code": "DIWALI10", "redemption_info": ours})
    assert judge_readback(OPTIONS, RowInDoubt(REACTIVATE, True), told) == Resend()
    parked = judge_readback(OPTIONS, RowInDoubt(REACTIVATE, True, coded(REACTIVATE, 510)), told)
    assert isinstance(parked, Park)
    assert parked.code == "510"


@pytest.mark.parametrize(
    "told", [{}, {"redeemed": ""}, {"redeemed": "false", "transaction": {"number": "B-1"}}]
)
def test_a_coupon_whose_use_is_not_told_is_not_called_back(told: dict[str, Any]) -> None:
    """Sending again is harmless, since the call names one use of the coupon."""
    verdict = coupons({"code": "DIWALI10", "redemption_info": told})
    assert judge_readback(OPTIONS, RowInDoubt(REACTIVATE, True), verdict) == Resend()
    refused = coded(REACTIVATE, 510)
    assert isinstance(judge_readback(OPTIONS, RowInDoubt(REACTIVATE, False, refused), verdict), Park)


ELSEWHERE = {"code": "DIWALI10", "redemption_info": {"redeemed": "true", "id": "9"}}


def test_a_coupon_used_again_since_is_never_called_back() -> None:
    refused = coded(REACTIVATE, 510)
    parked = judge_readback(OPTIONS, RowInDoubt(REACTIVATE, False, refused), coupons(ELSEWHERE))
    assert isinstance(parked, Park)
    assert "used again" in in_words(parked.reason)


@pytest.mark.parametrize(
    ("rows", "back"),
    [
        ([], True),
        ([{"id": "9", "code": "DIWALI10", "transaction_number": "B-7"}], True),
        ([{"id": "83146", "code": "DIWALI10", "transaction_number": "B-7"}], False),
        ([{"id": "9", "code": "diwali10", "transaction_number": "B-1"}], False),
        ([{"id": str(no), "code": "OTHER", "transaction_number": "B-7"} for no in range(100)], False),
    ],
)
def test_of_a_coupon_used_again_since_an_earlier_attempt_the_customers_list_tells(
    rows: list[dict[str, Any]], back: bool
) -> None:
    """It shows its last use alone; the list has ours as long as it is not given back."""
    row = RowInDoubt(REACTIVATE, True, coded(REACTIVATE, 510))
    asked = judge_readback(OPTIONS, row, coupons(ELSEWHERE))
    assert isinstance(asked, ReadBack)
    body = {"status": {"code": 200}, "customer": {"redemptions": {"coupons": {"coupon": rows}}}}
    decision = judge_readback(OPTIONS, row, answer(asked.call, body))
    assert decision == Done("83146") if back else isinstance(decision, Park)


@pytest.mark.parametrize("code", [None, 1627, 1633])
def test_a_bill_that_is_regular_and_our_customers_is_tagged(code: int | None) -> None:
    row = RowInDoubt(RETRO, True, coded(RETRO, code) if code else None)
    assert judge_readback(OPTIONS, row, bills(TAGGED)) == Done("100")
    by_id = TAGGED | {"customer": {"user_id": "77", "mobile": "919000000001"}}
    assert judge_readback(OPTIONS, row, bills({"number": "B-2", "amount": "1"}, by_id)) == Done("100")
    untagged = TAGGED | {"type": "NOT_INTERESTED", "customer": {}}
    assert isinstance(judge_readback(OPTIONS, row, bills(untagged)), Park if code else Resend)


@pytest.mark.parametrize(
    ("bill", "words"),
    [
        (TAGGED | {"customer": {"mobile": "919000000001"}}, "another customer"),
        (TAGGED | {"customer": []}, "may or may not have arrived: the cloud does not say whose bill"),
        (TAGGED | {"amount": "250.01"}, "may or may not have arrived: the cloud does not show"),
    ],
)
def test_a_bill_under_anybody_else_is_never_called_done(bill: dict[str, Any], words: str) -> None:
    for refusal in (None, coded(RETRO, 1627)):
        parked = judge_readback(OPTIONS, RowInDoubt(RETRO, True, refusal), bills(bill))
        assert isinstance(parked, Park)
        assert words in in_words(parked.reason)
        assert parked.unsure is ("may or may not" in words)


@pytest.mark.parametrize("call", [RETRO, REVERSE, REACTIVATE], ids=lambda call: call.op)
def test_a_read_back_without_an_answer_decides_nothing(call: Call) -> None:
    question = first_question(OPTIONS, call)
    assert question is not None
    again = judge_readback(OPTIONS, RowInDoubt(call, True), lost(question))
    assert isinstance(again, RetryAt)
    assert again.unknown
