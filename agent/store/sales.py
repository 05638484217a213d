"""The open sale's events, and the one transaction that turns it into a bill."""

from __future__ import annotations

import json
import logging
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

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
from agent.store.errors import UNREADABLE, of_ours
from agent.store.high_water import LastBill
from agent.store.sealing import SealedConnection, is_sealed_text, vault_of

log = logging.getLogger("agent.store")

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
    told = canonical(event_to_plain(recorded.event))
    # Behind the fields: the event is written once, and its kind is always among them.
    body = f'{told[:-1].decode()},"sum":{_sum(sale_id, recorded, told)}}}'
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
    """Every sale that was begun and not closed, with its events in order; none that cannot be read."""
    return {sale_id: rows for sale_id, rows in _begun(connection).items() if rows}


def unreadable(connection: sqlite3.Connection) -> list[str]:
    """Sales that were begun and not closed of which an event cannot be read, or is not there."""
    return [sale_id for sale_id, rows in _begun(connection).items() if not rows]


def begun(connection: sqlite3.Connection) -> list[str]:
    """Every sale that was begun and not closed, whether it can be read or not."""
    return list(_begun(connection))


def set_aside(connection: sqlite3.Connection, sale_id: str, at: str) -> None:
    """A sale that cannot be gone on with: the journal keeps what can be read of it, inside the caller's
    transaction. What is sealed stays out, for the journal is for ever."""
    rows = connection.execute("SELECT seq, at, body FROM event WHERE sale_id = ? ORDER BY seq", (sale_id,))
    told = [[seq, _legible(when), _legible(body)] for seq, when, body in rows]
    journal.append(connection, "set-aside", at, {"sale_id": sale_id, "events": told})
    connection.execute("DELETE FROM event WHERE sale_id = ?", (sale_id,))


def _begun(connection: sqlite3.Connection) -> dict[str, list[Recorded]]:
    """Sales without a closing event and without a bill; one that cannot be read, or of which an event is
    missing, has no events here."""
    vault = vault_of(connection)
    found: dict[str, list[Recorded]] = {}
    bad, closed = set(), set()
    for sale_id, seq, at, key, body in connection.execute(
        "SELECT sale_id, seq, at, key, body FROM event ORDER BY sale_id, seq"
    ):
        rows = found.setdefault(sale_id, [])
        try:
            told = json.loads(vault.open_text(_place(sale_id, seq), body))
            event = event_from_plain(told)
            _compare(sale_id, Recorded(seq, at, key, event), told)
        except UNREADABLE as error:
            log.error("store: event %s of sale %s cannot be read: %s", seq, sale_id, type(error).__name__)
            bad.add(sale_id)
            continue
        rows.append(Recorded(seq, at, key, event))
        if isinstance(event, CLOSING):
            closed.add(sale_id)
        else:
            closed.discard(sale_id)
    left = found.keys() - closed
    if not left:
        return {}
    # Its last event may be what is lost.
    left -= _billed(connection)
    bad |= {sale_id for sale_id in left - bad if _has_lost_events(sale_id, found[sale_id])}
    if left - bad and not _is_whole(connection):
        bad |= left
    return {sale_id: [] if sale_id in bad else found[sale_id] for sale_id in found if sale_id in left}


def _has_lost_events(sale_id: str, rows: Sequence[Recorded]) -> bool:
    """Whether one is missing before the last."""
    lost = [row.seq for row in rows] != list(range(1, len(rows) + 1))
    if lost:
        log.error("store: sale %s has lost some of its events", sale_id)
    return lost


def _is_whole(connection: sqlite3.Connection) -> bool:
    """Whether SQLite finds the table of events sound. One bit takes the last rows off a page, and nothing in
    the others tells of them."""
    for (line,) in connection.execute("PRAGMA quick_check(event)"):
        if line != "ok":
            log.error("store: the events of the open sale are damaged: %s", line)
            return False
    return True


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
    upcoming = bills.upcoming(connection, series, series_id)
    mark = connection.high_water if isinstance(connection, SealedConnection) else None
    if mark:
        mark.check(series, upcoming)
    with of_ours():
        bill = close(upcoming)
    if mark:
        mark.reserve(series, bill.seq)
    bill_id, customer = bills.insert(connection, bill, series_id, last.key)
    returned.insert(connection, bill, bill_id)
    n, entry = journal.vouch(connection, "bill", bill.at, bills.told(bill, customer), ref=bill_id)
    if isinstance(connection, SealedConnection):
        connection.noted = LastBill(series, bill.seq, n, entry)
    job = spool.add(connection, bill_id, bill.at) if paper else 0
    with of_ours():
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
    last = connection.execute(
        "SELECT sale_id, body FROM event AS e"
        " WHERE seq = (SELECT max(seq) FROM event WHERE sale_id = e.sale_id)"
    ).fetchall()
    closed = {sale_id for sale_id, body in last if not is_sealed_text(body) and _closes(body)}
    if len(closed) < len(last):
        closed |= _billed(connection).intersection(sale_id for sale_id, _ in last)
    connection.executemany("DELETE FROM event WHERE sale_id = ?", [(sale_id,) for sale_id in closed])
    return len(closed)


def _billed(connection: sqlite3.Connection) -> set[str]:
    """The sales of the newest bills: closed, whatever has become of their events."""
    return {sale_id for _, sale_id, _ in bills.newest(connection, 50)}


def _sum(sale_id: str, recorded: Recorded, told: bytes) -> int:
    """CRC-32 of an event and its row, kept among its fields: older versions pass over it."""
    row = f"{sale_id} {recorded.seq} {recorded.at} {recorded.key} ".encode()
    return zlib.crc32(told, zlib.crc32(row))


def _compare(sale_id: str, recorded: Recorded, told: dict[str, Any]) -> None:
    """ValueError for an event that is another than was written; those of earlier versions have no sum."""
    kept = told.pop("sum", None)
    if kept not in (None, _sum(sale_id, recorded, canonical(told))):
        raise ValueError("the sum of an event does not fit")


def _closes(body: str) -> bool:
    try:
        return isinstance(event_from_plain(json.loads(body)), CLOSING)
    except UNREADABLE:
        return False


def _legible(column: object) -> str:
    """What the journal may keep of it: not what is sealed, nor what a damaged row has in place of a text."""
    if not isinstance(column, str):
        return ""
    return "sealed" if is_sealed_text(column) else column


def _place(sale_id: str, seq: int) -> str:
    return f"event:{sale_id}:{seq}"
