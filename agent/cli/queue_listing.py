"""`queue list` on a terminal of 80 columns: a line a call, then what was said, once for all it belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agent.cli.output import say, table, text
from agent.language.sentence import Sentence
from agent.sale.money import plain_text

_NAMED = 5
"""So many calls are named by id for one reason; a long outage leaves thousands."""


def show(rows: list[dict[str, Any]]) -> None:
    """Rows of GET /api/queue."""
    if not rows:
        say(Sentence("cli.queue.empty"))
        return
    heads = ("id", "call", "bill", "state", "tries", "age", "due")
    table([Sentence(f"cli.head.{name}") for name in heads], [_line(row) for row in rows])
    for reason, ids in _reasons(rows).items():
        say(f"{_some(ids)}: {reason}")
    parked = sum(row["state"] == "parked" for row in rows)
    say("")
    if until := max((row["paused_until"] or "" for row in rows), default=""):
        say(Sentence("cli.queue.paused", until=until))
    if parked:
        say(Sentence("cli.queue.open-parked", open=len(rows), parked=parked))
    else:
        say(Sentence("cli.queue.open", open=len(rows)))


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(row["id"]),
        row["op"],
        row["bill_number"] or "-",
        text(Sentence(f"cli.queue.state.{row['state']}")),
        str(row["attempts"]),
        _span(-_seconds(row["created_at"])),
        _due(row),
    )


def _due(row: dict[str, Any]) -> str:
    if row["state"] in ("parked", "inflight"):
        return "-"
    if row["behind"]:
        return text(Sentence("cli.queue.due-after", row=row["behind"]))
    seconds = _seconds(row["next_at"])
    return text(
        Sentence("cli.queue.due-in", span=_span(seconds)) if seconds > 0 else Sentence("cli.queue.due-now")
    )


def _reasons(rows: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Ids by what was said of them, and by what they owe."""
    found: dict[str, list[int]] = {}
    for row in rows:
        reason = row["text"]
        if row["owed_minor"]:
            reason = text(
                Sentence("cli.queue.owed", amount=plain_text(row["owed_minor"]), reason=reason)
            ).strip()
        if reason:
            found.setdefault(reason, []).append(row["id"])
    return found


def _some(ids: list[int]) -> str:
    named = ", ".join(map(str, ids[:_NAMED]))
    return (
        text(Sentence("cli.queue.more", named=named, more=len(ids) - _NAMED)) if len(ids) > _NAMED else named
    )


def _seconds(moment: str) -> int:
    """From now until then."""
    then = datetime.fromisoformat(moment)
    return round((then - datetime.now(then.tzinfo)).total_seconds())


def _span(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return text(Sentence(f"cli.span.{unit}", n=seconds // size))
    return text(Sentence("cli.span.s", n=max(0, seconds)))
