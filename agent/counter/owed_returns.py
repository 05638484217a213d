"""Bills that come back, whole or with the last of their goods, while what they redeemed is owed: with the
goods nothing is owed any more, so the call leaves the outbox together with the credit note."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from agent.sale import returns
from agent.sale.basket import Bill
from agent.sale.queue_terms import Op
from agent.sale.refusals import Refused
from agent.sale.return_values import Undo
from agent.sale.returnable import returnable
from agent.store import bills, journal, outbox, returned, waived
from agent.store.errors import RowDamaged

_OP = {"points": Op.POINTS_REDEEM, "coupon": Op.COUPON_REDEEM}


def check(connection: sqlite3.Connection, undos: Sequence[Undo]) -> None:
    """Raises Refused where what was owed is not any more: it was tried again, paid or given up since."""
    for undo in undos:
        if undo.owed and not _row_of(connection, undo):
            raise Refused("owed-no-more", number=undo.number)


def settle(connection: sqlite3.Connection, bill: Bill, who: str) -> tuple[int, ...]:
    """Take what this credit note leaves owing to nobody out of the outbox, inside its transaction, which has
    the note's own returns; the ids of the rows. Checked before."""
    numbers = dict.fromkeys(line.back.number for line in bill.lines if line.back)
    found = [bills.find(connection, number) for number in numbers]
    rows = [
        one.row
        for bill_id in found
        if bill_id
        for one in returned.redemptions(connection, bill_id)
        if one.owed and all_back(connection, bill_id)
    ]
    return tuple(_settled(connection, bill, row_id, who) for row_id in rows)


def all_back(connection: sqlite3.Connection, bill_id: int) -> bool:
    """Whether the customer has nothing of this bill any more, so that nothing can be owed for it. A bill that
    cannot be read is one of which something is left."""
    try:
        bill = bills.load(connection, bill_id)
    except RowDamaged:
        return False
    return bill is not None and returns.all_back(returnable(bill, returned.taken(connection, bill.number)))


def _settled(connection: sqlite3.Connection, bill: Bill, row_id: int, who: str) -> int:
    row = outbox.row(connection, row_id)
    assert row is not None
    word = waived.Word(waived.SETTLED, bill.at, who, "", waived.BY_RETURN, bill.number)
    gone = waived.leave(connection, row, word)
    journal.append(connection, "queue-settled", bill.at, waived.told(gone), ref=row.id)
    return row.id


def _row_of(connection: sqlite3.Connection, undo: Undo) -> int:
    """The row of a redemption that is owed; 0 if it is not."""
    bill_id = bills.find(connection, undo.number)
    known = returned.redemptions(connection, bill_id) if bill_id else []
    return next((one.row for one in known if one.owed and one.op == _OP[undo.kind]), 0)
