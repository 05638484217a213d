"""The high-water mark: how far this till's numbers have gone, in a file of its own beside the store.

What the store says of itself an older copy of it says too. The mark tells them apart. It holds

- ceilings: for each series, a number above which none was ever given out. A ceiling runs up to a block ahead
  and is on the disk before the first number under it is used, so it costs one sync a block;
- the last bill: its number, and the journal's entry and hash; with it that of the last bill that was in the
  store's file, and not in its log alone, when the log was begun; and beside it the last call that the cloud
  took and the last job that was printed. Written after each commit and not synced: a killed process leaves
  them whole, a power cut may leave earlier ones, never later ones than the store's.

The file never changes its length. Each record is a line of JSON and its digest, filled up with blanks: the
last ones in a sector of their own, which no power cut tears, the ceilings in two places that are written in
turn, so that one torn by a power cut leaves the other.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agent.files import regular_file
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.sale.numbering import bill_number
from agent.store.errors import RowDamaged, StoreError, StoreReadOnly, of_system

log = logging.getLogger("agent.store")

MARK_NAME = "till.mark"
BLOCK = 100
"""How many numbers a ceiling runs ahead."""
_SECTOR = 512
_LAST_BYTES = 256
_SLOT_BYTES = 2048
_SLOTS = (_SECTOR, _SECTOR + _SLOT_BYTES)
_BYTES = _SECTOR + 2 * _SLOT_BYTES
_DIGEST = 16
_BASE_HASH = 8
# Made once: json.dumps would make an encoder of its own after every commit.
_JSON = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class LastBill:
    """The newest bill the mark was told of: its number, its journal entry and that entry's hash."""

    series: str
    seq: int
    entry: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Base:
    """A journal entry that the store's file has, whatever its log holds: the log was begun on it. hash: its
    first bytes."""

    entry: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The ids of the last call that left the outbox and of the last job that left the spool; 0 for none."""

    call: int = 0
    job: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark says. key tells whose it is (Vault.check); last is None where there was no bill; torn: one
    place of the ceilings cannot be read; readable is False where a record is damaged as no power cut does."""

    key: str = ""
    ceilings: Mapping[str, int] = field(default_factory=dict)
    last: LastBill | None = None
    turn: int = 0
    readable: bool = True
    torn: bool = False
    ended: Ended = Ended()
    base: Base | None = None


def read(directory: Path) -> Mark | None:
    """The mark beside a store; None if there is none. Touches nothing. Raises StoreReadOnly for one that this
    user may not read, StoreBroken where the disk does not give it back: it is not gone, and not known."""
    path = directory / MARK_NAME
    try:
        content = regular_file.read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        why = Sentence("store-readonly.mark", mark=str(path), error=reason(error))
        raise of_system(error, why, why) from error
    slots = [found for start in _SLOTS if (found := _opened(content[start : start + _SLOT_BYTES]))]
    if not slots:
        return Mark(readable=False)
    newest = max(slots, key=lambda one: int(one["turn"]))
    records = [content[start : start + _LAST_BYTES] for start in (0, _LAST_BYTES)]
    told, ended = map(_opened, records)
    last = LastBill(told["series"], told["seq"], told["entry"], bytes.fromhex(told["hash"])) if told else None
    return Mark(
        newest["key"],
        newest["ceilings"],
        last,
        newest["turn"],
        readable=all(_opened(record) or not record.strip() for record in records),
        torn=len(slots) < len(_SLOTS),
        ended=Ended(**ended) if ended else Ended(),
        base=Base(told["base"][0], bytes.fromhex(told["base"][1])) if told and "base" in told else None,
    )


