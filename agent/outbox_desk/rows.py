"""A call of the outbox as people see it: its state, what it owes, what they may do about it, its request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.loyalty.outcomes import parked_rows
from agent.loyalty.outcomes.parked_rows import needs_new_reference, told
from agent.sale.money import plain_text
from agent.sale.send_rule import NEVER
from agent.store import owed

RETRY, ANEW, SETTLE, WAIVE = "retry", "retry-anew", "settle", "waive"
_WORDS = {
    RETRY: "Retry: it is sent again as it was, after a look whether it arrived.",
    ANEW: "Retry with a reason: it is sent under a new reference, after a look whether the old one arrived.",
    SETTLE: "Take the payment: the customer pays what the redemption was worth.",
    WAIVE: "Waive: a supervisor gives it up for good, with a reason.",
}
_UNSURE = "Nobody knows whether the cloud took it, so nothing is owed yet. A retry looks first."
_VOID = "Or void the bill with a return."


def choices(row: dict[str, Any]) -> list[str]:
    """The verbs that may be tried on a row of Reading.queue."""
    if row["state"] == "inflight":
        return []
    stopped = row["state"] == "parked"
    never = stopped and row["code"] == NEVER
    anew = needs_new_reference(
        row["op"], row["state"], row["code"], row["attempts"], unsure=bool(row["unsure"])
    )
    found = [] if never else [ANEW if anew else RETRY]
    owing = [SETTLE] if stopped and row["op"] in owed.REDEMPTIONS and not row["unsure"] else []
    return [*found, *owing, WAIVE]


def row_words(row: dict[str, Any]) -> list[str]:
    """What a person may do, in words."""
    if row["state"] == "inflight":
        return ["Nothing: it is being sent right now."]
    verbs = choices(row)
    words = [_WORDS[verb] for verb in verbs]
    if SETTLE in verbs:
        words.insert(0, f"{plain_text(row['owed_minor'])} is owed: the invoice gave it and stays as it is.")
        words.append(_VOID)
    elif row["state"] == "parked" and row["op"] in owed.REDEMPTIONS:
        words.insert(0, _UNSURE)
    elif row["state"] != "parked":
        words.insert(0, _waiting(row["behind"], row["behind_state"]))
    return words


def _waiting(behind: int, state: str) -> str:
    if not behind:
        return "Nothing: the till tries it by itself."
    if state == "parked":
        return f"It waits for call {behind}, which needs a person first."
    return f"Nothing: it waits for call {behind}, which the till tries by itself."


def described(at: Callable[[int], str], row: dict[str, Any]) -> dict[str, Any]:
    """A row of Reading.queue for the page and for programs; at writes a moment in the shop's zone."""
    return {
        "id": row["id"],
        "op": row["op"],
        "bill_number": row["number"] or "",
        "state": row["state"],
        "attempts": row["attempts"],
        "created_at": at(row["created_ms"]),
        "next_at": at(row["due_ms"]),
        "code": row["code"],
        "text": told(row["text"]),
        "owed_minor": row["owed_minor"],
        "behind": row["behind"],
        "choices": choices(row),
    }


def whole(
    at: Callable[[int], str], row: dict[str, Any], payload: bytes | None, *, masked: bool = True
) -> dict[str, Any]:
    """Everything known of such a row; personal data masked unless said otherwise. payload: the request, None
    where the store's key is not at hand: then it is called sealed."""
    return described(at, row) | {
        "text": parked_rows.told(row["text"]) if masked else row["text"],
        "key": row["idem_key"] if not masked or _bare(row["op"]) else "…",
        "advice": row_words(row),
        "request": {"sealed": True} if payload is None else _request(payload, masked=masked),
    }


def _bare(op: str) -> bool:
    """Whether the key of such a call names nobody: a bill's number or a reference made of it."""
    return op in ("transaction_add", "points_redeem")


def _request(payload: bytes, *, masked: bool) -> dict[str, Any]:
    try:
        return parked_rows.request(payload, masked=masked)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        return {"unreadable": type(error).__name__}
