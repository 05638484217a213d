"""What a person took out of the outbox: who, when, why, and no personal data."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from agent.sale.queue_terms import Op
from agent.store import delivery, outbox

WAIVED, SETTLED = "waived", "settled"
BY_RETURN = "return"
"""Tender of what is settled because its bill came back whole; the reference is the credit note, and no money
was paid for it."""


@dataclass(frozen=True, slots=True)
class Word:
    """A person's word on a call that will not be sent.

    how: waived (a supervisor gave it up) or settled (the customer paid what a redemption owed, with tender
    and reference). amount_minor: what the redemption was worth, 0 for other calls.
    """

    how: str
    at: str
    who: str
    reason: str
    tender: str = ""
    reference: str = ""
    amount_minor: int = 0
    request_key: str = ""


@dataclass(frozen=True, slots=True)
class Waived:
    """A call that left the outbox by a person's word."""

    id: int
    op: str
    bill_id: int
    code: str
    digest: bytes
    attempts: int
    created_ms: int
    word: Word


_ROW = ("id", "op", "bill_id", "code", "digest", "attempts", "created_ms")
_WORD = tuple(Word.__dataclass_fields__)
_COLUMNS = ", ".join((*_ROW, *_WORD))


def leave(connection: sqlite3.Connection, row: outbox.Row, word: Word) -> Waived:
    """Move a row from the outbox to the waived ones, inside the caller's transaction."""
    gone = Waived(
        row.id,
        row.op,
        row.bill_id,
        row.code,
        delivery.digest(connection, row.payload),
        row.attempts,
        row.created_ms,
        word,
    )
    values = [getattr(gone, name) for name in _ROW] + [getattr(word, name) for name in _WORD]
    connection.execute(
        f"INSERT INTO waived ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})",
        values,
    )
    connection.execute("DELETE FROM outbox WHERE id = ?", (row.id,))
    return gone


def find(connection: sqlite3.Connection, row_id: int) -> Waived | None:
    """One waived call, or None."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM waived WHERE id = ?", (row_id,)).fetchone()
    if found is None:
        return None
    row_id, op, bill_id, code, digest, attempts, created_ms, *word = found
    return Waived(row_id, op, bill_id, code, digest, attempts, created_ms, Word(*word))


def told(gone: Waived) -> dict[str, Any]:
    """A waived call for the journal: facts and no personal data."""
    word = gone.word
    facts = {
        "row": gone.id,
        "op": gone.op,
        "bill_id": gone.bill_id,
        "code": gone.code,
        "digest": gone.digest.hex(),
        "who": word.who,
        "reason": word.reason,
    }
    if word.how == SETTLED:
        facts |= {"tender": word.tender, "reference": word.reference}
    return facts | {"amount_minor": word.amount_minor}


def is_untold(connection: sqlite3.Connection, bill_id: int) -> bool:
    """Whether the cloud will never hear of this bill."""
    found = connection.execute(
        "SELECT 1 FROM waived WHERE bill_id = ? AND op = ?", (bill_id, Op.TRANSACTION_ADD)
    )
    return found.fetchone() is not None


def bills(connection: sqlite3.Connection) -> set[int]:
    """Bills of which the cloud will not hear everything; what was settled leaves nothing to hear."""
    found = connection.execute("SELECT DISTINCT bill_id FROM waived WHERE how = 'waived' AND bill_id > 0")
    return {bill_id for (bill_id,) in found}
