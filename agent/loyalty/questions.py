"""The questions of an open sale, each answered or declared offline within one time budget.

The counter thread asks here; nothing waits longer than the budget, however slowly the cloud drips.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_DOWN

from agent.loyalty import calls, coupon_code, customer_replies, fields, identifiers
from agent.loyalty.attempt import attempt
from agent.loyalty.call import Call
from agent.loyalty.coupon_value import read_coupon
from agent.loyalty.customer_calls import v11_identifier
from agent.loyalty.enrolment import Enrolment
from agent.loyalty.envelope import Outcome, Verdict
from agent.loyalty.heard import Listener
from agent.loyalty.member import (
    PastBill,
    cards,
    differs,
    is_somebody,
    read_customer,
    read_history,
    tells_of_deletion,
)
from agent.loyalty.notation import thousandths, to_minor
from agent.loyalty.options import CloudOptions
from agent.loyalty.own_identifiers import (
    Update,
    is_card_of,
    is_named,
    left_out,
    named,
    renamed,
    same_account,
    update_of,
    way_out,
    words,
)
from agent.loyalty.reply import NO, OFFLINE, OK, UNKNOWN, WITHOUT, Reply, refused, remarks
from agent.loyalty.transport import Exchange
from agent.sale.basket import CouponRedemption, Customer, PointsRedemption

_EXISTING = (1014, 1032, 1033)
"""customer/add's ways of saying that the customer is enrolled already (seeds: go on to update)."""
_STAYS = "They stay a member: nobody leaves the programme at a till."


