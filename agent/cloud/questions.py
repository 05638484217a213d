"""The questions of an open sale as the till asks them: with who is known from before, and what is kept of
answers.

What needs the network's libraries is imported when the first question wants it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agent.cloud.made_once import made_once
from agent.cloud.member_cache import MemberCache, from_before
from agent.cloud.open_calls import OpenCalls
from agent.counter.questions import Reply, Said, asked_at, waited_s
from agent.language.sentence import Sentence
from agent.sale.basket import Customer
from agent.sale.plain_data import from_plain, to_plain
from agent.sale.queue_terms import ReplyOutcome
from agent.sale.same_identifier import same_identifier

if TYPE_CHECKING:
    from agent.cloud.silence import Silence
    from agent.loyalty.answers.verdict import Verdict
    from agent.loyalty.attempt import Listener
    from agent.loyalty.calls.customer.enrolment import Enrolment
    from agent.loyalty.calls.options import CloudOptions
    from agent.loyalty.line.sign_in import SignIn
    from agent.loyalty.questions.questions import Questions
    from agent.sale.clock import Word

_WAITS = "not-confirmed"
"""Code of a customer whose enrolment waits for the cloud."""
_IDENTIFIERS, _NAMES = ("mobile", "email", "external_id"), ("firstname", "lastname")


class CounterQuestions:
    """counter.questions.Cloud. With nobody to answer, what was typed is what is known.

    ask: the questions themselves, made when the first is asked. open_calls: what the cloud does not know yet.
    past_ms: a moment of the cloud's clock that is over (CloudClock.past_ms).
    """

    def __init__(
        self,
        options: CloudOptions,
        ask: Callable[[], Questions],
        members: MemberCache,
        open_calls: OpenCalls,
        *,
        now: Callable[[], datetime],
        past_ms: Callable[[], int],
    ) -> None:
        self._options = options
        self._questions = ask
        self._members = members
        self._open = open_calls
        self._now = now
        self._past_ms = past_ms

    def customer(self, kind: str, value: str) -> Reply:
        from agent.loyalty.calls.customer import identifiers

        reply = self._questions().customer(kind, value)
        if reply.outcome in (ReplyOutcome.OK, ReplyOutcome.NO):
            self._learn(kind, value, reply)
        if reply.outcome == ReplyOutcome.OK or (
            reply.outcome == ReplyOutcome.NO and reply.code != "not_found"
        ):
            return reply
        try:
            typed = identifiers.identifier(kind, value, self._options.country_code)
        except identifiers.UnusableError as error:
            return Said(ReplyOutcome.NO, "unusable", error.sentence)
        if waiting := self._open.enrolment(kind, typed):
            return Said(ReplyOutcome.UNKNOWN, _WAITS, from_before(waiting, self._now()), waiting)
        if reply.outcome == ReplyOutcome.NO:
            return reply
        if before := self._members.recall(kind, typed):
            known_as = from_before(before, self._now())
            told = Sentence("several", first=reply.sentence or "", second=known_as)
            return Said(reply.outcome, reply.code, told, before)
        nobody = Customer(source="typed", known_at=self._stamp())
        known = from_plain(Customer, to_plain(nobody) | {kind: typed})
        told = Sentence("member.points-later", told=reply.sentence or "")
        return Said(reply.outcome, reply.code, told, known)

    def history(self, customer: Customer, limit: int) -> Reply:
        return self._questions().history(customer, limit)

    def enrol(self, form: dict[str, Any]) -> Reply:
        if waiting := self._enrolled_already(form):
            return waiting
        reply = self._questions().enrol(self._typed(form))
        if reply.outcome == ReplyOutcome.OK and isinstance(reply.value, Customer):
            self._members.remember(reply.value)
            self._open.overtake(reply.value)
        elif reply.call is not None and isinstance(reply.value, Customer):
            self._members.remember_enrolled(reply.value)
        return reply

    def _enrolled_already(self, form: dict[str, Any]) -> Reply | None:
        """Who waits to be enrolled under an identifier of the form; an enrolment is queued once."""
        from agent.loyalty.answers.member import differs
        from agent.loyalty.calls.customer import identifiers
        from agent.loyalty.questions.customer_replies import someone_else

        for kind in (*_IDENTIFIERS, "card"):
            with suppress(identifiers.UnusableError):  # which the enrolment itself tells
                typed = identifiers.identifier(kind, form.get(kind, ""), self._options.country_code)
                if waiting := self._open.enrolment(kind, typed):
                    if differs(waiting.firstname, form["firstname"]):
                        return someone_else(typed)
                    return self._enrolled_with_more(waiting, form)
        return None

    def _enrolled_with_more(self, waiting: Customer, form: dict[str, Any]) -> Reply:
        """Who waits already; what was typed now and their enrolment has not goes behind it as a change."""
        known = from_before(waiting, self._now())
        more = {name: value for name, value in form.items() if name not in ("loyalty", "card")}
        more["joins"] = bool(form.get("loyalty")) and not waiting.loyalty
        for name in (*_IDENTIFIERS, *_NAMES):
            typed, had = more.pop(name, "").strip(), getattr(waiting, name)
            if typed and typed != had and not (had and same_identifier(name, had, typed)):
                more[name] = typed
        card = form.get("card", "").strip()
        if card and card != waiting.card:
            known = Sentence("several", first=known, second=Sentence("enrolment.card-after"))
        if not any(more.values()):
            return Said(ReplyOutcome.OK, _WAITS, known, waiting)
        change = {name: value for name, value in form.items() if name != "card"}
        reply = self.update(waiting, change)
        told = Sentence("several", first=known, second=reply.sentence or "")
        return Said(reply.outcome, reply.code, told, reply.value, reply.call)

    def update(self, customer: Customer, form: dict[str, Any]) -> Reply:
        """Only changed names are sent: those known from before may be older than the cloud's."""
        given = {**form, **{name: form[name] or getattr(customer, name) for name in _IDENTIFIERS}}
        given |= {name: form[name] if form[name] != getattr(customer, name) else "" for name in _NAMES}
        # A consent that was not asked about stays as it is.
        given["loyalty"] = customer.loyalty if form.get("loyalty") is None else form["loyalty"]
        waits = any(self._open.enrolment(kind, getattr(customer, kind)) for kind in _IDENTIFIERS)
        reply = self._questions().update(customer, self._typed(given), waits=waits)
        if not isinstance(reply.value, Customer):
            return reply
        named = {name: getattr(reply.value, name) or getattr(customer, name) for name in _NAMES}
        updated = replace(reply.value, **named)
        if reply.outcome == ReplyOutcome.OK:
            self._updated(customer, updated, given)
        return Said(reply.outcome, reply.code, reply.sentence, updated, reply.call)

    def _updated(self, before: Customer, after: Customer, given: dict[str, Any]) -> None:
        """Remember who was changed, and under no number they gave up; one the answer left out is as typed."""
        from agent.loyalty.calls.customer.identity import replaced

        told = replace(after, **{name: getattr(after, name) or given[name].strip() for name in _IDENTIFIERS})
        gone = replaced(before, told, self._options.country_code)
        self._members.remember(after, replaced=gone)
        self._open.overtake(before, told)

    def points_check(self, customer: Customer, points_milli: int, otp: str) -> Reply:
        promised_milli = self._open.points_milli(customer)
        return self._questions().points_check(customer, points_milli, otp, promised_milli)

    def points_otp(self, customer: Customer, points_milli: int) -> Reply:
        promised_milli = self._open.points_milli(customer)
        return self._questions().points_otp(customer, points_milli, promised_milli)

    def code_again(self, customer: Customer, points_milli: int) -> Reply:
        asked = self._questions()
        return asked.points_otp(customer, points_milli) if points_milli else asked.coupon_otp(customer)

    def coupon_check(self, customer: Customer, code: str, otp: str) -> Reply:
        used = self._open.coupon_uses(code, customer)
        return self._questions().coupon_check(customer, code, otp, used.all, used.but_others)

    def taken(self, payload: bytes) -> Reply:
        return self._questions().taken(payload)

    def retro(self, kind: str, value: str, number: str, at: str) -> Reply:
        reply = self._questions().retro(kind, value, number, at)
        if reply.value is not None:
            self._members.remember(reply.value[0])
        return reply

    def _learn(self, kind: str, value: str, reply: Reply) -> None:
        """Remember who the cloud knows, for when it is away, and nobody it does not know."""
        from agent.loyalty.calls.customer import identifiers

        if reply.code == "unusable":
            return
        typed = identifiers.identifier(kind, value, self._options.country_code)
        if reply.code in ("not_found", "erased"):
            self._members.forget(kind, typed, erased=reply.code == "erased")
        elif reply.value is not None:
            self._members.remember(reply.value, (kind, typed))

    def _typed(self, form: dict[str, Any]) -> Enrolment:
        from agent.loyalty.calls.customer.enrolment import Enrolment

        past_ms = self._past_ms()
        past = datetime.fromtimestamp(past_ms / 1000, UTC).isoformat() if past_ms else ""
        return Enrolment(at=self._stamp(), past=past, **form)

    def warm(self) -> None:
        """Import what the first question needs, before a customer waits for it."""
        self._questions()

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="seconds")


def questions_once(
    options: CloudOptions,
    sign_in: Callable[[], SignIn],
    now: Callable[[], datetime],
    silence: Silence,
    listen: Listener,
) -> Callable[[], Questions]:
    """The questions, on a way to the cloud of their own: made by whoever asks first."""

    def made() -> Questions:
        from agent.cloud.silent_cloud import Unwaiting
        from agent.loyalty.line.transport import Transport
        from agent.loyalty.line.trouble import Trouble
        from agent.loyalty.questions.questions import Questions

        def heard(verdict: Verdict, word: Word | None) -> None:
            # Of a question that waited for a thread, and came too late, nobody knows whose time it was.
            if verdict.trouble != Trouble.LATE or waited_s() < options.question_budget_s / 4:
                listen(verdict, word)

        transport = Transport(options, sign_in())
        transport.warm()
        way = Unwaiting(transport, silence)
        return Questions(way, options, now, listen=heard, asked_at=asked_at)

    return made_once(made)
