"""The open sale's events, and the one transaction that turns it into a bill."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agent.sale.basket import Bill
from agent.sale.events import (
    Cancelled,
    Completed,
    CouponApplied,
    CustomerSet,
    Event,
    PointsApplied,
    event_from_plain,
    event_to_plain,
)
from agent.sale.plain_data import canonical
from agent.store import bills, customers, journal, outbox, returned, spool
from agent.store.sealing import is_sealed_text, vault_of

CLOSING = (Completed, Cancelled)
_PERSONAL = (CustomerSet, CouponApplied, PointsApplied)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it was committed. key is the request that caused it, "" for a scan."""

    seq: int
    at: str
    key: str
    event: Event


@dataclass(frozen=True, slots=True)
class Closed:
    """What completing a sale left behind; all of it was committed together."""

    bill: Bill
    bill_id: int
    print_job: int
    chain_mark: str
    queued: tuple[int, ...]
    entries: tuple[outbox.Entry, ...] = ()
    """What was queued, in the order of queued."""
    settled: tuple[int, ...] = ()
    """Calls that left the outbox: what was owed for a bill that came back whole."""


def record(connection: sqlite3.Connection, sale_id: str, recorded: Recorded) -> None:
    """Write one event of the open sale inside the caller's transaction; sealed when it tells of a person."""
    body = canonical(event_to_plain(recorded.event)).decode()
    if isinstance(recorded.event, CustomerSet):
        # As the bill will have them (agent.sale.closing).
        customer = replace(recorded.event.customer, bills=(), coupons=())
        customers.put(connection, sale_id, recorded.at, customer)
    if isinstance(recorded.event, _PERSONAL):
        body = vault_of(connection).seal_text(_place(sale_id, recorded.seq), body)
    connection.execute(
        "INSERT INTO event (sale_id, seq, at, key, body) VALUES (?, ?, ?, ?, ?)",
        (sale_id, recorded.seq, recorded.at, recorded.key, body),
    )


def open_sales(connection: sqlite3.Connection) -> dict[str, list[Recorded]]:
    """Every sale that was begun and not closed, with its events in order."""
    vault = vault_of(connection)
    found: dict[str, list[Recorded]] = {}
    for sale_id, seq, at, key, body in connection.execute(
        "SELECT sale_id, seq, at, key, body FROM event ORDER BY sale_id, seq"
    ):
        told = json.loads(vault.open_text(_place(sale_id, seq), body))
        found.setdefault(sale_id, []).append(Recorded(seq, at, key, event_from_plain(told)))
    return {sale_id: rows for sale_id, rows in found.items() if not isinstance(rows[-1].event, CLOSING)}


def complete(
    connection: sqlite3.Connection,
    series: str,
    last: Recorded,
    close: Callable[[int], Bill],
    calls: Callable[[Bill], Sequence[outbox.Entry]],
    *,
    now_ms: int,
    paper: bool = True,
) -> Closed:
    """Number the sale and write everything that follows from it, inside the caller's transaction.

    close makes the bill of a number; calls says what the cloud must hear of it; last is the Completed
    event, which closes the sale in the same commit. paper: whether there is a printer to print it on.
    """
    series_id = bills.series_id(connection, series)
    bill = close(bills.next_seq(connection, series_id))
    bill_id = bills.insert(connection, bill, series_id, last.key)
    returned.insert(connection, bill, bill_id)
    told = bills.covered(bill, bills.customer_column(connection, bill_id)[1])
    _, entry = journal.append(connection, "bill", bill.at, told, ref=bill_id, keep=False)
    job = spool.add(connection, bill_id, bill.at) if paper else 0
    entries = tuple(calls(bill))
    queued = outbox.add(connection, entries, bill_id=bill_id, now_ms=now_ms)
    record(connection, bill.sale_id, last)
    return Closed(bill, bill_id, job, entry.hex()[:8], tuple(queued), entries)


def cancel(connection: sqlite3.Connection, sale_id: str, last: Recorded, amount_minor: int) -> None:
    """Close a sale without a bill; no number is used, the journal keeps that it happened."""
    reason = last.event.reason if isinstance(last.event, Cancelled) else ""
    content = {"sale_id": sale_id, "reason": reason, "amount_minor": amount_minor}
    journal.append(connection, "cancelled", last.at, content)
    customers.drop(connection, sale_id)
    record(connection, sale_id, last)


def left_over(connection: sqlite3.Connection) -> bool:
    """Whether any events are on disk, of open sales or closed ones."""
    return connection.execute("SELECT 1 FROM event LIMIT 1").fetchone() is not None


def tidy(connection: sqlite3.Connection) -> int:
    """Drop the events of closed sales; done when the till is idle. Returns how many sales those were."""
    closed = [
        sale_id
        for sale_id, body in connection.execute(
            "SELECT sale_id, body FROM event AS e"
            " WHERE seq = (SELECT max(seq) FROM event WHERE sale_id = e.sale_id)"
        )
        if not is_sealed_text(body) and isinstance(event_from_plain(json.loads(body)), CLOSING)
    ]
    connection.executemany("DELETE FROM event WHERE sale_id = ?", [(sale_id,) for sale_id in closed])
    return len(closed)


def _place(sale_id: str, seq: int) -> str:
    return f"event:{sale_id}:{seq}"
