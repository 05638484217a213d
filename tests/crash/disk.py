"""A disk that loses power: which bytes and names may be there afterwards.

What the model says, and no more:
- Data of a file is durable when fsync or fdatasync of that file has returned. Until then each write may be
  there, be missing, or be torn: any of its 512-byte sectors there or missing, independently of all others.
  A missing write that would have made the file longer may leave zeros behind it. A truncation may be there
  or be missing.
- Files are not their names. A name that was made, moved or removed is durable when its directory was synced.
  Before that, "strict" lets each such change be there or not, on its own; "ext4" keeps them in order and
  also makes them durable with any fsync, as a journal commit does.
- Directories themselves are always there. What was reported durable stays undamaged: media that lie or
  decay are not in this model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.crash.ops import NEVER, Op

SECTOR = 512
Reading = Literal["strict", "ext4"]
READINGS: tuple[Reading, ...] = ("strict", "ext4")


@dataclass(slots=True)
class _File:
    durable: bytearray = field(default_factory=bytearray)
    version: int = 0
    pending: list[Op] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Part:
    """An operation that is there although it was not durable. sectors is a bit mask, -1 for whole."""

    op: int
    sectors: int = -1


@dataclass(frozen=True, slots=True)
class Image:
    """What is left after a cut. Equal images hold the same bytes under the same names.

    names: (path, inode); files: for each inode named, (inode, durable version, parts, zeros up to).
    """

    label: str = field(compare=False)
    names: tuple[tuple[str, int], ...]
    files: tuple[tuple[int, int, tuple[Part, ...], int], ...]


# Chooses which of the pending operations are there.
Fate = Callable[[random.Random, list[Op]], list[Part]]


class Disk:
    """Takes operations one by one; at any moment the power may go."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._files: dict[int, _File] = {}
        self._names: dict[str, int] = {}
        self._changes: list[Op] = []

    def apply(self, op: Op) -> None:
        """Let one operation happen."""
        if op.kind in ("create", "unlink", "rename"):
            self._files.setdefault(op.inode, _File())
            self._changes.append(op)
        elif op.kind in ("write", "truncate"):
            self._files[op.inode].pending.append(op)
        elif op.kind.startswith("sync") and op.ended < NEVER:
            self._sync(op)

    def cuts(self, rng: random.Random, count: int) -> Iterator[Image]:
        """What a cut now may leave: the worst case, the best case, and count cases at random."""
        yield self._image("nothing unsynced", rng, _nothing)
        yield self._image("everything", rng, _everything)
        for _ in range(count):
            fate = rng.choice((_in_order, _scattered, _scattered, _all_but_one))
            yield self._image(fate.__name__.strip("_"), rng, fate)

    def build(self, image: Image, root: str, target: Path) -> None:
        """Write the files of an image, made at this moment, below target; root is where they were traced."""
        for path, inode in image.names:
            place = target / path.removeprefix(root).lstrip("/")
            if not place.parent.exists():
                place.parent.mkdir(parents=True)
            place.write_bytes(self._content(image, inode))

    def _sync(self, op: Op) -> None:
        if op.kind == "sync":
            self._settle(op.inode, op.begun)
            if self._reading == "ext4":
                self._settle_names(op.begun, "")
        elif op.kind == "sync-names":
            self._settle_names(op.begun, "" if self._reading == "ext4" else op.name)
        else:
            for inode in self._files:
                self._settle(inode, op.begun)
            self._settle_names(op.begun, "")

    def _settle(self, inode: int, before: int) -> None:
        file = self._files[inode]
        done = [op for op in file.pending if op.ended <= before]
        for op in done:
            _perform(file.durable, op, -1)
        if done:
            file.version += 1
            file.pending = [op for op in file.pending if op.ended > before]

    def _settle_names(self, before: int, directory: str) -> None:
        def settled(op: Op) -> bool:
            return op.ended <= before and directory in ("", _parent(op.name), _parent(op.to))

        for op in filter(settled, self._changes):
            _rename(self._names, op)
        self._changes = [op for op in self._changes if not settled(op)]

    def _image(self, label: str, rng: random.Random, fate: Fate) -> Image:
        names = dict(self._names)
        chosen = {part.op for part in fate(rng, self._changes)}
        if self._reading == "ext4":  # as many as fate would have, but the first ones
            changes = self._changes[: len(chosen)]
        else:
            changes = [op for op in self._changes if op.begun in chosen]
        for op in changes:
            _rename(names, op)
        files = tuple(self._remains(inode, rng, fate) for inode in sorted(set(names.values())))
        return Image(label, tuple(sorted(names.items())), files)

    def _remains(self, inode: int, rng: random.Random, fate: Fate) -> tuple[int, int, tuple[Part, ...], int]:
        file = self._files[inode]
        parts, zeros = tuple(fate(rng, file.pending)), 0
        if fate not in (_nothing, _everything) and rng.random() < 0.3:
            chosen = {part.op for part in parts}
            for op in file.pending:
                if op.kind == "write":
                    zeros = max(zeros, op.offset + len(op.data))
                elif op.begun in chosen:
                    zeros = 0
        return inode, file.version, parts, zeros

    def _content(self, image: Image, inode: int) -> bytearray:
        parts, zeros = next((parts, zeros) for number, _, parts, zeros in image.files if number == inode)
        file = self._files[inode]
        data = bytearray(file.durable)
        sectors = {part.op: part.sectors for part in parts}
        for op in file.pending:
            if op.begun in sectors:
                _perform(data, op, sectors[op.begun])
        if len(data) < zeros:
            data.extend(bytes(zeros - len(data)))
        return data


