"""The outbox: what the cloud must still hear, in order, until it has heard it."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.sale.masking import masked
from agent.sale.queue_terms import OVERTAKEN, Op, RowState
from agent.sale.send_rule import Place, is_strangers_bill, waits_for
from agent.store.packing import pack, unpack
from agent.store.sealing import SealBroken, SealedConnection, Vault, vault_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A call to be queued. after: index of the entry of the same batch that must be done first, or None.

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


class Row(NamedTuple):
    """A call that the cloud has not acknowledged. Times are wall-clock milliseconds since 1970 UTC.

    ready: may be sent; inflight: bytes may be on their way; unknown: sent, and nobody knows what came of
    it; parked: needs a person. unsure (1 or 0): it is parked and may have arrived all the same. follows: 1, a
    call about the same customer's details was done while this one waited; OVERTAKEN, a later one was.
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


_COLUMNS = ", ".join(Row._fields)
_WITHOUT = _COLUMNS.replace("payload", "x''")

# schema/v2.sql does the same to what schema 1 kept.
_KEPT_KEY = "CASE op WHEN 'coupon_redeem' THEN op || ':' || bill_id ELSE idem_key END"
_KEPT_REF = "CASE WHEN op IN ('customer_add', 'customer_update') THEN '' ELSE server_ref END"


