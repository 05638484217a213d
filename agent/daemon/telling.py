"""Between the bills of the store and the calls about them: rows for the outbox, what the counter may undo."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.counter.returning import Redeemed
from agent.sale.basket import Bill
from agent.store import bills, customers, outbox, returned
from agent.store.ordering import order_key
from agent.store.sealing import SealBroken, Vault

if TYPE_CHECKING:
    from agent.loyalty.calls.call import Call


def redeemed(row: returned.Redemption) -> Redeemed:
    """Points are undone by our own reference where the cloud surely knows it, a coupon by the cloud's id."""
    if row.op == "points_redeem":
        from agent.loyalty.calls.redemption_calls import known_by

        reference = known_by(row.key.partition(":")[2], row.server_ref)
        return Redeemed("points", reference if row.done else "", waits=not row.done, settled=row.settled)
    from agent.loyalty.calls.undo_calls import is_whole

    # One that the call cannot carry is as good as none: the cashier is told before money goes back.
    reference = row.server_ref if is_whole(row.server_ref) else ""
    return Redeemed("coupon", reference, waits=not row.done, settled=row.settled)


def entries(vault: Vault, calls: Sequence[Call]) -> list[outbox.Entry]:
    """Outbox entries of a bill's calls: what redeems or undoes waits for the transaction of its own bill;
    what could not be written waits for a person."""
    from agent.loyalty.outcomes.parked_reasons import problem_of

    found: list[outbox.Entry] = []
    told: dict[str, int] = {}
    for index, call in enumerate(calls):
        number, transaction = call.fact("number"), call.path == "/v2/transactions"
        after = None if transaction else told.get(number)
        held = ("payload", problem) if (problem := problem_of(call)) else None
        chain = order_key(vault, call.chain)
        found.append(outbox.Entry(str(call.op), chain, call.key, call.to_bytes(), after, held))
        if transaction:
            told[number] = index
    return found


def parent(connection: sqlite3.Connection, number: str) -> Bill | None:
    """A bill of this till with the customer it has now; asked in a turn. Never raises for a customer that
    cannot be read."""
    try:
        bill_id = bills.find(connection, number)
        bill = bills.load(connection, bill_id) if bill_id else None
        if bill is None or bill_id is None or bill.customer:
            return bill
        return replace(bill, customer=customers.tagged(connection, bill_id))
    except SealBroken:
        return None
