"""The open store, and its opening by one owner: as it is, by a person's word, or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.store import beginning, bills, elsewhere, high_water, key_value, keys, omitted
from agent.store.beginning import Word
from agent.store.errors import (
    Border,
    RowDamaged,
    StoreBroken,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreLost,
    StoreMixed,
    StoreReadOnly,
    not_opened,
    of_rows,
    of_system,
    sync_failed,
    translated,
)
from agent.store.high_water import Ended, HighWater, Mark
from agent.store.in_place import InPlace, newest_copy
from agent.store.inspection import MARKED_FACT, inspected
from agent.store.keys import CHECK_FACT, writers_vault
from agent.store.log_remains import LogRun
from agent.store.migration import SETTINGS, AllOrNothing, prepare
from agent.store.reader import TEXT, check_file, reader
from agent.store.room import refuses
from agent.store.sealing import SealedConnection, Vault

log = logging.getLogger("agent.store")

FILE_NAME = "till.db"
LOCK_NAME = "till.lock"


@dataclass
class Store:
    """The open store and its only writing connection, for whoever has the turn."""

    path: Path
    connection: SealedConnection
    lock_fds: Sequence[int]
    vault: Vault
    high_water: HighWater
    in_place: InPlace
    log_run: LogRun
    key_beside: bool = False
    """Whether its key lies beside it."""
    home: Path | None = None
    """The till's own directory, where the store lies elsewhere."""
    interrupted: bool = False
    """Whether the run before left it as it was at that moment: killed, cut off, or on a disk that failed."""

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Leaving the block normally means: it is on the disk."""
        connection = self.connection
        self.look()
        connection.noted, connection.ended_call, connection.ended_job = None, 0, 0
        with _told_by_disk(self.path), translated(), AllOrNothing(connection):
            yield connection
        ended = Ended(connection.ended_call, connection.ended_job)
        self.high_water.note(connection.noted, ended, new_log=self.log_run.changed())
        # Or it was written where nothing will be found again; the copy made now has it.
        self.in_place.check(connection, ours=True)

    def look(self) -> None:
        """StoreGone if the store's file was removed, replaced or overwritten: costs two calls of the
        system."""
        self.in_place.check(self.connection)

    def look_beside(self) -> StoreError | None:
        """In a quiet moment: what lies beside the store and its next opening needs is put back where it is
        gone; what cannot be put back. Nothing is, in another directory that has its name."""
        try:
            if not self.in_place.is_its_directory():
                return None
            if self.key_beside:
                keys.look(self.path.parent, self.vault)
            if self.home and self.high_water.has_given:
                elsewhere.name(self.home, self.path.parent)
        except StoreError as error:
            return error
        return self.high_water.look()

    def reader(self) -> sqlite3.Connection:
        """A new read-only connection, for one thread."""
        return reader(self.path, self.vault)

    def log_bytes(self) -> int:
        """Size of the write-ahead log."""
        try:
            return self.path.with_name(f"{self.path.name}-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file; done when idle, by the one writer."""
        self.look()
        with _told_by_disk(self.path), translated():
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self.in_place.check(self.connection, ours=True)

    def close(self) -> None:
        """Give the store back. Safe to call twice."""
        if not self.lock_fds:
            return
        with contextlib.suppress(StoreReadOnly, sqlite3.ProgrammingError):
            self.look()
        self.high_water.close()
        self.log_run.close()
        self.connection.close()
        self.in_place.close()
        _give_back(self.lock_fds)
        self.lock_fds = ()


def open_store(
    directory: Path, *, key_file: Path | None = None, home: Path | None = None, synchronous: int = 2
) -> Store:
    """Open or create the store in a directory and own it until close(). Its key is in key_file, or in a file
    beside it that is made with it. home: the till's own directory, where the store lies elsewhere.

    Raises StoreBusy if another process owns it, StoreTooNew, StoreForeign, StoreSealed, StoreKeyless,
    StoreLost, StoreDamaged (all untouched), StoreReadOnly or StoreFull. synchronous other than 2 is for the
    power-cut proof's controls.
    """
    lock_fds = _lock(directory)
    path = directory / FILE_NAME
    with contextlib.ExitStack() as undo:
        undo.callback(_give_back, lock_fds)
        undo.enter_context(_told_by_system(directory))
        with _told_by_disk(path, Sentence("store-full.opening", directory=str(directory))), of_rows():
            mark, word = high_water.read(directory), beginning.said(directory)
            version, check, why = _looked_at(path, mark, word, home)
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
            in_place = InPlace(path, high)
            undo.callback(in_place.close)
            store = Store(path, connection, lock_fds, vault, high, in_place, LogRun(path))
            store.key_beside, store.home = key_file is None, home
            undo.callback(store.high_water.close)
            undo.callback(store.log_run.close)
            _begun(store, mark, word, why)
        undo.pop_all()
    return store


