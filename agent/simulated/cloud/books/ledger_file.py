"""The ledger on disk: one JSON line per commit, folded on opening, torn last line dropped."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from agent.simulated.cloud.books.ledger_rows import TABLES, Record, shown
from agent.simulated.cloud.books.wire_format import dump

_NAMES = {cls: name for name, cls in TABLES.items()}


class LedgerDamaged(Exception):
    """The file is not a ledger, or is broken before its last line."""


class LedgerBusy(Exception):
    """Another process holds this ledger."""


class LedgerFile:
    """Append-only rows of a ledger, held by one process at a time.

    A commit is one write, so a killed process leaves it whole or as a torn last line. It is not synced:
    the simulated cloud has to outlive its own death, not a power cut.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = _locked(path.with_name(path.name + ".lock"))
        self._out: BinaryIO | None = None

    def rows(self) -> Iterator[Record]:
        """Every row ever committed, oldest first. LedgerDamaged if a whole line cannot be read."""
        if not self.path.exists():
            return
        raw = self.path.read_bytes()
        for number, line in enumerate(raw[: raw.rfind(b"\n") + 1].splitlines(), start=1):
            try:
                yield from (TABLES[table](**row) for table, row in json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise LedgerDamaged(f"{self.path}, line {number}: {error}") from error

    def replace(self, rows: Iterable[Record]) -> None:
        """Put exactly these rows in place of the file, atomically, and open it for appending."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(self.path.name + ".new")
        with fresh.open("wb") as out:
            out.writelines(_line([row]) for row in rows)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self.path)
        self._out = self.path.open("ab", buffering=0)

    def append(self, rows: list[Record]) -> None:
        """Add one commit, whole or not at all. OSError when the disk does not take it."""
        if self._out is None:
            raise LedgerDamaged(f"{self.path} is not open")
        line, before = _line(rows), self._out.seek(0, os.SEEK_END)
        if self._out.write(line) != len(line):
            self._out.truncate(before)
            raise OSError(errno.ENOSPC, "the ledger's disk is full", str(self.path))

    def close(self) -> None:
        """Let go of the file and of its lock."""
        if self._out is not None:
            self._out.close()
            self._out = None
        self._lock.close()


def _line(rows: list[Record]) -> bytes:
    pairs: list[tuple[str, dict[str, Any]]] = [(_NAMES[type(row)], shown(row)) for row in rows]
    return dump(pairs) + b"\n"


def _locked(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise LedgerBusy(f"{path.with_suffix('')} is held by another process") from error
    return lock
