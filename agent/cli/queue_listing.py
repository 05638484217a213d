"""`queue list` on a terminal of 80 columns: a line a call, then what was said, once for all it belongs to."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from textwrap import indent
from typing import Any

from agent.cli.output import moment, say, table, text
from agent.language.sentence import Sentence
from agent.sale.masking import harmless
from agent.sale.money import plain_text

_NAMED = 5
"""So many calls are named by id for one reason; a long outage leaves thousands."""


Page = list[dict[str, Any]]
"""Rows of GET /api/queue."""


def show(pages: Iterable[Page]) -> int:
    """Pages of the queue as tables; returns how many calls need a person."""
    said: dict[str, _Calls] = {}
    count = parked = 0
    until = ""
    for rows in pages:
        heads = ("id", "call", "bill", "state", "tries", "age", "due")
        table([Sentence(f"cli.head.{name}") for name in heads], [_line(row) for row in rows])
        for row in rows:
            if reason := _reason(row):
                said.setdefault(reason, _Calls()).add(row["id"])
        count += len(rows)
        parked += _parked(rows)
        until = max(until, *(row["paused_until"] or "" for row in rows))
    if not count:
        say(Sentence("cli.queue.empty"))
        return 0
    for reason, calls in said.items():
        say(f"{calls}: {reason}")
    say("")
    if until:
        say(Sentence("cli.queue.paused", until=moment(until)))
    if parked:
        say(Sentence("cli.queue.open-parked", open=count, parked=parked))
    else:
        say(Sentence("cli.queue.open", open=count))
    return parked


def show_json(pages: Iterable[Page]) -> int:
    """The same as one JSON list, written as the pages come."""
    parked, between = 0, "[\n"
    for rows in pages:
        parked += _parked(rows)
        for row in rows:
            told = json.dumps(row, ensure_ascii=False, indent=2)
            sys.stdout.write(between + indent(harmless(told), "  "))
            between = ",\n"
    say("\n]" if between[0] == "," else "[]")
    return parked


def _parked(rows: Page) -> int:
    return sum(row["state"] == "parked" for row in rows)


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


def _reason(row: dict[str, Any]) -> str:
    """What was said of a call, and what it owes."""
    reason = str(row["text"])
    if row["owed_minor"]:
        owed = Sentence("cli.queue.owed", amount=plain_text(row["owed_minor"]), reason=reason)
        return text(owed).strip()
    return reason


class _Calls:
    """Ids that belong to one reason, the first few by name."""

    def __init__(self) -> None:
        self._named: list[int] = []
        self._more = 0

    def add(self, row_id: int) -> None:
        if len(self._named) < _NAMED:
            self._named.append(row_id)
        else:
            self._more += 1

    def __str__(self) -> str:
        named = ", ".join(map(str, self._named))
        return text(Sentence("cli.queue.more", named=named, more=self._more)) if self._more else named


def _seconds(moment: str) -> int:
    """From now until then."""
    then = datetime.fromisoformat(moment)
    return round((then - datetime.now(then.tzinfo)).total_seconds())


def _span(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return text(Sentence(f"cli.span.{unit}", n=seconds // size))
    return text(Sentence("cli.span.s", n=max(0, seconds)))
