"""Rows of the outbox and what the cloud may say to them, for the tests of what follows."""

from __future__ import annotations

import json
from typing import Any

from agent.language.sentence import Sentence
from agent.loyalty.answers.envelope import parse
from agent.loyalty.answers.verdict import Verdict
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.line.exchange import Kind, RawAnswer
from agent.loyalty.outcomes.decision import Decision, decide
from agent.loyalty.outcomes.readback import first_question
from agent.sale.queue_terms import Op

from .bills import AT, COUPON, POINTS, TOM, bill
from .conftest import options_for

OPTIONS = options_for()
MADE = bill("B-1", points=POINTS, coupon=COUPON)
ADD, REDEEM, COUPON_USE = builders.calls_of_bill(OPTIONS, MADE)
ENROL = builders.customer_add(OPTIONS, Enrolment(AT, "919876543210", "tom@x.in", firstname="Tom"))
UPDATE = builders.customer_update(Enrolment(AT, "919876543210", firstname="Tom"))
RETRO = builders.retro(OPTIONS, "6464658", "B-1", AT, 25_000, TOM)
REVERSE = builders.points_reverse(OPTIONS, TOM, REDEEM.fact("reference"), 40_000, "B-9")
REACTIVATE = builders.coupon_reactivate("83146", "DIWALI10", "B-1", TOM)
ALL = (ADD, REDEEM, COUPON_USE, ENROL, UPDATE, RETRO, REVERSE, REACTIVATE)
V2 = (Op.TRANSACTION_ADD, Op.TRANSACTION_RETURN, Op.POINTS_REVERSE, Op.COUPON_REACTIVATE)
ENTITY = {
    Op.POINTS_REDEEM: "points",
    Op.COUPON_REDEEM: "coupon",
    Op.COUPON_GET: "coupon",
    Op.CUSTOMER_ADD: "customer",
    Op.CUSTOMER_GET: "customer",
    Op.CUSTOMER_UPDATE: "customer",
    Op.CUSTOMER_REDEMPTIONS: "customer",
    Op.TRANSACTION_GET: "transaction",
    Op.TRANSACTION_UPDATE: "transaction",
}


def answer(call: Call, body: Any, status: int = 200) -> Verdict:
    return parse(call, RawAnswer(Kind.ANSWERED, status, json.dumps(body).encode()))


def coded(call: Call, code: int, **more: Any) -> Verdict:
    """The cloud's answer to a call with a code, in the shape of that call."""
    if call.op in V2:
        return answer(call, {"errors": [{"status": False, "code": code, "message": "said"}]}, 400)
    success = "true" if code in (600, 700, 800, 1000, 1630) else "false"
    item = {**more, "item_status": {"success": success, "code": code, "message": "said"}}
    return answer(call, {"response": {"status": {"code": 200}, "all": {ENTITY[Op(call.op)]: [item]}}})


def lost(call: Call) -> Verdict:
    return parse(call, RawAnswer(Kind.UNKNOWN, reason=Sentence("line.late")))


def unsent(call: Call) -> Verdict:
    return parse(call, RawAnswer(Kind.NEVER_SENT, reason=Sentence("line.no-time")))


def decided(
    call: Call, verdict: Verdict, earlier: bool = False, attempts: int = 1, last: str = ""
) -> Decision:
    question = first_question(OPTIONS, call)
    return decide(call, verdict, earlier=earlier, attempts=attempts, last_code=last, read_back=question)