def add(
    connection: sqlite3.Connection, entries: Sequence[Entry], *, bill_id: int = 0, now_ms: int
) -> list[int]:
    """Queue calls inside the caller's transaction; returns their ids, in order."""
    if not entries:
        return []
    first = 1 + max(_top(connection, table) for table in ("outbox", "sent", "waived"))
    ids = list(range(first, first + len(entries)))
    vault = vault_of(connection)
    connection.executemany(
        f"INSERT INTO outbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, 0, 0)",
        [
            (
                row_id,
                entry.op,
                entry.order_key,
                0 if entry.after is None else ids[entry.after],
                bill_id,
                entry.idem_key,
                vault.seal(_place(row_id), pack(entry.payload)),
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


def without_payload(connection: sqlite3.Connection, above: int) -> list[Row]:
    """Open rows with an id above the given one, oldest first, their payloads left empty and their texts as
    they are stored (read_text)."""
    found = connection.execute(f"SELECT {_WITHOUT} FROM outbox WHERE id > ? ORDER BY id", (above,))
    return [Row._make(row) for row in found]


def row(connection: sqlite3.Connection, row_id: int) -> Row | None:
    """One open row, or None when it is done or never was."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE id = ?", (row_id,)).fetchone()
    return _row(connection, found) if found else None


def dated(connection: sqlite3.Connection, row_ids: Sequence[int], codes: Sequence[str]) -> list[Dated]:
    """Those of these rows that are parked with one of the codes and belong to a bill."""
    found = connection.execute(
        "SELECT outbox.id, outbox.code, bill.at FROM outbox JOIN bill ON bill.id = outbox.bill_id"
        f" WHERE outbox.state = 'parked' AND outbox.id IN {_in(row_ids)} AND outbox.code IN {_in(codes)}",
        (*row_ids, *codes),
    )
    return [Dated(*row) for row in found]


def payloads(connection: sqlite3.Connection, row_ids: Sequence[int]) -> dict[int, bytes]:
    """The requests of open rows, by id; a damaged one is empty, which no call can be read from: its row is
    for a person, and stops no other."""
    found = connection.execute(f"SELECT id, payload FROM outbox WHERE id IN {_in(row_ids)}", row_ids)
    return {row_id: _request(connection, row_id, payload) for row_id, payload in found}


def request(connection: sqlite3.Connection, row_id: int) -> bytes | None:
    """The request of an open row, None when it is gone. Raises SealBroken, StoreKeyless."""
    found = connection.execute("SELECT payload FROM outbox WHERE id = ?", (row_id,)).fetchone()
    if found is None:
        return None
    opened = vault_of(connection).open(_place(row_id), found[0])
    try:
        return unpack(opened)
    except zlib.error as error:
        raise SealBroken(f"{_place(row_id)}: cannot be unpacked") from error


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


def begin(connection: sqlite3.Connection, seen: Sequence[Row], now_ms: int) -> set[int]:
    """Record that attempts start; committed before the first byte of any is sent.

    From here until later, park or done a row is its sender's alone. Returns the ids of those that began: what
    is gone, parked, or not any more what the sender saw is not its to send.
    """
    known = {row.id: (row.state, row.idem_key) for row in seen if row.state != RowState.PARKED}
    found = connection.execute(f"SELECT id, state, idem_key FROM outbox WHERE id IN {_in(known)}", [*known])
    begun = [row_id for row_id, *now in found if known[row_id] == tuple(now)]
    connection.execute(
        "UPDATE outbox SET state = 'inflight', attempts = attempts + 1,"
        f" first_ms = CASE first_ms WHEN 0 THEN ? ELSE first_ms END WHERE id IN {_in(begun)}",
        (now_ms, *begun),
    )
    return set(begun)


def untried(connection: sqlite3.Connection, row_id: int) -> None:
    """Take back that an attempt began: no byte of it was sent."""
    connection.execute(
        "UPDATE outbox SET state = 'ready', attempts = attempts - 1,"
        " first_ms = CASE attempts WHEN 1 THEN 0 ELSE first_ms END WHERE id = ? AND state = 'inflight'",
        (row_id,),
    )


def later(connection: sqlite3.Connection, row_id: int, due_ms: int, code: str, text: str, state: str) -> None:
    """Record that an attempt settled nothing: ready or unknown, not to be tried before due_ms."""
    connection.execute(
        "UPDATE outbox SET state = ?, due_ms = ?, code = ?, text = ? WHERE id = ?",
        (state, due_ms, code, _sealed_text(vault_of(connection), row_id, text), row_id),
    )


def park(connection: sqlite3.Connection, row_id: int, code: str, text: str, *, unsure: bool = False) -> bool:
    """Leave a row for a person, with the reason in words. False if it is gone.

    unsure: nobody knows whether it arrived.
    """
    parked = connection.execute(
        "UPDATE outbox SET state = 'parked', code = ?, text = ?, unsure = ? WHERE id = ?",
        (code, _sealed_text(vault_of(connection), row_id, text), unsure, row_id),
    )
    return parked.rowcount == 1


def again(connection: sqlite3.Connection, row_id: int, now_ms: int) -> None:
    """A row is to be tried now. What was tried before is looked up first: it may have arrived; a ready one
    has not."""
    connection.execute(
        "UPDATE outbox SET due_ms = ?, state = CASE WHEN attempts > 0 AND state <> 'ready'"
        " THEN 'unknown' ELSE 'ready' END WHERE id = ? AND state <> 'inflight'",
        (now_ms, row_id),
    )


def hurry(connection: sqlite3.Connection, now_ms: int) -> list[int]:
    """Whatever waits for its own next try is due now; the ids of those that had to wait."""
    found = connection.execute(
        "UPDATE outbox SET due_ms = ?1 WHERE state IN ('ready', 'unknown') AND due_ms > ?1 RETURNING id",
        (now_ms,),
    )
    return [row_id for (row_id,) in found]


_PLACE = ", ".join(Place._fields)


def before(connection: sqlite3.Connection, row: Row) -> int:
    """The oldest open call this one has to wait for: of its chain, or the one it depends on. 0 if none."""
    chain = "order_key = ? AND id <= ?"
    found = connection.execute(
        f"SELECT {_PLACE} FROM outbox WHERE ({chain}) OR id IN (SELECT depends_on FROM outbox WHERE {chain})"
        " ORDER BY id",
        (row.order_key, row.id) * 2,
    )
    return waits_for([Place._make(one) for one in found])[row.id]


def dependents(connection: sqlite3.Connection, row_id: int) -> list[Row]:
    """Open rows that must not be sent before this one is done."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM outbox WHERE depends_on = ? ORDER BY id", (row_id,))
    return [_row(connection, row) for row in found]


def overtake(connection: sqlite3.Connection, row_ids: Sequence[int]) -> list[int]:
    """The cloud has acknowledged a later change of these rows' customer: what they say is old. The ids of
    those still there."""
    found = connection.execute(
        f"UPDATE outbox SET follows = {OVERTAKEN} WHERE id IN {_in(row_ids)} AND op IN {_in(DETAILS)}"
        " RETURNING id",
        (*row_ids, *DETAILS),
    )
    return [row_id for (row_id,) in found]


def after_restart(connection: sqlite3.Connection, due_ms: int) -> int:
    """Nobody sends yet: what was being sent when the process died is unknown; returns how many rows.

    Not to be asked about before due_ms: the request may still be on its way.
    """
    return connection.execute(
        "UPDATE outbox SET state = 'unknown', due_ms = max(due_ms, ?) WHERE state = 'inflight'", (due_ms,)
    ).rowcount


def has_forgotten(connection: sqlite3.Connection, row_id: int) -> bool:
    """Whether a call that has left the outbox is still in it, or was never there; 0 is none."""
    if connection.execute("SELECT 1 FROM outbox WHERE id = ?", (row_id,)).fetchone():
        return True
    newest = (f"SELECT max(id) AS id FROM {table}" for table in ("outbox", "sent", "waived"))
    known = connection.execute(f"SELECT max(id) FROM ({' UNION ALL '.join(newest)})").fetchone()[0]
    return row_id > (known or 0)


def unsure(connection: sqlite3.Connection) -> None:
    """An older store was put back: what it has to send may have been sent since, and is looked up first."""
    connection.execute("UPDATE outbox SET state = 'unknown' WHERE state IN ('ready', 'inflight')")


def replace_payload(connection: sqlite3.Connection, row_id: int, idem_key: str, payload: bytes) -> None:
    """Give a row a new key and request, after a definite refusal of the old key only."""
    sealed = vault_of(connection).seal(_place(row_id), pack(payload))
    connection.execute("UPDATE outbox SET idem_key = ?, payload = ? WHERE id = ?", (idem_key, sealed, row_id))


def done(connection: sqlite3.Connection, row_id: int, server_ref: str, now_ms: int) -> None:
    """The cloud has it: keep what happened and a keyed digest of the request, not the request."""
    found = payloads(connection, [row_id])
    told = [(digest(connection, payload), now_ms, server_ref, row_id) for payload in found.values()]
    done_all(connection, told)


def done_all(
    connection: sqlite3.Connection,
    told: Sequence[tuple[bytes, int, str, int]],
    text_of: Callable[[Sentence], str] = in_english,
) -> list[int]:
    """done for several rows: (digest of the request, moment, the cloud's id, id of the row).

    What is kept for ever names nobody: no coupon code in the key, and no id of a customer. An enrolment that
    is done has the bills tried again that were parked for want of it; returns their ids. text_of makes what
    is kept beside these.
    """
    if not told:
        return []
    # One statement for all of them: a statement a row takes half as long again.
    values = ", ".join(["(?, ?, ?, ?)"] * len(told))
    connection.execute(
        f"WITH told (digest, done_ms, server_ref, id) AS (VALUES {values})"
        " INSERT INTO sent (id, op, bill_id, idem_key, digest, attempts, created_ms, done_ms, server_ref)"
        f" SELECT id, op, bill_id, {_KEPT_KEY}, digest, attempts, created_ms, done_ms, {_KEPT_REF}"
        " FROM told CROSS JOIN outbox USING (id)",
        [known for row in told for known in row],
    )
    row_ids = [row_id for _, _, _, row_id in told]
    if isinstance(connection, SealedConnection):
        connection.ended_call = max(row_ids)
    gone = connection.execute(
        f"DELETE FROM outbox WHERE id IN {_in(row_ids)} RETURNING id, op, order_key", row_ids
    ).fetchall()
    # What waits beside a call about a customer's details must know that there was one, before or after it.
    for row_id, op, key in gone:
        if op in DETAILS:
            connection.execute(
                "UPDATE outbox SET follows = CASE WHEN id < ? THEN ? ELSE max(follows, 1) END"
                f" WHERE order_key = ? AND op IN {_in(DETAILS)}",
                (row_id, OVERTAKEN, key, *DETAILS),
            )
    enrolled = [order_key for _, op, order_key in gone if op == Op.CUSTOMER_ADD]
    return (
        _known_now(connection, enrolled, max(done_ms for _, done_ms, _, _ in told), text_of)
        if enrolled
        else []
    )


def _known_now(
    connection: sqlite3.Connection, order_keys: Sequence[str], now_ms: int, text_of: Callable[[Sentence], str]
) -> list[int]:
    """Bills of these chains that were parked because nobody knew their customer are tried again."""
    waiting = connection.execute(
        f"SELECT {_PLACE} FROM outbox WHERE order_key IN {_in(order_keys)} ORDER BY id", order_keys
    )
    found = [row.id for row in map(Place._make, waiting) if is_strangers_bill(row)]
    vault = vault_of(connection)
    for row_id in found:
        text = _sealed_text(vault, row_id, text_of(Sentence("queue.customer-enrolled")))
        connection.execute("UPDATE outbox SET text = ? WHERE id = ?", (text, row_id))
        again(connection, row_id, now_ms)
    return found


def digest(connection: sqlite3.Connection, payload: bytes) -> bytes:
    """What is kept of a request when it is gone: under the store's key, or whoever knows the rest of a bill
    could try phone numbers against it."""
    return vault_of(connection).mark("request", payload)


def waiting(connection: sqlite3.Connection) -> list[tuple[int, int, int, bool, str]]:
    """(id, bill_id, created_ms, parked, op) of every open row; reads the whole table, so once, at the
    start."""
    return [
        (row_id, bill_id, created_ms or 0, state == RowState.PARKED, op)
        for row_id, bill_id, created_ms, state, op in connection.execute(
            "SELECT id, bill_id, created_ms, state, op FROM outbox ORDER BY id"
        )
    ]


def ops(connection: sqlite3.Connection, row_ids: Sequence[int]) -> list[str]:
    """What each of these open rows is for, in order."""
    found = dict(connection.execute(f"SELECT id, op FROM outbox WHERE id IN {_in(row_ids)}", row_ids))
    return [found[row_id] for row_id in row_ids]


def seal_old(connection: sqlite3.Connection, limit: int) -> int:
    """Seal requests that schema 1 left in clear, at most so many; returns how many."""
    clear = connection.execute(
        "SELECT id, payload FROM outbox WHERE substr(payload, 1, 1) = x'78' ORDER BY id LIMIT ?", (limit,)
    ).fetchall()
    vault = vault_of(connection)
    connection.executemany(
        "UPDATE outbox SET payload = ? WHERE id = ?",
        [(vault.seal(_place(row_id), payload), row_id) for row_id, payload in clear],
    )
    return len(clear)


def _in(values: Collection[object]) -> str:
    return f"({','.join('?' * len(values))})"


def _row(connection: sqlite3.Connection, found: tuple[Any, ...]) -> Row:
    row = Row._make(found)
    try:
        text = read_text(connection, row.id, row.text)
    except SealBroken:
        text = ""
    return row._replace(payload=_request(connection, row.id, row.payload), text=text)


def _request(connection: sqlite3.Connection, row_id: int, stored: bytes) -> bytes:
    try:
        return unpack(vault_of(connection).open(_place(row_id), stored))
    except (SealBroken, zlib.error):
        return b""


def _held(vault: Vault, row_id: int, entry: Entry) -> tuple[str, str]:
    code, text = entry.held or ("", "")
    return code, _sealed_text(vault, row_id, text)


def _sealed_text(vault: Vault, row_id: int, text: str) -> str:
    """Words of the cloud's may name people, and their names look like any other word."""
    return vault.seal_text(_text_place(row_id), masked(text)) if text else ""


def _place(row_id: int) -> str:
    return f"outbox:{row_id}"


def _text_place(row_id: int) -> str:
    return f"outbox text:{row_id}"


def _top(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 0)
