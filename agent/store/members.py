"""Members found before, for when the cloud is away: by a keyed digest of one identifier, sealed, bounded.

What is kept is what the page shows of a member, without any identifier: a number that changed hands in the
meantime must not bring the old owner's other numbers onto a bill.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from agent.sale.basket import Customer
from agent.sale.plain_data import canonical, from_plain, to_plain
from agent.store.sealing import vault_of

KINDS = ("mobile", "email", "external_id", "card")
_NOBODY = dict.fromkeys((*KINDS, "user_id"), "")


def keep(
    connection: sqlite3.Connection, identifiers: Iterable[tuple[str, str]], member: Customer, at_ms: int
) -> None:
    """Remember a member under each of (kind, value), inside the caller's transaction."""
    told = canonical(to_plain(replace(member, **_NOBODY, coupons=(), bills=())))  # type: ignore[arg-type]
    vault = vault_of(connection)
    for kind, value in identifiers:
        who = vault.digest("member", f"{kind}:{value}")
        connection.execute(
            "INSERT OR REPLACE INTO member (who, at_ms, sealed) VALUES (?, ?, ?)",
            (who, at_ms, vault.seal(_place(who), told)),
        )


def recall(connection: sqlite3.Connection, kind: str, value: str) -> Customer | None:
    """The member last found by this very identifier, with it and no other; None if nobody was."""
    vault = vault_of(connection)
    who = vault.digest("member", f"{kind}:{value}")
    row = connection.execute("SELECT sealed FROM member WHERE who = ?", (who,)).fetchone()
    if row is None:
        return None
    try:
        return from_plain(Customer, json.loads(vault.open(_place(who), row[0])) | {kind: value})
    except (ValueError, TypeError):
        return None  # damaged: as if nobody had been found before


def is_whole(connection: sqlite3.Connection, who: bytes) -> bool:
    """Whether a remembered member, if still there, opens."""
    row = connection.execute("SELECT sealed FROM member WHERE who = ?", (who,)).fetchone()
    try:
        if row:
            from_plain(Customer, json.loads(vault_of(connection).open(_place(who), row[0])))
    except (ValueError, TypeError):
        return False
    return True


def forget(connection: sqlite3.Connection, kind: str, value: str) -> None:
    """The cloud knows nobody by this identifier any more."""
    who = vault_of(connection).digest("member", f"{kind}:{value}")
    connection.execute("DELETE FROM member WHERE who = ?", (who,))


def erase(connection: sqlite3.Connection, before_ms: int, most: int, limit: int) -> int:
    """Erase members not found since before_ms, and the oldest above most; at most limit. Returns how many."""
    count = connection.execute("SELECT count(*) FROM member").fetchone()[0]
    return connection.execute(
        "DELETE FROM member WHERE who IN (SELECT who FROM member WHERE at_ms < ? ORDER BY at_ms LIMIT ?)"
        " OR who IN (SELECT who FROM member ORDER BY at_ms LIMIT ?)",
        (before_ms, limit, min(limit, max(0, count - most))),
    ).rowcount


def _place(who: bytes) -> str:
    return f"member:{who.hex()}"
