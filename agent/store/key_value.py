"""Small facts the till must remember, by name: the breaker's state, the organisation's rules, the clock's
difference, what the devices have counted, what the printers have shown of themselves, numbers that are left
out, that there is a high-water mark, that the cloud was asked for numbers, the check of the store's key."""

from __future__ import annotations

import sqlite3
from typing import Literal

Key = Literal[
    "breaker",
    "clock",
    "device-counters",
    "numbers-compared",
    "numbers-left-out",
    "numbers-marked",
    "organisation",
    "printers",
    "store-key-check",
]
"""Every fact there is."""


def load(connection: sqlite3.Connection, key: Key) -> str:
    """The fact, or "" if it was never written."""
    row = connection.execute("SELECT value FROM fact WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else ""


def save(connection: sqlite3.Connection, key: Key, value: str) -> None:
    """Write a fact inside the caller's transaction."""
    connection.execute(
        "INSERT INTO fact (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )
