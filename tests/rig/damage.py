"""Damage to the file of a store that is closed, whose file alone is the whole of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

PAGE = 4096
_INNER, _LEAF = 5, 13


def damage_first_page(path: Path, table: str) -> None:
    """As a bad sector does: the page of a table's oldest rows is no page any more. The file alone is the
    store."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    content = bytearray(path.read_bytes())
    while content[start := (page - 1) * PAGE] == _INNER:
        cell = start + int.from_bytes(content[start + 12 : start + 14], "big")
        page = int.from_bytes(content[cell : cell + 4], "big")
    assert content[start] == _LEAF
    content[start : start + PAGE] = bytes(PAGE)
    path.write_bytes(content)
