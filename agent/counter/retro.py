"""Retro: a not-interested bill is given to a member afterwards (seeds: CONF_RETRO_TRANSACTION_ENABLE)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from sqlite3 import Connection

from agent.counter.open_sale import OpenSale
from agent.counter.past_bills import bill_of_number
from agent.counter.questions import Questions, Reply, told_by
from agent.language.sentence import Sentence
from agent.sale.basket import Bill, Customer
from agent.sale.queue_terms import ReplyOutcome
from agent.sale.refusals import Refused
from agent.store import customers, journal, outbox, returned
from agent.till.answer import Answer
from agent.till.till import Till

# The calls that tell the cloud, given the cloud's id of the bill.
Calls = Callable[[Bill, Customer, str], Sequence[outbox.Entry]]


class Retro:
    """allowed says why a bill must not be given away, or None, now and to a member enrolled at a moment ("":
    nobody knows); wake is told once the calls are in the outbox."""

    def __init__(
        self,
        till: Till,
        sale: OpenSale,
        questions: Questions,
        *,
        allowed: Callable[[Bill, datetime, str], Sentence | None],
        calls: Calls,
        wake: Callable[[], None],
    ) -> None:
        self._till = till
        self._sale = sale
        self._questions = questions
        self._allowed = allowed
        self._calls = calls
        self._wake = wake

    def give(self, number: str, kind: str, value: str, key: str) -> Answer:
        """Give the bill to the member found by kind and value. Needs the cloud: it knows bill and member."""
        if earlier := self._till.answered(key):
            return earlier
        free = self._till.once("", lambda: self._till.answer(at=self._free(number)[1].at))
        if not free.ok:
            return free
        reply = self._questions.ask(lambda cloud: cloud.retro(kind, value, number, free.data["at"]))
        if reply.outcome != ReplyOutcome.OK:
            return self._till.refuse(_refusal(reply))
        member, cloud_id = reply.value
        return self._till.once(key, lambda: self._give(number, member, cloud_id))

    # --- in a turn --------------------------------------------------------------------------------

    def _free(self, number: str, registered_at: str = "") -> tuple[int, Bill]:
        """The bill, if it is nobody's yet. Raises Refused."""
        bill_id, bill = bill_of_number(self._till, number)
        if why := self._why_not(bill, bill_id, registered_at):
            raise Refused(why)
        return bill_id, bill

    def _why_not(self, bill: Bill, bill_id: int, registered_at: str) -> Sentence | None:
        if bill.customer is not None or self._till.read(lambda tx: customers.tagged(tx, bill_id)):
            return Sentence("not-taggable.member", number=bill.number)
        if bill.kind != "sale" or self._till.read(lambda tx: returned.taken(tx, bill.number)):
            return Sentence("not-taggable.returned", number=bill.number)
        if any(line.back and line.back.number == bill.number for line in self._sale.sale.returns):
            # Its return is recorded as a not-interested one, which the cloud would not find any more (625).
            return Sentence("not-taggable.returning", number=bill.number)
        return self._allowed(bill, self._till.now(), registered_at)

    def _give(self, number: str, member: Customer, cloud_id: str) -> Answer:
        # Looked at again: somebody else may have been quicker while the cloud was asked, and now it is known
        # when the member was enrolled.
        bill_id, bill = self._free(number, member.registered_at)
        at, now_ms = self._till.stamp(), self._till.now_ms()
        entries = self._calls(bill, member, cloud_id)

        def work(tx: Connection) -> list[int]:
            customers.tag(tx, bill_id, at, member)
            journal.append(tx, "retro", at, {"number": number, "cloud_id": cloud_id}, ref=bill_id)
            return outbox.add(tx, entries, bill_id=bill_id, now_ms=now_ms)

        self._sale.enqueue(work, bill_id)
        self._wake()
        who = member.name or Sentence("retro.nameless")
        told = Sentence("retro.given" if member.loyalty else "retro.given-without", number=number, name=who)
        return self._till.say(told)


def _refusal(reply: Reply) -> Sentence:
    return told_by(reply) if reply.outcome == ReplyOutcome.NO else Sentence("offline.retro")
