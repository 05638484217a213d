"""The outbox: what the cloud must still hear, in order, until it has heard it."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A call to be queued. after: index of the entry of the same batch that must be done first, or None.

    idem_key is minted here and now, before the first byte is ever sent; payload is the exact request.
    held: (code, reason in words) of a call that must not be sent until a person has looked at it.
    wait_ms is how long it waits before its first attempt.
    """

    op: str
    order_key: str
    idem_key: str
    payload: bytes
    after: int | None = None
    wait_ms: int = 0
    held: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A call that the cloud has not acknowledged. Times are wall-clock milliseconds since 1970 UTC.

    ready: may be sent; inflight: bytes may be on their way; unknown: sent, and nobody knows what came of
    it; parked: needs a person.
    """

    id: int
    op: str
    order_key: str
    depends_on: int
    bill_id: int
    idem_key: str
    payload: bytes
    state: str
    attempts: int
    first_ms: int
    due_ms: int
    code: str
    text: str
    created_ms: int


_COLUMNS = ", ".join(Row.__dataclass_fields__)


def add(
    connection: sqlite3.Connection, entries: Sequence[Entry], *, bill_id: int = 0, now_ms: int
) -> list[int]:
    """Queue calls inside the caller's transaction; returns their ids, in order."""
    if not entries:
        return []
    first = 1 + max(_top(connection, "outbox"), _top(connection, "sent"))
    ids = list(range(first, first + len(entries)))
    connection.executemany(
        f"INSERT INTO outbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?)",
        [
            (
                row_id,
                entry.op,
                entry.order_key,
                0 if entry.after is None else ids[entry.after],
                bill_id,
                entry.idem_key,
                zlib.compress(entry.payload),
                "parked" if entry.held else "ready",
                now_ms + entry.wait_ms,
                *(entry.held or ("", "")),
                now_ms,
            )
            for row_id, entry in zip(ids, entries, strict=True)
        ],
    )
    return ids


def rows(connection: sqlite3.Connection, above: int = 0, limit: int = -1) -> list[Row]:
    """Open rows with an id above the given one, oldest first."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM outbox WHERE id > ? ORDER BY id LIMIT ?", (above, limit)
    )
    return [_row(row) for row in found]


def row(connection: sqlite3.Connection, row_id: int) -> Row | None:
    """One open row, or None when it is done or never was."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE id = ?", (row_id,)).fetchone()
    return _row(found) if found else None


def begin(connection: sqlite3.Connection, row_id: int, now_ms: int) -> None:
    """Record that an attempt starts; committed before its first byte is sent."""
    connection.execute(
        "UPDATE outbox SET state = 'inflight', attempts = attempts + 1,"
        " first_ms = CASE first_ms WHEN 0 THEN ? ELSE first_ms END WHERE id = ? AND state <> 'parked'",
        (now_ms, row_id),
    )


def later(connection: sqlite3.Connection, row_id: int, due_ms: int, code: str, text: str, state: str) -> None:
    """Record that an attempt settled nothing: ready or unknown, not to be tried before due_ms."""
    connection.execute(
        "UPDATE outbox SET state = ?, due_ms = ?, code = ?, text = ? WHERE id = ?",
        (state, due_ms, code, text, row_id),
    )


def park(connection: sqlite3.Connection, row_id: int, code: str, text: str) -> None:
    """Leave a row for a person, with the reason in words."""
    connection.execute(
        "UPDATE outbox SET state = 'parked', code = ?, text = ? WHERE id = ?", (code, text, row_id)
    )


def replace_payload(connection: sqlite3.Connection, row_id: int, idem_key: str, payload: bytes) -> None:
    """Give a row a new key and request, after a definite refusal of the old key only."""
    connection.execute(
        "UPDATE outbox SET idem_key = ?, payload = ? WHERE id = ?", (idem_key, zlib.compress(payload), row_id)
    )


def done(connection: sqlite3.Connection, row_id: int, server_ref: str, now_ms: int) -> None:
    """The cloud has it: keep what happened and a digest of the request, not the request."""
    found = row(connection, row_id)
    if found is None:
        return
    connection.execute(
        "INSERT INTO sent (id, op, bill_id, idem_key, digest, attempts, created_ms, done_ms, server_ref)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row_id,
            found.op,
            found.bill_id,
            found.idem_key,
            hashlib.sha256(found.payload).digest(),
            found.attempts,
            found.created_ms,
            now_ms,
            server_ref,
        ),
    )
    connection.execute("DELETE FROM outbox WHERE id = ?", (row_id,))


def waiting(connection: sqlite3.Connection) -> list[tuple[int, int, int, bool]]:
    """(id, bill_id, created_ms, parked) of every open row; reads the whole table, so once, at the start."""
    return [
        (row_id, bill_id, created_ms, state == "parked")
        for row_id, bill_id, created_ms, state in connection.execute(
            "SELECT id, bill_id, created_ms, state FROM outbox ORDER BY id"
        )
    ]


def redemptions(connection: sqlite3.Connection, bill_id: int) -> list[tuple[str, str, str]]:
    """(op, idem_key, server_ref) of the redemptions of a bill; server_ref is "" while one waits here."""
    return connection.execute(
        "SELECT op, idem_key, server_ref FROM sent"
        " WHERE bill_id = ?1 AND op IN ('points_redeem', 'coupon_redeem')"
        " UNION ALL SELECT op, idem_key, '' FROM outbox"
        " WHERE bill_id = ?1 AND op IN ('points_redeem', 'coupon_redeem')",
        (bill_id,),
    ).fetchall()


def _row(found: tuple[Any, ...]) -> Row:
    row = Row(*found)
    return replace(row, payload=zlib.decompress(row.payload))


def _top(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 0)
