"""What came back of which bill: rows beside the bills, so that asking needs no walk through all of them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from agent.sale.basket import Bill
from agent.sale.return_values import ReturnHow, Worth
from agent.sale.returnable import Taken
from agent.store import bills


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
        "SELECT r.of_line, r.how, r.qty_milli, r.amount_minor, r.given_minor,"
        " l.discount_minor, l.cgst_minor, l.sgst_minor, l.igst_minor, l.gross_minor, l.tax_bp, l.rest"
        " FROM returned AS r LEFT JOIN bill_line AS l ON l.id = (r.bill_id << ?2) | r.line"
        " WHERE r.number = ?1 ORDER BY r.bill_id, r.line",
        (number, bills.PART_BITS),
    )
    return [_taken(row) for row in rows]


def _taken(row: tuple[Any, ...]) -> Taken:
    """What came back counts also where the credit note's own line is damaged."""
    of_line, how, qty_milli, amount, given, *figures, gross, tax_bp, rest = row
    discount, cgst, sgst, igst = (-(figure or 0) for figure in figures)
    try:
        told = json.loads(rest) if rest else {}
    except ValueError:
        told = {}
    worth = Worth(-(gross or 0), discount, amount - cgst - sgst - igst, cgst, sgst, igst)
    worth = replace(worth, later_minor=-told.get("later_minor", 0))
    kept = (told.get(f"kept_{kind}_minor", 0) for kind in ("coupon", "points"))
    return Taken(of_line, ReturnHow(how), qty_milli, worth, given, tax_bp or 0, *kept)


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
