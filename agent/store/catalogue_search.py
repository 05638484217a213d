"""The index of a catalogue: every three letters in a row, so that a search reads what may match and no more.

The items stand in the order in which a search tells them, by their words; those that begin with a word stand
together. Catalogues of earlier versions, and those made where SQLite has no trigrams, have no index and are
read through.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

_LAST = "\U0010ffff"
_GRAM = 3
# More of them make the index read more than it saves.
_MOST_GRAMS = 40

Row = tuple[Any, ...]


def index(connection: sqlite3.Connection) -> None:
    """Index the items, in the caller's transaction; without trigrams in this SQLite nothing is done."""
    try:
        connection.execute(
            "CREATE VIRTUAL TABLE found USING"
            " fts5(grams, content = '', detail = none, tokenize = 'trigram case_sensitive 1')"
        )
    except sqlite3.OperationalError:
        return
    connection.execute("CREATE TABLE place (no INTEGER PRIMARY KEY, of_sku TEXT NOT NULL) STRICT")
    connection.execute("INSERT INTO place (of_sku) SELECT sku FROM item ORDER BY words, sku")
    connection.execute(
        "INSERT INTO found (rowid, grams)"
        " SELECT no, words FROM place CROSS JOIN item ON item.sku = of_sku ORDER BY no"
    )
    connection.execute("INSERT INTO found (found) VALUES ('optimize')")


def find(connection: sqlite3.Connection, columns: str, words: Sequence[str], limit: int) -> list[Row]:
    """The columns of at most limit items that hold every word; those that begin with the first lead, and
    both are in the order of their words."""
    if not _is_indexed(connection):
        return _read_through(connection, columns, words, limit, "instr(words, ?) > 0")
    found: list[Row] = []
    count = connection.execute("SELECT max(no) FROM place").fetchone()[0] or 0
    lead = [1 + _place(connection, count, word) for word in (words[0], words[0] + _LAST)]
    match = " AND ".join(_grams(words))
    others = ((1, lead[0]), (lead[1], count + 1)) if match else ()
    for first, end in ((lead[0], lead[1]), *others):
        if len(found) >= limit:
            break
        found += _between(connection, columns, words, match, first, end, limit - len(found))
    if match or len(found) >= limit:
        return found
    return found + _read_through(connection, columns, words, limit - len(found), "instr(words, ?) > 1")


def _is_indexed(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'found'").fetchone() is not None


def _place(connection: sqlite3.Connection, count: int, word: str) -> int:
    """How many items stand before word."""
    query = "SELECT words FROM place JOIN item ON item.sku = of_sku WHERE no = ?"

    def words_of(no: int) -> str:
        return str(connection.execute(query, (no,)).fetchone()[0])

    return bisect_left(range(1, count + 1), word, key=words_of)


def _grams(words: Sequence[str]) -> Iterator[str]:
    grams = dict.fromkeys(word[at : at + _GRAM] for word in words for at in range(len(word) - _GRAM + 1))
    for gram in [*grams][:_MOST_GRAMS]:
        yield '"' + gram.replace('"', '""') + '"'


def _between(
    connection: sqlite3.Connection,
    columns: str,
    words: Sequence[str],
    match: str,
    first: int,
    end: int,
    limit: int,
) -> list[Row]:
    """Those of the places from first to before end. The index only says what may match."""
    where = "no >= ? AND no < ?"
    source, values = "place", [first, end]
    order = "no"
    if match:
        source = "found CROSS JOIN place ON place.no = found.rowid"
        where, order = "found MATCH ? AND found.rowid >= ? AND found.rowid < ?", "found.rowid"
    every = " AND ".join(["instr(words, ?) > 0"] * len(words))
    query = (
        f"SELECT {columns} FROM {source} CROSS JOIN item ON item.sku = of_sku"
        f" WHERE {where} AND {every} ORDER BY {order} LIMIT ?"
    )
    return connection.execute(query, (*([match] if match else []), *values, *words, limit)).fetchall()


def _read_through(
    connection: sqlite3.Connection, columns: str, words: Sequence[str], limit: int, lead: str
) -> list[Row]:
    """Every item is looked at; lead is asked of the first word."""
    every = " AND ".join([lead, *["instr(words, ?) > 0"] * (len(words) - 1)])
    query = f"SELECT {columns} FROM item WHERE {every} ORDER BY instr(words, ?) != 1, words, sku LIMIT ?"
    return connection.execute(query, (*words, words[0], limit)).fetchall()
