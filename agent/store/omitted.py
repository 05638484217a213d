"""Numbers that are never given out: those left out when a store was begun, or since the cloud knew them.

A fact says how far in each series, since every sale asks. The journal names the gaps, under its hashes: what
a damaged fact does not tell is known from there.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Final

from agent.sale.plain_data import canonical
from agent.store import key_value
from agent.store.errors import UNREADABLE

FACT: Final = "numbers-left-out"


def leave_out(connection: sqlite3.Connection, to: Mapping[str, int]) -> None:
    """No number of these series up to the given ones is given out any more; in the caller's transaction. A
    damaged fact is whole then."""
    known = up_to(connection)
    floors = known | {name: max(seq, known.get(name, 0)) for name, seq in to.items()}
    key_value.save(connection, FACT, canonical(floors).decode())


def up_to(connection: sqlite3.Connection) -> dict[str, int]:
    """Of each series the number up to which none is given out any more. Raises one of UNREADABLE where fact
    and journal are both damaged."""
    told = kept(connection)
    return named(connection) if told is None else told


def kept(connection: sqlite3.Connection) -> dict[str, int] | None:
    """The same as the fact has it; None where that is damaged."""
    told = key_value.load(connection, FACT)
    try:
        floors = json.loads(told) if told else {}
        whole = all(isinstance(seq, int) for seq in floors.values())
    except UNREADABLE:
        return None
    return dict(floors) if whole else None


def named(connection: sqlite3.Connection) -> dict[str, int]:
    """The same as the journal has it, which is walked for it. Raises one of UNREADABLE where an entry is
    damaged."""
    return dict(sorted(gaps(connection)))


def gaps(connection: sqlite3.Connection) -> set[tuple[str, int]]:
    """(series, last number) of every gap that the journal names. Raises as `named`."""
    entries = connection.execute("SELECT body FROM journal WHERE kind = 'store-begun'")
    return {(str(gap["series"]), int(gap["to"])) for (body,) in entries for gap in json.loads(body)["gaps"]}
