"""The queue's badge: how many calls wait for the cloud, since when, and what needs a person or is owed."""

from __future__ import annotations

from collections.abc import Callable

from agent.language.sentence import Sentence
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
        said = Sentence("badge.queue.empty")
        if age is not None:
            said = Sentence("badge.queue.waiting", calls=count, age=_age(age))
        if parked:
            said = Sentence("badge.queue.parked", queue=said, count=parked)
        if owed:
            said = Sentence("badge.queue.owed", queue=said, amount=plain_text(owed_minor))
        self._badge.show(said, count=count, parked=parked, oldest_s=age, owed=owed, owed_minor=owed_minor)


def _age(seconds: int) -> Sentence:
    if seconds < 90:
        return Sentence("age.seconds", number=seconds)
    if seconds < 5400:
        return Sentence("age.minutes", number=seconds // 60)
    return Sentence("age.hours", number=seconds // 3600)
