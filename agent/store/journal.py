"""The journal: append-only, each entry's hash covering the one before it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from typing import Any

from agent.sale.plain import canonical, to_plain
from agent.store import bills

GENESIS = bytes(32)


def link(previous: bytes, kind: str, content: Any) -> bytes:
    """Hash of an entry: SHA-256 over the previous hash, the kind and the canonical content."""
    return hashlib.sha256(previous + kind.encode() + b"\0" + canonical(content)).digest()


def append(
    connection: sqlite3.Connection, kind: str, at: str, content: Any, *, ref: int = 0, keep: bool = True
) -> tuple[int, bytes]:
    """Add an entry inside the caller's transaction; returns (n, hash).

    keep False leaves the body empty: the content is told by other rows (a bill's), and verify reads it
    from there.
    """
    n, previous = head(connection)
    entry = link(previous, kind, content)
    body = canonical(content).decode() if keep else ""
    connection.execute(
        "INSERT INTO journal (n, kind, ref, at, body, hash) VALUES (?, ?, ?, ?, ?, ?)",
        (n + 1, kind, ref, at, body, entry),
    )
    return n + 1, entry


def head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """(n, hash) of the last entry; (0, GENESIS) when there is none."""
    row = connection.execute("SELECT n, hash FROM journal ORDER BY n DESC LIMIT 1").fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, GENESIS)


def mark(connection: sqlite3.Connection, bill_id: int) -> str:
    """First 8 hex digits of the hash of a bill's entry, as its receipt carries them; "" for no such bill."""
    row = connection.execute(
        "SELECT j.hash FROM bill AS b JOIN journal AS j ON j.n = b.entry WHERE b.id = ?", (bill_id,)
    ).fetchone()
    return bytes(row[0]).hex()[:8] if row else ""


def verify(connection: sqlite3.Connection, last: int | None = None) -> Iterator[str]:
    """Walk the chain, or its last entries; yields one sentence for each break found."""
    top, _ = head(connection)
    start = 1 if last is None else max(1, top - last + 1)
    previous = GENESIS
    if start > 1:
        row = connection.execute("SELECT hash FROM journal WHERE n = ?", (start - 1,)).fetchone()
        previous = bytes(row[0]) if row else GENESIS
    expected = start
    for n, kind, ref, body, entry in connection.execute(
        "SELECT n, kind, ref, body, hash FROM journal WHERE n >= ? ORDER BY n", (start,)
    ):
        if n != expected:
            yield f"journal entry {expected} is missing"
        if (
            entry
            != hashlib.sha256(
                previous + kind.encode() + b"\0" + _content(connection, kind, ref, body)
            ).digest()
        ):
            yield f"journal entry {n} ({kind}) does not match its hash"
        previous, expected = bytes(entry), n + 1


def _content(connection: sqlite3.Connection, kind: str, ref: int, body: str) -> bytes:
    if kind != "bill":
        return body.encode() if isinstance(body, str) else b""
    bill = bills.load(connection, ref)
    return canonical(to_plain(bill)) if bill else b""
