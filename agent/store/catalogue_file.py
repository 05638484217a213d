"""The writing side of the catalogue file: one builder at a time, built whole, swapped in by rename."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.store.catalogue import APPLICATION_ID, FORMAT_VERSION, SCHEMA, open_catalogue
from agent.store.catalogue_search import index
from agent.store.errors import StoreBroken, StoreBusy, StoreError, StoreForeign, StoreFull, StoreReadOnly

_CHUNK = 64 * 1024
# Nobody reads the file before it is whole and synced, and a broken one is thrown away. temp: what is staged.
_SETTINGS = (
    "journal_mode = OFF",
    "synchronous = OFF",
    "temp_store = FILE",
    "cache_size = -16000",
    "temp.cache_size = -16000",
)
_ITEM_COLUMNS = (
    "sku, name, price_minor, tax_bp, tax_inclusive, hsn, unit, gtin, scale_code, parent_sku, variant, bundle,"
    " words"
)
# Each table of a catalogue: what is staged for it, and its order by place of column.
_CONTENT = (
    ("item", f"SELECT {_ITEM_COLUMNS} FROM staged WHERE good", "1"),
    ("gtin", "SELECT code, sku FROM good_code WHERE code NOT LIKE 'scale %'", "1"),
    ("scale", "SELECT scale_code, sku FROM staged WHERE good AND scale_code != ''", "1"),
    ("part", "SELECT sku, at, kind, part_sku, qty_milli, price_minor FROM good_part", "1, 2"),
)
# Of an older row: its item is there, and no new one takes its place.
_STAYS = (
    "sku IN (SELECT sku FROM old.item)"
    " AND NOT EXISTS (SELECT 1 FROM staged WHERE staged.sku = {table}.sku AND good)"
)


@contextmanager
def claimed(target: Path) -> Iterator[int]:
    """The only right to build beside target: a locked temporary file, gone at the end unless it was renamed.

    Raises StoreBusy while another import runs, StoreReadOnly or StoreFull if there can be no file. The lock
    dies with its process, so a leftover of a killed import is simply taken over.
    """
    temp = _temp(target)
    fd = _locked(temp)
    try:
        yield fd
    finally:
        if _is_at(fd, temp):
            temp.unlink()
        os.close(fd)


def _temp(target: Path) -> Path:
    return target.with_name(f".{target.name}.importing")


def _is_at(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.lstat())
    except FileNotFoundError:
        return False


def _locked(temp: Path) -> int:
    while True:
        try:
            fd = os.open(temp, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise _no_room(error) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between opening and locking its owner may have renamed it into place: not ours to write then.
            if _is_at(fd, temp):
                os.ftruncate(fd, 0)
                return fd
        except BlockingIOError as error:
            os.close(fd)
            raise StoreBusy(Sentence("store-busy.importing")) from error
        os.close(fd)


def existing(target: Path, exponent: int, *, keep: bool) -> bool:
    """Whether there are items at target, and they are to be kept.

    Raises StoreForeign or StoreTooNew if target is no catalogue of ours to write over, StoreBroken if it is
    to be kept and cannot be read.
    """
    if not target.exists() or target.stat().st_size == 0:
        return False
    try:
        with closing(open_catalogue(target)) as connection:
            if keep:
                _check_kept(connection, target, exponent)
            return keep
    except StoreBroken:
        if keep:
            raise
        return False


def _check_kept(connection: sqlite3.Connection, target: Path, exponent: int) -> None:
    try:
        about = dict(connection.execute("SELECT key, value FROM about"))
        torn = connection.execute(
            "SELECT sku FROM item WHERE variant != '' AND NOT json_valid(variant) LIMIT 1"
        ).fetchall()
    except sqlite3.DatabaseError as error:
        raise StoreBroken(Sentence("catalogue.replace", error=reason(error))) from error
    if torn:
        raise StoreBroken(Sentence("catalogue.replace", error=torn[0][0]))
    if about.get("exponent") != str(exponent):
        raise StoreForeign(Sentence("store-foreign.units", path=str(target)))


@contextmanager
def under_construction(target: Path, fd: int, *, merge: bool) -> Iterator[sqlite3.Connection]:
    """A connection to the claimed file, which knows the catalogue at target as old if they are to be merged.

    Raises StoreFull, StoreReadOnly or StoreBroken for what goes wrong on the disk.
    """
    uri = f"{_temp(target).absolute().as_uri()}?mode=rw&nolock=1"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            for setting in _SETTINGS:
                connection.execute(f"PRAGMA {setting}")
            if merge:
                old = f"{target.absolute().as_uri()}?mode=ro&immutable=1"
                connection.execute("ATTACH ? AS old", (old,))
            yield connection
    except sqlite3.DatabaseError as error:
        if not _is_at(fd, _temp(target)):
            raise  # the new catalogue is in place: nothing stays as it was
        if trouble := _trouble(error, fd, merge=merge):
            raise trouble from error
        raise


def build(connection: sqlite3.Connection, digest: str, exponent: int, *, merge: bool) -> None:
    """Make the new catalogue of what is staged and, merged, of what stays of old; commits."""
    connection.executescript(SCHEMA)  # which ends the transaction of whoever staged
    connection.execute("BEGIN")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
    for table, new, order in _CONTENT:
        kept = f" UNION ALL SELECT * FROM old.{table} WHERE {_STAYS.format(table=table)}" if merge else ""
        connection.execute(f"INSERT INTO main.{table} {new}{kept} ORDER BY {order}")
    items = connection.execute("SELECT count(*) FROM item").fetchone()[0]
    about = {"items": items, "digest": digest, "exponent": exponent}
    connection.executemany("INSERT INTO about VALUES (?, ?)", [(k, str(v)) for k, v in about.items()])
    index(connection)
    connection.execute("COMMIT")


def put_in_place(fd: int, target: Path) -> None:
    """Put the claimed file, which is whole now, in the place of target: wholly or not at all.

    Raises StoreFull, StoreReadOnly or StoreBroken; only the last may come after the swap, and then says so.
    """
    try:
        # Whoever runs the import, the daemon must be able to read it; a price list holds no secret.
        os.fchmod(fd, 0o644)
        os.fsync(fd)
        _temp(target).replace(target)
    except OSError as error:
        raise _no_room(error) from error
    try:
        directory = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        why = Sentence("store-broken.unconfirmed", error=reason(error))
        raise StoreBroken(why) from error


def _trouble(error: sqlite3.DatabaseError, fd: int, *, merge: bool) -> StoreError | None:
    """What SQLite says in its own words, in ours; None if it is no trouble of a disk or of what is merged."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(Sentence("store-full.catalogue"))
    if merge and code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT):
        return StoreBroken(Sentence("catalogue.replace", error=reason(error)))
    if code not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT):
        return None
    try:
        # It does not say why a write failed (a quota, a limit): the disk does.
        os.pwrite(fd, bytes(_CHUNK), os.fstat(fd).st_size)
    except OSError as why:
        return _no_room(why)
    return StoreBroken(Sentence("store-broken.catalogue", error=reason(error)))


def _no_room(error: OSError) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreFull(Sentence("store-full.catalogue"))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
        why = Sentence("store-readonly.catalogue", error=reason(error), path=str(error.filename))
        return StoreReadOnly(why)
    return StoreBroken(Sentence("store-broken.catalogue", error=reason(error)))
