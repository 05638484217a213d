"""An answer about something else is none to what was asked: every call, and every name in its answer."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.language.language import in_english
from agent.loyalty.answers.verdict import Outcome
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.customer_calls import customer_transactions
from agent.loyalty.calls.organisation_calls import organisation_configs, organisation_tenders
from agent.loyalty.calls.otp_calls import otp_generate, otp_validate
from agent.loyalty.calls.redemption_calls import (
    coupon_get,
    coupon_isredeemable,
    points_isredeemable,
    points_validationcode,
)
from agent.loyalty.forwarder import bulk
from agent.sale.basket import Back, Customer
from agent.sale.queue_terms import Op
from agent.sale.return_values import ReturnHow

from ..bills import AT, TOM, bill
from ..calls.test_return_calls import returned
from ..verdicts import ADD, COUPON_USE, ENROL, OPTIONS, REACTIVATE, REDEEM, RETRO, REVERSE, UPDATE, answer

MOBILE, OTHER = TOM.mobile, "919000000002"
PERSON = {"mobile": MOBILE, "firstname": "Tom"}
SOMEBODY, BILL = "The cloud answered about somebody else.", "The cloud answered about another bill."
COUPON, POINTS = (
    "The cloud answered about another coupon.",
    "The cloud answered about another number of points.",
)
REDEMPTION = "The cloud answered about another redemption."
RETURN = next(
    call
    for call in builders.calls_of_bill(
        OPTIONS,
        bill(
            "R-1",
            (returned(10_000, back=Back("B-1", AT, ReturnHow.LINE_ITEM, "too small", 1)),),
            customer=TOM,
            kind="return",
        ),
    )
)
BY_ID = builders.customer_update(Enrolment(AT, MOBILE, firstname="Tom"), lead=("id", "4711"))
BY_CARD = builders.customer_get("card", "C-100")
BY_MAIL = builders.customer_get("email", "tom@x.in")


def v11(plural: str, one: str, code: int, item: dict[str, Any]) -> dict[str, Any]:
    status = {"success": "true", "code": code, "message": "m"}
    return {
        "response": {
            "status": {"success": "true", "code": 200},
            plural: {one: item | {"item_status": status}},
        }
    }


def points(**item: Any) -> dict[str, Any]:
    return v11("responses", "points", 800, item)


@dataclass(frozen=True)
class Told:
    """A call, a yes to it, and the names in that: path, what another one is called, what is said."""

    call: Call
    body: dict[str, Any]
    names: tuple[tuple[tuple[str, ...], Any, str], ...] = field(default=())


ITEM = ("response", "customers", "customer")
MEMBER = ((*ITEM, "mobile"), OTHER, SOMEBODY)
ASKED = ("response", "points", "redeemable")
TAKEN = ("response", "responses", "points")
USED = ("response", "coupons", "coupon")
TAGGED = ("response", "transactions", "transaction")
TABLE = (
    Told(builders.customer_get("mobile", MOBILE), v11("customers", "customer", 1000, PERSON), (MEMBER,)),
    Told(
        BY_MAIL,
        v11("customers", "customer", 1000, {"email": "Tom@X.in"}),
        (((*ITEM, "email"), "bela@x.in", SOMEBODY),),
    ),
    Told(
        BY_CARD,
        v11("customers", "customer", 1000, {"card_details": {"card": [{"card_number": "C-100"}]}}),
        (((*ITEM, "card_details"), {"card": [{"card_number": "C-200"}]}, SOMEBODY),),
    ),
    Told(ENROL, v11("customers", "customer", 1000, PERSON | {"user_id": "7"}), (MEMBER,)),
    Told(UPDATE, v11("customers", "customer", 1000, PERSON), (MEMBER,)),
    Told(
        BY_ID,
        v11("customers", "customer", 1000, {"user_id": "4711"}),
        (((*ITEM, "user_id"), "4712", SOMEBODY),),
    ),
    Told(
        builders.customer_redemptions(OPTIONS, ("mobile", MOBILE), "POINTS", AT),
        {
            "response": {
                "status": {"code": 200},
                "customer": PERSON | {"item_status": {"success": "true", "code": 1000}},
            }
        },
        ((("response", "customer", "mobile"), OTHER, SOMEBODY),),
    ),
    Told(
        customer_transactions("mobile", MOBILE, 10),
        {
            "response": {
                "status": {"code": 200},
                "customer": PERSON | {"item_status": {"success": "true", "code": 1052}},
            }
        },
        ((("response", "customer", "mobile"), OTHER, SOMEBODY),),
    ),
    Told(
        points_isredeemable(OPTIONS, TOM, 20_000),
        v11("points", "redeemable", 800, {"mobile": MOBILE, "points": "20", "is_redeemable": "true"}),
        (((*ASKED, "mobile"), OTHER, SOMEBODY),),
    ),
    Told(
        points_validationcode(TOM, 20_000),
        v11("validation_code", "code", 200, {"mobile": MOBILE}),
        ((("response", "validation_code", "code", "mobile"), OTHER, SOMEBODY),),
    ),
    Told(
        REDEEM,
        points(
            mobile=MOBILE,
            points_redeemed="100.000",
            redemption_id="7t4y2a",
            transaction_number="b-1",
            external_reference_number=REDEEM.fact("reference"),
            side_effects={"effect": [{"redeemed_on_bill_number": "B-1", "redeemed_on_bill_id": -1}]},
        ),
        (
            ((*TAKEN, "mobile"), OTHER, SOMEBODY),
            ((*TAKEN, "points_redeemed"), "0", POINTS),
            ((*TAKEN, "points_redeemed"), "41", POINTS),
            ((*TAKEN, "transaction_number"), "B-2", BILL),
            ((*TAKEN, "external_reference_number"), "o-s-t-B-2-P1", REDEMPTION),
            ((*TAKEN, "side_effects"), {"effect": {"redeemed_on_bill_number": "B-2"}}, BILL),
        ),
    ),
    Told(
        REVERSE,
        {"reversalId": 5, "pointsReversed": 40, "externalReferenceNumber": REVERSE.fact("reference")},
        (
            (("pointsReversed",), "39.5", POINTS),
            (("externalReferenceNumber",), "o-s-t-B-2-P1", REDEMPTION),
        ),
    ),
    Told(
        coupon_isredeemable(TOM, "DIWALI10"),
        v11("coupons", "redeemable", 700, {"mobile": MOBILE, "code": "diwali10", "is_redeemable": "true"}),
        (
            (("response", "coupons", "redeemable", "mobile"), OTHER, SOMEBODY),
            (("response", "coupons", "redeemable", "code"), "OTHER", COUPON),
        ),
    ),
    Told(
        COUPON_USE,
        v11(
            "coupons",
            "coupon",
            700,
            {
                "code": "diwali10",
                "redemptionId": 5,
                "customer": {"mobile": MOBILE},
                "transaction": {"number": "B-1"},
            },
        ),
        (
            ((*USED, "code"), "OTHER", COUPON),
            ((*USED, "transaction"), {"number": "B-2"}, BILL),
            ((*USED, "customer"), {"mobile": OTHER}, SOMEBODY),
        ),
    ),
    Told(
        RETRO,
        v11(
            "transactions",
            "transaction",
            1630,
            {"id": "9", "old_id": "6464658", "number": "B-1", "customer": {"mobile": MOBILE}},
        ),
        (
            ((*TAGGED, "old_id"), "6464659", BILL),
            ((*TAGGED, "number"), "B-2", BILL),
            ((*TAGGED, "customer"), {"mobile": OTHER}, SOMEBODY),
        ),
    ),
    Told(ADD, {"createdId": 5, "billNumber": "B-1", "errors": []}, ((("billNumber",), "B-2", BILL),)),
    Told(RETURN, {"createdId": 5, "billNumber": "B-1", "errors": []}, ((("billNumber",), "B-2", BILL),)),
)
ELSEWHERE = {
    # What these list is compared by whoever reads the list (readback, bulk.judged); the others name nothing.
    Op.TRANSACTION_GET: builders.transaction_get(OPTIONS, "B-1", AT),
    Op.COUPON_GET: coupon_get("DIWALI10"),
    Op.TRANSACTION_BULK: bulk.bundle([ADD.shared]),
    Op.COUPON_REACTIVATE: REACTIVATE,
    Op.OTP_GENERATE: otp_generate(TOM),
    Op.OTP_VALIDATE: otp_validate(TOM, "123456"),
    Op.ORGANISATION_CONFIGS: organisation_configs(),
    Op.ORGANISATION_TENDERS: organisation_tenders(),
}
V11 = [told for told in TABLE if "response" in told.body]
"""Those whose envelope has a status of its own, and its items codes."""
NAMES = [
    pytest.param(told.call, told.body, *name, id=f"{told.call.op}-{'.'.join(name[0][-2:])}-{no}")
    for told in TABLE
    for no, name in enumerate(told.names)
]


def changed(body: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    told = copy.deepcopy(body)
    place = told
    for key in path[:-1]:
        place = place[key]
    place.pop(path[-1]) if value is None else place.update({path[-1]: value})
    return told


def test_every_call_of_the_table_is_looked_at() -> None:
    assert {told.call.op for told in TABLE} | set(ELSEWHERE) == set(Op)
    assert {told.call.op for told in TABLE} & set(ELSEWHERE) == set()
    assert all(told.names for told in TABLE)
    assert all(answer(told.call, told.body).outcome is Outcome.OK for told in TABLE)


@pytest.mark.parametrize(("call", "body", "path", "another", "said"), NAMES)
def test_a_yes_about_something_else_is_no_yes(
    call: Call, body: dict[str, Any], path: tuple[str, ...], another: Any, said: str
) -> None:
    verdict = answer(call, changed(body, path, another))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.why is not None and in_english(verdict.why) == said
    # The cloud was heard: neither the line is to blame nor the server.
    assert (verdict.lost, verdict.failing) == (False, False)


@pytest.mark.parametrize(("call", "body", "path", "another", "said"), NAMES)
def test_what_an_answer_leaves_out_is_no_contradiction(
    call: Call, body: dict[str, Any], path: tuple[str, ...], another: Any, said: str
) -> None:
    for nothing in (None, "", [], {}):
        assert answer(call, changed(body, path, nothing)).outcome is Outcome.OK


@pytest.mark.parametrize(
    "told", [MOBILE[2:], f"+{MOBILE}", "0" + MOBILE[2:], "98******10", f"{MOBILE[:5]}XXXXX"]
)
def test_the_same_number_in_another_form_or_hidden_is_no_contradiction(told: str) -> None:
    for body in (PERSON | {"mobile": told}, {"customer": {"mobile": told}}):
        assert answer(ENROL, v11("customers", "customer", 1000, body)).outcome is Outcome.OK


def test_of_several_answers_the_one_about_what_was_asked_counts() -> None:
    status = {"item_status": {"success": "true", "code": 1000}}
    both = [{"mobile": OTHER, "firstname": "Bela"} | status, PERSON | status]
    body = {"response": {"status": {"code": 200}, "customers": {"customer": both}}}
    verdict = answer(ENROL, body)
    assert (verdict.outcome, verdict.data["firstname"]) == (Outcome.OK, "Tom")


def test_that_somebody_else_is_not_there_proves_nothing_of_who_was_asked_for() -> None:
    item = {"mobile": OTHER, "item_status": {"success": "false", "code": 1012, "message": "m"}}
    body = {"response": {"status": {"code": 500}, "customers": {"customer": [item]}}}
    assert answer(builders.customer_get("mobile", MOBILE), body).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("told", V11, ids=lambda told: str(told.call.op))
def test_an_envelope_that_says_that_all_failed_unsays_the_item(told: Told) -> None:
    for status in (
        {"success": "false", "code": 500},
        {"success": "false", "code": "500"},
        {"success": "false"},
    ):
        body = changed(told.body, ("response", "status"), {**status, "message": "All requests have failed"})
        verdict = answer(told.call, body)
        assert verdict.outcome is Outcome.UNKNOWN
        assert verdict.why is not None
        assert in_english(verdict.why) == "The cloud contradicts itself: done and failed, of one call."


@pytest.mark.parametrize("told", V11, ids=lambda told: str(told.call.op))
def test_two_hundred_is_the_success_of_no_item_but_the_code_to_redeem(told: Told) -> None:

    body = copy.deepcopy(told.body)
    _recode(body, 200)
    wanted = Outcome.OK if told.call.op == Op.POINTS_VALIDATIONCODE else Outcome.UNKNOWN
    assert answer(told.call, body).outcome is wanted


def _recode(value: Any, code: int) -> None:
    if isinstance(value, dict):
        if "item_status" in value:
            value["item_status"]["code"] = code
        for inner in value.values():
            _recode(inner, code)
    elif isinstance(value, list):
        for inner in value:
            _recode(inner, code)


def test_a_customer_without_the_identifier_asked_for_is_told_by_the_others() -> None:
    known = Customer(mobile=MOBILE, user_id="4711")
    call = builders.retro(OPTIONS, "6464658", "B-1", AT, 25_000, known)
    yes = v11("transactions", "transaction", 1630, {"id": "9", "customer": {"user_id": "4711"}})
    assert answer(call, yes).outcome is Outcome.OK
    other = v11("transactions", "transaction", 1630, {"id": "9", "customer": {"user_id": "4712"}})
    assert answer(call, other).outcome is Outcome.UNKNOWN
