"""The room on the store's disk: what is left of it, and a ballast that is given up last."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import threading
from pathlib import Path
from typing import Literal

from agent.store.errors import FULL

BALLAST_NAME = "ballast"
# With less room than this SQLite's own small files do not fit, and it calls that an I/O error.
LEAST_BYTES = 256 * 1024
# The log's index grows by half of this at a time.
_INDEX_BYTES = 64 * 1024
_PAGE = 4096
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


class Room:
    """Any thread may ask. low_bytes: less than this is little. ballast_bytes: what is kept back in a file
    beside the store, so that the last sales and calls still fit on a disk that is full; 0 for none."""

    def __init__(self, directory: Path, low_bytes: int = 0, ballast_bytes: int = 0) -> None:
        self._directory = directory
        self._file = directory / BALLAST_NAME
        self._making = threading.Lock()
        self.low_bytes = low_bytes
        self.ballast_bytes = ballast_bytes

    def free_bytes(self) -> int:
        """What this process may still write, the ballast not counted."""
        found = os.statvfs(self._directory)
        return found.f_bavail * found.f_frsize

    def kept_bytes(self) -> int:
        """The size of the ballast as it stands; 0 when it was given up."""
        try:
            return self._file.stat().st_size
        except FileNotFoundError:
            return 0

    def wants_ballast(self) -> bool:
        """Whether it is missing and there is room for it, without making room scarce."""
        return self.kept_bytes() < self.ballast_bytes and self.free_bytes() - self.ballast_bytes >= max(
            self.low_bytes, self.ballast_bytes
        )

    def make_ballast(self) -> None:
        """Put it there; a disk that does not take it after all keeps none."""
        with self._making:
            if self.wants_ballast():
                try:
                    # Nothing else that lies there under its name is filled, nor waited for.
                    with open(self._file, "wb", opener=_ours) as file:
                        os.posix_fallocate(file.fileno(), 0, self.ballast_bytes)
                except OSError:
                    with contextlib.suppress(OSError):
                        self._file.unlink()

    def give_up_ballast(self) -> bool:
        """Let go of it; whether there was one."""
        with self._making, contextlib.suppress(OSError):
            self._file.unlink()
            return True
        return False


def _ours(file: str, flags: int) -> int:
    return os.open(file, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)


def may_map(directory: Path) -> bool:
    """Whether SQLite may be let at a store. It maps its index of the log into memory, and beforehand writes
    one byte to each page of that, so that the disk keeps the room. Where a block is smaller than a page that
    keeps too little, and on a full disk the kernel ends the process at the first touch (SIGBUS)."""
    try:
        found = os.statvfs(directory)
    except OSError:
        return True  # opening tells better what is wrong
    return found.f_frsize >= _PAGE or found.f_bavail * found.f_frsize >= _INDEX_BYTES


def refuses(directory: Path) -> Literal["", "full", "readonly"]:
    """Whether the disk takes nothing more, tried with a file of no name: SQLite says "I/O error" to a quota
    and to a file system that turned read-only. "" also where it fails in another way."""
    try:
        with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
            if os.pwrite(file.fileno(), bytes(LEAST_BYTES), 0) < LEAST_BYTES:
                return "full"
    except OSError as error:
        return "full" if error.errno in FULL else "readonly" if error.errno in _READ_ONLY else ""
    return ""
