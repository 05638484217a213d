"""What came back of which bill: rows beside the bills, so that asking needs no walk through all of them."""

from __future__ import annotations

import sqlite3

from agent.sale.basket import Bill, ReturnHow
from agent.sale.returns import Taken


def insert(connection: sqlite3.Connection, bill: Bill, bill_id: int) -> None:
    """Write what a bill took back, inside the caller's transaction."""
    connection.executemany(
        "INSERT INTO returned (bill_id, line, number, of_line, how, qty_milli, amount_minor)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                bill_id,
                line.no,
                line.back.number,
                line.back.line,
                line.back.how.value,
                -line.qty_milli,
                -line.amount_minor,
            )
            for line in bill.lines
            if line.back
        ],
    )


def taken(connection: sqlite3.Connection, number: str) -> list[Taken]:
    """Everything that came back of the bill with this number, oldest first."""
    rows = connection.execute(
        "SELECT of_line, how, qty_milli, amount_minor FROM returned WHERE number = ? ORDER BY bill_id, line",
        (number,),
    )
    return [Taken(of_line, ReturnHow(how), qty, amount) for of_line, how, qty, amount in rows]
