"""The journal: append-only, each entry's hash covering the one before it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Literal

from agent.language.sentence import Sentence
from agent.sale.plain_data import canonical
from agent.store import bills, customers
from agent.store.errors import UNREADABLE

Kind = Literal[
    "allowed",
    "bill",
    "cancelled",
    "clock",
    "command-label",
    "details-newer",
    "drawer",
    "erased",
    "print-resolved",
    "queue-exported",
    "queue-retry",
    "queue-settled",
    "queue-waived",
    "reprint",
    "retro",
    "set-aside",
    "store-begun",
    "store-checked",
    "supervisor-locked",
    "weight-typed",
]
"""What is put into the journal. Its hash covers the kind, so none is ever renamed."""

GENESIS = bytes(32)
_UNVOUCHED = (
    "SELECT b.number FROM bill AS b LEFT JOIN journal AS j"
    " ON j.n = b.entry AND j.kind = 'bill' AND j.ref = b.id WHERE j.n IS NULL"
)


def link(previous: bytes, n: int, kind: str, ref: int, at: str, content: bytes) -> bytes:
    """Hash of an entry: SHA-256 over the previous hash, what the entry says of itself, and its content."""
    return hashlib.sha256(previous + canonical([n, kind, ref, at]) + b"\0" + content).digest()


def append(
    connection: sqlite3.Connection, kind: Kind, at: str, content: Any, *, ref: int = 0
) -> tuple[int, bytes]:
    """Add an entry inside the caller's transaction; returns (n, hash)."""
    told = canonical(content)
    return _add(connection, kind, at, told, told.decode(), ref)


def vouch(connection: sqlite3.Connection, kind: Kind, at: str, told: bytes, *, ref: int) -> tuple[int, bytes]:
    """The same for what other rows tell in these very bytes (a bill: bills.told): the body is empty, and
    verify reads them from there."""
    return _add(connection, kind, at, told, "", ref)


def _add(
    connection: sqlite3.Connection, kind: Kind, at: str, told: bytes, body: str, ref: int
) -> tuple[int, bytes]:
    n, previous = head(connection)
    entry = link(previous, n + 1, kind, ref, at, told)
    connection.execute(
        "INSERT INTO journal (n, kind, ref, at, body, hash) VALUES (?, ?, ?, ?, ?, ?)",
        (n + 1, kind, ref, at, body, entry),
    )
    return n + 1, entry


def head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """(n, hash) of the last entry; (0, GENESIS) when there is none."""
    row = connection.execute("SELECT n, hash FROM journal ORDER BY n DESC LIMIT 1").fetchone()
    return (int(row[0]), _hash(row[1])) if row else (0, GENESIS)


def _hash(stored: object) -> bytes:
    """The hash of an entry; nothing, where a damaged row has none: what comes after goes on from there."""
    return stored if isinstance(stored, bytes) else b""


def mark(connection: sqlite3.Connection, bill_id: int) -> str:
    """First 8 hex digits of the hash of a bill's entry, as its receipt carries them; "" for no such bill."""
    row = connection.execute(
        "SELECT j.hash FROM bill AS b JOIN journal AS j ON j.n = b.entry WHERE b.id = ?", (bill_id,)
    ).fetchone()
    return _hash(row[0]).hex()[:8] if row else ""


def verify(
    connection: sqlite3.Connection, last: int | None = None, step: Callable[[], None] = lambda: None
) -> Iterator[Sentence]:
    """Walk the chain, or its last entries; yields one sentence for each break found. step is called before
    each entry."""
    top, _ = head(connection)
    start = 1 if last is None else max(1, top - last + 1)
    previous = GENESIS
    if start > 1:
        row = connection.execute("SELECT hash FROM journal WHERE n = ?", (start - 1,)).fetchone()
        previous = _hash(row[0]) if row else GENESIS
    expected = start
    for n, kind, ref, at, body, entry in connection.execute(
        "SELECT n, kind, ref, at, body, hash FROM journal WHERE n >= ? ORDER BY n", (start,)
    ):
        step()
        if n != expected:
            yield Sentence("journal.missing", entry=str(expected))
        content = _bill(connection, n, ref) if kind == "bill" else str(body).encode()
        if not _links(entry, previous, n, kind, ref, at, content):
            yield Sentence("journal.hash", entry=str(n), kind=str(kind))
        if kind == "bill" and not _customer_fits(connection, ref):
            yield Sentence("journal.customer", entry=str(n), kind=str(kind))
        previous, expected = _hash(entry), n + 1
    if last is None:
        for (number,) in connection.execute(_UNVOUCHED):
            yield Sentence("journal.unvouched", number=number)


def _links(entry: object, previous: bytes, *told: Any) -> bool:
    """Whether an entry's hash is that of what it says."""
    try:
        return entry == link(previous, *told)
    except UNREADABLE:
        return False


def _bill(connection: sqlite3.Connection, n: int, bill_id: int) -> bytes:
    """A bill as its rows tell it; nothing, which no hash matches, if they tell none or name another entry."""
    row = connection.execute("SELECT entry FROM bill WHERE id = ?", (bill_id,)).fetchone()
    if row is None or row[0] != n:
        return b""
    try:
        told = bills.content(connection, bill_id)
        return canonical(told) if told else b""
    except UNREADABLE:
        return b""


def _customer_fits(connection: sqlite3.Connection, bill_id: int) -> bool:
    """Whether the sealed customer of a bill, if there and to be opened, is the one its hash covers."""
    sale_id, column = bills.customer_column(connection, bill_id)
    try:
        if column is not None and customers.is_digest(column):
            customers.of(connection, sale_id, column)
    except UNREADABLE:
        return False
    return True
