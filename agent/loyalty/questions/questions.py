"""The questions of an open sale, each answered or declared offline within one time budget.

Nothing waits longer than the budget, however slowly the cloud drips.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_DOWN

from agent.language.sentence import Sentence
from agent.loyalty.answers.coupon_value import read_coupon
from agent.loyalty.answers.member import PastBill, read_history
from agent.loyalty.answers.reply import NO, OK, UNKNOWN, Reply, refused, without
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.attempt import Listener
from agent.loyalty.calls import builders, fields
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer import identifiers
from agent.loyalty.calls.customer.enrolment import Enrolment
from agent.loyalty.calls.customer_calls import v11_identifier
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.wire_format import thousandths, to_minor
from agent.loyalty.line.exchange import Exchange
from agent.loyalty.outcomes.decision import Decision, Done, ReadBack, Resend
from agent.loyalty.outcomes.readback import RowInDoubt, first_question, judge_readback
from agent.loyalty.questions import coupon_code
from agent.loyalty.questions.customer_changes import CustomerChanges
from agent.loyalty.questions.lookup import Lookup
from agent.loyalty.questions.promised import coupon_left, points_left
from agent.sale.basket import CouponRedemption, Customer, PointsRedemption


class Questions:
    """Asks the cloud on behalf of the cashier. Every answer is a Reply; nothing raises for the network."""

    def __init__(
        self,
        transport: Exchange,
        options: CloudOptions,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        listen: Listener | None = None,
        asked_at: Callable[[], float] | None = None,
    ) -> None:
        """now gives the wall clock with its zone; monotonic measures the budget; listen as of attempt.
        asked_at: when the question that this thread works on was asked, by monotonic, if not just now."""
        self._options = options
        self._lookup = Lookup(transport, options, now, monotonic, listen, asked_at or monotonic)
        self._changes = CustomerChanges(self._lookup, options, now)

    def customer(self, kind: str, value: str) -> Reply[Customer]:
        """Look a customer up. kind is mobile, email, external_id or card; value as the cashier typed it."""
        try:
            clean = identifiers.identifier(kind, value, self._options.country_code)
        except identifiers.UnusableError as error:
            return Reply(NO, "unusable", error.sentence)
        found = self._lookup.customer(kind, clean, self._lookup.deadline(), why="search")
        # So that the cashier may enrol anew whom they now hear to be erased.
        self._lookup.is_free(found, (kind, clean))
        return found

    def history(self, customer: Customer, limit: int) -> Reply[tuple[PastBill, ...]]:
        """The customer's bills, newest first, as many as limit (seeds, customer fetch UC1.2)."""
        try:
            name, value = v11_identifier(customer)
        except ValueError:
            return Reply(NO, "unusable", Sentence("history.no-identifier"))
        verdict = self._lookup.ask(
            builders.customer_transactions(name, value, limit), self._lookup.deadline()
        )
        if verdict.outcome is not Outcome.OK:
            return refused(verdict, "bills")
        bills = read_history(self._options, verdict.data)
        told = Sentence("history.found", count=len(bills)) if bills else Sentence("history.none")
        return Reply(OK, str(verdict.code), told, value=bills)

    def enrol(self, enrolment: Enrolment) -> Reply[Customer]:
        """Ask once to enrol. offline and unknown carry the call for the outbox, which tries again."""
        return self._changes.enrol(enrolment)

    def update(self, customer: Customer, enrolment: Enrolment, *, waits: bool = False) -> Reply[Customer]:
        """Change the details of the sale's customer, named by what they have already (seeds).

        An identifier they do not have is sent only when proved to be nobody else's: the cloud would merge
        the two accounts without a question (docs/capillary.md 4.3). It is never kept for later. Where only
        what was typed is known of the customer, nothing is changed before the cloud has said who they are.
        Who has a card alone is changed by the cloud's id: a card names nobody there (docs/capillary.md 4.3).
        waits: the customer's enrolment is in the queue, so the change of one the cloud does not know goes
        behind it.
        """
        return self._changes.update(customer, enrolment, waits=waits)

    def taken(self, payload: bytes) -> Reply[str]:
        """Whether the cloud has the redemption of a stored call. value: its id there, None if it has not; not
        ok where that cannot be told."""
        try:
            call = Call.from_bytes(payload)
        except ValueError:
            return Reply(UNKNOWN)
        deadline = self._lookup.deadline()
        row = RowInDoubt(call, earlier=True)
        question = first_question(self._options, call)
        decision: Decision = ReadBack(question) if question else Resend()
        while isinstance(decision, ReadBack):
            decision = judge_readback(self._options, row, self._lookup.ask(decision.call, deadline))
        if isinstance(decision, Done):
            return Reply(OK, value=decision.server_ref)
        return Reply(OK if isinstance(decision, Resend) else UNKNOWN)

    def points_otp(self, customer: Customer, points_milli: int, promised_milli: int = 0) -> Reply[None]:
        """Send the customer the code for redeeming; asking again sends the same one (docs/capillary.md 6).

        promised_milli: points of theirs that this till gave and the cloud may not have taken off yet.
        """
        deadline = self._lookup.deadline()
        if short := points_left(self._lookup, customer, points_milli, promised_milli, deadline):
            return short
        verdict = self._lookup.ask(builders.points_validationcode(customer, points_milli), deadline)
        if verdict.outcome is Outcome.OK:
            _, value = customer.identifier
            return Reply(OK, sentence=Sentence("points.code-sent", to=identifiers.hidden(value)))
        return refused(verdict, "code")

    def points_check(
        self, customer: Customer, points_milli: int, otp: str = "", promised_milli: int = 0
    ) -> Reply[PointsRedemption]:
        """May these points be redeemed beside those promised, and what are they worth. The value is rounded
        down to minor units."""
        deadline = self._lookup.deadline()
        if short := points_left(self._lookup, customer, points_milli, promised_milli, deadline):
            return short
        call = builders.points_isredeemable(self._options, customer, points_milli, otp)
        verdict = self._lookup.ask(call, deadline)
        if verdict.outcome is not Outcome.OK:
            return refused(verdict, "points")
        if not fields.flag(verdict.data, "is_redeemable"):
            said = Sentence("cloud.own-words", words=verdict.message) if verdict.message else None
            return Reply(NO, str(verdict.code), said or Sentence("points.refused"))
        if fields.decimal(verdict.data, "points") not in (None, thousandths(points_milli)):
            return Reply(UNKNOWN, sentence=without(Sentence("points.other-number")))
        worth = self._worth(verdict, points_milli)
        if worth is None:
            return Reply(UNKNOWN, sentence=without(Sentence("points.worth-untold")))
        if worth <= 0:
            return Reply(NO, "worthless", Sentence("points.worthless"))
        redemption = PointsRedemption(points_milli, worth, otp, checked_at=self._lookup.stamp())
        return Reply(OK, sentence=Sentence("points.good"), value=redemption)

    def coupon_otp(self, customer: Customer) -> Reply[None]:
        """Send the customer the code that a guarded coupon asks for; asking again sends the same one."""
        deadline = self._lookup.deadline()
        return coupon_code.send(functools.partial(self._lookup.ask, deadline=deadline), customer)

    def coupon_check(
        self, customer: Customer, code: str, otp: str = "", promised_uses: int = 0, sure_uses: int = 0
    ) -> Reply[CouponRedemption]:
        """May this coupon be redeemed, and what is it worth. Its own flag decides, not the status (7).

        A coupon that asks for a code is refused as 725 and the code sent; otp is what the customer read out.
        promised_uses: how often this till used it without the cloud surely showing that; sure_uses: as
        promised.coupon_left has it.
        """
        try:
            clean = identifiers.membership(code, "coupon")
        except identifiers.UnusableError as error:
            return Reply(NO, "unusable", error.sentence)
        deadline = self._lookup.deadline()
        asked = functools.partial(self._lookup.ask, deadline=deadline)
        if otp and (refusal := coupon_code.wrong(asked, customer, otp)):
            return refusal
        verdict = asked(builders.coupon_isredeemable(customer, clean))
        if verdict.doubt:
            return refused(verdict, "coupon")
        flag = fields.flag(verdict.data, "is_redeemable")
        # The check takes no code (docs/capillary.md 7): a coupon that lacks only the right one is good.
        good = (verdict.outcome is Outcome.OK and flag) or verdict.code == coupon_code.CODE_NEEDED
        if good and (gone := coupon_left(verdict.data, promised_uses, sure_uses)):
            return gone
        if verdict.code == coupon_code.CODE_NEEDED and not otp:
            return coupon_code.sent(asked, customer)
        if verdict.outcome is Outcome.OK and flag is None:
            return Reply(UNKNOWN, sentence=without(Sentence("coupon.untold")))
        if good:
            return read_coupon(self._options, verdict.data, clean, self._lookup.stamp(), otp)
        if verdict.outcome is Outcome.OK:
            return Reply(NO, str(verdict.code), Sentence("coupon.refused"))
        return refused(verdict, "coupon")

    def retro(self, kind: str, value: str, number: str, at: str) -> Reply[tuple[Customer, str]]:
        """Who is to get a not-interested bill of this till, made at that moment, and the cloud's id of it."""
        try:
            clean = identifiers.identifier(kind, value, self._options.country_code)
        except identifiers.UnusableError as error:
            return Reply(NO, "unusable", error.sentence)
        deadline = self._lookup.deadline()
        member = self._lookup.customer(kind, clean, deadline, why="retro")
        if member.value is None:
            return Reply(member.outcome, member.code, member.sentence)
        known = self._bill(number, at, deadline)
        if known.value is None:
            return Reply(known.outcome, known.code, known.sentence)
        return Reply(OK, sentence=Sentence("retro.found"), value=(member.value, known.value))

    def _bill(self, number: str, at: str, deadline: float) -> Reply[str]:
        verdict = self._lookup.ask(builders.transaction_get(self._options, number, at), deadline)
        if verdict.outcome is Outcome.OK:
            for item in verdict.items:
                if fields.text(item, "type").upper() == "NOT_INTERESTED" and fields.text(item, "id"):
                    return Reply(OK, value=fields.text(item, "id"))
        if verdict.outcome is Outcome.OK or verdict.sense == "absent":
            return Reply(NO, "not_found", Sentence("retro.bill-not-there", number=number))
        return refused(verdict, "bill")

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
