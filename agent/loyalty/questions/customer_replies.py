"""What the cashier hears of an enrolment or update that does not go through as it was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.language.sentence import Sentence
from agent.loyalty.answers.reply import NO, Reply
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer import identifiers
from agent.loyalty.calls.customer.identity import IdentityUpdate, Named, kind_names, renamed, with_way_out
from agent.sale.basket import Customer


def erased(value: str) -> Reply[Customer]:
    """Somebody who had their data deleted."""
    return Reply(NO, "erased", Sentence("customer.erased", identifier=identifiers.hidden(value)))


def kept(
    reply: Reply[Customer], customer: Customer, call: Call, left: Sequence[Named] = ()
) -> Reply[Customer]:
    """The reply to a change without a verdict: call is sent later, without the identifiers left, and the sale
    goes on with customer."""
    if left:
        told = Sentence("change.kept-without", told=reply.told, kinds=kind_names(left))
    else:
        told = Sentence("change.kept", told=reply.told)
    return replace(reply, sentence=told, value=customer, call=call)


def someone_else(value: str) -> Reply[Customer]:
    """An identifier of another person than the one who was typed; who that is, is not said."""
    return Reply(NO, "someone_else", Sentence("customer.other-name", identifier=identifiers.hidden(value)))


def without_new(
    reply: Reply[Customer], customer: Customer, update: IdentityUpdate, call: Call | None
) -> Reply[Customer]:
    """Nobody could say whose the new identifiers are: call, which is kept for later, has none of them."""
    if reply.outcome == NO:
        return reply
    if call is None:
        return Reply(NO, reply.code or reply.outcome, Sentence("change.none", told=reply.told))
    return kept(reply, renamed(customer, update.safe), call, update.new)


def with_unregistered(told: Sentence, left: Sequence[Named], leading: str) -> Sentence:
    """What was told, and of identifiers that somebody who is enrolled already did not get."""
    if not left:
        return told
    told = Sentence("enrolment.not-registered", told=told, kinds=kind_names(left), count=len(left))
    return with_way_out(told, left, leading)
