"""Questions about customers: each is answered or declared offline within its budget."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from agent.language.language import in_english
from agent.loyalty.answers.member import PastBill
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.line.transport import Transport
from agent.loyalty.questions.questions import Questions
from agent.sale.basket import Customer, CustomerBill, CustomerCoupon

from ..conftest import options_for
from ..counter import NOW, TOM, asked, item, v11
from ..scripted import Step, drip, reply, reset, silence

SIGN_UP = Enrolment(NOW.isoformat(), mobile="98765 43210", firstname="Tom", sms=True)


def member(code: int = 1000, /, **more: Any) -> Step:
    return v11("customers.customer", item(code, **({"mobile": "919876543210", "user_id": "7"} | more)))


NOBODY = v11("customers.customer", item(1012, "false"), 500)
BUSY = reply({"response": {"status": {"success": "false", "code": 500, "message": "failed"}}}, 500)


def test_a_customer_is_shown_with_points_tier_bills_and_coupons() -> None:
    """UC1.1 to UC1.4 of the seeds out of one answer."""
    step = member(
        firstname="Tom",
        lastname="Sawyer",
        loyalty_points="500",
        lifetime_purchases="25000.50",
        current_slab="Silver",
        type="LOYALTY",
        registered_on="2025-12-01 09:00:00",
        points_summaries={
            "points_summary": [
                {"programId": "9", "loyaltyPoints": "1"},
                {
                    "programId": "504",
                    "lifetimePoints": "2300",
                    "redeemed": "1700.125",
                    "expired": 100,
                    "loyaltyPoints": "500",
                    "program_points_to_currency_ratio": 0.75,
                },
            ]
        },
        transactions={
            "transaction": {
                "number": "B9",
                "type": "RETURN",
                "amount": "199.5",
                "billing_time": "2026-03-01 18:00:00",
                "store": "S1",
            }
        },
        coupons=[
            {"code": "USED", "redeemed": "true"},
            {"code": "DIWALI", "description": "10 off", "valid_till": "2026-12-31", "redeemed": "false"},
        ],
    )
    with asked(step, points_program_id="504") as (questions, cloud):
        answer = questions.customer("mobile", "98765 43210")
    assert answer.outcome == "ok"
    assert answer.value == Customer(
        mobile="919876543210",
        firstname="Tom",
        lastname="Sawyer",
        user_id="7",
        tier="Silver",
        points_milli=500_000,
        points_earned_milli=2_300_000,
        points_redeemed_milli=1_700_125,
        points_expired_milli=100_000,
        lifetime_purchases_minor=2_500_050,
        point_value_minor=75,
        coupons=(CustomerCoupon("DIWALI", "10 off", "2026-12-31T23:59:59+05:30"),),
        bills=(CustomerBill("B9", "2026-03-01T18:00:00+05:30", 19_950, "S1", "return"),),
        known_at="2026-04-01T10:00:00+05:30",
        registered_at="2025-12-01T09:00:00+05:30",
    )
    assert "mobile=919876543210" in cloud.requests[0].target


def test_the_documented_customer_is_shown_right(sample: Callable[[str], bytes]) -> None:
    with asked(reply(sample("v11_customer_get.response_ok.json"))) as (questions, _):
        value = questions.customer("email", "tom.sawyer@example.com").value
    assert value is not None
    assert (value.firstname, value.tier, value.loyalty) == ("Tom", "Silver", True)
    assert (value.points_milli, value.points_earned_milli) == (500_000, 2_300_000)
    assert value.points_redeemed_milli is None
    assert value.lifetime_purchases_minor == 2_500_000
    assert value.coupons == (CustomerCoupon("ZBW1S4QT", "API Series", "2018-06-01T23:59:59+05:30"),)
    assert value.bills == ()


@pytest.mark.parametrize("code", [816, 1011, 1012])
def test_a_customer_nobody_knows_is_offered_for_enrolment(code: int) -> None:
    with asked(v11("customers.customer", item(code, "false"), 500)) as (questions, _):
        answer = questions.customer("mobile", "9876543210")
    assert (answer.outcome, answer.code) == ("no", "not_found")
    assert "3210" in in_english(answer.sentence)
    assert "9876543210" not in in_english(answer.sentence)


def test_a_customer_whose_data_were_deleted_is_nobody() -> None:
    gone = item(1000, mobile="", email=None)
    gone["item_status"]["message"] = "The data of this customer are deleted"
    with asked(v11("customers.customer", gone)) as (questions, _):
        answer = questions.customer("mobile", "9876543210")
    assert (answer.outcome, answer.code, answer.value) == ("no", "erased", None)


def test_an_answer_about_somebody_else_is_not_taken() -> None:
    with asked(member(mobile="919000000001")) as (questions, _):
        answer = questions.customer("mobile", "9876543210")
    assert (answer.outcome, answer.value) == ("unknown", None)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ({"card_details": {"card": [{"number": "GOLD-2"}]}}, "unknown"),
        ({"card_number": "GOLD2"}, "unknown"),
        ({"card_details": {"card_number": "gold 1"}}, "ok"),
        ({"card_details": {"card": [{"number": "OLD9"}, {"number": "GOLD-1"}]}}, "ok"),
        ({"card_details": {"card": [{"number": "****1"}]}}, "ok"),
        ({}, "ok"),
    ],
)
def test_a_card_that_is_somebody_elses_is_not_taken(told: dict[str, Any], outcome: str) -> None:
    with asked(member(**told)) as (questions, cloud):
        answer = questions.customer("card", "GOLD-1")
    assert answer.outcome == outcome
    assert "card_details=true" in cloud.requests[0].target
    assert answer.value is None or answer.value.card == "GOLD-1"


def test_what_cannot_be_an_identifier_is_refused_without_asking() -> None:
    with asked(member()) as (questions, cloud):
        answer = questions.customer("mobile", "98765")
    assert (answer.outcome, answer.code, cloud.requests) == ("no", "unusable", [])


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (silence, "offline"),
        (reset, "offline"),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n" + b" " * 400, 0.03), "offline"),
        (reply(b"<html>free network</html>"), "offline"),
        (reply(b"", 302, Location="http://127.0.0.1:9/"), "offline"),
        (BUSY, "unknown"),
        (reply(b"", 401), "offline"),
    ],
    ids=["silent", "reset", "dripping", "captive portal", "redirect", "failing", "not let in"],
)
def test_no_useful_answer_lets_the_sale_go_on_in_words(step: Step, outcome: str) -> None:
    started = time.monotonic()
    with asked(step, question_budget_s=0.3) as (questions, _):
        answer = questions.customer("mobile", "9876543210")
        took = time.monotonic() - started
    assert answer.outcome == outcome
    assert "The sale goes on" in in_english(answer.sentence)
    # Ten times the budget is still far below what any of these would take without one.
    assert took < 3


def test_a_cloud_that_is_not_there_is_offline() -> None:
    settings = options_for("http://127.0.0.1:9")
    answer = Questions(Transport(settings), settings, lambda: NOW).customer("email", "a@x.in")
    assert (answer.outcome, answer.value) == ("offline", None)


def test_enrolling_answers_with_the_new_customer() -> None:
    with asked(NOBODY, member(firstname="Tom", loyalty_points="0")) as (questions, cloud):
        answer = questions.enrol(SIGN_UP)
    assert (answer.outcome, answer.call) == ("ok", None)
    assert answer.value is not None
    assert answer.value.user_id == "7"
    sent = cloud.requests[1].json["root"]["customer"][0]
    assert (sent["mobile"], sent["registered_on"]) == ("919876543210", "2026-04-01 10:00:00")


def test_an_enrolment_answered_about_another_member_keeps_who_was_typed_on_the_sale() -> None:
    """Else the bill, its points and its coupons would be the other's."""
    other = item(1000, mobile="919000000002", user_id="8", firstname="Bela")
    with asked(NOBODY, v11("customers.customer", other)) as (questions, _):
        answer = questions.enrol(SIGN_UP)
    assert answer.outcome == "unknown"
    assert "answered about somebody else" in in_english(answer.sentence)
    assert answer.value is not None and answer.call is not None
    assert (answer.value.mobile, answer.value.firstname) == ("919876543210", "Tom")


