"""What SQLite did not take of the write-ahead log: frames behind the last it trusts, in its file format.

A power cut may leave parts of the one transaction that was being written. A whole transaction behind a bad
frame is another thing: it was on the disk before the next one began, and something has damaged it since. Each
opening folds the log in, so what is behind belongs to the last run.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from agent.files import regular_file
from agent.store.high_water import Base

_HEADER, _FRAME = 32, 24
_SALTS = 8, 16
"""How many bytes of the header tell one run from the next, and where."""
_MAGIC = 0x377F0682
INDEX_BYTES = 48
"""How much of the index beside the log its head takes (WalIndexHdr)."""
_TRUSTED = 16
"""Where the index beside the log keeps the number of its last trusted frame (WalIndexHdr.mxFrame)."""


def lost_commits(store: Path) -> int:
    """How many finished transactions the log of a store holds that SQLite does not take; while a connection
    that has read from the store is open. 0 for what an ordinary cut leaves."""
    try:
        log = store.with_name(f"{store.name}-wal").read_bytes()
    except FileNotFoundError:
        return 0
    commits = list(_remains(log, _trusted(store)))
    # The newest may be the one that was being written.
    return sum(commits[:-1])


def is_as_indexed(log: Path, index: bytes) -> bool:
    """Whether a log ends, where the head of the index beside it says, with the frame that was written last;
    between two transactions. A log that is folded in holds none."""
    if len(index) < INDEX_BYTES:
        return False
    (page_bytes,) = struct.unpack_from("=H", index, 14)
    (trusted,) = struct.unpack_from("=I", index, _TRUSTED)
    if not trusted:
        return True
    try:
        with open(log, "rb", opener=regular_file.at_once) as file:
            file.seek(_HEADER + (trusted - 1) * (_FRAME + page_bytes))
            frame = file.read(_FRAME + page_bytes)
    except FileNotFoundError:
        return False
    # Salts and running checksum (WalIndexHdr.aSalt, aFrameCksum); the frame has the latter in network order.
    return (
        len(frame) == _FRAME + page_bytes
        and frame[8:16] == index[32:40]
        and struct.unpack_from(">II", frame, 16) == struct.unpack_from("=II", index, 24)
    )


class LogRun:
    """Which run of its log an open store writes to: SQLite begins the next once all of it is in the file, and
    gives that other salts. The file stays the same while the store is open (agent.store.in_place)."""

    def __init__(self, store: Path) -> None:
        self._name = f"{store}-wal"
        self._file = -1
        self._salts = b""
        self._salts = self._read()

    def changed(self) -> bool:
        """Whether the log was begun anew since this was asked last: after every commit, so by one call of the
        system. False where it cannot be read just now (no file descriptor is left): the commit is done
        whatever this tells."""
        before, self._salts = self._salts, self._read()
        return self._salts != before

    def close(self) -> None:
        """Give the file back."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _read(self) -> bytes:
        try:
            if self._file < 0:
                self._file = regular_file.at_once(str(self._name), os.O_RDONLY)
            return os.pread(self._file, *_SALTS)
        except FileNotFoundError:
            return b""
        except OSError:
            return self._salts


def is_of_another_file(store: Path, base: Base) -> bool:
    """Whether there is a log that was not begun on this file, which lacks what it had then: SQLite would mix
    the two."""
    try:
        if not store.with_name(f"{store.name}-wal").stat().st_size:
            return False
    except FileNotFoundError:
        return False
    try:
        # Immutable: the file alone, without its log.
        with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as file:
            row = file.execute("SELECT hash FROM journal WHERE n = ?", (base.entry,)).fetchone()
        if row and isinstance(row[0], bytes) and row[0].startswith(base.hash):
            return False
    except sqlite3.Error:
        pass
    # A cut in the midst of folding leaves pages of two moments, and no way to the entry that is there.
    with store.open("rb") as file:
        return not holds(file.fileno(), base.hash)


def holds(file: int, wanted: bytes) -> bool:
    """Whether these bytes are somewhere in an open file."""
    before, start = b"", 0
    while part := os.pread(file, 1 << 20, start):
        if wanted in before + part:
            return True
        before, start = part[-len(wanted) :], start + len(part)
    return False


def _remains(log: bytes, trusted: int) -> Iterator[bool]:
    """Of each frame behind the trusted ones that belongs to the same run of the log: whether it ends a
    transaction."""
    if len(log) < _HEADER + _FRAME:
        return
    page_bytes = _page_bytes(log)
    salts = log[16:24] if _is_header(log[:_HEADER]) else log[_HEADER + 8 : _HEADER + 16]
    step = _FRAME + page_bytes
    for start in range(_HEADER + trusted * step, len(log) - step + 1, step):
        page, size = struct.unpack_from(">II", log, start)
        if log[start + 8 : start + 16] == salts and page:
            yield size > 0


def _page_bytes(log: bytes) -> int:
    size = int(struct.unpack_from(">I", log, 8)[0])
    return size if 512 <= size <= 65536 and not size & (size - 1) else 4096


def _is_header(header: bytes) -> bool:
    magic, *_ = struct.unpack_from(">I", header)
    if magic & ~1 != _MAGIC:
        return False
    order = ">" if magic & 1 else "<"
    first = second = 0
    for one, two in struct.iter_unpack(f"{order}II", header[:24]):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + two + first) & 0xFFFFFFFF
    return (first, second) == struct.unpack_from(">II", header, 24)


def _trusted(store: Path) -> int:
    index = store.with_name(f"{store.name}-shm").read_bytes()[: _TRUSTED + 4]
    order = "<" if sys.byteorder == "little" else ">"
    return int(struct.unpack_from(f"{order}I", index, _TRUSTED)[0]) if len(index) == _TRUSTED + 4 else 0