class HighWater:
    """The mark of an open store, for its writer. A disk that does not take it stops no sale: look says so,
    and tries again."""

    def __init__(self, directory: Path, key: str, found: Mark | None) -> None:
        self._path = directory / MARK_NAME
        self._found = found
        self._key = key
        self._ceilings = dict(found.ceilings) if found else {}
        self._given = {found.last.series: found.last.seq} if found and found.last else {}
        self._ended = found.ended if found else Ended()
        self._last = found.last if found else None
        self._base = found.base if found else None
        self._turn = found.turn if found else 0
        self._file = -1
        self._failing: OSError | None = None

    @property
    def has_given(self) -> bool:
        """Whether a number was given out."""
        return any(self._given.values())

    @property
    def base(self) -> Base | None:
        """What the store's file has, whatever its log holds."""
        return self._base

    def begin(self, reached: Mapping[str, int], last: LastBill | None) -> bool:
        """The mark of what the store holds now: the last number of each series, and its last bill. Whether it
        is on the disk."""
        for series, seq in reached.items():
            self._given[series] = max(seq, self._given.get(series, 0))
            self._ceilings[series] = max(seq, self._ceilings.get(series, 0))
        found = self._found
        if last != self._last:
            # What the rows have is not what the mark was told of.
            self._last, self._base = last, None
        known = found and found.readable and (found.key, found.ceilings, found.last)
        if known == (self._key, self._ceilings, last):
            return True
        return self._guarded(lambda: self._anchor(last))

    def check(self, series: str, upcoming: int) -> None:
        """RowDamaged where the rows call a number the next one that was given out: a bill whose row is
        damaged is not found where it was."""
        if upcoming <= self._given.get(series, 0):
            raise RowDamaged(Sentence("row-damaged.number", number=bill_number(series, upcoming)))

    def reserve(self, series: str, seq: int) -> None:
        """Before a number is used: it is below the ceiling, on the disk."""
        if seq > self._ceilings.get(series, 0):
            self._raise(series, seq)

    def run_ahead(self, series: str, upcoming: int) -> None:
        """In a quiet moment: a ceiling near the next number is raised, so that no customer waits for it."""
        if upcoming + BLOCK // 4 > self._ceilings.get(series, 0):
            self._raise(series, upcoming)

    def note(self, last: LastBill | None, ended: Ended, *, new_log: bool = False) -> None:
        """After a commit: its bill, and what it ended, if anything. new_log: the commit has begun the log
        anew, so that all before it is in the file."""
        if new_log and self._last:
            self._base = Base(self._last.entry, self._last.hash[:_BASE_HASH])
        if last:
            self._given[last.series] = last.seq
            self._last = last
        if last or (new_log and self._last):
            self._guarded(lambda: self._write_last(self._last))
        if ended.call or ended.job:
            self._ended = Ended(ended.call or self._ended.call, ended.job or self._ended.job)
            self._guarded(self._write_ended)

    def look(self) -> StoreReadOnly | None:
        """In a quiet moment: a mark that is gone, or does not say what it was told last, is made anew from
        what the open store knows; what keeps it from that, if anything. Without it the next start would not
        know this store, or not the number of its last bill."""
        if self._failing is None and self._stands():
            return None
        self._let_go()
        if self._guarded(self._anew):
            log.error("store: %s was gone or altered, and is written anew", self._path)
        if (failing := self._failing) is None:
            return None
        return StoreReadOnly(Sentence("store-unmarked", mark=str(self._path), error=reason(failing)))

    def close(self) -> None:
        """Everything is on the disk."""
        if self._file >= 0:
            self._guarded(lambda: os.fdatasync(self._file))
        self._let_go()

    def _let_go(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _raise(self, series: str, seq: int) -> None:
        before = self._ceilings.get(series, 0)
        self._ceilings[series] = seq + BLOCK - 1
        if not self._guarded(self._write_ceilings):
            self._ceilings[series] = before

    def _stands(self) -> bool:
        try:
            found = read(self._path.parent)
        except (StoreError, ValueError, TypeError, KeyError):
            return False
        told = (self._key, self._ceilings, self._last, self._ended, self._base)
        return found is not None and told == (found.key, found.ceilings, found.last, found.ended, found.base)

    def _anew(self) -> None:
        """In the file that is there, which takes no room; or in another one, whose place on the disk is."""
        try:
            self._anchor(self._last)
            self._write_ceilings()
        except OSError:
            self._let_go()
            self._file = self._made()
            self._anchor(self._last)

    def _anchor(self, last: LastBill | None) -> None:
        self._write_last(last)
        self._write_ended()
        self._write_ceilings()

    def _write_last(self, last: LastBill | None) -> None:
        self._write(0, _closed(_plain(last, self._base), _LAST_BYTES) if last else _blank(_LAST_BYTES))

    def _write_ended(self) -> None:
        self._write(_LAST_BYTES, _closed(asdict(self._ended), _LAST_BYTES))

    def _write_ceilings(self) -> None:
        self._turn += 1
        self._write(_SLOTS[self._turn % 2], self._slot())
        os.fdatasync(self._file)

    def _write(self, start: int, content: bytes) -> None:
        if self._file < 0:
            self._file = self._existing()
        if self._file < 0:
            self._file = self._made()
        if os.pwrite(self._file, content, start) != len(content):
            raise OSError("the mark was written in part")

    def _existing(self) -> int:
        """The mark's file, -1 when there is none of its length that can be opened."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return -1
        if os.fstat(file).st_size == _BYTES:
            return file
        os.close(file)
        return -1

    def _made(self) -> int:
        """A new one: whole under its name, or not there; the store's own name is on the disk before."""
        fresh = self._path.with_suffix(".mark.new")
        file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            os.write(file, _blank(_SECTOR) + self._slot() * len(_SLOTS))
            os.fsync(file)
            sync_directory(fresh.parent)
            fresh.rename(self._path)
            sync_directory(fresh.parent)
        except OSError:
            os.close(file)
            raise
        return file

    def _slot(self) -> bytes:
        while True:
            told = {"turn": self._turn, "key": self._key, "ceilings": self._ceilings}
            try:
                return _closed(told, _SLOT_BYTES)
            except ValueError:
                # Decades of series: the oldest is no longer sold in.
                self._ceilings.pop(next(iter(self._ceilings)))

    def _guarded(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except OSError as error:
            if not self._failing:
                log.error("store: %s cannot be written: %s", self._path, error.strerror or error)
            self._failing = error
            return False
        self._failing = None
        return True


def sync_directory(directory: Path) -> None:
    """The names in a directory are on the disk."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _plain(last: LastBill, base: Base | None) -> dict[str, Any]:
    told = {"series": last.series, "seq": last.seq, "entry": last.entry, "hash": last.hash.hex()}
    return told | ({"base": [base.entry, base.hash.hex()]} if base else {})


def _closed(told: dict[str, Any], size: int) -> bytes:
    """A record: JSON, its digest, and blanks up to its size. ValueError when it does not fit."""
    text = _JSON(told).encode()
    line = text + b" " + hashlib.sha256(text).hexdigest()[:_DIGEST].encode()
    if len(line) >= size:
        raise ValueError("a record of the mark is too long")
    return line.ljust(size - 1) + b"\n"


def _blank(size: int) -> bytes:
    return b"".ljust(size - 1) + b"\n"


def _opened(record: bytes) -> dict[str, Any] | None:
    text, _, digest = record.strip().rpartition(b" ")
    if not text or hashlib.sha256(text).hexdigest()[:_DIGEST].encode() != digest:
        return None
    return dict(json.loads(text))