def test_enrolling_offline_keeps_the_customer_and_the_call_for_later() -> None:
    with asked(NOBODY, silence, question_budget_s=0.4) as (questions, cloud):
        answer = questions.enrol(SIGN_UP)
    assert (answer.outcome, "kept and sent later" in in_english(answer.sentence)) == ("offline", True)
    assert answer.value is not None
    assert (answer.value.source, answer.value.mobile) == ("enrolled", "919876543210")
    assert answer.call is not None
    assert answer.call.body == cloud.requests[1].body


@pytest.mark.parametrize("code", [1014, 1032, 1033])
def test_a_customer_who_is_enrolled_already_is_updated(code: int) -> None:
    refusal = v11("customers.customer", item(code, "false"), 500)
    steps = (NOBODY, NOBODY, refusal, member(firstname="tom"), member(firstname="Tom"))
    with asked(*steps) as (questions, cloud):
        answer = questions.enrol(Enrolment(NOW.isoformat(), "9876543210", "tom@x.in", firstname="Tom"))
    assert (answer.outcome, answer.code) == ("ok", "existing")
    assert [request.path for request in cloud.requests[1:]] == [
        "/v1.1/customer/get",
        "/v1.1/customer/add",
        "/v1.1/customer/get",
        "/v1.1/customer/update",
    ]
    assert "email" not in cloud.requests[4].json["root"]["customer"][0]


