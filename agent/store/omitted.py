"""Numbers that are never given out: those left out when a store was begun, or since the cloud knew them.

A fact says how far in each series, since every sale asks. The journal names the gaps, under its hashes: what
a damaged fact does not tell is known from there.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from agent.sale.plain_data import canonical
from agent.store import key_value
from agent.store.errors import UNREADABLE

FACT: Final = "numbers-left-out"
_SUM: Final = "sum"
"""Among the series, since earlier versions take it for one of them. No series is called so."""


def leave_out(connection: sqlite3.Connection, to: Mapping[str, int]) -> None:
    """No number of these series up to the given ones is given out any more; in the caller's transaction. A
    damaged fact is whole then."""
    known = up_to(connection)
    floors = known | {name: max(seq, known.get(name, 0)) for name, seq in to.items()}
    key_value.save(connection, FACT, canonical(floors | {_SUM: _sum(floors)}).decode())


def mend(connection: sqlite3.Connection) -> bool:
    """Have the fact say what the journal says, which is walked for it, inside the caller's transaction.
    Whether it had said less, or what nobody can read. Raises one of UNREADABLE where both are damaged."""
    told, journal = kept(connection), {}
    try:
        journal = named(connection)
    except UNREADABLE:
        if told is None:
            raise
    leave_out(connection, journal)
    return told is None or any(told.get(name, 0) < seq for name, seq in journal.items())


def up_to(connection: sqlite3.Connection) -> dict[str, int]:
    """Of each series the number up to which none is given out any more. Raises one of UNREADABLE where fact
    and journal are both damaged."""
    told = kept(connection)
    return named(connection) if told is None else told


def is_sure(connection: sqlite3.Connection) -> bool:
    """Whether the fact is what was written last: not one of an earlier version, which has no sum, nor lost,
    nor damaged."""
    return kept(connection) is not None and f'"{_SUM}":' in key_value.load(connection, FACT)


def kept(connection: sqlite3.Connection) -> dict[str, int] | None:
    """The same as the fact has it; None where that is damaged."""
    floors = _floors(key_value.load(connection, FACT))
    return None if floors is None else dict(floors)


@lru_cache(1)
def _floors(told: str) -> dict[str, int] | None:
    """Kept, since every sale asks and it seldom changes."""
    try:
        floors = json.loads(told) if told else {}
        found = floors.pop(_SUM, None)
        whole = all(isinstance(seq, int) for seq in floors.values()) and found in (None, _sum(floors))
    except UNREADABLE:
        return None
    return floors if whole else None


def named(connection: sqlite3.Connection) -> dict[str, int]:
    """The same as the journal has it, which is walked for it. Raises one of UNREADABLE where an entry is
    damaged."""
    return dict(sorted(gaps(connection)))


def gaps(connection: sqlite3.Connection) -> set[tuple[str, int]]:
    """(series, last number) of every gap that the journal names. Raises as `named`."""
    entries = connection.execute("SELECT body FROM journal WHERE kind = 'store-begun'")
    return {(str(gap["series"]), int(gap["to"])) for (body,) in entries for gap in json.loads(body)["gaps"]}


def _sum(floors: Mapping[str, int]) -> int:
    return zlib.crc32(canonical(dict(floors)))
