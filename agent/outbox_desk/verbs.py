"""The outbox in a person's hands: retry, waive, settle, show, export.

A row that is inflight is the forwarder's and nobody else's; any other may be changed here, in a turn. Each
verb is one transaction with its entry in the journal, and the forwarder is told of its rows before the turn
ends (StoreQueue.changed).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from agent.counter.questions import Questions, told_by
from agent.language.sentence import Sentence
from agent.loyalty.outcomes import parked_rows
from agent.outbox_desk.retrying import NO_CODE, goes_anew, left_out, takes_code, unfit
from agent.outbox_desk.rows import described, whole
from agent.outbox_desk.settling import arrived, last_look, pay, unpayable
from agent.outbox_desk.waiving import Calls, give_up, no_calls
from agent.sale.basket import Bill
from agent.sale.card_numbers import looks_like_card_number
from agent.sale.queue_terms import Op, ReplyOutcome, RowState
from agent.store import bills, delivery, journal, outbox, owed, waived
from agent.store.errors import RowDamaged
from agent.till.answer import Answer
from agent.till.last_bill import LastBill
from agent.till.outbox_tally import OutboxTally
from agent.till.queue_badge import QueueBadge, clock_time
from agent.till.rights import NOBODY, Claim, Right, Rights
from agent.till.till import Till

if TYPE_CHECKING:
    from agent.store.reading import Reading

log = logging.getLogger("agent.outbox_desk")

_GONE = Sentence("no-such-row.gone")
_BUSY = Sentence("being-sent")
_NO_REASON = Sentence("reason-missing.queue")
_NEEDS_TERMINAL = ("card", "upi")


class OutboxDesk:
    """Its methods may be called on any thread.

    reading makes the lists. changed is told of rows in the turn that changed them. resume ends what holds the
    queue; None for a till without a loyalty cloud. calls: what the cloud must hear of a bill. cashier: who
    takes a payment; questions: the way to the cloud while a customer stands there.
    """

    def __init__(
        self,
        till: Till,
        tally: OutboxTally,
        badge: QueueBadge,
        last_bill: LastBill,
        reading: Callable[[], Reading],
        *,
        rights: Rights,
        cashier: str,
        questions: Questions,
        changed: Callable[[Iterable[int]], None] = lambda _: None,
        resume: Callable[[], None] | None = None,
        calls: Calls = no_calls,
    ) -> None:
        self._till = till
        self._tally = tally
        self._badge = badge
        self._last_bill = last_bill
        self._reading = reading
        self._cashier = cashier
        self._questions = questions
        self._changed = changed
        self._resume = resume
        self._calls = calls
        self._rights = rights

    # --- looking ----------------------------------------------------------------------------------

    def rows(self, after: int = 0, limit: int = 200, *, parked: bool | None = None) -> list[dict[str, Any]]:
        """A page of the open calls (Reading.queue), with what a person may do about each."""
        paused_ms = self._badge.paused_ms
        page = self._reading().queue(after, limit, parked=parked)
        text_of = self._till.language.text
        return [described(self._till.at, row, text_of, paused_ms) for row in page]

    def supervisors(self) -> list[str]:
        """The names that may allow something."""
        return self._rights.supervisors

    def show(self, row_id: int, *, masked: bool = True) -> dict[str, Any] | None:
        """Everything known of one open call; personal data masked unless said otherwise."""
        listed = self._reading().queue_row(row_id)
        return self._whole(listed, masked=masked) if listed else None

    def _whole(self, listed: dict[str, Any], *, masked: bool) -> dict[str, Any] | None:
        stored = self._till.read(lambda tx: outbox.row(tx, listed["id"]))
        if stored is None:
            return None
        till, paused_ms = self._till, self._badge.paused_ms
        return whole(till.at, listed, stored.payload, till.language.text, masked=masked, paused_ms=paused_ms)

    def export(self, *, identifiers: bool, reason: str, claim: Claim = NOBODY) -> Answer:
        """Whether exported may be called. With identifiers it needs a reason and its right, and goes into the
        journal, with how many calls are open: each time, as the customers go out each time."""
        if not identifiers:
            return Answer(ok=True)
        if not reason.strip():
            return self._till.refusal(_NO_REASON)
        asks = Sentence("needs-supervisor.export", reason=reason)
        no = self._rights.refusal(Right.EXPORT, claim, asks, reason=reason)
        if no is not None:
            return no

        def work(tx: Connection) -> Answer:
            content = {"rows": outbox.count(tx), "reason": reason}
            journal.append(tx, "queue-exported", self._till.stamp(), content)
            return Answer(ok=True)

        return self._once("", work)

    def exported(self, *, identifiers: bool) -> Iterator[dict[str, Any]]:
        """Every open call with its request, a page in memory at a time. What cannot be read of one is told
        in its place."""
        for listed in self._reading().whole_queue():
            try:
                found = self._whole(listed, masked=not identifiers)
            except RowDamaged as error:
                row = described(self._till.at, listed, self._till.language.text, self._badge.paused_ms)
                found = row | {"key": "", "advice": [], "request": {"unreadable": error.text}}
            if found:
                yield found

    # --- changing ---------------------------------------------------------------------------------

    def retry(self, row_id: int, reason: str, key: str, otp: str = "") -> Answer:
        """Try one call now, waiting or parked; under a new key only where the cloud's rule demands one. What
        holds the queue is over by that: a person has said so. otp: the one-time code of a redemption that is
        owed, as the customer read it out now."""
        otp = otp.strip()

        def work(tx: Connection) -> Answer:
            row = outbox.row(tx, row_id)
            if row is None or row.state == RowState.INFLIGHT:
                return self._till.refusal(_GONE if row is None else _BUSY)
            if (no := unfit(row, reason, otp)) is not None:
                return self._till.refusal(no)
            self._again(tx, [row], reason, otp)
            first = outbox.before(tx, row)
            told = Sentence("queue.goes-after", call=str(first)) if first else Sentence("queue.goes-now")
            return self._till.answer(self._with_pause(told), rows=[row_id], left=[])

        return self._without_cloud() or self._resumed(self._once(key, work, self._reopened))

    def send_code(self, row_id: int) -> Answer:
        """Have the cloud send the customer a fresh one-time code for a redemption that is owed."""
        row, bill = self._till.read(lambda tx: _row_and_bill(tx, row_id))
        if row is None:
            return self._till.refusal(_GONE)
        customer = bill.customer if bill else None
        if bill is None or customer is None or not takes_code(row):
            return self._till.refusal(NO_CODE)
        points_milli = bill.points.points_milli if bill.points and row.op == Op.POINTS_REDEEM else 0
        reply = self._questions.ask(lambda cloud: cloud.code_again(customer, points_milli))
        if reply.outcome != ReplyOutcome.OK:
            return self._till.refusal(told_by(reply))
        return self._till.answer(told_by(reply, "otp-sent"))

    def retry_all(self, code: str, reason: str, key: str) -> Answer:
        """Try every parked call now, or those parked with one code; those that cannot go are named. Where
        none is, what waits for the cloud need not wait for its own next try."""

        def work(tx: Connection) -> Answer:
            waiting = outbox.without_payload(tx, 0)
            rows = [row for row in waiting if row.state == RowState.PARKED and code in ("", row.code)]
            fit = [row for row in rows if unfit(row, reason) is None]
            left = [row.id for row in rows if unfit(row, reason) is not None]
            if not rows and (code or not waiting):
                told = Sentence("nothing-parked.code", code=code) if code else Sentence("nothing-parked.any")
                return self._till.refusal(told)
            if not rows:
                self._again(tx, (), reason)
                told = self._with_pause(Sentence("queue.waiting-tried"))
                return self._till.answer(told, rows=delivery.hurry(tx, self._till.now_ms()), left=[])
            if not fit:
                return self._till.refusal(Sentence("nothing-fits", left=left_out(left)))
            self._again(tx, fit, reason)
            told = Sentence("queue.tried", count=len(fit), of=len(rows))
            if left:
                told = Sentence("several", first=told, second=left_out(left))
            return self._till.answer(self._with_pause(told), rows=[row.id for row in fit], left=left)

        return self._without_cloud() or self._resumed(self._once(key, work, self._reopened))

    def waive(self, row_id: int, reason: str, key: str, claim: Claim = NOBODY) -> Answer:
        """Give a call up for good: a supervisor's word, with a reason."""
        if not reason.strip():
            return self._till.refusal(_NO_REASON)
        once = key and f"waive {row_id} {key}"  # what another verb was answered says nothing of this call
        if earlier := self._till.answered(once):
            return earlier
        asks = Sentence("needs-supervisor.waive", row=row_id)
        no = self._rights.refusal(Right.WAIVE, claim, asks, once, row=row_id, reason=reason)
        if no is not None:
            return no
        return self._once(once, lambda tx: self._waive(tx, row_id, reason, claim.supervisor, key), self._left)

    def settle(
        self,
        row_id: int,
        tender: str,
        reference: str,
        reason: str,
        key: str,
        *,
        unchecked: bool = False,
        claim: Claim = NOBODY,
    ) -> Answer:
        """The customer paid what a redemption owed, unless the cloud has taken it after all, which is looked
        up first. Where that cannot be, it is refused as not-checked unless a person said so (unchecked).
        Nobody's word is asked for where nothing is paid."""
        if looks_like_card_number(reference):
            return self._till.refusal(Sentence("card-number.queue"))
        if tender in _NEEDS_TERMINAL and not reference.strip():
            return self._till.refusal(Sentence("reference-missing"))
        once = key and f"settle {row_id} {key}"
        if earlier := self._till.answered(once):
            return earlier
        if not self._payable(row_id):
            return self._once(once, lambda tx: self._unpayable(tx, row_id, key))
        ask = self._resume is not None and not unchecked
        look = last_look(self._till, self._questions, row_id) if ask else None
        if look is not None and look.outcome != ReplyOutcome.OK:
            return self._till.refusal(Sentence("not-checked"))
        if look is not None and look.value is not None:
            ref = str(look.value)
            return self._once(once, lambda tx: self._paid(tx, row_id, key, ref), self._arrived)
        about = {"row": row_id, "tender": tender, "reference": reference.strip(), "unchecked": unchecked}
        asks = Sentence("needs-supervisor.settle", row=row_id)
        no = self._rights.refusal(Right.SETTLE, claim, asks, once, **about)
        if no is not None:
            return no
        word = partial(waived.Word, waived.SETTLED, self._till.stamp(), self._cashier, reason, tender)
        paid = partial(word, reference.strip(), request_key=key)
        return self._once(once, lambda tx: self._paid(tx, row_id, key, paid), self._left)

    def _payable(self, row_id: int) -> bool:
        """A person need not be fetched for what is refused anyway, nor the cloud be asked."""

        def payable(tx: Connection) -> bool:
            row = outbox.row(tx, row_id)
            return row is not None and unpayable(tx, row) is None

        return self._till.read(payable)

    # --- within a transaction ---------------------------------------------------------------------

    def _again(self, tx: Connection, rows: Iterable[outbox.Row], reason: str, otp: str = "") -> None:
        renewed: list[int] = []
        for row in rows:
            if anew := goes_anew(row):
                renewed.append(row.id)
            if anew or otp:
                payload = outbox.payloads(tx, [row.id])[row.id]
                made = parked_rows.anew(payload, otp) if anew else parked_rows.with_code(payload, otp)
                delivery.replace_payload(tx, row.id, *made)
            delivery.again(tx, row.id, self._till.now_ms())
        content: dict[str, Any] = {"rows": [row.id for row in rows], "renewed": renewed, "reason": reason}
        if paused_ms := self._badge.paused_ms:
            content["ended_pause"] = self._till.at(paused_ms)
        journal.append(tx, "queue-retry", self._till.stamp(), content)

    def _waive(self, tx: Connection, row_id: int, reason: str, supervisor: str, key: str) -> Answer:
        row = outbox.row(tx, row_id)
        if row is None or row.state == RowState.INFLIGHT:
            return self._told_before(tx, row_id, key) if row is None else self._till.refusal(_BUSY)
        amount = owed.of_bill(tx, row.op, row.bill_id) or 0
        at = self._till.stamp()
        word = waived.Word(waived.WAIVED, at, supervisor, reason, amount_minor=amount, request_key=key)
        return give_up(tx, self._till, row, word, self._calls)

    def _paid(self, tx: Connection, row_id: int, key: str, how: str | Callable[..., waived.Word]) -> Answer:
        """how: the word of who took the money, for an amount; or the cloud's id, where it had it already."""
        row = outbox.row(tx, row_id)
        if row is None:
            return self._told_before(tx, row_id, key)
        if (no := unpayable(tx, row)) is not None:
            return self._till.refusal(no)
        if isinstance(how, str):
            log.info("row %s (%s) was in the cloud", row_id, row.op)
            return arrived(tx, self._till, row, how)
        log.info("row %s (%s) was settled", row_id, row.op)
        return pay(tx, self._till, row, how(amount_minor=owed.of_bill(tx, row.op, row.bill_id) or 0))

    def _unpayable(self, tx: Connection, row_id: int, key: str) -> Answer:
        """Refused as it was when nobody was asked for a word, though it may be payable by now."""
        row = outbox.row(tx, row_id)
        if row is None:
            return self._told_before(tx, row_id, key)
        return self._till.refusal(unpayable(tx, row) or _BUSY)

    def _told_before(self, tx: Connection, row_id: int, key: str) -> Answer:
        """The same request again, after a restart forgot its answer."""
        gone = waived.find(tx, row_id)
        if gone and key and gone.word.request_key == key:
            told, amount = Sentence("queue.done-before"), gone.word.amount_minor
            return self._till.answer(told, row=row_id, amount_minor=amount, parked=[], returns=[])
        return self._till.refusal(_GONE)

    # --- underneath -------------------------------------------------------------------------------

    def _once(
        self, key: str, work: Callable[[Connection], Answer], then: Callable[[Answer], None] | None = None
    ) -> Answer:
        """Work in a transaction of a turn, once per request; then runs in the same turn if it was done."""

        def verb() -> Answer:
            answer = self._till.write(work)
            if answer.ok and then:
                then(answer)
            return answer

        return self._till.once(key, verb)

    def _reopened(self, answer: Answer) -> None:
        for row_id in answer.data["rows"]:
            self._tally.again(row_id)
        self._spread(answer.data["rows"])
        for row_id in answer.data["rows"]:
            self._last_bill.show_sync(self._tally.bill_of(row_id))

    def _left(self, answer: Answer) -> None:
        row_id, bound = answer.data["row"], answer.data["parked"]
        gone = self._till.read(lambda tx: waived.find(tx, row_id))
        if gone and gone.word.how == waived.SETTLED:
            self._tally.done([row_id])
        else:
            self._tally.waived(row_id)
        for one in bound:
            self._tally.parked(one, self._till.read(partial(_worth, row_id=one)))
        with_it = answer.data.get("returns", [])
        bill_ids = [gone.bill_id] if gone else []
        for one in with_it:
            bill_ids.append(self._tally.bill_of(one))
            self._tally.waived(one)
        self._spread([row_id, *bound, *with_it])
        for bill_id in bill_ids:
            self._last_bill.show_sync(bill_id)

    def _arrived(self, answer: Answer) -> None:
        row_id = answer.data["row"]
        bill_id = self._tally.bill_of(row_id)
        self._tally.done([row_id])
        self._spread([row_id])
        self._last_bill.show_sync(bill_id)

    def _spread(self, ids: list[int]) -> None:
        self._changed(ids)
        self._badge.show()

    def _without_cloud(self) -> Answer | None:
        return None if self._resume else self._till.refusal(Sentence("no-cloud.queue"))

    def _resumed(self, answer: Answer) -> Answer:
        if answer.ok and self._resume is not None:
            self._resume()
        return answer

    def _with_pause(self, told: Sentence) -> Sentence:
        """What was told, and that the queue was held until now."""
        if not (paused_ms := self._badge.paused_ms):
            return told
        until = clock_time(self._till.at(paused_ms), self._till.stamp())
        return Sentence("several", first=told, second=Sentence("queue.pause-ended", until=until))


def _worth(tx: Connection, row_id: int) -> int | None:
    row = outbox.row(tx, row_id)
    return owed.of_bill(tx, row.op, row.bill_id) if row else None


def _row_and_bill(tx: Connection, row_id: int) -> tuple[outbox.Row | None, Bill | None]:
    row = outbox.row(tx, row_id)
    return row, bills.load(tx, row.bill_id) if row else None
