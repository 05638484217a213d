"""Nothing of what the room says is English by itself: in the pseudo-language only the cloud's own words and
the system's are left as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from agent.language.sentence import Sentence
from agent.loyalty.answers.codes import listed, meaning
from agent.loyalty.answers.reply import refused
from agent.loyalty.answers.verdict import Outcome
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.customer.identifiers import UnusableError, birthday, email, membership, phone
from agent.loyalty.calls.unwritable import Unsendable, Why
from agent.loyalty.forwarder.batching import QUEUED, read_call
from agent.loyalty.line.transport import Transport
from agent.loyalty.line.trouble import Trouble
from agent.loyalty.organisation_rules import ask_organisation
from agent.loyalty.outcomes import parked_reasons
from agent.loyalty.outcomes.decision import Done, ReadBack, Resend
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op

from ..rig.pseudo import english_left
from .bills import AT
from .conftest import options_for
from .counter import NOW, asked, item, v11
from .scripted import ScriptedCloud, reply, silence
from .simulated import ASHA, counter
from .verdicts import ADD, ALL, coded, decided, lost, unsent

SAID = "Pst: Mrs Kjdt"
"""The cloud's own words."""
RETURN = replace(ADD, op=Op.TRANSACTION_RETURN)
CALLS = (*ALL, RETURN)
UNLISTED = 99_999


def own(call: Call) -> tuple[str, ...]:
    return (SAID, call.fact("number"), call.fact("at"), "B-1", str(UNLISTED))


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.op)
def test_why_a_call_waits(call: Call) -> None:
    codes = {code for _, code in listed()} | {UNLISTED}
    verdicts = [replace(coded(call, code), message=SAID) for code in sorted(codes)]
    verdicts.append(replace(coded(call, 643), message=SAID, cloud_ms=0))
    verdicts += [lost(call), unsent(call), replace(coded(call, UNLISTED), message="", code=None)]
    decisions = [
        decided(call, verdict, earlier, attempts, str(verdict.code))
        for verdict, earlier, attempts in product(verdicts, (True, False), (1, 3))
    ]
    told = [one.reason for one in decisions if not isinstance(one, Done | ReadBack | Resend)]
    assert len(told) > 200
    assert [left for one in told if (left := english_left(one, *own(call)))] == []


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.op)
def test_why_a_call_waits_for_what_is_known_elsewhere(call: Call) -> None:
    why, own_words = Sentence("parked.why.bill-unseen"), Sentence("cloud.own-words", words=SAID)
    reasons = (None, own_words, Sentence("line.late"), meaning("transaction", 604).sentence)
    told = [parked_reasons.untold(call, why), parked_reasons.clash(call, Sentence("parked.clash.same"))]
    told += [parked_reasons.elsewhere(call, bills) for bills in ((), ("B-1", "B-7"))]
    told += [make(call) for make in (parked_reasons.erased, parked_reasons.taken)]
    told += [parked_reasons.others_customer(call)]
    for make, reason in product((parked_reasons.no_verdict, parked_reasons.untold_tried), reasons):
        told += [make(call, 25, reason)]
    given = {"problem": SAID, "most": "50", "lines": "1.00", "due": "2.00"}
    told += [parked_reasons.unsendable(call, Unsendable(kind, given)) for kind in Why]
    assert [left for one in told if (left := english_left(one, *own(call)))] == []


def test_every_call_of_the_queue_has_a_subject_and_advice() -> None:
    for op in QUEUED:
        call = replace(ADD, op=op)
        told = (parked_reasons.subject(call), parked_reasons.advice(call))
        assert [left for one in told if (left := english_left(one, "B-1"))] == []


def test_what_cannot_be_read_is_no_english_either() -> None:
    for payload in (replace(ADD, op="xpt").to_bytes(), b"{"):
        park = read_call(payload)
        assert not isinstance(park, Call)
        error = str(park.reason.params.get("error", ""))
        assert english_left(park.reason, "xpt", error) == ""


WHAT = ("code", "customer", "enrolment", "update", "bill", "bills", "points", "coupon")


@pytest.mark.parametrize("what", WHAT)
def test_what_a_question_comes_to(what: str) -> None:
    call = builders.customer_get("mobile", "919876543210")
    verdicts = [coded(ADD, code) for _, code in listed()] + [coded(ADD, UNLISTED), lost(call), unsent(call)]
    verdicts = [replace(one, message=SAID) for one in verdicts if one.outcome is not Outcome.OK]
    verdicts += [replace(lost(call), trouble=trouble) for trouble in Trouble]
    verdicts += [replace(coded(ADD, UNLISTED), message="")]
    told = [refused(verdict, what).sentence for verdict in verdicts]
    assert [left for one in told if (left := english_left(one, SAID, str(UNLISTED)))] == []


