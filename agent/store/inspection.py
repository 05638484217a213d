"""What lies where a store is to be opened: whose it is, of which version, and what it has lost.

Looked at through a read-only connection, before anything is written.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from agent.language.sentence import Sentence
from agent.sale.numbering import bill_number
from agent.store import bills, elsewhere, key_value
from agent.store.errors import (
    StoreDamaged,
    StoreForeign,
    StoreLost,
    StoreMixed,
    StoreReadOnly,
    StoreTooNew,
    translated,
)
from agent.store.high_water import BLOCK, MARK_NAME, LastBill, Mark
from agent.store.keys import CHECK_FACT, KEY_NAME
from agent.store.log_remains import is_of_another_file, lost_commits
from agent.store.migration import APPLICATION_ID, SCHEMA_VERSION
from agent.store.reader import check_file, reader
from agent.store.room import BALLAST_NAME
from agent.store.sealing import Vault

MARKED_FACT: Final = "numbers-marked"


def inspected(path: Path, mark: Mark | None, home: Path | None) -> tuple[int, str, StoreLost | None]:
    """Schema version of the file, 0 for a new one, what it keeps of its key, and what it has lost. home: the
    till's own directory, where the store lies elsewhere."""
    # SQLite would wait for ever at a pipe, and blames the disk for a directory.
    for suffix in ("", "-wal", "-shm", "-journal"):
        check_file(path.with_name(path.name + suffix))
    # SQLite opens a file it may not write without a word; better now than at the first scan.
    if path.exists() and not os.access(path, os.W_OK, effective_ids=True):
        raise StoreReadOnly(Sentence("store-readonly.file", path=str(path)))
    _roll_back(path)
    if not path.exists() or path.stat().st_size == 0:
        log = path.with_name(f"{path.name}-wal")
        return 0, "", _missing(path, mark or (log.exists() and log.stat().st_size), home)
    connection = reader(path, Vault(None))
    try:
        with translated(), _foreign(path):
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            ours = application == APPLICATION_ID and 0 < version <= SCHEMA_VERSION
            check = key_value.load(connection, CHECK_FACT) if ours else ""
            lost = _older(connection, path, mark, check) if ours else None
    finally:
        connection.close()
    if application == 0 and tables == 0:
        # The log may hold the first transaction of all, which was being written.
        return 0, "", _missing(path, mark, home)
    if application != APPLICATION_ID:
        raise StoreForeign(Sentence("store-foreign.store", path=str(path)))
    if version > SCHEMA_VERSION:
        raise StoreTooNew(
            Sentence("store-too-new.store", path=str(path), schema=version, known=SCHEMA_VERSION)
        )
    return version, check, lost


def _missing(path: Path, witness: object, home: Path | None) -> StoreLost | None:
    """A store that is not there where there was one: it left its mark, its log, the key made with it, or the
    ballast, which only a till that ran has made; or its name elsewhere, where the disk is gone with all of
    these."""
    if witness or any((path.parent / name).exists() for name in (KEY_NAME, BALLAST_NAME)):
        return StoreLost(Sentence("store-lost.missing", path=str(path)))
    if elsewhere.is_named(home, path.parent):
        return StoreLost(Sentence("store-lost.unmounted", path=str(path)))
    return None


def _older(connection: sqlite3.Connection, path: Path, mark: Mark | None, check: str) -> StoreLost | None:
    """A store that is not what this till has written last."""
    if (mark is None or not mark.readable) and key_value.load(connection, MARKED_FACT):
        return StoreLost(Sentence("store-lost.mark", path=str(path), mark=str(path.parent / MARK_NAME)))
    if mark and mark.key and check and mark.key != check:
        return StoreLost(Sentence("store-lost.another", path=str(path)))
    if mark and mark.base and is_of_another_file(path, mark.base):
        return StoreMixed(Sentence("store-lost.mixed", path=str(path)))
    if lost_commits(path):
        return StoreLost(Sentence("store-lost.log", path=str(path)))
    if mark and mark.last and not _knows(connection, mark.last):
        number = bill_number(mark.last.series, mark.last.seq)
        return StoreLost(Sentence("store-lost.older", path=str(path), number=number))
    if mark and any(seq > bills.upcoming(connection, name) + BLOCK for name, seq in mark.ceilings.items()):
        return StoreLost(Sentence("store-lost.numbers", path=str(path)))
    return None


def _knows(connection: sqlite3.Connection, last: LastBill) -> bool:
    found = connection.execute("SELECT hash FROM journal WHERE n = ?", (last.entry,)).fetchone()
    # An entry without a hash is damaged; a store that is another one has another hash there.
    return found is not None and (not isinstance(found[0], bytes) or found[0] == last.hash)


@contextmanager
def _foreign(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        # SQLite quotes a damaged schema in its error, and Python cannot read that.
        raise StoreDamaged(Sentence("store-broken.damaged", error=Sentence("system.corrupt"))) from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0)
        if code == sqlite3.SQLITE_ERROR:
            # A table is not there.
            raise StoreDamaged(Sentence("store-broken.damaged", error=Sentence("system.corrupt"))) from error
        if code != sqlite3.SQLITE_NOTADB:
            raise
        raise StoreForeign(Sentence("store-foreign.store", path=str(path))) from error


def _roll_back(path: Path) -> None:
    """Undo what a cut in the store's first moment left half done: until the file is in WAL mode it has a
    rollback journal, and a read-only connection may not play that back."""
    if not path.with_name(f"{path.name}-journal").exists():
        return
    with translated():
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute("PRAGMA schema_version").fetchone()
        finally:
            connection.close()
