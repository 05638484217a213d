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
    """

    op: str
    order_key: str
    idem_key: str
    payload: bytes
    after: int | None = None


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
_WITHOUT = _COLUMNS.replace("payload", "x''")


def add(
    connection: sqlite3.Connection, entries: Sequence[Entry], *, bill_id: int = 0, now_ms: int
) -> list[int]:
    """Queue calls inside the caller's transaction; returns their ids, in order."""
    if not entries:
        return []
    first = 1 + max(_top(connection, "outbox"), _top(connection, "sent"))
    ids = list(range(first, first + len(entries)))
    connection.executemany(
        f"INSERT INTO outbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, 'ready', 0, 0, ?, '', '', ?)",
        [
            (
                row_id,
                entry.op,
                entry.order_key,
                0 if entry.after is None else ids[entry.after],
                bill_id,
                entry.idem_key,
                zlib.compress(entry.payload),
                now_ms,
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


def without_payload(connection: sqlite3.Connection, above: int) -> list[Row]:
    """Open rows with an id above the given one, oldest first, their payloads left empty."""
    found = connection.execute(f"SELECT {_WITHOUT} FROM outbox WHERE id > ? ORDER BY id", (above,))
    return [Row(*row) for row in found]


def row(connection: sqlite3.Connection, row_id: int) -> Row | None:
    """One open row, or None when it is done or never was."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE id = ?", (row_id,)).fetchone()
    return _row(found) if found else None


def payloads(connection: sqlite3.Connection, row_ids: Sequence[int]) -> dict[int, bytes]:
    """The requests of open rows, by id."""
    found = connection.execute(f"SELECT id, payload FROM outbox WHERE id IN {_in(row_ids)}", row_ids)
    return {row_id: zlib.decompress(payload) for row_id, payload in found}


def begin(connection: sqlite3.Connection, row_id: int, now_ms: int) -> None:
    """Record that an attempt starts; committed before its first byte is sent."""
    begin_all(connection, [row_id], now_ms)


def begin_all(connection: sqlite3.Connection, row_ids: Sequence[int], now_ms: int) -> set[int]:
    """begin for several rows; the ids of those that are there to be sent."""
    where = f"WHERE id IN {_in(row_ids)} AND state <> 'parked'"
    found = {row_id for (row_id,) in connection.execute(f"SELECT id FROM outbox {where}", row_ids)}
    connection.execute(
        "UPDATE outbox SET state = 'inflight', attempts = attempts + 1,"
        f" first_ms = CASE first_ms WHEN 0 THEN ? ELSE first_ms END {where}",
        (now_ms, *row_ids),
    )
    return found


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
    found = payloads(connection, [row_id])
    done_all(connection, [(digest(payload), now_ms, server_ref, row_id) for payload in found.values()])


def done_all(connection: sqlite3.Connection, told: Sequence[tuple[bytes, int, str, int]]) -> None:
    """done for several rows: (digest of the request, moment, the cloud's id, id of the row)."""
    connection.executemany(
        "INSERT INTO sent (id, op, bill_id, idem_key, digest, attempts, created_ms, done_ms, server_ref)"
        " SELECT id, op, bill_id, idem_key, ?, attempts, created_ms, ?, ? FROM outbox WHERE id = ?",
        told,
    )
    row_ids = [row_id for _, _, _, row_id in told]
    connection.execute(f"DELETE FROM outbox WHERE id IN {_in(row_ids)}", row_ids)


def digest(payload: bytes) -> bytes:
    """What is kept of a request when it is done."""
    return hashlib.sha256(payload).digest()


def waiting(connection: sqlite3.Connection) -> list[tuple[int, int, int, bool]]:
    """(id, bill_id, created_ms, parked) of every open row; reads the whole table, so once, at the start."""
    return [
        (row_id, bill_id, created_ms, state == "parked")
        for row_id, bill_id, created_ms, state in connection.execute(
            "SELECT id, bill_id, created_ms, state FROM outbox ORDER BY id"
        )
    ]


def _in(row_ids: Sequence[int]) -> str:
    return f"({','.join('?' * len(row_ids))})"


def _row(found: tuple[Any, ...]) -> Row:
    row = Row(*found)
    return replace(row, payload=zlib.decompress(row.payload))


def _top(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 0)
