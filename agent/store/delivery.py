"""What becomes of the outbox's calls: begun, tried again, left for a person, acknowledged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.sale.queue_terms import OVERTAKEN, Op, RowState
from agent.sale.send_rule import is_strangers_bill
from agent.store.outbox import DETAILS, Row, in_list, payloads, request_place, sealed_text, sound
from agent.store.packing import pack
from agent.store.sealing import SealedConnection, vault_of

# schema/v2.sql does the same to what schema 1 kept.
_KEPT_KEY = "CASE op WHEN 'coupon_redeem' THEN op || ':' || bill_id ELSE idem_key END"
_KEPT_REF = "CASE WHEN op IN ('customer_add', 'customer_update') THEN '' ELSE server_ref END"


def begin(connection: sqlite3.Connection, seen: Sequence[Row], now_ms: int) -> set[int]:
    """Record that attempts start; committed before the first byte of any is sent.

    From here until later, park or done a row is its sender's alone. Returns the ids of those that began: what
    is gone, parked, or not any more what the sender saw is not its to send.
    """
    known = {row.id: (row.state, row.idem_key) for row in seen if row.state != RowState.PARKED}
    found = connection.execute(
        f"SELECT id, state, idem_key FROM outbox WHERE id IN {in_list(known)}", [*known]
    )
    begun = [row_id for row_id, *now in found if known[row_id] == tuple(now)]
    connection.execute(
        "UPDATE outbox SET state = 'inflight', attempts = attempts + 1,"
        f" first_ms = CASE first_ms WHEN 0 THEN ? ELSE first_ms END WHERE id IN {in_list(begun)}",
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
        (state, due_ms, code, sealed_text(vault_of(connection), row_id, text), row_id),
    )


def park(connection: sqlite3.Connection, row_id: int, code: str, text: str, *, unsure: bool = False) -> bool:
    """Leave a row for a person, with the reason in words. False if it is gone.

    unsure: nobody knows whether it arrived.
    """
    parked = connection.execute(
        "UPDATE outbox SET state = 'parked', code = ?, text = ?, unsure = ? WHERE id = ?",
        (code, sealed_text(vault_of(connection), row_id, text), unsure, row_id),
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


def overtake(connection: sqlite3.Connection, row_ids: Sequence[int]) -> list[int]:
    """The cloud has acknowledged a later change of these rows' customer: what they say is old. The ids of
    those still there."""
    where = f"id IN {in_list(row_ids)} AND op IN {in_list(DETAILS)}"
    found = [row.id for row in sound(connection, where, (*row_ids, *DETAILS))]
    connection.execute(f"UPDATE outbox SET follows = {OVERTAKEN} WHERE id IN {in_list(found)}", found)
    return found


def after_restart(connection: sqlite3.Connection, due_ms: int) -> int:
    """Nobody sends yet: what was being sent when the process died is unknown; returns how many rows.

    Not to be asked about before due_ms: the request may still be on its way.
    """
    found = [row.id for row in sound(connection, "state = 'inflight'")]
    connection.executemany(
        "UPDATE outbox SET state = 'unknown', due_ms = max(due_ms, ?) WHERE id = ?",
        [(due_ms, row_id) for row_id in found],
    )
    return len(found)


def unsure(connection: sqlite3.Connection) -> None:
    """An older store was put back: what it has to send may have been sent since, and is looked up first."""
    found = [(row.id,) for row in sound(connection, "state IN ('ready', 'inflight')")]
    connection.executemany("UPDATE outbox SET state = 'unknown' WHERE id = ?", found)


def replace_payload(connection: sqlite3.Connection, row_id: int, idem_key: str, payload: bytes) -> None:
    """Give a row a new key and request, after a definite refusal of the old key only."""
    sealed = vault_of(connection).seal(request_place(row_id), pack(payload))
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
        f"DELETE FROM outbox WHERE id IN {in_list(row_ids)} RETURNING id, op, order_key", row_ids
    ).fetchall()
    # What waits beside a call about a customer's details must know that there was one, before or after it.
    for row_id, op, key in gone:
        beside = f"order_key = ? AND op IN {in_list(DETAILS)}"
        for row in sound(connection, beside, (key, *DETAILS)) if op in DETAILS else ():
            follows = OVERTAKEN if row.id < row_id else max(row.follows, 1)
            connection.execute("UPDATE outbox SET follows = ? WHERE id = ?", (follows, row.id))
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
    waiting = sound(connection, f"order_key IN {in_list(order_keys)}", order_keys)
    found = [row.id for row in waiting if is_strangers_bill(row)]
    vault = vault_of(connection)
    for row_id in found:
        text = sealed_text(vault, row_id, text_of(Sentence("queue.customer-enrolled")))
        connection.execute("UPDATE outbox SET text = ? WHERE id = ?", (text, row_id))
        again(connection, row_id, now_ms)
    return found


def digest(connection: sqlite3.Connection, payload: bytes) -> bytes:
    """What is kept of a request when it is gone: under the store's key, or whoever knows the rest of a bill
    could try phone numbers against it."""
    return vault_of(connection).mark("request", payload)