def form(**typed: str) -> Enrolment:
    return Enrolment(AT, **typed)


def test_what_the_counter_hears() -> None:
    """Found, enrolled, changed, refused, kept for later; and remarks of the cloud."""
    with counter() as (questions, world):
        asha = questions.customer("mobile", ASHA).value
        assert asha is not None
        replies = [
            questions.customer("mobile", ASHA),
            questions.customer("mobile", "9812345678"),
            questions.customer("card", "GJFD-1"),
            questions.customer("mobile", "98"),
            questions.enrol(form(mobile="9812345670", firstname="Tom", card="9900000000123")),
            questions.enrol(form(mobile=ASHA, card="9900000000123", external_id="K-9")),
            questions.enrol(form(mobile=ASHA, firstname="Tom")),
            questions.enrol(form(mobile="9812345671", email="asha.demo@example.com", firstname="Tom")),
            questions.update(asha, form(mobile=ASHA, firstname=asha.firstname)),
            questions.update(asha, replace(form(mobile=ASHA), loyalty=False)),
            questions.history(asha, 10),
            questions.history(Customer(), 10),
            questions.points_check(asha, 10_000_000),
            questions.points_check(asha, 1_000),
            questions.points_otp(asha, 1_000),
            questions.coupon_check(asha, "DIWALI10"),
            questions.coupon_check(asha, "K,J"),
            questions.coupon_check(asha, "KJFT"),
            questions.retro("mobile", ASHA, "B-1", AT),
        ]
        world.faults.add("away", op="customer/get")
        replies += [
            questions.enrol(form(mobile="9812345672", email="t@x.in", card="9900000000124")),
            questions.enrol(form(mobile="9812345673")),
            questions.update(asha, form(mobile="9812345674", firstname=asha.firstname)),
        ]
    told = [english_left(reply.sentence, "DIWALI10", "B-1", ".com") for reply in replies]
    assert [left for left in told if left] == []


def test_what_the_counter_hears_of_a_strange_cloud() -> None:
    somebody = v11("customers.customer", item(1000, mobile="919000000009", firstname="Kj"))
    warned = {"item_status": {"success": "true", "code": 1000, "warnings": {"warning": ["1017", "77"]}}}
    steps = [somebody, v11("customers.customer", warned), silence, silence]
    with asked(*steps, question_budget_s=0.5) as (questions, _):
        first = questions.customer("mobile", "9876543210")
        known = Customer(mobile="919876543210", source="cloud", firstname="Tom")
        second = questions.update(known, form(mobile="9876543210"))
        third = questions.update(known, form(mobile="9876543210"))
    told = [english_left(reply.sentence) for reply in (first, second, third)]
    assert [left for left in told if left] == []
    assert "77" in str(second.sentence)


WRONG: dict[Callable[[str], str], tuple[str, ...]] = {
    phone: ("", "98765 O", "12", "987654321012345", "5555555555", "080 2222 3333"),
    email: ("", "tm"),
    lambda text: birthday(text, NOW.date()): ("31.12.1998", "1850-01-01"),
    lambda text: membership(text, "card"): ("", "1,2"),
    lambda text: membership(text, "external_id"): ("", "1,2"),
    lambda text: membership(text, "coupon"): ("", "1,2"),
}


def test_what_was_typed_wrong() -> None:
    for read, texts in WRONG.items():
        for typed in texts:
            with pytest.raises(UnusableError) as refusal:
                read(typed)
            assert english_left(refusal.value.sentence) == ""


def test_rules_that_are_not_told() -> None:
    with ScriptedCloud([silence, reply({"configs": []})]) as cloud:
        transport = Transport(options_for(cloud.url))
        for _ in range(2):
            told = ask_organisation(transport, 0.5)
            assert isinstance(told, Sentence)
            assert english_left(told) == ""
        transport.close()


def test_the_proof_finds_english() -> None:
    """Words that bypass the language file are seen, also inside a sentence."""
    assert english_left(Sentence("cloud.ended", words="the till")) != ""
    assert english_left(Sentence("no such id")) != ""
    assert english_left(Sentence("cloud.ended", words=SAID), SAID) == ""
