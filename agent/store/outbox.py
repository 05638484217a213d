"""The outbox: what the cloud must still hear, in order, until it has heard it."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, get_type_hints

from agent.language.sentence import Sentence
from agent.sale.masking import masked
from agent.sale.queue_terms import STORED, Op, RowState
from agent.sale.send_rule import UNTOLD, Place, waits_for
from agent.store.packing import pack, unpack
from agent.store.sealing import SealBroken, Vault, vault_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A call to be queued. after: index of the entry of the same batch that must be done first, or None; then
    depends_on is what its row has: the id of an open one, or UNTOLD, FREE, LEANED_ON (agent.sale.send_rule).

    idem_key is minted here and now, before the first byte is ever sent; payload is the exact request.
    held: (code, reason in words) of a call that must not be sent until a person has looked at it.
    wait_ms is how long it waits before its first attempt.
    """

    op: str
    order_key: str
    idem_key: str
    payload: bytes
    after: int | None = None
    held: tuple[str, str] | None = None
    wait_ms: int = 0
    depends_on: int = UNTOLD


class Row(NamedTuple):
    """A call that the cloud has not acknowledged. Times are wall-clock milliseconds since 1970 UTC.

    ready: may be sent; inflight: bytes may be on their way; unknown: sent, and nobody knows what came of
    it; parked: needs a person. unsure (1 or 0): it is parked and may have arrived all the same. follows: 1, a
    call about the same customer's details was done while this one waited; OVERTAKEN, a later one was.
    code is DAMAGED for a row that no till wrote so (readable).
    """

    id: int
    op: str
    order_key: str
    depends_on: int
    bill_id: int
    idem_key: str
    payload: bytes
    state: str
    attempts: int
    first_ms: int
    due_ms: int
    code: str
    text: str
    created_ms: int
    unsure: int = 0
    follows: int = 0


DETAILS = (Op.CUSTOMER_ADD, Op.CUSTOMER_UPDATE)
"""Calls about a customer's details."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A parked call with the time its bill carries, as the bill has it."""

    id: int
    code: str
    at: str


DAMAGED: Final = "row-damaged"
"""The code of a row that is damaged on the disk: it is never sent, and is for a person."""

_KINDS: dict[str, type] = get_type_hints(Row)
# Until the year 2109, and one try a minute for two years.
_ALLOWED: dict[str, Container[object]] = {
    "op": frozenset(Op),
    "state": frozenset(STORED),
    "attempts": range(1 << 20),
    **dict.fromkeys(("first_ms", "due_ms", "created_ms"), range(1 << 42)),
}
_TYPES = tuple(_KINDS.values())
_ALLOWED_AT = [(Row._fields.index(name), allowed) for name, allowed in _ALLOWED.items()]

_COLUMNS = ", ".join(Row._fields)
PAYLOAD_THERE: Final = "CASE typeof(outbox.payload) WHEN 'blob' THEN x'' END"
"""In place of a payload, whose bytes are not read: empty, or NULL where it is none."""
_WITHOUT = _COLUMNS.replace("payload", PAYLOAD_THERE)
# Of all that ever were: an id is never given again.
_TOP = "SELECT max({})".format(
    ", ".join(f"ifnull((SELECT max(id) FROM {table}), 0)" for table in ("outbox", "sent", "waived"))
)


def add(
    connection: sqlite3.Connection, entries: Sequence[Entry], *, bill_id: int = 0, now_ms: int
) -> list[int]:
    """Queue calls inside the caller's transaction; returns their ids, in order."""
    if not entries:
        return []
    first = 1 + connection.execute(_TOP).fetchone()[0]
    ids = list(range(first, first + len(entries)))
    vault = vault_of(connection)
    connection.executemany(
        f"INSERT INTO outbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, 0, 0)",
        [
            (
                row_id,
                entry.op,
                entry.order_key,
                entry.depends_on if entry.after is None else ids[entry.after],
                bill_id,
                entry.idem_key,
                vault.seal(request_place(row_id), pack(entry.payload)),
                RowState.PARKED if entry.held else RowState.READY,
                now_ms + entry.wait_ms,
                *_held(vault, row_id, entry),
                now_ms,
            )
            for row_id, entry in zip(ids, entries, strict=True)
        ],
    )
    return ids


