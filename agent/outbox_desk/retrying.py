"""Whether a call can be tried again as things are, and under which reference."""

from __future__ import annotations

from agent.language.sentence import Sentence
from agent.loyalty.outcomes import parked_rows
from agent.sale.queue_terms import RowState
from agent.sale.send_rule import NEVER
from agent.store import outbox, owed

NO_CODE = Sentence("no-code-wanted")
_NAMED = 20


def takes_code(row: outbox.Row) -> bool:
    """Whether a fresh code may go along: what may have arrived is sent as it was or not at all."""
    parked = row.state == RowState.PARKED and row.code != NEVER
    return parked and row.op in owed.REDEMPTIONS and not row.unsure


def unfit(row: outbox.Row, reason: str, otp: str = "") -> Sentence | None:
    """Why this call cannot be tried again as things are."""
    if otp and not takes_code(row):
        return NO_CODE
    if row.code == outbox.DAMAGED:
        return outbox.damage_of(row.id)
    if row.code == NEVER and row.state == RowState.PARKED:
        return Sentence("bill-waived")
    if goes_anew(row) and not (reason.strip() or otp):
        return Sentence("reason-missing.anew")
    return None


def goes_anew(row: outbox.Row) -> bool:
    """Whether this call is only tried again under another reference."""
    return parked_rows.needs_new_reference(row.op, row.state, row.code, row.attempts, unsure=bool(row.unsure))


def left_out(left: list[int]) -> Sentence:
    """Which calls stay as they are; of many the first."""
    named = ", ".join(map(str, left[:_NAMED])) + (" …" if len(left) > _NAMED else "")
    return Sentence("queue.left", calls=named, count=len(left))
