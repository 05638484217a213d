"""What the cloud answered comes to the open sale, if that is still the one it was asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from agent.counter.open_sale import OpenSale
from agent.counter.question_scope import QuestionScope
from agent.counter.questions import Reply, told_by
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import Customer, Phase
from agent.sale.queue_terms import ReplyOutcome
from agent.sale.refusals import Refused
from agent.store import outbox
from agent.till.answer import Answer
from agent.till.till import Till

log = logging.getLogger("agent.counter")

# Makes the outbox entry of a call that could not be delivered at once (given the request's key).
Queued = Callable[[Any, str], Sequence[outbox.Entry]]


class CloudAnswers:
    """queued makes the entry of a call that got no verdict; wake is told when one is in the outbox. Its
    methods may be called on any thread and take a turn."""

    def __init__(self, till: Till, sale: OpenSale, queued: Queued, wake: Callable[[], None]) -> None:
        self._till = till
        self._sale = sale
        self._queued = queued
        self._wake = wake

    def apply(self, scope: QuestionScope, event: e.Event, key: str, done: Sentence) -> Answer:
        """Apply what the cloud answered."""
        found = event.customer if isinstance(event, e.CustomerSet) else None

        def work() -> Answer:
            if scope.late(self._sale.sale, found):
                raise Refused("too-late")
            return self._sale.do(event, key, done)

        return self._till.once(key, work)

    def changed(self, scope: QuestionScope, event: e.Event) -> None:
        """What an answer changes on the sale besides."""

        def work() -> Answer:
            return self._till.answer() if scope.late(self._sale.sale) else self._sale.do(event)

        self._till.once("", work)

    def enrolled(self, op: str, scope: QuestionScope, reply: Reply, key: str) -> Answer:
        """Queue a call that got no verdict in any case; name the sale's customer if the sale is the same."""
        if reply.outcome == ReplyOutcome.NO or not isinstance(reply.value, Customer):
            return self._till.refuse(told_by(reply))
        log.info("%s: %s", op, reply.outcome)
        return self._till.once(key, lambda: self._keep(scope, reply, key))

    def _keep(self, scope: QuestionScope, reply: Reply, key: str) -> Answer:
        sale, customer = self._sale.sale, reply.value
        waits = reply.outcome != ReplyOutcome.OK
        if waits:
            entries, now_ms = self._queued(reply.call, key), self._till.now_ms()
            self._sale.enqueue(lambda tx: outbox.add(tx, entries, now_ms=now_ms))
            self._wake()
        told = told_by(reply)
        if not scope.late(sale, customer) and sale.phase in (Phase.IDLE, Phase.SELLING):
            stands = self._sale.do(e.CustomerSet(customer), key, told)
            if stands.ok:
                return self._till.answer(told, queued=waits)
            unchanged = Sentence("bill-unchanged.refused", told=told, why=stands.text)
        else:
            unchanged = Sentence("bill-unchanged.other", told=told)
        return self._till.say(unchanged, "warn", {"queued": waits})
