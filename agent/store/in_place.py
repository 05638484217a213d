"""Whether the open store's files are still under their names, and a copy of what they hold when they are not.

SQLite goes on writing into a file that was removed or replaced, and all of it is gone when the process ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agent.files import regular_file
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.store.errors import StoreGone, StoreReadOnly
from agent.store.high_water import HighWater, sync_directory
from agent.store.log_remains import INDEX_BYTES, holds, is_as_indexed

log = logging.getLogger("agent.store")

RESCUED: Final = "rescued"
_SHARED_LOCK = 0x40000002, 510
"""Where whoever reads a file of SQLite's holds it (SHARED_FIRST, SHARED_SIZE)."""


@dataclass(slots=True)
class _File:
    """A file of the open store as it was last: which one, how long, and when it was written."""

    same: tuple[int, int] | None = None
    size: int = 0
    written_ns: int = 0


class InPlace:
    """Of one store, made right after it was opened; for who has the turn. marked: what else is known of it.
    copied: the copy that was made. altered: something was written into the files, which are not trusted any
    more."""

    def __init__(self, path: Path, marked: HighWater) -> None:
        self._path = path
        self._marked = marked
        self._known = {str(path): _File(), f"{path}-wal": _File()}
        self._kept: dict[str, int] = {}
        self._directory = self._open(str(path.parent))
        self._open(str(path))
        self.copied: Path | None = None
        self.altered = False
        self._holds(ours=True)

    def check(self, connection: sqlite3.Connection, *, ours: bool = False) -> None:
        """StoreGone if they are not; what was recorded is in a copy then, made once, if there is room.
        StoreReadOnly if the disk does not tell. ours: what was written since the last look, this till
        wrote."""
        path = self._path
        if self._holds(ours=ours):
            if self.copied:
                # It goes on without the copy, which would be called the newest when it is not any more.
                log.warning("store: %s is there again; %s is not needed", path, self.copied)
                self.copied.unlink(missing_ok=True)
                self.copied = None
            return
        if self.altered and self.copied is None:
            raise StoreGone(Sentence("store-gone.altered", path=str(path)))
        if not self.is_its_directory() and os.fstat(self._open(str(path))).st_nlink:
            # Unmounted or moved, and nothing of it is gone. A copy here would be a second store.
            raise StoreGone(Sentence("store-gone.elsewhere", directory=str(path.parent)))
        if self.copied is None or not self.copied.exists():
            try:
                self.copied = _copy(connection, path)
            except (OSError, sqlite3.Error) as error:
                log.critical("store: %s is not there any more, and cannot be copied: %s", path, error)
                raise StoreGone(Sentence("store-gone.open", path=str(path), error=reason(error))) from error
            log.critical("store: %s is not there any more; its content is in %s", path, self.copied)
        raise StoreGone(Sentence("store-gone.copied", path=str(path), copy=self.copied.name))

    def is_its_directory(self) -> bool:
        """Whether the directory of that name is still the one the store was opened in."""
        try:
            found = os.stat(self._path.parent)  # noqa: PTH116 - as below
        except OSError:
            return False
        return os.path.samestat(found, os.fstat(self._directory))

    def close(self) -> None:
        """Only after the store's connection: whoever closes a file takes SQLite's locks on it away."""
        for file in self._kept.values():
            os.close(file)
        self._kept.clear()

    def _holds(self, *, ours: bool) -> bool:
        """Whether each file is still the one that was opened, with nothing written into it by others; the log
        has its name from the first write."""
        if self.altered:
            return False
        # Asked before and after every commit: no more than a call of the system for each.
        for name, known in self._known.items():
            try:
                file = os.stat(name)  # noqa: PTH116 - a Path's own takes twice as long
            except (FileNotFoundError, NotADirectoryError):
                if known.same:
                    return False
                continue
            except OSError as error:
                why = Sentence("store-readonly.file-unseen", path=name, error=reason(error))
                raise StoreReadOnly(why) from error
            found = _File((file.st_dev, file.st_ino), file.st_size, file.st_mtime_ns)
            if known.same and found.same != known.same:
                return False
            if known.same and not ours and found != known and self._is_overwritten(name, found, known):
                log.critical("store: %s was overwritten while the till runs", name)
                self._leave_as_it_is()
                return False
            self._known[name] = found
        return True

    def _is_overwritten(self, name: str, found: _File, known: _File) -> bool:
        """Whether a file whose size or time is not that of our last write has lost something. A write of ours
        that failed, another program's that reads by the rules, or somebody's touch takes nothing away."""
        if name != str(self._path):
            return not is_as_indexed(Path(name), os.pread(self._open(f"{self._path}-shm"), INDEX_BYTES, 0))
        if (base := self._marked.base) is None:
            return found.size < known.size
        return not holds(self._open(name), base.hash)

    def _leave_as_it_is(self) -> None:
        """SQLite folds the log in when it closes the file, unless somebody reads, which is what this lock of
        our own says: never into what somebody has laid there."""
        self.altered = True
        reads = struct.pack("hhqqi", fcntl.F_RDLCK, os.SEEK_SET, *_SHARED_LOCK, 0)
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._open(str(self._path)), fcntl.F_OFD_SETLK, reads)

    def _open(self, name: str) -> int:
        if name not in self._kept:
            self._kept[name] = regular_file.at_once(name, os.O_RDONLY)
        return self._kept[name]


def newest_copy(path: Path) -> Path | None:
    """The last copy made of a store that was removed or replaced, if nobody has put it in place yet."""
    return max(path.parent.glob(f"{path.name}.{RESCUED}-*"), default=None)


def _copy(connection: sqlite3.Connection, path: Path) -> Path:
    """Everything that was committed, whole under its name or not there."""
    kept = path.with_name(f"{path.name}.{RESCUED}-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(sqlite3.connect(fresh)) as copy:
            connection.backup(copy)
        written = os.open(fresh, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(written)
        finally:
            os.close(written)
        fresh.rename(kept)
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
    sync_directory(path.parent)
    return kept