def test_a_number_that_belongs_to_another_person_is_not_overwritten() -> None:
    """customer/add would take the new name for the old number, so it is looked up before, too."""
    refusal = v11("customers.customer", item(1032, "false"), 500)
    for steps in ((member(firstname="Becky"),), (NOBODY, refusal, member(firstname="Becky"))):
        with asked(*steps) as (questions, cloud):
            answer = questions.enrol(SIGN_UP)
        assert (answer.outcome, answer.code) == ("no", "someone_else")
        assert "Becky" not in in_english(answer.sentence)
        assert "another name" in in_english(answer.sentence)
        assert len(cloud.requests) == len(steps)


@pytest.mark.parametrize(("kind", "sent"), [("NON_LOYALTY", "LOYALTY"), ("LOYALTY", None)])
def test_enrolling_somebody_known_makes_a_member_of_who_was_none(kind: str, sent: str | None) -> None:
    with asked(member(firstname="Tom", type=kind), member(firstname="Tom")) as (questions, cloud):
        answer = questions.enrol(SIGN_UP)
    assert (answer.outcome, answer.code) == ("ok", "existing")
    assert cloud.requests[1].path == "/v1.1/customer/update"
    assert cloud.requests[1].json["root"]["customer"][0].get("type") == sent


def test_an_enrolment_with_somebody_elses_e_mail_is_refused_before_accounts_merge() -> None:
    typed = Enrolment(NOW.isoformat(), "9876543210", "asha@x.in", firstname="Tom")
    for stranger in (
        member(mobile="919000000001", email="asha@x.in", user_id="8"),
        member(mobile="", email="asha@x.in", firstname="Asha", user_id="8"),
    ):
        with asked(NOBODY, stranger) as (questions, cloud):
            answer = questions.enrol(typed)
        assert (answer.outcome, answer.code, answer.call) == ("no", "someone_else", None)
        assert "nobody was enrolled" in in_english(answer.sentence)
        assert [request.method for request in cloud.requests] == ["GET", "GET"]


def test_an_enrolment_offline_is_kept_without_the_identifiers_nobody_could_vouch_for() -> None:
    typed = Enrolment(NOW.isoformat(), "9876543210", "tom@x.in", firstname="Tom", mail=True)
    with asked(silence, question_budget_s=0.2) as (questions, _):
        answer = questions.enrol(typed)
    assert (answer.outcome, "without the e-mail" in in_english(answer.sentence)) == ("offline", True)
    assert answer.call is not None
    assert b"tom@x.in" not in answer.call.body
    assert answer.value is not None
    assert (answer.value.mobile, answer.value.email) == ("919876543210", "")


def test_an_update_with_a_free_identifier_sends_it() -> None:
    with asked(member(), NOBODY, member()) as (questions, cloud):
        answer = questions.update(TOM, Enrolment(NOW.isoformat(), "9876543210", "tom@x.in", firstname="Tom"))
    assert answer.outcome == "ok"
    assert cloud.requests[2].json["root"]["customer"][0]["email"] == "tom@x.in"


