"""What the cloud took lately of what bills gave: what it shows may be older."""

from __future__ import annotations

import sqlite3

_MOST = 2_000
"""Bills looked through, newest first: more than a cloud takes redemptions of in a minute (docs/capillary.md
10.3), and few enough for a question that a customer waits for."""


def lately(connection: sqlite3.Connection, op: str, now_ms: int, within_ms: int) -> set[int]:
    """The bills whose redemption of this kind the cloud acknowledged within so long of now, wall-clock
    milliseconds. One dated after now, by a clock that was put back since, counts as long and no longer."""
    found = connection.execute(
        "SELECT bill_id FROM (SELECT bill_id, op, done_ms FROM sent"
        " WHERE op IN ('points_redeem', 'coupon_redeem') ORDER BY bill_id DESC LIMIT ?)"
        " WHERE op = ? AND abs(done_ms - ?) < ? AND typeof(bill_id) = 'integer'",
        (_MOST, op, now_ms, within_ms),
    )
    return {bill_id for (bill_id,) in found}