def _perform(data: bytearray, op: Op, sectors: int) -> None:
    """Do a write or truncation to data; of a torn write only the sectors in the mask."""
    if op.kind == "truncate":
        del data[op.offset :]
        data.extend(bytes(op.offset - len(data)))
        return
    for start, piece in _pieces(op, sectors):
        if len(data) < start:
            data.extend(bytes(start - len(data)))
        data[start : start + len(piece)] = piece


def _pieces(op: Op, sectors: int) -> Iterator[tuple[int, bytes]]:
    if sectors == -1:
        yield op.offset, op.data
        return
    first = op.offset // SECTOR
    for index in range(_sector_count(op)):
        if sectors >> index & 1:
            start = max(op.offset, (first + index) * SECTOR)
            end = (first + index + 1) * SECTOR
            yield start, op.data[start - op.offset : end - op.offset]


def _sector_count(op: Op) -> int:
    return (op.offset + len(op.data) - 1) // SECTOR - op.offset // SECTOR + 1 if op.data else 0


def _rename(names: dict[str, int], op: Op) -> None:
    """Do a change of names. A change may be there although an earlier one of the same name is not."""
    if op.kind == "create":
        names[op.name] = op.inode
    elif op.kind == "rename":
        names.pop(op.name, None)
        names[op.to] = op.inode
    elif names.get(op.name) == op.inode:
        del names[op.name]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


# --- fates ------------------------------------------------------------------------------------------


def _nothing(_: random.Random, __: list[Op]) -> list[Part]:
    return []


def _everything(_: random.Random, pending: list[Op]) -> list[Part]:
    return [Part(op.begun) for op in pending]


def _in_order(rng: random.Random, pending: list[Op]) -> list[Part]:
    """Everything up to some operation, and that one torn."""
    whole = rng.randint(0, len(pending))
    return [Part(op.begun) for op in pending[:whole]] + [_torn(rng, op) for op in pending[whole : whole + 1]]


def _scattered(rng: random.Random, pending: list[Op]) -> list[Part]:
    """Any of them, some torn."""
    share, tearing = rng.choice((0.1, 0.3, 0.5, 0.7, 0.9)), rng.choice((0.0, 0.3, 1.0))
    return [
        _torn(rng, op) if rng.random() < tearing else Part(op.begun) for op in pending if rng.random() < share
    ]


def _all_but_one(rng: random.Random, pending: list[Op]) -> list[Part]:
    """All but one, and that one missing or torn."""
    odd = rng.randrange(len(pending)) if pending else 0
    torn = [_torn(rng, op) for op in pending[odd : odd + 1] if rng.random() < 0.5]
    return [Part(op.begun) for op in pending[:odd]] + torn + [Part(op.begun) for op in pending[odd + 1 :]]


def _torn(rng: random.Random, op: Op) -> Part:
    count = _sector_count(op)
    return Part(op.begun, rng.getrandbits(count)) if op.kind == "write" and count else Part(op.begun)