def test_an_update_with_somebody_elses_identifier_is_refused_before_accounts_merge() -> None:
    stranger = member(mobile="919000000001", email="tom@x.in", user_id="8")
    with asked(member(), stranger) as (questions, cloud):
        answer = questions.update(TOM, Enrolment(NOW.isoformat(), "9876543210", "tom@x.in"))
    assert (answer.outcome, answer.code) == ("no", "someone_else")
    assert all(request.method == "GET" for request in cloud.requests)


def test_an_update_offline_is_kept_with_one_identifier_only() -> None:
    with asked(silence, question_budget_s=0.2) as (questions, _):
        answer = questions.update(TOM, Enrolment(NOW.isoformat(), "9876543210", "tom@x.in", firstname="Tom"))
    assert answer.outcome == "offline"
    assert answer.call is not None
    assert b"tom@x.in" not in answer.call.body


def test_a_change_of_the_number_offline_is_kept_without_it_under_the_old_one() -> None:
    """Nobody can say whose the new number is: sent late it would write over its owner."""
    typed = Enrolment(NOW.isoformat(), "9000000001", firstname="Tom", loyalty=True)
    with asked(silence, question_budget_s=0.2) as (questions, _):
        answer = questions.update(replace(TOM, loyalty=False, source="cache"), typed)
    assert (answer.outcome, "without the mobile number" in in_english(answer.sentence)) == ("offline", True)
    assert answer.call is not None
    sent = json.loads(answer.call.body)["root"]["customer"][0]
    assert (sent["mobile"], sent["firstname"], sent["type"]) == ("919876543210", "Tom", "LOYALTY")
    assert answer.value is not None
    assert (answer.value.mobile, answer.value.firstname) == ("919876543210", "Tom")
    assert answer.value.source == "cache", "what is known from before cannot be redeemed"


def test_a_change_that_gets_lost_with_a_new_identifier_is_kept_without_it() -> None:
    steps = (member(), NOBODY, silence)
    with asked(*steps, question_budget_s=0.4) as (questions, cloud):
        answer = questions.update(TOM, Enrolment(NOW.isoformat(), "9876543210", "tom@x.in", firstname="Tom"))
    assert b"tom@x.in" in cloud.requests[2].body
    assert (answer.outcome, "without the e-mail" in in_english(answer.sentence)) == ("offline", True)
    assert answer.call is not None
    assert b"tom@x.in" not in answer.call.body


def test_a_number_for_a_member_of_whom_only_the_card_is_known_needs_the_cloud() -> None:
    typed, gold = Enrolment(NOW.isoformat(), "9876543210"), Customer(card="GOLD1")
    with asked(silence, question_budget_s=0.2) as (questions, _):
        answer = questions.update(gold, typed)
    assert (answer.outcome, answer.call, "Nothing was changed" in in_english(answer.sentence)) == (
        "no",
        None,
        True,
    )
    with asked(member(mobile="", card_number="GOLD1"), NOBODY, member()) as (questions, cloud):
        assert questions.update(gold, typed).outcome == "ok"
    sent = cloud.requests[2].json["root"]["customer"][0]
    assert (sent["id"], sent["mobile"]) == ("7", "919876543210")


def test_nothing_is_changed_of_somebody_of_whom_only_the_typed_number_is_known() -> None:
    """Searched while the cloud was away: a digit typed wrong names somebody else."""
    typed, form = replace(TOM, source="typed"), Enrolment(NOW.isoformat(), "9876543210", firstname="Tom")
    with asked(silence, question_budget_s=0.2) as (questions, _):
        answer = questions.update(typed, form)
    assert (answer.outcome, answer.call, "Nothing was changed" in in_english(answer.sentence)) == (
        "no",
        None,
        True,
    )
    with asked(member(firstname="Becky")) as (questions, cloud):
        answer = questions.update(typed, form)
    assert (answer.outcome, answer.value, len(cloud.requests)) == ("no", None, 1)
    assert "Becky" not in in_english(answer.sentence)
    with asked(member(firstname="Tom"), member(firstname="Tom")) as (questions, cloud):
        assert questions.update(typed, form).outcome == "ok"
    assert cloud.requests[1].json["root"]["customer"][0]["mobile"] == "919876543210"


