"""What the cashier hears of an enrolment or update that does not go through as it was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.loyalty.answers.reply import NO, Reply
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer import identifiers
from agent.loyalty.calls.customer.identity import IdentityUpdate, Named, kind_names, renamed, way_out
from agent.sale.basket import Customer


def erased(value: str) -> Reply[Customer]:
    """Somebody who had their data deleted."""
    who = identifiers.hidden(value)
    text = f"The customer of {who} had their data deleted. Enrol anew only if they ask for it."
    return Reply(NO, "erased", text)


def kept(reply: Reply[Customer], customer: Customer, call: Call, left: str = "") -> Reply[Customer]:
    """The reply to a change without a verdict: call is sent later, and the sale goes on with customer."""
    text = f"{reply.text} The change is kept and sent later{left}."
    return replace(reply, text=text, value=customer, call=call)


def someone_else(value: str) -> Reply[Customer]:
    """An identifier of another person than the one who was typed; who that is, is not said."""
    who = identifiers.hidden(value)
    text = f"{who} belongs to a customer of another name. Ask for it again; if it is right, search for it."
    return Reply(NO, "someone_else", text)


def without_new(
    reply: Reply[Customer], customer: Customer, update: IdentityUpdate, call: Call | None
) -> Reply[Customer]:
    """Nobody could say whose the new identifiers are: call, which is kept for later, has none of them."""
    if reply.outcome == NO:
        return reply
    if call is None:
        text = f"{reply.text} Nothing was changed: try again when the loyalty cloud answers."
        return Reply(NO, reply.code or reply.outcome, text)
    return kept(reply, renamed(customer, update.safe), call, f", without the {kind_names(update.new)}")


def not_registered(left: Sequence[Named], leading: str) -> str:
    """What to tell of identifiers that somebody who is enrolled already did not get, begun with a blank."""
    if not left:
        return ""
    were = "were" if len(left) > 1 else "was"
    return f" The {kind_names(left)} {were} not registered.{way_out(left, leading)}"
