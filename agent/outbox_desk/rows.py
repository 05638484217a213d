"""A call of the outbox as people see it: its state, what it owes, what they may do about it, its request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.language.sentence import Sentence
from agent.loyalty.outcomes.parked_rows import lacks_code, needs_new_reference, request, told
from agent.sale.money import plain_text
from agent.sale.queue_terms import Op, RowState
from agent.sale.send_rule import NEVER
from agent.store import outbox, owed

RETRY, ANEW, CODE, SETTLE, WAIVE = "retry", "retry-anew", "retry-code", "settle", "waive"


def choices(row: dict[str, Any]) -> list[str]:
    """The verbs that may be tried on a row of Reading.queue."""
    if row["state"] == RowState.INFLIGHT:
        return []
    if row["code"] == outbox.DAMAGED:
        return [WAIVE]
    stopped = row["state"] == RowState.PARKED
    never = stopped and row["code"] == NEVER
    anew = needs_new_reference(
        row["op"], row["state"], row["code"], row["attempts"], unsure=bool(row["unsure"])
    )
    found = [] if never else [ANEW if anew else RETRY]
    if not row["unsure"] and lacks_code(row["op"], row["state"], row["code"]):
        found.insert(0, CODE)
    owing = [SETTLE] if stopped and row["op"] in owed.REDEMPTIONS and not row["unsure"] else []
    return [*found, *owing, WAIVE]


def advice(row: dict[str, Any], paused_until: str = "") -> list[Sentence]:
    """What a person may do. paused_until: the moment before which nothing is sent, "" for none."""
    if row["state"] == RowState.INFLIGHT:
        return [Sentence("queue.advice.inflight")]
    verbs = choices(row)
    words = [Sentence(f"queue.verb.{verb}") for verb in verbs]
    if SETTLE in verbs:
        words.insert(0, Sentence("queue.advice.owed", amount=plain_text(row["owed_minor"])))
        words.append(Sentence("queue.advice.void"))
    elif row["state"] == RowState.PARKED and row["op"] in owed.REDEMPTIONS:
        words.insert(0, Sentence("queue.advice.unsure"))
    elif row["state"] != RowState.PARKED:
        words.insert(0, _waiting(row["behind"], row["behind_state"], paused_until))
    return words


def _waiting(behind: int, state: str, paused_until: str) -> Sentence:
    if not behind and paused_until:
        return Sentence("queue.advice.paused", until=paused_until)
    if not behind:
        return Sentence("queue.advice.waits")
    parked = state == RowState.PARKED
    return Sentence("queue.advice.behind-parked" if parked else "queue.advice.behind", call=str(behind))


def described(
    at: Callable[[int], str], row: dict[str, Any], text_of: Callable[[Sentence], str], paused_ms: int = 0
) -> dict[str, Any]:
    """A row of Reading.queue for the page and for programs; at writes a moment in the shop's zone, text_of
    a sentence. paused_ms: until when nothing is sent."""
    held = paused_ms if row["state"] in (RowState.READY, RowState.UNKNOWN) else 0
    return {
        "id": row["id"],
        "op": row["op"],
        "bill_number": row["number"] or "",
        "state": row["state"],
        "attempts": row["attempts"],
        "created_at": at(row["created_ms"]),
        "next_at": at(max(row["due_ms"], held)),
        "paused_until": at(held) if held else None,
        "code": row["code"],
        "text": _why(row, text_of) or told(row["text"]),
        "owed_minor": row["owed_minor"],
        "behind": row["behind"],
        "choices": choices(row),
    }


def whole(
    at: Callable[[int], str],
    row: dict[str, Any],
    payload: bytes | None,
    text_of: Callable[[Sentence], str],
    *,
    masked: bool = True,
    paused_ms: int = 0,
) -> dict[str, Any]:
    """Everything known of such a row; personal data masked unless said otherwise. payload: the request, None
    where the store's key is not at hand: then it is called sealed."""
    listed = described(at, row, text_of, paused_ms)
    return listed | {
        "text": listed["text"] if masked or row["code"] == outbox.DAMAGED else row["text"],
        "key": row["idem_key"] if not masked or _bare(row["op"]) else "…",
        "advice": list(map(text_of, advice(row, listed["paused_until"] or ""))),
        "request": {"sealed": True} if payload is None else _request(payload, masked=masked),
    }


def _why(row: dict[str, Any], text_of: Callable[[Sentence], str]) -> str:
    damaged = row["code"] == outbox.DAMAGED
    return text_of(outbox.damage_of(row["id"])) if damaged else ""


def _bare(op: str) -> bool:
    """Whether the key of such a call names nobody: a bill's number or a reference made of it."""
    return op in (Op.TRANSACTION_ADD, Op.POINTS_REDEEM)


def _request(payload: bytes, *, masked: bool) -> dict[str, Any]:
    try:
        return request(payload, masked=masked)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        return {"unreadable": type(error).__name__}