def rows(connection: sqlite3.Connection, above: int = 0, limit: int = -1) -> list[Row]:
    """Open rows with an id above the given one, oldest first."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM outbox WHERE id > ? ORDER BY id LIMIT ?", (above, limit)
    )
    return [_row(connection, row) for row in found]


def count(connection: sqlite3.Connection) -> int:
    """How many calls are open."""
    return int(connection.execute("SELECT COUNT(*) FROM outbox").fetchone()[0])


def without_payload(connection: sqlite3.Connection, above: int) -> list[Row]:
    """Open rows with an id above the given one, oldest first, their payloads left empty and their texts as
    they are stored (read_text)."""
    found = connection.execute(f"SELECT {_WITHOUT} FROM outbox WHERE id > ? ORDER BY id", (above,))
    return [_kept(row) for row in found]


def sound(connection: sqlite3.Connection, where: str, values: Sequence[object] = ()) -> list[Row]:
    """Open rows that are not damaged, by a condition, as without_payload: a table takes no change of a row of
    which a column is of another kind than its own."""
    found = connection.execute(f"SELECT {_WITHOUT} FROM outbox WHERE {where} ORDER BY id", values)
    return [row for row in map(_kept, found) if row.code != DAMAGED]


def damage_of(row_id: int) -> Sentence:
    """Why a damaged row is never sent."""
    return Sentence("row-damaged.call", call=str(row_id))


def readable(told: dict[str, Any]) -> dict[str, Any]:
    """Columns of a row, by name, as they are. Of a damaged row, where one has no bytes (NULL) or holds what
    no till writes: those of a parked one that may have been sent, with nothing in place of what cannot be
    read."""
    damaged = [name for name, value in told.items() if name in _KINDS and _no_till_writes(name, value)]
    if not damaged:
        return told
    unsure = int(told.get("attempts") != 0)
    nothing = {name: _KINDS[name]() for name in damaged}
    return told | nothing | {"state": RowState.PARKED, "code": DAMAGED, "unsure": unsure}


def _no_till_writes(name: str, value: object) -> bool:
    return value.__class__ is not _KINDS[name] or (name in _ALLOWED and value not in _ALLOWED[name])


def row(connection: sqlite3.Connection, row_id: int) -> Row | None:
    """One open row, or None when it is done or never was."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE id = ?", (row_id,)).fetchone()
    return _row(connection, found) if found else None


def dated(connection: sqlite3.Connection, row_ids: Sequence[int], codes: Sequence[str]) -> list[Dated]:
    """Those of these rows that are sound, parked with one of the codes, and belong to a bill."""
    where = f"state = 'parked' AND id IN {in_list(row_ids)} AND code IN {in_list(codes)}"
    found = sound(connection, where, (*row_ids, *codes))
    bill_ids = [row.bill_id for row in found]
    at = dict(connection.execute(f"SELECT id, at FROM bill WHERE id IN {in_list(bill_ids)}", bill_ids))
    return [Dated(row.id, row.code, at[row.bill_id]) for row in found if row.bill_id in at]


def payloads(connection: sqlite3.Connection, row_ids: Sequence[int]) -> dict[int, bytes]:
    """The requests of open rows, by id; a damaged one is empty, which no call can be read from: its row is
    for a person, and stops no other."""
    found = connection.execute(f"SELECT id, payload FROM outbox WHERE id IN {in_list(row_ids)}", row_ids)
    return {row_id: _request(connection, row_id, payload) for row_id, payload in found}


def request(connection: sqlite3.Connection, row_id: int) -> bytes | None:
    """The request of an open row, None when it is gone. Raises SealBroken, StoreKeyless."""
    found = connection.execute("SELECT payload FROM outbox WHERE id = ?", (row_id,)).fetchone()
    if found is None:
        return None
    opened = vault_of(connection).open(request_place(row_id), found[0])
    try:
        return unpack(opened)
    except zlib.error as error:
        raise SealBroken(f"{request_place(row_id)}: cannot be unpacked") from error


def is_whole(connection: sqlite3.Connection, row_id: int) -> bool:
    """Whether the request and the words of an open row, if still there, open."""
    found = connection.execute("SELECT text FROM outbox WHERE id = ?", (row_id,)).fetchone()
    try:
        request(connection, row_id)
        if found:
            read_text(connection, row_id, found[0])
    except SealBroken:
        return False
    return True


def read_text(connection: sqlite3.Connection, row_id: int, stored: str) -> str:
    """Why a call waits, in words. Raises SealBroken, StoreKeyless."""
    return vault_of(connection).open_text(_text_place(row_id), stored)


PLACE = ", ".join(Place._fields)
"""The columns that decide about the order of sending."""


def before(connection: sqlite3.Connection, row: Row) -> int:
    """The oldest open call this one has to wait for: of its chain, or the one it depends on. 0 if none."""
    chain = "order_key = ? AND id <= ?"
    found = connection.execute(
        f"SELECT {PLACE} FROM outbox WHERE ({chain}) OR id IN (SELECT depends_on FROM outbox WHERE {chain})"
        " ORDER BY id",
        (row.order_key, row.id) * 2,
    )
    return waits_for([Place._make(one) for one in found])[row.id]


