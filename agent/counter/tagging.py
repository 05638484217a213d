"""Retro: a not-interested bill is given to a member afterwards (seeds: CONF_RETRO_TRANSACTION_ENABLE)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from agent.counter.answer import Answer
from agent.counter.questions import Cloud, QuestionThread
from agent.counter.selling import Selling
from agent.counter.turn import Turn
from agent.sale.basket import Bill, Customer
from agent.store import bills, customers, journal, outbox, returned
from agent.store.opening import Store

# The calls that tell the cloud, given the cloud's id of the bill.
Told = Callable[[Bill, Customer, str], Sequence[outbox.Entry]]


class Tagging:
    """Built once by the daemon. allowed says why a bill must not be tagged, or "", now and to a member
    enrolled at a moment ("": nobody knows); told makes the calls; queued is told after they are in the
    outbox."""

    def __init__(
        self,
        turn: Turn,
        selling: Selling,
        store: Store,
        thread: QuestionThread,
        cloud: Cloud,
        *,
        now: Callable[[], datetime],
        allowed: Callable[[Bill, datetime, str], str],
        told: Told,
        queued: Callable[[], None],
    ) -> None:
        self._turn = turn
        self._selling = selling
        self._store = store
        self._thread = thread
        self._cloud = cloud
        self._now = now
        self._allowed = allowed
        self._told = told
        self._queued = queued

    def tag(self, number: str, kind: str, value: str, key: str) -> Answer:
        """Give the bill to the member found by kind and value. Needs the cloud: it knows bill and member."""
        found = self._turn.take(lambda: self._taggable(number, key))
        if isinstance(found, Answer):
            return found
        _, bill = found
        reply = self._thread.ask(lambda: self._cloud.retro(kind, value, number, bill.at))
        if reply.outcome != "ok":
            return self._aloud(reply.code or reply.outcome, _only_with_the_cloud(reply))
        member, cloud_id = reply.value
        return self._turn.take(lambda: self._tagged(number, member, cloud_id, key))

    # --- underneath -------------------------------------------------------------------------------

    def _taggable(self, number: str, key: str, registered_at: str = "") -> tuple[int, Bill] | Answer:
        if earlier := self._selling.answered(key):
            return earlier
        connection = self._store.connection
        bill_id = bills.find(connection, number)
        bill = bills.load(connection, bill_id) if bill_id else None
        if bill is None or bill_id is None:
            return self._selling.refuse_aloud("no-such-bill", f"There is no bill {number} at this till.")
        if why := self._why_not(bill, bill_id, registered_at):
            return self._selling.refuse_aloud("not-taggable", why)
        return bill_id, bill

    def _why_not(self, bill: Bill, bill_id: int, registered_at: str) -> str:
        connection = self._store.connection
        if bill.customer is not None or customers.tagged(connection, bill_id):
            return f"Bill {bill.number} belongs to a member already."
        if bill.kind != "sale" or returned.taken(connection, bill.number):
            return f"Goods of bill {bill.number} came back; it cannot be given to a member any more."
        if any(line.back and line.back.number == bill.number for line in self._selling.sale.returns):
            # Its return is recorded as a not-interested one, which the cloud would not find any more (625).
            return f"Goods of bill {bill.number} come back in the open sale. Finish it or void them first."
        return self._allowed(bill, self._now(), registered_at)

    def _tagged(self, number: str, member: Customer, cloud_id: str, key: str) -> Answer:
        # Looked at again: somebody else may have been quicker while the cloud was asked, and now it is known
        # when the member was enrolled.
        found = self._taggable(number, key, member.registered_at)
        if isinstance(found, Answer):
            return found
        bill_id, bill = found
        at = self._now().isoformat(timespec="seconds")

        def work(tx: Any) -> list[int]:
            customers.tag(tx, bill_id, at, member)
            journal.append(tx, "retro", at, {"number": number, "cloud_id": cloud_id}, ref=bill_id)
            return outbox.add(
                tx,
                self._told(bill, member, cloud_id),
                bill_id=bill_id,
                now_ms=int(self._now().timestamp() * 1000),
            )

        answer = self._selling.carry_out(work, bill_id)
        if not answer.ok:
            return answer
        self._queued()
        name = member.name or "the member"
        text = f"Bill {number} is given to {name}. Points come when the loyalty system has it."
        return self._selling.remember(key, self._selling.say("retro", text))

    def _aloud(self, code: str, text: str) -> Answer:
        return self._turn.take(lambda: self._selling.refuse_aloud(code, text))


def _only_with_the_cloud(reply: Any) -> str:
    if reply.outcome == "no":
        return str(reply.text)
    return "A bill can be given to a member only while the loyalty system answers. Try again later."
