"""Redemption owed: the invoice gave a discount for points or a coupon that the cloud has not taken.

Nothing is owed for one that may have arrived: first it must be known. The amount is the one the bill itself
carries, which is the value the redemption's call was made with.
"""

from __future__ import annotations

import json
import sqlite3

from agent.sale.queue_terms import Op

REDEMPTIONS = (Op.POINTS_REDEEM, Op.COUPON_REDEEM)


def minor(op: str, redemptions: str | None) -> int:
    """What a redemption of a bill is worth; redemptions is the bill's column of that name."""
    try:
        told = json.loads(redemptions) if redemptions else {}
        if op == Op.POINTS_REDEEM:
            return int(told.get("points", {}).get("value_minor", 0))
        return int(told.get("coupon_value_minor", 0)) if op == Op.COUPON_REDEEM else 0
    except (ValueError, TypeError, AttributeError):
        return 0  # a damaged bill, which the check of the journal names


def of_bill(connection: sqlite3.Connection, op: str, bill_id: int) -> int | None:
    """What is owed while this call waits for a person, in minor units; None if it redeems nothing."""
    if op not in REDEMPTIONS:
        return None
    found = connection.execute("SELECT redemptions FROM bill WHERE id = ?", (bill_id,)).fetchone()
    return minor(op, found[0]) if found else 0


def parked(connection: sqlite3.Connection) -> dict[int, int]:
    """Row and amount of every redemption owed; reads the whole outbox, so once, at the start."""
    found = connection.execute(
        "SELECT o.id, o.op, b.redemptions FROM outbox AS o JOIN bill AS b ON b.id = o.bill_id"
        " WHERE o.state = 'parked' AND NOT o.unsure AND o.op IN (?, ?)",
        REDEMPTIONS,
    )
    return {row_id: minor(op, redemptions) for row_id, op, redemptions in found}
