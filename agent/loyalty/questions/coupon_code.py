"""Coupons that ask for a code: the cloud sends it to the customer, who reads it out
(docs/capillary.md 7, code 725)."""

from __future__ import annotations

from collections.abc import Callable

from agent.language.sentence import Sentence
from agent.loyalty.answers.codes import meaning
from agent.loyalty.answers.reply import NO, OK, UNKNOWN, Reply, refused, without
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer import identifiers
from agent.loyalty.calls.otp_calls import otp_generate, otp_validate
from agent.sale.basket import CouponRedemption, Customer

CODE_NEEDED = 725
_WRONG = 605
_NOWHERE = Sentence("coupon.code-nowhere")
Ask = Callable[[Call], Verdict]


def send(ask: Ask, customer: Customer) -> Reply[None]:
    """Have the code sent."""
    try:
        verdict = ask(otp_generate(customer))
    except ValueError:
        return Reply(NO, "unusable", _NOWHERE)
    if verdict.outcome is not Outcome.OK:
        return refused(verdict, "code")
    hidden = identifiers.hidden(customer.mobile or customer.email)
    return Reply(OK, sentence=Sentence("coupon.code-sent", to=hidden))


def sent(ask: Ask, customer: Customer) -> Reply[CouponRedemption]:
    """Have the code sent; the coupon is not used before the customer has read it out."""
    reply = send(ask, customer)
    if reply.outcome != OK:
        return Reply(reply.outcome, reply.code, reply.sentence)
    return Reply(NO, str(CODE_NEEDED), reply.sentence)


def wrong(ask: Ask, customer: Customer, otp: str) -> Reply[CouponRedemption] | None:
    """What to say of a code that is not the customer's, or that nobody could judge; None if it is right."""
    try:
        verdict = ask(otp_validate(customer, otp))
    except ValueError:
        return Reply(NO, "unusable", _NOWHERE)
    if verdict.outcome is Outcome.OK:
        return None
    if verdict.outcome is Outcome.NO and verdict.code is None:
        return Reply(NO, str(_WRONG), meaning("otp", _WRONG).sentence)
    if verdict.outcome is Outcome.UNKNOWN:
        return Reply(UNKNOWN, sentence=without(Sentence("coupon.code-untold")))
    return refused(verdict, "code")
