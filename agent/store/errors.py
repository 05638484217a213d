"""What can be wrong with a store, in a sentence for the person in front of the box."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from typing import Final, TypeGuard

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.language.system_words import reason


class StoreError(Exception):
    """Any trouble with the store. sentence says what it is and what to do."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence)

    @property
    def text(self) -> str:
        """In English, as the log has it."""
        return in_english(self.sentence)

    def __str__(self) -> str:
        return self.text


class StoreBusy(StoreError):
    """Another process owns this store."""


class StoreTooNew(StoreError):
    """Written by a newer version; it was not touched."""


class StoreForeign(StoreError):
    """The file is not a store of this program."""


class StoreKeyless(StoreError):
    """The key that opens what is sealed is not there, or cannot be read."""


class StoreSealed(StoreError):
    """Sealed with another key; it was not touched."""


class RowDamaged(StoreError):
    """What one row says cannot be read, or contradicts another; the rest of the store works."""


class PageDamaged(RowDamaged):
    """The disk does not give back a part of the store, which was only asked for; the rest works."""


class Fault(Exception):
    """A mistake of ours within a transaction, and nothing that the store holds; its cause is the error."""


class StoreLost(StoreError):
    """This till has sold before, and the store is not there or older than that; nothing was touched."""


class StoreMixed(StoreLost):
    """An older copy of the file beside the log of a newer one; nothing was touched."""


class StoreFull(StoreError):
    """The disk is full. The transaction was rolled back; nothing is half done."""


class StoreReadOnly(StoreError):
    """The store cannot be written."""


class StoreGone(StoreReadOnly):
    """The store's file was removed or replaced under the running till, which writes nothing more into it."""


class StoreBroken(StoreError):
    """I/O error or damage. Nobody may trust this connection any more: close, restart, read again."""


class StoreUnsure(StoreBroken):
    """So at the end of a commit: whether it is there is known once the store was opened again."""


class StoreDamaged(StoreBroken):
    """The file itself is damaged: opening it again does not help."""


UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError)
"""What a damaged row comes to: a broken seal and bad JSON are ValueErrors, the others a value that is not
there, or of another kind or size."""

FAULTS = (
    *UNREADABLE,
    AssertionError,
    Fault,
    LookupError,
    RuntimeError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)
"""What a mistake in our own code comes to."""

FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = {
    errno.EACCES,
    errno.EEXIST,
    errno.EINVAL,
    errno.EMEDIUMTYPE,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOSYS,
    errno.ENOTDIR,
    errno.ENXIO,
    errno.EOPNOTSUPP,
    errno.EOVERFLOW,
    errno.EPERM,
    errno.EROFS,
}
_FULL = {sqlite3.SQLITE_FULL}
_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_SYNC = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNREAD = {*_DAMAGED, sqlite3.SQLITE_IOERR}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class Border:
    """A function from error to error as a context around a block: what it makes of an error is raised in its
    place, what it makes nothing of passes. Around each commit are many, and a generator takes several times
    as long."""

    def __init__(self, told: Callable[[BaseException], Exception | None]) -> None:
        self.told = told

    def __call__(self) -> Border:
        return self

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and (told := self.told(error)):
            raise told from error


@Border
def translated(error: BaseException) -> StoreError | None:
    """Turn sqlite3's errors into ours at the border. Programming errors pass through untouched."""
    ours = (sqlite3.IntegrityError, sqlite3.ProgrammingError)
    return _named(error) if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, ours) else None


@Border
def of_rows(error: BaseException) -> RowDamaged | None:
    """Around the reading and writing of stored rows. What they hold no till writes, so that it cannot be read
    or added to, is told as RowDamaged."""
    if isinstance(error, (*UNREADABLE, sqlite3.IntegrityError)):
        return RowDamaged(Sentence("row-damaged.misfit", error=type(error).__name__))
    return None


@Border
def asking(error: BaseException) -> Exception | None:
    """Around a question, in which nothing is written: as of_rows and translated. What the disk does not give
    back is told as PageDamaged, and no reason to trust the connection no more."""
    found = translated.told(error)
    told, cause = (found, error) if found else (error, error.__cause__)
    if isinstance(told, StoreBroken) and not_given_back(cause):
        return PageDamaged(Sentence("row-damaged.page", error=reason(cause)))
    return found or of_rows.told(error)


def code_of(error: BaseException | None) -> int:
    """SQLite's primary result code; 0 where the error is none of its own, such as a text that Python cannot
    decode."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def not_given_back(error: BaseException | None) -> TypeGuard[sqlite3.DatabaseError]:
    """Whether the disk did not give SQLite what it has of the store, or gave something else."""
    return code_of(error) in _UNREAD


@Border
def of_ours(error: BaseException) -> Fault | None:
    """Around what the caller works out within a transaction of the store: its errors are told as Fault and
    are no damage."""
    return Fault() if isinstance(error, UNREADABLE) else None


@Border
def committing(error: BaseException) -> StoreUnsure | None:
    """Around a COMMIT: an I/O error there leaves open what the disk has."""
    if isinstance(error, sqlite3.DatabaseError) and isinstance(_named(error), StoreBroken):
        return StoreUnsure(Sentence("store-unsure", error=reason(error)))
    return None


def of_system(error: OSError, said: Sentence, full: Sentence) -> StoreError:
    """What the system says of a file of the store: full and refused last until somebody does something about
    it, anything else may pass."""
    if error.errno in FULL:
        return StoreFull(full)
    return StoreReadOnly(said) if error.errno in _REFUSED else StoreBroken(said)


def not_opened(error: StoreError) -> bool:
    """Whether SQLite could not open or make one of its files, and does not say why."""
    return code_of(error.__cause__) == sqlite3.SQLITE_CANTOPEN


def sync_failed(error: StoreError) -> bool:
    """Whether the disk took the bytes and then did not confirm them: what of them is there nobody knows."""
    return getattr(error.__cause__, "sqlite_errorcode", 0) in _SYNC


def _named(error: sqlite3.DatabaseError) -> StoreError:
    primary = code_of(error)
    if primary in _FULL:
        return StoreFull(Sentence("store-full"))
    if primary in _READ_ONLY:
        return StoreReadOnly(Sentence("store-readonly.sqlite", error=reason(error)))
    if primary in _BUSY:
        return StoreBusy(Sentence("store-busy.held"))
    if primary in _DAMAGED:
        return StoreDamaged(Sentence("store-broken.damaged", error=reason(error)))
    return StoreBroken(Sentence("store-broken.sqlite", error=reason(error)))
