"""Wrong PINs of supervisors, kept over restarts: a box that is switched off and on gives no new tries. Those
of all together are kept under no name."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong PINs in a row, and until when the name is locked: milliseconds since 1970 UTC, else 0."""

    wrong: int
    locked_until_ms: int


def load(connection: sqlite3.Connection) -> dict[str, Tries | None]:
    """Every name with a wrong PIN on record; None where a damaged row does not tell how many, or until
    when."""
    found = connection.execute("SELECT name, wrong, locked_until_ms FROM pin_tries")
    return {
        name: Tries(*told) if all(isinstance(one, int) and one >= 0 for one in told) else None
        for name, *told in found
    }


def save(connection: sqlite3.Connection, name: str, tries: Tries) -> None:
    """Keep a name's tries, inside the caller's transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO pin_tries (name, wrong, locked_until_ms) VALUES (?, ?, ?)",
        (name, tries.wrong, tries.locked_until_ms),
    )


def forget(connection: sqlite3.Connection, name: str) -> None:
    """The right PIN was given, inside the caller's transaction."""
    connection.execute("DELETE FROM pin_tries WHERE name = ?", (name,))
