"""A call is given up for good. With a bill go its redemptions, which can never be sent then, and what would
tell of its goods coming back: the cloud can take nothing back of what it never heard of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from sqlite3 import Connection

from agent.language.sentence import Sentence
from agent.sale.basket import Bill
from agent.sale.queue_terms import Op, RowState
from agent.sale.send_rule import NEVER
from agent.store import bills, customers, delivery, journal, outbox, owed, waived
from agent.till.answer import Answer
from agent.till.till import Till

log = logging.getLogger("agent.outbox_desk")

Calls = Callable[[Bill], Sequence[outbox.Entry]]
"""What the cloud must hear of a bill, as things are; asked in a turn."""


def no_calls(_: Bill) -> Sequence[outbox.Entry]:
    """At a till without a cloud."""
    return ()


def give_up(tx: Connection, till: Till, row: outbox.Row, word: waived.Word, calls: Calls) -> Answer:
    """By this word, within a transaction."""
    behind = outbox.dependents(tx, row.id)
    gone = waived.leave(tx, row, word)
    if row.op == Op.TRANSACTION_UPDATE and row.state != RowState.UNKNOWN and not row.unsure:
        customers.untag(tx, row.bill_id)
    bound = [one for one in behind if one.op in owed.REDEMPTIONS and one.code != outbox.DAMAGED]
    ids = [one.id for one in bound]
    for one in bound:
        delivery.park(tx, one.id, NEVER, till.language.text(orphaned(one.op)))
    journal.append(tx, "queue-waived", word.at, waived.told(gone) | {"parked": ids}, ref=row.id)
    log.info("row %s (%s) was waived by %s", row.id, row.op, word.who)
    told, back = Sentence("queue.waived"), []
    if row.op == Op.TRANSACTION_ADD and row.state != RowState.UNKNOWN and not row.unsure:
        back = list(_returns_of(tx, row, replace(word, amount_minor=0)))
        _tell_exchanges_anew(tx, behind, calls)
    if ids:
        further = Sentence("queue.bound", calls=", ".join(map(str, ids)), count=len(ids))
        told = Sentence("several", first=told, second=further)
    if back:
        further = Sentence("queue.waived-back", calls=", ".join(map(str, back)), count=len(back))
        told = Sentence("several", first=told, second=further)
    return till.answer(told, row=row.id, parked=ids, returns=back)


def orphaned(op: str) -> Sentence:
    """Why a call of a waived bill is never sent."""
    return Sentence(f"queue.orphaned.{op if op in owed.REDEMPTIONS else 'other'}")


def _returns_of(tx: Connection, bill: outbox.Row, word: waived.Word) -> Iterator[int]:
    """The returns of a waived bill are waived with it; one that is being sent comes back refused (625)."""
    named = f"{Op.TRANSACTION_RETURN}:{bill.idem_key.partition(':')[2]}:"
    for one in outbox.without_payload(tx, 0):
        if one.op != Op.TRANSACTION_RETURN or not one.idem_key.startswith(named):
            continue
        row = outbox.row(tx, one.id)
        if row is None or row.state == RowState.INFLIGHT:
            continue
        told = waived.told(waived.leave(tx, row, word)) | {"parked": []}
        journal.append(tx, "queue-waived", word.at, told, ref=row.id)
        yield row.id


def _tell_exchanges_anew(tx: Connection, behind: Sequence[outbox.Row], calls: Calls) -> None:
    """An exchange that waited for a waived bill tells of its new goods alone, where no further call would be
    needed for what came back of other bills. It was never sent."""
    for row in behind:
        bill = bills.load(tx, row.bill_id) if row.op == Op.TRANSACTION_ADD else None
        if bill is None or row.attempts or row.state != RowState.READY:
            continue
        made = {entry.idem_key: entry for entry in calls(bill)}
        known = {one.idem_key for one in outbox.without_payload(tx, 0)}
        further = [
            entry for key, entry in made.items() if entry.op == Op.TRANSACTION_RETURN and key not in known
        ]
        if row.idem_key in made and not further:
            delivery.replace_payload(tx, row.id, row.idem_key, made[row.idem_key].payload)