def about(connection: sqlite3.Connection, bill_id: int) -> int:
    """The newest open call that tells the cloud of a bill or names its customer afterwards; 0 for none."""
    found = connection.execute(
        "SELECT max(id) FROM outbox WHERE bill_id = ? AND op IN ('transaction_add', 'transaction_update')",
        (bill_id,),
    )
    return int(found.fetchone()[0] or 0)


def dependents(connection: sqlite3.Connection, row_id: int) -> list[Row]:
    """Open rows that must not be sent before this one is done."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE depends_on = ? ORDER BY id", (row_id,))
    return [_row(connection, row) for row in found]


def has_forgotten(connection: sqlite3.Connection, row_id: int) -> bool:
    """Whether a call that has left the outbox is still in it, or was never there; 0 is none."""
    if connection.execute("SELECT 1 FROM outbox WHERE id = ?", (row_id,)).fetchone():
        return True
    newest = (f"SELECT max(id) AS id FROM {table}" for table in ("outbox", "sent", "waived"))
    known = connection.execute(f"SELECT max(id) FROM ({' UNION ALL '.join(newest)})").fetchone()[0]
    return row_id > (known or 0)


def waiting(connection: sqlite3.Connection) -> list[tuple[int, int, int, bool, str]]:
    """(id, bill_id, created_ms, parked, op) of every open row; reads the whole table, so once, at the
    start."""
    found = connection.execute("SELECT id, bill_id, created_ms, state, op FROM outbox ORDER BY id")
    names = ("id", "bill_id", "created_ms", "state", "op")
    rows = (readable(dict(zip(names, row, strict=True))) for row in found)
    return [
        (row["id"], row["bill_id"], row["created_ms"], row["state"] == RowState.PARKED, row["op"])
        for row in rows
    ]


def ops(connection: sqlite3.Connection, row_ids: Sequence[int]) -> list[str]:
    """What each of these open rows is for, in order."""
    found = dict(connection.execute(f"SELECT id, op FROM outbox WHERE id IN {in_list(row_ids)}", row_ids))
    return [found[row_id] for row_id in row_ids]


def seal_old(connection: sqlite3.Connection, limit: int) -> int:
    """Seal requests that schema 1 left in clear, at most so many; returns how many."""
    first = "SELECT id FROM outbox WHERE substr(payload, 1, 1) = x'78' ORDER BY id LIMIT ?"
    clear = [row.id for row in sound(connection, f"id IN ({first})", (limit,))]
    vault = vault_of(connection)
    for row_id in clear:
        (payload,) = connection.execute("SELECT payload FROM outbox WHERE id = ?", (row_id,)).fetchone()
        sealed = vault.seal(request_place(row_id), payload)
        connection.execute("UPDATE outbox SET payload = ? WHERE id = ?", (sealed, row_id))
    return len(clear)


def in_list(values: Collection[object]) -> str:
    """The marks of a list of values in SQL."""
    return f"({','.join('?' * len(values))})"


def _kept(found: tuple[Any, ...]) -> Row:
    # A backlog has many rows, and nearly all are as they were written.
    if tuple(map(type, found)) == _TYPES and all(found[at] in allowed for at, allowed in _ALLOWED_AT):
        return Row._make(found)
    return Row(**readable(dict(zip(Row._fields, found, strict=True))))


def _row(connection: sqlite3.Connection, found: tuple[Any, ...]) -> Row:
    row = _kept(found)
    try:
        text = read_text(connection, row.id, row.text)
    except SealBroken:
        text = ""
    return row._replace(payload=_request(connection, row.id, row.payload), text=text)


def _request(connection: sqlite3.Connection, row_id: int, stored: bytes) -> bytes:
    try:
        return unpack(vault_of(connection).open(request_place(row_id), stored))
    except (SealBroken, zlib.error):
        return b""


def _held(vault: Vault, row_id: int, entry: Entry) -> tuple[str, str]:
    code, text = entry.held or ("", "")
    return code, sealed_text(vault, row_id, text)


def sealed_text(vault: Vault, row_id: int, text: str) -> str:
    """Words of the cloud's may name people, and their names look like any other word."""
    return vault.seal_text(_text_place(row_id), masked(text)) if text else ""


def request_place(row_id: int) -> str:
    """What the sealed request of a row is bound to."""
    return f"outbox:{row_id}"


def _text_place(row_id: int) -> str:
    return f"outbox text:{row_id}"
