"""Enrolling customers and changing their details, so that nobody is renamed or merged by accident."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from agent.language.sentence import Sentence
from agent.loyalty.answers.member import differs, is_somebody, read_customer
from agent.loyalty.answers.reply import NO, OFFLINE, OK, UNKNOWN, Reply, refused, with_remarks
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer import identifiers
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.customer.identity import (
    IdentityUpdate,
    is_named,
    kind_names,
    left_out,
    renamed,
    same_account,
    update_of,
    with_way_out,
)
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.questions import customer_replies
from agent.loyalty.questions.lookup import Lookup
from agent.sale.basket import Customer

_EXISTING = (1014, 1032, 1033)
"""customer/add's ways of saying that the customer is enrolled already (seeds: go on to update)."""

_NOBODY = ("not_found", "816", "1011", "1012")
"""Codes of replies that say that the cloud knows no such customer (docs/capillary.md 4.1)."""


class CustomerChanges:
    """Enrolments and updates at the counter, one at a time."""

    def __init__(self, lookup: Lookup, options: CloudOptions, now: Callable[[], datetime]) -> None:
        self._lookup = lookup
        self._options = options
        self._now = now
        self._changing = threading.Lock()
        """One change at a time: whose an identifier is, is looked up first, and must still hold when it is
        sent."""

    def enrol(self, enrolment: Enrolment) -> Reply[Customer]:
        """As Questions.enrol."""
        try:
            checked = self._checked(enrolment)
        except identifiers.UnusableError as error:
            return Reply(NO, "unusable", error.sentence)
        deadline = self._lookup.deadline()
        with self._changing:
            return self._enrol(checked, deadline)

    def _enrol(self, checked: Enrolment, deadline: float) -> Reply[Customer]:
        known = self._lookup.customer(*checked.identifiers[0], deadline, why="enrol")
        if known.value is not None:
            return self._update_existing(known.value, checked, deadline)
        if not self._lookup.is_free(known, checked.identifiers[0]):
            return self._enrol_later(known, checked)
        if (kept_back := self._others_proved(checked, deadline)) is not None:
            return kept_back if kept_back.outcome == NO else self._enrol_later(kept_back, checked)
        call = builders.customer_add(self._options, checked)
        verdict = self._lookup.ask(call, deadline)
        if verdict.outcome is Outcome.NO and verdict.code in _EXISTING:
            return self._found_after_all(checked, deadline)
        return self._enrolled(verdict, call, checked)

    def update(self, customer: Customer, enrolment: Enrolment, *, waits: bool = False) -> Reply[Customer]:
        """As Questions.update."""
        try:
            checked = self._checked(enrolment, known=bool(customer.card))
        except identifiers.UnusableError as error:
            return Reply(NO, "unusable", error.sentence)
        update = update_of(customer, checked, self._options.country_code)
        deadline = self._lookup.deadline()
        with self._changing:
            reply = self._update(customer, checked, update, deadline)
        if waits and update.safe.identifiers and reply.outcome == NO and reply.code in _NOBODY:
            call = builders.customer_update(update.safe, joins=update.joins)
            told: Reply[Customer] = Reply(UNKNOWN, "not-confirmed", Sentence("change.not-confirmed"))
            return customer_replies.kept(told, renamed(customer, update.safe), call, update.new)
        return reply

    def _update(
        self, customer: Customer, checked: Enrolment, update: IdentityUpdate, deadline: float
    ) -> Reply[Customer]:
        if update.new or customer.source == "typed" or not update.safe.identifiers:
            reply = self._update_anew(customer, checked, update, deadline)
        else:
            call = builders.customer_update(update.safe, joins=update.joins)
            reply = self._updated(call, customer, checked, deadline)
        if reply.outcome == NO or checked.loyalty or not customer.loyalty:
            return reply
        return replace(reply, sentence=Sentence("change.stays-member", told=reply.told))

    def _others_proved(self, checked: Enrolment, deadline: float) -> Reply[Customer] | None:
        """None if nobody else has the further identifiers, else the reply to give.

        The cloud would put a new mobile number on the account that an e-mail belongs to (docs/capillary.md
        4.2, 4.3).
        """
        leading, *others = checked.identifiers
        for name, value in others:
            found = self._lookup.customer(name, value, deadline, why="enrol")
            owner = found.value
            if owner is None and not self._lookup.is_free(found, (name, value)):
                return found
            if owner is not None and (
                not is_named(owner, *leading) or differs(owner.firstname, checked.firstname)
            ):
                told = Sentence("enrolment.other-customer", identifier=identifiers.hidden(value))
                return Reply(NO, "someone_else", told)
        return None

    def _enrol_later(self, reply: Reply[Customer], checked: Enrolment) -> Reply[Customer]:
        """Nobody could say who has the identifiers: what is kept for later names the leading one alone."""
        if reply.outcome == NO:
            return reply
        alone, left = checked.alone(), checked.identifiers[1:]
        if left:
            told = Sentence("enrolment.kept-without", told=reply.told, kinds=kind_names(left))
            told = with_way_out(told, left, checked.identifiers[0][0])
        else:
            told = Sentence("enrolment.kept", told=reply.told)
        call = builders.customer_add(self._options, alone)
        return replace(reply, sentence=told, value=alone.customer(), call=call)

    def _found_after_all(self, checked: Enrolment, deadline: float) -> Reply[Customer]:
        """The cloud says that the customer exists although nobody was found: look again (seeds)."""
        found = self._lookup.customer(*checked.identifiers[0], deadline, why="enrol")
        if found.value is None:
            return self._enrol_later(found, checked)
        return self._update_existing(found.value, checked, deadline)

    def _update_existing(self, known: Customer, checked: Enrolment, deadline: float) -> Reply[Customer]:
        """The seeds' path for a customer who is enrolled already: update, unless it is another person."""
        if differs(known.firstname, checked.firstname):
            return customer_replies.someone_else(checked.identifiers[0][1])
        call = builders.customer_update(checked, joins=checked.loyalty and not known.loyalty)
        reply = self._updated(call, known, checked.alone(), deadline)
        if reply.outcome == NO:
            return reply
        if reply.sentence:
            told = self._with_unregistered(reply.sentence, known, checked, deadline)
            reply = replace(reply, sentence=told)
        if reply.outcome != OK:
            return reply
        return replace(reply, code="existing", sentence=Sentence("enrolment.existing", told=reply.told))

    def _with_unregistered(
        self, told: Sentence, known: Customer, checked: Enrolment, deadline: float
    ) -> Sentence:
        """What was told, and of the identifiers that go with no update of who is enrolled already."""
        leading, left = checked.identifiers[0], dict(left_out(known, checked))
        if "card" in left:
            owner = self._lookup.customer("card", left["card"], deadline, why="enrol").value
            if owner is not None and (same_account(owner, known) or is_named(owner, *leading)):
                del left["card"]
        return customer_replies.with_unregistered(told, tuple(left.items()), leading[0])

    def _update_anew(
        self, customer: Customer, checked: Enrolment, update: IdentityUpdate, deadline: float
    ) -> Reply[Customer]:
        """Send the new identifiers, each proved free or the customer's own; else the rest without them."""
        joins = update.joins
        sure = update.safe.identifiers and customer.source != "typed"
        safe = builders.customer_update(update.safe, joins=joins) if sure else None
        owner = self._lookup.customer(*update.whose, deadline, why="change")
        if owner.value is None:
            return customer_replies.without_new(owner, customer, update, safe)
        if customer.source == "typed" and differs(owner.value.firstname, checked.firstname):
            return customer_replies.someone_else(update.whose[1])
        for name, value in update.new:
            found = self._lookup.customer(name, value, deadline, why="change")
            if found.value is not None and not same_account(found.value, owner.value):
                told = Sentence("change.other-customer", identifier=identifiers.hidden(value))
                return Reply(NO, "someone_else", told)
            if found.value is None and not self._lookup.is_free(found, (name, value)):
                return customer_replies.without_new(found, customer, update, safe)
        lead = update.kept or ("id", owner.value.user_id)
        if not lead[1]:
            kinds = kind_names(update.new) if update.new else Sentence("identifier.details")
            return Reply(NO, "no-id", Sentence("change.no-id", kinds=kinds))
        names = tuple(name for name, _ in update.new)
        call = builders.customer_update(checked, names, joins=joins, lead=lead)
        reply = self._changed(call, checked, deadline)
        return reply if reply.outcome == OK else customer_replies.without_new(reply, customer, update, safe)

    def _updated(self, call: Call, known: Customer, checked: Enrolment, deadline: float) -> Reply[Customer]:
        reply = self._changed(call, checked, deadline)
        return (
            reply
            if reply.outcome in (OK, NO)
            else customer_replies.kept(reply, renamed(known, checked), call)
        )

    def _changed(self, call: Call, checked: Enrolment, deadline: float) -> Reply[Customer]:
        verdict = self._lookup.ask(call, deadline)
        if verdict.outcome is not Outcome.OK:
            return refused(verdict, "update")
        told = read_customer(self._options, verdict.data, self._lookup.stamp())
        value = told if is_somebody(told) else checked.customer()
        return Reply(OK, sentence=with_remarks(Sentence("change.done"), verdict), value=value)

    def _enrolled(self, verdict: Verdict, call: Call, checked: Enrolment) -> Reply[Customer]:
        typed, others = checked.customer(), checked.identifiers[1:]
        if verdict.outcome is Outcome.OK:
            known = read_customer(self._options, verdict.data, self._lookup.stamp())
            value = known if is_somebody(known) else typed
            return Reply(OK, sentence=with_remarks(Sentence("enrolment.done"), verdict), value=value)
        reply: Reply[Customer] = refused(verdict, "enrolment")
        if reply.outcome == NO:
            return reply
        # Without a verdict the sale goes on with what was typed, and the call waits its turn.
        told = Sentence("enrolment.kept", told=reply.told)
        if others:
            told = Sentence("enrolment.may-go-without", told=told, kinds=kind_names(others))
        outcome = OFFLINE if reply.outcome == OFFLINE else UNKNOWN
        return Reply(outcome, reply.code, told, value=typed, call=call)

    def _checked(self, enrolment: Enrolment, *, known: bool = False) -> Enrolment:
        options, today = self._options, self._now().date()
        return enrolment.checked(options.country_code, today, options.customer_fields, known=known)
