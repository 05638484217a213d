"""What a writing connection is given: its settings, proven, and the present schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from agent.language.sentence import Sentence
from agent.store.errors import StoreDamaged, StoreReadOnly, committing, translated

APPLICATION_ID = 0x504F5341  # "POSA"
SCHEMA_VERSION = 4

# Set on the writing connection at every open, then read back: a setting that did not take is an error.
# FULL is what makes an acknowledged sale survive a power cut; the proof is in docs/proofs.md.
SETTINGS: dict[str, int | str] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
    "secure_delete": 1,
    "wal_autocheckpoint": 1000,
    "journal_size_limit": 4 * 1024 * 1024,
    "temp_store": 2,
    "cache_size": -8000,
    # Without it INSERT OR REPLACE would delete a bill behind the triggers' back.
    "recursive_triggers": 1,
}


def prepare(connection: sqlite3.Connection, version: int, settings: dict[str, int | str]) -> None:
    """Give a connection to a file of this version, 0 for an empty one, its settings and the present schema.

    Raises StoreReadOnly for a setting that does not take, StoreDamaged for a file that is not of its version.
    A step of the schema that fails changes nothing.
    """
    with translated():
        if version == 0:
            connection.execute("PRAGMA page_size = 4096")
        for name, wanted in settings.items():
            connection.execute(f"PRAGMA {name} = {wanted}")
            found = connection.execute(f"PRAGMA {name}").fetchone()[0]
            if found != wanted:
                why = Sentence("store-readonly.setting", name=name, wanted=str(wanted), found=str(found))
                raise StoreReadOnly(why)
        _migrate(connection, version)
        if version and not fits_its_version(connection):
            raise StoreDamaged(Sentence("store-broken.damaged", error=Sentence("system.corrupt")))


def fits_its_version(connection: sqlite3.Connection) -> bool:
    """Whether a store that calls itself of the present version has its tables and columns: a letter that is
    another one makes another name, with which SQLite finds nothing wrong."""
    if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        return True
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        _migrate(new, 0)
        return _columns(connection) == _columns(new)


def _columns(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    named = (
        'SELECT t.name, c.name, c.type, c."notnull", c.pk'
        " FROM sqlite_schema AS t, pragma_table_info(t.name) AS c"
        " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid"
    )
    return connection.execute(named).fetchall()


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring the schema from version to SCHEMA_VERSION: each step whole or not at all."""
    for step in range(version + 1, SCHEMA_VERSION + 1):
        script = (Path(__file__).with_name("schema") / f"v{step}.sql").read_text("utf-8")
        with AllOrNothing(connection):
            for statement in statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {step}")


class AllOrNothing:
    """A transaction around the block, which takes the writer's place at once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            if error is None:
                with committing():
                    self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def statements(script: str) -> Iterator[str]:
    """The statements of an SQL script one by one (executescript would commit on its own)."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
