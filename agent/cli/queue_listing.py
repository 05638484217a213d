"""`queue list` on a terminal of 80 columns: a line a call, then what was said, once for all it belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agent.cli.output import say, table
from agent.sale.money import plain_text

_STATES = {
    "ready": "waiting",
    "inflight": "being sent",
    "unknown": "outcome unknown",
    "parked": "needs a person",
}
_NAMED = 5
"""So many calls are named by id for one reason; a long outage leaves thousands."""


def show(rows: list[dict[str, Any]]) -> None:
    """Rows of GET /api/queue."""
    if not rows:
        say("The queue is empty: the cloud has everything.")
        return
    table(("id", "call", "bill", "state", "tries", "age", "due"), [_line(row) for row in rows])
    for text, ids in _reasons(rows).items():
        say(f"{_some(ids)}: {text}")
    parked = sum(row["state"] == "parked" for row in rows)
    if parked:
        say(f"\n{len(rows)} open, {parked} for a person: pos-agent queue show ID says what to do.")
    else:
        say(f"\n{len(rows)} open; the till sends what waits by itself when the cloud is there.")


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(row["id"]),
        row["op"],
        row["bill_number"] or "-",
        _STATES[row["state"]],
        str(row["attempts"]),
        _span(-_seconds(row["created_at"])),
        _due(row),
    )


def _due(row: dict[str, Any]) -> str:
    if row["state"] in ("parked", "inflight"):
        return "-"
    if row["behind"]:
        return f"after {row['behind']}"
    seconds = _seconds(row["next_at"])
    return f"in {_span(seconds)}" if seconds > 0 else "now"


def _reasons(rows: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Ids by what was said of them, and by what they owe."""
    found: dict[str, list[int]] = {}
    for row in rows:
        owed = f"{plain_text(row['owed_minor'])} owed. " if row["owed_minor"] else ""
        if text := f"{owed}{row['text']}".strip():
            found.setdefault(text, []).append(row["id"])
    return found


def _some(ids: list[int]) -> str:
    named = ", ".join(map(str, ids[:_NAMED]))
    return f"{named} and {len(ids) - _NAMED} more" if len(ids) > _NAMED else named


def _seconds(moment: str) -> int:
    """From now until then."""
    then = datetime.fromisoformat(moment)
    return round((then - datetime.now(then.tzinfo)).total_seconds())


def _span(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{max(0, seconds)} s"
