"""What came back of which bill: rows beside the bills, so that asking needs no walk through all of them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from agent.sale.basket import Bill
from agent.sale.return_values import ReturnHow
from agent.sale.returns import Taken


def insert(connection: sqlite3.Connection, bill: Bill, bill_id: int) -> None:
    """Write what a bill took back, inside the caller's transaction."""
    connection.executemany(
        "INSERT INTO returned (bill_id, line, number, of_line, how, qty_milli, amount_minor, given_minor)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows(bill, bill_id),
    )


def rows(bill: Bill, bill_id: int) -> list[tuple[object, ...]]:
    """The rows of what a bill took back."""
    return [
        (
            bill_id,
            line.no,
            line.back.number,
            line.back.line,
            line.back.how.value,
            -line.qty_milli,
            -line.amount_minor,
            line.given_minor,
        )
        for line in bill.lines
        if line.back
    ]


def taken(connection: sqlite3.Connection, number: str) -> list[Taken]:
    """Everything that came back of the bill with this number, oldest first."""
    rows = connection.execute(
        "SELECT of_line, how, qty_milli, amount_minor, given_minor FROM returned WHERE number = ?"
        " ORDER BY bill_id, line",
        (number,),
    )
    return [Taken(of_line, ReturnHow(how), *figures) for of_line, how, *figures in rows]


@dataclass(frozen=True, slots=True)
class Redemption:
    """A redemption of a bill and how it stands: done in the cloud (as server_ref, by key), settled (the
    customer paid it in money afterwards), owed (it surely did not arrive and waits for a person), or none of
    these yet. row: its place in the outbox, 0 if it is not there."""

    op: str
    key: str
    server_ref: str
    done: bool
    settled: bool
    owed: bool
    row: int


def redemptions(connection: sqlite3.Connection, bill_id: int) -> list[Redemption]:
    """The redemptions of a bill that count: one that a supervisor waived never happened."""
    rows = connection.execute(
        "SELECT op, idem_key, server_ref, 1, 0, 0, 0 FROM sent"
        " WHERE bill_id = ?1 AND op IN ('points_redeem', 'coupon_redeem')"
        " UNION ALL SELECT op, idem_key, '', 0, 0, state = 'parked' AND NOT unsure, id FROM outbox"
        " WHERE bill_id = ?1 AND op IN ('points_redeem', 'coupon_redeem')"
        " UNION ALL SELECT op, '', '', 0, 1, 0, 0 FROM waived"
        " WHERE bill_id = ?1 AND op IN ('points_redeem', 'coupon_redeem') AND how = 'settled'",
        (bill_id,),
    )
    return [
        Redemption(op, key, ref, bool(done), bool(settled), bool(owed), row)
        for op, key, ref, done, settled, owed, row in rows
    ]