def trouble(directory: Path, home: Path | None = None) -> tuple[StoreError | None, Mark | None]:
    """What keeps the store in a directory from being opened until a person says a word, and its mark; while
    nobody else owns it. Raises StoreBusy and what no word helps against."""
    lock_fds = _lock(directory)
    try:
        with _told_by_system(directory):
            mark = high_water.read(directory)
            _looked_at(directory / FILE_NAME, mark, None, home)
    except (RowDamaged, StoreLost, StoreDamaged, StoreForeign) as error:
        return error, mark
    finally:
        _give_back(lock_fds)
    if not (directory / FILE_NAME).exists() or beginning.is_whole(directory / FILE_NAME):
        return None, mark
    return StoreDamaged(Sentence("store-broken.damaged", error=Sentence("system.corrupt"))), mark


def key_opens(directory: Path, key_file: Path | None) -> bool:
    """Whether the store in a directory can be opened with its key; also where there is no store."""
    path = directory / FILE_NAME
    if not path.exists():
        return True
    with closing(reader(path, Vault(None))) as connection, translated():
        check = key_value.load(connection, CHECK_FACT)
    return not check or keys.opens(directory, key_file, check)


def _looked_at(path: Path, mark: Mark | None, word: Word | None, home: Path | None) -> tuple[int, str, str]:
    """(schema version, check of the key, why a person's word was needed). Raises what only a word helps
    against where none was said; where one was, a store that cannot be used is set aside."""
    lost: StoreError | None
    try:
        with of_rows():
            version, check, lost = inspected(path, mark, home)
            if word and isinstance(lost, StoreMixed):
                beginning.set_aside(path, word, ("-wal",))
                version, check, lost = inspected(path, mark, home)
    except (RowDamaged, StoreDamaged, StoreForeign) as error:
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
    if not omitted.is_sure(store.connection):
        with contextlib.suppress(StoreFull), store.transaction() as tx:
            if omitted.mend(tx):
                log.error("store: how far numbers are left out was damaged, and is as the journal tells it")
    # What is left in the log at the next opening is then of one run (agent.store.log_remains).
    if store.log_bytes():
        with contextlib.suppress(StoreFull):
            store.checkpoint()
    connection = store.connection
    with translated():
        last = beginning.last_bill(connection, mark.last if mark else None)
        made = store.high_water.begin(bills.reached(connection), last)
    if made and not key_value.load(connection, MARKED_FACT):
        with contextlib.suppress(StoreFull), store.transaction() as tx:
            key_value.save(tx, MARKED_FACT, "yes")
    # Only now: until the mark is this store's, the next opening needs the word again.
    beginning.done(store.path.parent, word)


@contextmanager
def _told_by_system(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _of_directory(error, directory) from error


def _told_by_disk(store: Path, full: Sentence | None = None) -> Border:
    """An I/O error, or a file that cannot be opened, by its own name where the disk has one for it: no room,
    also for one more name, a quota, read-only. full: how all but the last are said."""

    def told(error: BaseException) -> StoreError | None:
        if not isinstance(error, StoreBroken | StoreReadOnly) or isinstance(error, StoreDamaged):
            return None
        asked = not_opened(error) if isinstance(error, StoreReadOnly) else not sync_failed(error)
        why = refuses(store.parent) if asked else ""
        if why == "full":
            return StoreFull(full or Sentence("store-full"))
        if why == "readonly":
            return StoreReadOnly(Sentence("store-readonly.sqlite", error=reason(error.__cause__ or error)))
        return None

    return Border(told)


def _lock(directory: Path) -> tuple[int, ...]:
    """The files whose locks say who owns the store: one of its own, for earlier versions, and the directory,
    which nobody can remove from under it."""
    held: list[int] = []
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        held.append(os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        held.append(os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        if os.geteuid() == 0:
            # A command of root's may be the first to make it, and the till must lock it tomorrow.
            owner = os.fstat(held[1])
            os.fchown(held[0], owner.st_uid, owner.st_gid)
        fcntl.flock(held[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Not every file system has locks of directories.
        with _unless_held():
            fcntl.flock(held[1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        _give_back(held)
        if isinstance(error, BlockingIOError):
            raise StoreBusy(Sentence("store-busy.owned", directory=str(directory))) from error
        if not isinstance(error, PermissionError):
            check_file(directory / LOCK_NAME)
        raise _of_directory(error, directory) from error
    return tuple(held)


def _of_directory(error: OSError, directory: Path) -> StoreError:
    full = Sentence("store-full.opening", directory=str(directory))
    # A file has its name, or that of a directory above it.
    none = isinstance(error, FileExistsError | NotADirectoryError)
    told = Sentence("system.no-directory") if none else reason(error)
    why = Sentence("store-readonly.directory", directory=str(directory), error=told)
    return of_system(error, why, full)


@contextmanager
def _unless_held() -> Iterator[None]:
    try:
        yield
    except BlockingIOError:
        raise
    except OSError:
        pass


def _give_back(lock_fds: Iterable[int]) -> None:
    for fd in lock_fds:
        os.close(fd)
