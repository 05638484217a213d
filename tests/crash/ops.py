"""What a disk sees of a program: writes, syncs, names; and the words that others hear in between."""

from __future__ import annotations

from dataclasses import dataclass

NEVER = 1 << 62


class Unmodelled(Exception):
    """The program did something to the directory that this harness would have to guess about."""


@dataclass(slots=True)
class Op:
    """One thing that happened. Operations stand in the order in which they can take effect: a write or a word
    where it begins, a sync or a change of names where it is done.

    kind: create, unlink, rename (names; inode, name, to), write, truncate (inode, offset or size, data),
    sync (inode), sync-names (name is the directory), sync-all, said (data is what was heard).
    begun and ended are places in one count of everything; what was under way to the last has ended NEVER.
    """

    kind: str
    begun: int
    ended: int = NEVER
    inode: int = 0
    offset: int = 0
    data: bytes = b""
    name: str = ""
    to: str = ""
