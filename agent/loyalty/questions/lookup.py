"""Asking the cloud within the time budget of a question, and looking customers up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from agent.language.sentence import Sentence
from agent.loyalty.answers.member import is_somebody, read_customer, tells_of_deletion
from agent.loyalty.answers.reply import NO, OK, Reply, refused
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.attempt import Listener, attempt
from agent.loyalty.calls import builders
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer import identifiers
from agent.loyalty.calls.customer.identity import named
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.line.exchange import Exchange
from agent.loyalty.questions import customer_replies
from agent.sale.basket import Customer


class Lookup:
    """Asks before a deadline, and finds customers. Nothing raises for the network."""

    def __init__(
        self,
        transport: Exchange,
        options: CloudOptions,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        listen: Listener | None,
        asked_at: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._options = options
        self._now = now
        self._monotonic = monotonic
        self._listen = listen
        self._asked_at = asked_at
        self._told: set[int] = set()
        """Erased customers the cashier has heard of, so that enrolling one anew is meant."""

    def deadline(self) -> float:
        """When the question under way must be answered, on the clock that measures the budget."""
        return self._asked_at() + self._options.question_budget_s

    def stamp(self) -> str:
        """The moment at the till, ISO 8601 with offset."""
        return self._now().isoformat(timespec="seconds")

    def ask(self, call: Call, deadline: float) -> Verdict:
        """What came of a call that had until the deadline."""
        return attempt(self._transport, call, deadline - self._monotonic(), listen=self._listen)

    def customer(self, kind: str, value: str, deadline: float, *, why: str) -> Reply[Customer]:
        """Whoever has the identifier. value is in the form in which it is sent. why: the question that wants
        to know, so that nobody takes one question's look for another asked a second time."""
        call = builders.customer_get(kind, value)
        call = replace(call, facts=(*call.facts, ("why", why)))
        verdict = self.ask(call, deadline)
        if tells_of_deletion(verdict):
            return customer_replies.erased(value)
        if verdict.outcome is Outcome.NO and verdict.sense == "absent":
            return _nobody(kind, value)
        if verdict.outcome is not Outcome.OK:
            return refused(verdict, "customer")
        customer = read_customer(self._options, verdict.data, self.stamp())
        if not is_somebody(customer):
            return _nobody(kind, value)
        return Reply(OK, sentence=Sentence("customer.found"), value=named(customer, kind, value))

    def is_free(self, found: Reply[Customer], who: tuple[str, str]) -> bool:
        """Whether nobody has the identifier. That of an erased customer is free from the second time on:
        then the cashier has heard of it."""
        told = hash(who) in self._told
        if found.code == "erased":
            self._told.add(hash(who))
        return found.code == "not_found" or (found.code == "erased" and told)


def _nobody(kind: str, value: str) -> Reply[Customer]:
    asked = "card" if kind == "card" else "identifier"
    told = Sentence(f"customer.unknown.{asked}", identifier=identifiers.hidden(value))
    return Reply(NO, "not_found", told)