def test_two_accounts_are_not_one_because_the_cloud_left_out_their_ids() -> None:
    stranger = member(mobile="", email="tom@x.in", user_id="")
    with asked(member(user_id=""), stranger) as (questions, cloud):
        answer = questions.update(TOM, Enrolment(NOW.isoformat(), "9876543210", "tom@x.in"))
    assert (answer.outcome, answer.code) == ("no", "someone_else")
    assert all(request.method == "GET" for request in cloud.requests)


def test_several_calls_of_one_question_share_one_budget() -> None:
    def slow(step: Step) -> Step:
        def later(link: Any, over: Any) -> bool:
            over.wait(0.25)
            return step(link, over)

        return later

    with asked(slow(member()), slow(NOBODY), slow(member()), question_budget_s=0.4) as (questions, cloud):
        answer = questions.update(TOM, Enrolment(NOW.isoformat(), "9876543210", "tom@x.in"))
    assert answer.outcome == "offline"
    assert all(request.method == "GET" for request in cloud.requests)


def test_whom_a_bill_is_given_to_and_the_bill_are_asked_for_together() -> None:
    bill = v11("transactions.transaction", item(600, id="99", number="B-1", type="NOT_INTERESTED"))
    with asked(member(firstname="Tom"), bill) as (questions, _):
        answer = questions.retro("mobile", "98765 43210", "B-1", NOW.isoformat())
    assert answer.value is not None
    assert (answer.value[0].firstname, answer.value[1]) == ("Tom", "99")
    for steps, outcome, code in (
        ((NOBODY,), "no", "not_found"),
        ((member(), v11("transactions.transaction", [])), "no", "not_found"),
        ((member(), silence), "offline", ""),
    ):
        with asked(*steps, question_budget_s=0.4) as (questions, _):
            answer = questions.retro("mobile", "98765 43210", "B-1", NOW.isoformat())
        assert (answer.outcome, answer.code, answer.value) == (outcome, code, None)
    with asked() as (questions, cloud):
        assert questions.retro("mobile", "98", "B-1", NOW.isoformat()).code == "unusable"
    assert cloud.requests == []


def test_a_members_history_is_told_bill_by_bill_as_the_cloud_sends_it() -> None:
    rows = [
        {
            "number": "B9",
            "type": "REGULAR",
            "amount": "199.5",
            "billing_time": "2026-03-01 18:00:00",
            "store": "S1",
            "points": {"issued": "19.5", "redeemed": 10},
        },
        {"number": "", "amount": "1"},
        {"number": "B8", "type": "Return", "amount": "", "billing_time": "soon", "store_code": "S2"},
    ]
    with asked(member(transactions={"transaction": rows})) as (questions, cloud):
        answer = questions.history(TOM, 20)
    assert (answer.outcome, in_english(answer.sentence)) == ("ok", "2 bills found.")
    assert answer.value == (
        PastBill("B9", "2026-03-01T18:00:00+05:30", 19_950, "S1", "regular", 19_500, 10_000),
        PastBill("B8", "", 0, "S2", "return", None, None),
    )
    target = cloud.requests[0].target
    assert "/v1.1/customer/transactions?" in target
    assert "mobile=919876543210" in target
    assert "limit=20" in target
    assert "order=desc" in target


@pytest.mark.parametrize(
    ("step", "outcome", "words"),
    [
        (member(), "ok", "The cloud knows no bills of this customer."),
        (NOBODY, "no", "No customer is known under this."),
        (BUSY, "unknown", "trouble of its own"),
        (silence, "offline", "does not answer in time"),
    ],
)
def test_a_history_without_bills_is_not_one_that_nobody_told(step: Step, outcome: str, words: str) -> None:
    with asked(step, question_budget_s=0.3) as (questions, _):
        answer = questions.history(TOM, 20)
    assert (answer.outcome, answer.value) == (outcome, () if outcome == "ok" else None)
    assert words in in_english(answer.sentence)


def test_the_history_of_somebody_without_an_identifier_is_not_asked_for() -> None:
    with asked(member()) as (questions, cloud):
        answer = questions.history(Customer(firstname="Tom"), 20)
    assert (answer.outcome, answer.code, cloud.requests) == ("no", "unusable", [])