class Questions:
    """Asks the cloud on behalf of the cashier. Every answer is a Reply; nothing raises for the network."""

    def __init__(
        self,
        transport: Exchange,
        options: CloudOptions,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        listen: Listener | None = None,
    ) -> None:
        """now gives the wall clock with its zone; monotonic measures the budget; listen hears the cloud's."""
        self._transport = transport
        self._options = options
        self._now = now
        self._monotonic = monotonic
        self._listen = listen
        self._changing = threading.Lock()
        """One change of details at a time: whose an identifier is, is looked up first, and must still hold
        when it is sent."""
        self._told: set[int] = set()
        """Erased customers the cashier has heard of, so that enrolling one anew is meant."""

    def customer(self, kind: str, value: str) -> Reply[Customer]:
        """Look a customer up. kind is mobile, email, external_id or card; value as the cashier typed it."""
        try:
            clean = identifiers.identifier(kind, value, self._options.country_code)
        except identifiers.UnusableError as error:
            return Reply(NO, "unusable", str(error))
        found = self._look_up(kind, clean, self._deadline())
        self._free(found, (kind, clean))
        return found

    def history(self, customer: Customer, limit: int) -> Reply[tuple[PastBill, ...]]:
        """The customer's bills, newest first, as many as limit (seeds, customer fetch UC1.2)."""
        try:
            name, value = v11_identifier(customer)
        except ValueError:
            return Reply(NO, "unusable", "Nothing is known to look the customer's bills up by.")
        verdict = self._ask(calls.customer_transactions(name, value, limit), self._deadline())
        if verdict.outcome is not Outcome.OK:
            return refused(verdict, "the bills")
        bills = read_history(self._options, verdict.data)
        text = f"{len(bills)} bills found." if bills else "The cloud knows no bills of this customer."
        return Reply(OK, str(verdict.code), text, value=bills)

    def enrol(self, enrolment: Enrolment) -> Reply[Customer]:
        """Ask once to enrol. offline and unknown carry the call for the outbox, which tries again."""
        try:
            checked = self._checked(enrolment)
        except identifiers.UnusableError as error:
            return Reply(NO, "unusable", str(error))
        deadline = self._deadline()
        with self._changing:
            return self._enrol(checked, deadline)

    def _enrol(self, checked: Enrolment, deadline: float) -> Reply[Customer]:
        known = self._look_up(*checked.identifiers[0], deadline)
        if known.value is not None:
            return self._update_existing(known.value, checked, deadline)
        if not self._free(known, checked.identifiers[0]):
            return self._enrol_later(known, checked)
        if (kept_back := self._others_proved(checked, deadline)) is not None:
            return kept_back if kept_back.outcome == NO else self._enrol_later(kept_back, checked)
        call = calls.customer_add(self._options, checked)
        verdict = self._ask(call, deadline)
        if verdict.outcome is Outcome.NO and verdict.code in _EXISTING:
            return self._found_after_all(checked, deadline)
        return self._enrolled(verdict, call, checked)

    def update(self, customer: Customer, enrolment: Enrolment) -> Reply[Customer]:
        """Change the details of the sale's customer, named by what they have already (seeds).

        An identifier they do not have is sent only when proved to be nobody else's: the cloud would merge the
        two accounts without a question (docs/capillary.md 4.3). Never is one kept for later. Of a customer of
        whom only what was typed is known, nothing is changed before the cloud has said who they are. Who has
        a card alone is changed by the cloud's id: a card names nobody there (docs/capillary.md 4.3).
        """
        try:
            checked = self._checked(enrolment, known=bool(customer.card))
        except identifiers.UnusableError as error:
            return Reply(NO, "unusable", str(error))
        update = update_of(customer, checked, self._options.country_code)
        deadline = self._deadline()
        with self._changing:
            return self._update(customer, checked, update, deadline)

    def _update(
        self, customer: Customer, checked: Enrolment, update: Update, deadline: float
    ) -> Reply[Customer]:
        if update.new or customer.source == "typed" or not update.safe.identifiers:
            reply = self._update_anew(customer, checked, update, deadline)
        else:
            call = calls.customer_update(update.safe, joins=update.joins)
            reply = self._updated(call, customer, checked, deadline)
        if reply.outcome == NO or checked.loyalty or not customer.loyalty:
            return reply
        return replace(reply, text=f"{reply.text} {_STAYS}")

    def points_otp(self, customer: Customer, points_milli: int) -> Reply[None]:
        """Send the customer the code for redeeming; asking again sends the same one (docs/capillary.md 6)."""
        verdict = self._ask(calls.points_validationcode(customer, points_milli), self._deadline())
        if verdict.outcome is Outcome.OK:
            _, value = customer.identifier
            return Reply(OK, text=f"A code is on its way to {identifiers.hidden(value)}.")
        return refused(verdict, "the code")

    def points_check(self, customer: Customer, points_milli: int, otp: str = "") -> Reply[PointsRedemption]:
        """May these points be redeemed, and what are they worth. The value is rounded down to minor units."""
        call = calls.points_isredeemable(self._options, customer, points_milli, otp)
        verdict = self._ask(call, self._deadline())
        if verdict.outcome is not Outcome.OK:
            return refused(verdict, "the points")
        if not fields.flag(verdict.data, "is_redeemable"):
            return Reply(NO, str(verdict.code), verdict.message or "These points cannot be redeemed now.")
        if fields.decimal(verdict.data, "points") not in (None, thousandths(points_milli)):
            return Reply(UNKNOWN, text=f"The cloud answered about another number of points. {WITHOUT}")
        worth = self._worth(verdict, points_milli)
        if worth is None:
            return Reply(UNKNOWN, text=f"The cloud does not say what the points are worth. {WITHOUT}")
        redemption = PointsRedemption(points_milli, worth, otp, checked_at=self._stamp())
        return Reply(OK, text="The points can be redeemed.", value=redemption)

    def coupon_check(self, customer: Customer, code: str, otp: str = "") -> Reply[CouponRedemption]:
        """May this coupon be redeemed, and what is it worth. Its own flag decides, not the status (7).

        A coupon that asks for a code is refused as 725 and the code sent; otp is what the customer read out.
        """
        try:
            clean = identifiers.membership(code, "coupon code")
        except identifiers.UnusableError as error:
            return Reply(NO, "unusable", str(error))
        deadline = self._deadline()
        asked = functools.partial(self._ask, deadline=deadline)
        if otp and (refusal := coupon_code.wrong(asked, customer, otp)):
            return refusal
        verdict = asked(calls.coupon_isredeemable(customer, clean))
        if verdict.code == coupon_code.CODE_NEEDED and not otp:
            return coupon_code.sent(asked, customer)
        flag = fields.flag(verdict.data, "is_redeemable")
        if verdict.outcome is Outcome.OK and flag is None:
            return Reply(UNKNOWN, text=f"The cloud does not say whether the coupon is good. {WITHOUT}")
        told = fields.text(verdict.data, "code")
        if verdict.outcome is Outcome.OK and flag and told and told.casefold() != clean.casefold():
            return Reply(UNKNOWN, text=f"The cloud answered about another coupon. {WITHOUT}")
        if (verdict.outcome is Outcome.OK and flag) or verdict.code == coupon_code.CODE_NEEDED:
            # The check takes no code (docs/capillary.md 7): a coupon that lacks only the right one is good.
            return read_coupon(self._options, verdict.data, clean, self._stamp(), otp)
        if verdict.outcome is Outcome.OK:
            return Reply(NO, str(verdict.code), "The cloud does not accept this coupon now.")
        return refused(verdict, "the coupon")

    def retro(self, kind: str, value: str, number: str, at: str) -> Reply[tuple[Customer, str]]:
        """Who is to get a not-interested bill of this till, made at that moment, and the cloud's id of it."""
        try:
            clean = identifiers.identifier(kind, value, self._options.country_code)
        except identifiers.UnusableError as error:
            return Reply(NO, "unusable", str(error))
        deadline = self._deadline()
        member = self._look_up(kind, clean, deadline)
        if member.value is None:
            return Reply(member.outcome, member.code, member.text)
        known = self._bill(number, at, deadline)
        if known.value is None:
            return Reply(known.outcome, known.code, known.text)
        return Reply(OK, text="Member and bill found.", value=(member.value, known.value))

    def _bill(self, number: str, at: str, deadline: float) -> Reply[str]:
        verdict = self._ask(calls.transaction_get(self._options, number, at), deadline)
        if verdict.outcome is Outcome.OK:
            for item in verdict.items:
                if fields.text(item, "type").upper() == "NOT_INTERESTED" and fields.text(item, "id"):
                    return Reply(OK, value=fields.text(item, "id"))
        if verdict.outcome is Outcome.OK or verdict.sense == "absent":
            text = f"Bill {number} has not reached the loyalty system yet. Try again when the queue is empty."
            return Reply(NO, "not_found", text)
        return refused(verdict, "the bill")

    def _look_up(self, kind: str, value: str, deadline: float) -> Reply[Customer]:
        call = calls.customer_get(kind, value)
        verdict = self._ask(call, deadline)
        if tells_of_deletion(verdict):
            return customer_replies.erased(value)
        if verdict.outcome is Outcome.NO and verdict.sense == "absent":
            return self._nobody(kind, value)
        if verdict.outcome is not Outcome.OK:
            return refused(verdict, "the customer")
        customer = read_customer(self._options, verdict.data, self._stamp())
        if not is_somebody(customer):
            return self._nobody(kind, value)
        right = is_card_of(cards(verdict.data), value) if kind == "card" else is_named(customer, kind, value)
        if not right:
            return Reply(UNKNOWN, text=f"The cloud answered about somebody else. {WITHOUT}")
        return Reply(OK, text="Customer found.", value=named(customer, kind, value))

    def _nobody(self, kind: str, value: str) -> Reply[Customer]:
        asked = "card" if kind == "card" else "identifier"
        return Reply(
            NO, "not_found", f"No customer is known under the {asked} {identifiers.hidden(value)}. Enrol?"
        )

    def _free(self, found: Reply[Customer], who: tuple[str, str]) -> bool:
        """Whether nobody has the identifier; one of an erased customer once the cashier has been told."""
        told = hash(who) in self._told
        if found.code == "erased":
            self._told.add(hash(who))
        return found.code == "not_found" or (found.code == "erased" and told)

    def _others_proved(self, checked: Enrolment, deadline: float) -> Reply[Customer] | None:
        """Whether the further identifiers are nobody else's; None if they are not, else the reply to give.

        The cloud would put a new mobile number on the account that an e-mail belongs to
        (docs/capillary.md 4.2, 4.3).
        """
        leading, *others = checked.identifiers
        for name, value in others:
            found = self._look_up(name, value, deadline)
            owner = found.value
            if owner is None and not self._free(found, (name, value)):
                return found
            if owner is not None and (
                not is_named(owner, *leading) or differs(owner.firstname, checked.firstname)
            ):
                text = f"{identifiers.hidden(value)} belongs to another customer; nobody was enrolled."
                return Reply(NO, "someone_else", text)
        return None

    def _enrol_later(self, reply: Reply[Customer], checked: Enrolment) -> Reply[Customer]:
        """Nobody could say who has the identifiers: what is kept for later names the leading one alone."""
        if reply.outcome == NO:
            return reply
        alone, left = checked.alone(), checked.identifiers[1:]
        text = f"{reply.text} The enrolment is kept and sent later"
        text += f", without the {words(left)}.{way_out(left, checked.identifiers[0][0])}" if left else "."
        call = calls.customer_add(self._options, alone)
        return replace(reply, text=text, value=alone.customer(), call=call)

    def _found_after_all(self, checked: Enrolment, deadline: float) -> Reply[Customer]:
        """The cloud says that the customer exists although nobody was found: look again (seeds)."""
        found = self._look_up(*checked.identifiers[0], deadline)
        if found.value is None:
            return self._enrol_later(found, checked)
        return self._update_existing(found.value, checked, deadline)

    def _update_existing(self, known: Customer, checked: Enrolment, deadline: float) -> Reply[Customer]:
        """The seeds' path for a customer who is enrolled already: update, unless it is another person."""
        if differs(known.firstname, checked.firstname):
            return customer_replies.someone_else(checked.identifiers[0][1])
        call = calls.customer_update(checked, joins=checked.loyalty and not known.loyalty)
        reply = self._updated(call, known, checked.alone(), deadline)
        if reply.outcome == NO:
            return reply
        text = f"{reply.text}{self._unregistered(known, checked, deadline)}"
        if reply.outcome != OK:
            return replace(reply, text=text)
        return replace(reply, code="existing", text=f"Enrolled already. {text}")

    def _unregistered(self, known: Customer, checked: Enrolment, deadline: float) -> str:
        """What to tell of the identifiers that go with no update of somebody who is enrolled already."""
        leading, left = checked.identifiers[0], dict(left_out(known, checked))
        if "card" in left:
            owner = self._look_up("card", left["card"], deadline).value
            if owner is not None and (same_account(owner, known) or is_named(owner, *leading)):
                del left["card"]
        return customer_replies.not_registered(tuple(left.items()), leading[0])

    def _update_anew(
        self, customer: Customer, checked: Enrolment, update: Update, deadline: float
    ) -> Reply[Customer]:
        """Send the new identifiers, each proved free or the customer's own; else the rest without them."""
        joins = update.joins
        sure = update.safe.identifiers and customer.source != "typed"
        safe = calls.customer_update(update.safe, joins=joins) if sure else None
        owner = self._look_up(*update.whose, deadline)
        if owner.value is None:
            return customer_replies.without_new(owner, customer, update, safe)
        if customer.source == "typed" and differs(owner.value.firstname, checked.firstname):
            return customer_replies.someone_else(update.whose[1])
        for name, value in update.new:
            found = self._look_up(name, value, deadline)
            if found.value is not None and not same_account(found.value, owner.value):
                text = f"{identifiers.hidden(value)} belongs to another customer; it was not changed."
                return Reply(NO, "someone_else", text)
            if found.value is None and not self._free(found, (name, value)):
                return customer_replies.without_new(found, customer, update, safe)
        lead = update.kept or ("id", owner.value.user_id)
        if not lead[1]:
            return Reply(
                NO, "no-id", f"The cloud cannot change the {words(update.new) or 'details'} of this customer."
            )
        names = tuple(name for name, _ in update.new)
        call = calls.customer_update(checked, names, joins=joins, lead=lead)
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
        verdict = self._ask(call, deadline)
        if verdict.outcome is not Outcome.OK:
            return refused(verdict, "the update")
        told = read_customer(self._options, verdict.data, self._stamp())
        value = told if is_somebody(told) else checked.customer()
        return Reply(OK, text=f"The details are updated.{remarks(verdict)}", value=value)

    def _enrolled(self, verdict: Verdict, call: Call, checked: Enrolment) -> Reply[Customer]:
        typed, others = checked.customer(), checked.identifiers[1:]
        if verdict.outcome is Outcome.OK:
            known = read_customer(self._options, verdict.data, self._stamp())
            value = known if is_somebody(known) else typed
            return Reply(OK, text=f"The customer is enrolled.{remarks(verdict)}", value=value)
        reply: Reply[Customer] = refused(verdict, "the enrolment")
        if reply.outcome == NO:
            return reply
        # Without a verdict the sale goes on with what was typed, and the call waits its turn.
        text = f"{reply.text} The enrolment is kept and sent later."
        if others:
            text += f" Should they be enrolled by then, it goes without the {words(others)}."
        outcome = OFFLINE if reply.outcome == OFFLINE else UNKNOWN
        return Reply(outcome, reply.code, text, value=typed, call=call)

    def _checked(self, enrolment: Enrolment, *, known: bool = False) -> Enrolment:
        options, today = self._options, self._now().date()
        return enrolment.checked(options.country_code, today, options.customer_fields, known=known)

    def _worth(self, verdict: Verdict, points_milli: int) -> int | None:
        """Money for the points, from the value or else the ratio the cloud gives; None without either."""
        told = [
            fields.decimal(verdict.data, name)
            for name in ("points_redeem_local_value", "points_redeem_value")
        ]
        ratio = fields.decimal(verdict.data, "points_currency_ratio")
        told.append(ratio * points_milli / 1000 if ratio else None)
        worth = next((value for value in told if value is not None and value > 0), None)
        return to_minor(worth, self._options.currency_exponent, ROUND_DOWN)

    def _ask(self, call: Call, deadline: float) -> Verdict:
        return attempt(self._transport, call, deadline - self._monotonic(), listen=self._listen)

    def _deadline(self) -> float:
        return self._monotonic() + self._options.question_budget_s

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="seconds")
