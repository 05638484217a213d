"""Opening the store: one owner, the right settings proven, the schema brought up to date or refused."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from agent.language.sentence import Sentence
from agent.sale.numbering import bill_number
from agent.store import beginning, bills, high_water, key_value, keys
from agent.store.beginning import Word
from agent.store.errors import (
    StoreBroken,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreGone,
    StoreLost,
    StoreMixed,
    StoreReadOnly,
    StoreTooNew,
    committing,
    of_rows,
    sync_failed,
    translated,
)
from agent.store.high_water import BLOCK, MARK_NAME, Ended, HighWater, LastBill, Mark
from agent.store.in_place import InPlace, newest_copy
from agent.store.keys import CHECK_FACT, KEY_NAME, readers_vault, writers_vault
from agent.store.log_remains import is_of_another_file, lost_commits, run_of
from agent.store.room import refuses
from agent.store.sealing import SealedConnection, Vault

APPLICATION_ID = 0x504F5341  # "POSA"
SCHEMA_VERSION = 2
FILE_NAME = "till.db"
LOCK_NAME = "till.lock"
# A damaged byte spoils its own text, and not every row read with it.
TEXT: Final = partial(str, encoding="utf-8", errors="replace")
MARKED_FACT: Final = "numbers-marked"

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


@dataclass
class Store:
    """The open store and its only writing connection, for whoever has the turn."""

    path: Path
    connection: SealedConnection
    lock_fd: int
    vault: Vault
    high_water: HighWater
    in_place: InPlace
    log_run: bytes = b""
    """Of the log (agent.store.log_remains.run_of) at the last commit."""
    interrupted: bool = False
    """Whether the run before left it as it was at that moment: killed, cut off, or on a disk that failed."""

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Leaving the block normally means: it is on the disk."""
        connection = self.connection
        self.look()
        connection.noted, connection.ended_call, connection.ended_job = None, 0, 0
        with _told_by_disk(self.path.parent), translated(), _all_or_nothing(connection):
            yield connection
        before, self.log_run = self.log_run, run_of(self.path, self.log_run)
        ended = Ended(connection.ended_call, connection.ended_job)
        self.high_water.note(connection.noted, ended, new_log=before != self.log_run)
        # Or it was written where nothing will be found again; the copy made now has it.
        self.look()

    def look(self) -> None:
        """StoreGone if the store's file was removed or replaced: costs two calls of the system."""
        self.in_place.check(self.connection)

    def reader(self) -> sqlite3.Connection:
        """A new read-only connection, for one thread."""
        return _reader(self.path, self.vault)

    def log_bytes(self) -> int:
        """Size of the write-ahead log."""
        try:
            return self.path.with_name(f"{self.path.name}-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file; done when idle, by the one writer."""
        with _told_by_disk(self.path.parent), translated():
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Give the store back. Safe to call twice."""
        with contextlib.suppress(StoreGone, sqlite3.ProgrammingError):
            self.look()
        self.high_water.close()
        self.connection.close()
        if self.lock_fd >= 0:
            os.close(self.lock_fd)
            self.lock_fd = -1


def open_store(directory: Path, *, key_file: Path | None = None, synchronous: int = 2) -> Store:
    """Open or create the store in a directory and own it until close(). Its key is in key_file, or in a file
    beside it that is made with it.

    Raises StoreBusy if another process owns it, StoreTooNew, StoreForeign, StoreSealed, StoreKeyless,
    StoreLost, StoreDamaged (all untouched), StoreReadOnly or StoreFull. synchronous other than 2 is for the
    power-cut proof's controls.
    """
    lock_fd = _lock(directory)
    path = directory / FILE_NAME
    with contextlib.ExitStack() as undo:
        undo.callback(os.close, lock_fd)
        with _told_by_disk(directory, Sentence("store-full.opening", directory=str(directory))), of_rows():
            mark, word = high_water.read(directory), beginning.said(directory)
            version, check, why = _looked_at(path, mark, word)
            if word and word.key_lost and check and not keys.opens(directory, key_file, check):
                beginning.set_aside(path, word)
                version, check, why = 0, "", "keyless"
            vault = writers_vault(directory, key_file, check)
            with translated():
                connection = sqlite3.connect(
                    path, isolation_level=None, check_same_thread=False, factory=SealedConnection
                )
            connection.vault = vault
            connection.text_factory = TEXT
            undo.callback(connection.close)
            prepare(connection, version, SETTINGS | {"synchronous": synchronous})
            if not check:
                with translated():
                    connection.execute("INSERT INTO fact VALUES (?, ?)", (CHECK_FACT, vault.check))
            keys.keep(directory)
            high = HighWater(directory, vault.check, mark)
            store = Store(path, connection, lock_fd, vault, high, InPlace(path), run_of(path))
            undo.callback(store.high_water.close)
            _begun(store, mark, word, why)
        undo.pop_all()
    return store


def trouble(directory: Path) -> tuple[StoreError | None, Mark | None]:
    """What keeps the store in a directory from being opened until a person says a word, and its mark; while
    nobody else owns it. Raises StoreBusy and what no word helps against."""
    lock_fd = _lock(directory)
    try:
        mark = high_water.read(directory)
        _looked_at(directory / FILE_NAME, mark, None)
    except (StoreLost, StoreDamaged, StoreForeign) as error:
        return error, mark
    finally:
        os.close(lock_fd)
    if not (directory / FILE_NAME).exists() or beginning.is_whole(directory / FILE_NAME):
        return None, mark
    return StoreDamaged(Sentence("store-broken.damaged", error="quick_check")), mark


def key_opens(directory: Path, key_file: Path | None) -> bool:
    """Whether the store in a directory can be opened with its key; also where there is no store."""
    path = directory / FILE_NAME
    if not path.exists():
        return True
    with closing(_reader(path, Vault(None))) as connection, translated():
        check = key_value.load(connection, CHECK_FACT)
    return not check or keys.opens(directory, key_file, check)


def _looked_at(path: Path, mark: Mark | None, word: Word | None) -> tuple[int, str, str]:
    """(schema version, check of the key, why a person's word was needed). Raises what only a word helps
    against where none was said; where one was, a store that cannot be used is set aside."""
    lost: StoreError | None
    try:
        version, check, lost = _inspect(path, mark)
        if word and isinstance(lost, StoreMixed):
            beginning.set_aside(path, word, ("-wal",))
            version, check, lost = _inspect(path, mark)
    except (StoreDamaged, StoreForeign) as error:
        version, check, lost = 0, "", error
    if lost and not word:
        if (copy := newest_copy(path)) and isinstance(lost, StoreLost):
            raise StoreLost(Sentence("store-lost.copied", path=str(path), copy=copy.name)) from lost
        raise lost
    if not word:
        return version, check, ""
    if version and beginning.is_whole(path):
        return version, check, "older" if lost else ""
    beginning.set_aside(path, word)
    return 0, "", "damaged" if version or not isinstance(lost, StoreLost) else "missing"


def _begun(store: Store, mark: Mark | None, word: Word | None, why: str) -> None:
    """A person's word, if there is one, is carried out, and the high-water mark is this store's."""
    store.connection.high_water = store.high_water
    with translated():
        behind = beginning.is_behind(store.connection, mark)
    if word or behind:
        with store.transaction() as tx:
            beginning.carry_out(tx, word, mark, why)
    # What is left in the log at the next opening is then of one run (agent.store.log_remains).
    if store.log_bytes():
        with contextlib.suppress(StoreFull):
            store.checkpoint()
    connection = store.connection
    with translated():
        made = store.high_water.begin(bills.reached(connection), beginning.last_bill(connection))
    if made and not key_value.load(connection, MARKED_FACT):
        with contextlib.suppress(StoreFull), store.transaction() as tx:
            key_value.save(tx, MARKED_FACT, "yes")
    # Only now: until the mark is this store's, the next opening needs the word again.
    beginning.done(store.path.parent)


@contextmanager
def _told_by_disk(directory: Path, full: Sentence | None = None) -> Iterator[None]:
    """An I/O error by its own name where the disk has one for it: no room, a quota, read-only. full: how the
    first two are said."""
    try:
        yield
    except StoreBroken as error:
        why = "" if sync_failed(error) or isinstance(error, StoreDamaged) else refuses(directory)
        if why == "full":
            raise StoreFull(full or Sentence("store-full")) from error
        if why == "readonly":
            told = Sentence("store-readonly.sqlite", error=str(error.__cause__))
            raise StoreReadOnly(told) from error
        raise


def open_reader(path: Path, vault: Vault | None = None) -> sqlite3.Connection:
    """A read-only connection; works while the agent runs and when it does not. Without a vault, what is
    sealed is opened with the key beside the store, if that is where it is."""
    return _reader(path, vault or readers_vault(path.parent))


def _reader(path: Path, vault: Vault) -> sqlite3.Connection:
    with translated():
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            factory=SealedConnection,
        )
        connection.vault = vault
        connection.text_factory = TEXT
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA busy_timeout = 2000")
    return connection


def _lock(directory: Path) -> int:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock_fd = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull(Sentence("store-full.opening", directory=str(directory))) from error
        why = Sentence("store-readonly.directory", directory=str(directory), error=str(error.strerror))
        raise StoreReadOnly(why) from error
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock_fd)
        raise StoreBusy(Sentence("store-busy.owned", directory=str(directory))) from error
    return lock_fd


def _inspect(path: Path, mark: Mark | None) -> tuple[int, str, StoreLost | None]:
    """Schema version of the file, 0 for a new one, what it keeps of its key, and what it has lost; looks
    through a read-only connection only."""
    # SQLite opens a file it may not write without a word; better now than at the first scan.
    if path.exists() and not os.access(path, os.W_OK, effective_ids=True):
        raise StoreReadOnly(Sentence("store-readonly.file", path=str(path)))
    _roll_back(path)
    if not path.exists() or path.stat().st_size == 0:
        log = path.with_name(f"{path.name}-wal")
        return 0, "", _missing(path, mark or (log.exists() and log.stat().st_size))
    connection = _reader(path, Vault(None))
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
        return 0, "", _missing(path, mark)
    if application != APPLICATION_ID:
        raise StoreForeign(Sentence("store-foreign.store", path=str(path)))
    if version > SCHEMA_VERSION:
        raise StoreTooNew(
            Sentence("store-too-new.store", path=str(path), schema=version, known=SCHEMA_VERSION)
        )
    return version, check, lost


def _missing(path: Path, witness: object) -> StoreLost | None:
    """A store that is not there where there was one: it left its mark, its log or the key made with it."""
    if witness or (path.parent / KEY_NAME).exists():
        return StoreLost(Sentence("store-lost.missing", path=str(path)))
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
    return found is not None and bytes(found[0]) == last.hash


@contextmanager
def _foreign(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        # SQLite quotes a damaged schema in its error, and Python cannot read that.
        raise StoreDamaged(Sentence("store-broken.damaged", error=str(error))) from error
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_NOTADB:
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


def prepare(connection: sqlite3.Connection, version: int, settings: dict[str, int | str]) -> None:
    """Give a connection to a file of this version, 0 for an empty one, its settings and the present schema.

    Raises StoreReadOnly for a setting that does not take. A step of the schema that fails changes nothing.
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


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring the schema from version to SCHEMA_VERSION: each step whole or not at all."""
    for step in range(version + 1, SCHEMA_VERSION + 1):
        script = (Path(__file__).with_name("schema") / f"v{step}.sql").read_text("utf-8")
        with _all_or_nothing(connection):
            for statement in statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {step}")


@contextmanager
def _all_or_nothing(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        with committing():
            connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def statements(script: str) -> Iterator[str]:
    """The statements of an SQL script one by one (executescript would commit on its own)."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
