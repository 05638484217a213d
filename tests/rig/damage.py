"""Damage to the file of a store that is closed, whose file alone is the whole of it."""

from __future__ import annotations

import re
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


def lose_last_row(path: Path, table: str) -> None:
    """As one bit does: the page of a table, which has no other, tells one row less. The file alone is the
    store."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    content = bytearray(path.read_bytes())
    told = slice((page - 1) * PAGE + 3, (page - 1) * PAGE + 5)
    assert int.from_bytes(content[told], "big") == rows
    content[told] = (rows - 1).to_bytes(2, "big")
    path.write_bytes(content)


def write_past_rules(path: Path, table: str, statement: str, *values: object) -> None:
    """Write into a row of a table what its columns would not take: nothing at all (NULL), or a value of
    another kind. The store is closed."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (rules,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", (table,)
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        _set_rules(connection, table, re.sub(r"NOT NULL|CHECK \(.*\)|STRICT(, )?", "", rules))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert connection.execute(statement, values).rowcount == 1
        _set_rules(connection, table, rules)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for _, made in triggers:
            connection.execute(made)


def _set_rules(connection: sqlite3.Connection, table: str, rules: str) -> None:
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (rules, table))
