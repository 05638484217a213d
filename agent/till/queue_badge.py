"""The queue's badge: how many calls wait for the cloud, since when, and what needs a person or is owed."""

from __future__ import annotations

from collections.abc import Callable

from agent.language.sentence import AsTold
from agent.sale.money import plain_text
from agent.till.board import Badge
from agent.till.outbox_tally import OutboxTally


class QueueBadge:
    """Shows the tally on the board."""

    def __init__(self, badge: Badge, tally: OutboxTally, now_ms: Callable[[], int]) -> None:
        self._badge = badge
        self._tally = tally
        self._now_ms = now_ms

    def show(self) -> None:
        """Bring it up to date."""
        count, parked, oldest = self._tally.tally()
        owed, owed_minor = self._tally.owed()
        age = max(0, (self._now_ms() - oldest) // 1000) if count else None
        text = "Queue: empty" if not count else f"Queue: {count}, oldest {_age(age or 0)}"
        if parked:
            text += f", {parked} need{'s' if parked == 1 else ''} a person"
        if owed:
            text += f", {plain_text(owed_minor)} owed"
        self._badge.show(
            AsTold("badge", text),
            count=count,
            parked=parked,
            oldest_s=age,
            owed=owed,
            owed_minor=owed_minor,
        )


def _age(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 5400 else f"{seconds // 3600} h"
