"""Whether the open store's files are still under their names, and a copy of what they hold when they are not.

SQLite goes on writing into a file that was removed or replaced, and all of it is gone when the process ends.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.store.errors import StoreGone
from agent.store.high_water import sync_directory

log = logging.getLogger("agent.store")

RESCUED: Final = "rescued"


class InPlace:
    """Of one store, made right after it was opened; for who has the turn. copied: the copy that was made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, tuple[int, int] | None] = {str(path): None, f"{path}-wal": None}
        self.copied: Path | None = None
        self.holds()

    def holds(self) -> bool:
        """Whether each file is still the one that was opened; the log has its name from the first write."""
        # Asked before and after every commit: no more than a call of the system for each.
        for name, known in self._known.items():
            try:
                file = os.stat(name)  # noqa: PTH116 - a Path's own takes twice as long
            except OSError:
                if known:
                    return False
                continue
            found = file.st_dev, file.st_ino
            if known is None:
                self._known[name] = found
            elif found != known:
                return False
        return True

    def check(self, connection: sqlite3.Connection) -> None:
        """StoreGone if they are not; what was recorded is in a copy then, made once, if there is room."""
        if self.holds():
            return
        path = self._path
        if self.copied is None:
            try:
                self.copied = _copy(connection, path)
            except (OSError, sqlite3.Error) as error:
                log.critical("store: %s is not there any more, and cannot be copied: %s", path, error)
                raise StoreGone(Sentence("store-gone.open", path=str(path), error=reason(error))) from error
            log.critical("store: %s is not there any more; its content is in %s", path, self.copied)
        raise StoreGone(Sentence("store-gone.copied", path=str(path), copy=self.copied.name))


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
