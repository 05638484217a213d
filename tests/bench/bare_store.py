"""What the disk and SQLite alone take for a completion: its rows, made beforehand, by bare sqlite3."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from agent.store import key_value
from agent.store.migration import SCHEMA_VERSION, SETTINGS, AllOrNothing, prepare
from agent.store.sealing import SealedConnection

Written = list[tuple[str, list[Any]]]
"""Of one transaction: each statement that writes, with its rows."""
_ROUND_OF_LOG = 1200


@contextmanager
def written(connection: SealedConnection) -> Iterator[Written]:
    """What a connection writes meanwhile; within a turn."""
    found: Written = []

    def execute(sql: str, row: Any = ()) -> sqlite3.Cursor:
        if not sql.startswith("SELECT"):
            found.append((sql, [row]))
        return sqlite3.Connection.execute(connection, sql, row)

    def executemany(sql: str, rows: Iterable[Any]) -> sqlite3.Cursor:
        found.append((sql, list(rows)))
        return sqlite3.Connection.executemany(connection, *found[-1])

    connection.execute, connection.executemany = execute, executemany  # type: ignore[method-assign]
    try:
        yield found
    finally:
        del connection.execute, connection.executemany


def bare(store: Path, transactions: Iterable[Written], gap_s: float) -> list[float]:
    """Seconds of each of these transactions in a copy of the store from before them, gap_s apart."""
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        prepare(connection, SCHEMA_VERSION, SETTINGS)
        overwrite_log(partial(_write, connection))
        return [_once(connection, one, gap_s) for one in transactions]


def overwrite_log(write: Callable[[Callable[[sqlite3.Connection], Any]], Any]) -> None:
    """Commit until the log has come round once: from then on it is overwritten in place, as it is on a till
    that has sold for an hour, and no longer grows with each commit."""
    for count in map(str, range(_ROUND_OF_LOG)):
        write(partial(key_value.save, key="bench", value=count))


def _write(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], Any]) -> None:
    with AllOrNothing(connection):
        work(connection)


def _once(connection: sqlite3.Connection, one: Written, gap_s: float) -> float:
    time.sleep(gap_s)
    started = time.perf_counter()
    for sql, rows in one:
        if len(rows) == 1:
            connection.execute(sql, rows[0])
        else:
            connection.executemany(sql, rows)
    return time.perf_counter() - started
