"""The customer pays what a redemption owes; before, the cloud is asked whether it took it after all."""

from __future__ import annotations

from sqlite3 import Connection

from agent.counter import owed_returns
from agent.counter.questions import Questions, Reply
from agent.language.sentence import Sentence
from agent.sale.money import plain_text
from agent.sale.queue_terms import RowState
from agent.store import delivery, journal, outbox, owed, waived
from agent.till.answer import Answer
from agent.till.till import Till


def last_look(till: Till, questions: Questions, row_id: int) -> Reply | None:
    """What the cloud says of a redemption that is owed, as Cloud.taken; None where it never heard of it or
    nothing is owed."""

    def payable(tx: Connection) -> outbox.Row | None:
        row = outbox.row(tx, row_id)
        return None if row is None or unpayable(tx, row) else row

    row = till.read(payable)
    if row is None or not row.attempts:
        return None
    return questions.ask(lambda cloud: cloud.taken(row.payload))


def unpayable(tx: Connection, row: outbox.Row) -> Sentence | None:
    """Why nothing can be paid for a row: nor for goods that all came back, of which nothing is owed."""
    if row.op not in owed.REDEMPTIONS or row.state != RowState.PARKED:
        return Sentence("not-owed")
    if row.unsure:
        return Sentence("not-known")
    return Sentence("not-owed.returned") if owed_returns.all_back(tx, row.bill_id) else None


def pay(tx: Connection, till: Till, row: outbox.Row, word: waived.Word) -> Answer:
    """It was paid, as word says: the call is never sent."""
    journal.append(tx, "queue-settled", word.at, waived.told(waived.leave(tx, row, word)), ref=row.id)
    told = Sentence("queue.settled", amount=plain_text(word.amount_minor))
    return till.answer(told, row=row.id, amount_minor=word.amount_minor, parked=[])


def arrived(tx: Connection, till: Till, row: outbox.Row, server_ref: str) -> Answer:
    """The cloud has it: the call is done, and nothing is owed."""
    delivery.done(tx, row.id, server_ref, till.now_ms())
    told = Sentence("queue.taken-after-all")
    return till.answer(told, row=row.id, amount_minor=0, parked=[])
