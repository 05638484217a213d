"""The queue's badge: how many calls wait for the cloud, since when, until when nothing is sent, what needs a
person or is owed."""

from __future__ import annotations

import threading
from collections.abc import Callable

from agent.language.sentence import Sentence
from agent.sale.money import plain_text
from agent.till.board import Badge
from agent.till.outbox_tally import OutboxTally


class QueueBadge:
    """Shows the tally on the board, and what holds the queue. at writes a moment in the shop's zone."""

    def __init__(
        self, badge: Badge, tally: OutboxTally, now_ms: Callable[[], int], at: Callable[[int], str]
    ) -> None:
        self._badge = badge
        self._tally = tally
        self._now_ms = now_ms
        self._at = at
        self._pause = (0, "")
        self._showing = threading.Lock()

    @property
    def paused_ms(self) -> int:
        """Until when nothing is sent, in milliseconds since 1970 UTC; 0 while nothing holds the queue."""
        until_ms, _ = self._pause
        return until_ms if until_ms > self._now_ms() else 0

    def pause(self, until_ms: int, why: str) -> None:
        """Nothing is sent until then, and why; 0: nothing holds the queue any more. On any thread."""
        self._pause = until_ms, why
        self.show()

    def show(self) -> None:
        """Bring it up to date. On any thread: an earlier count is never shown after a later one."""
        with self._showing:
            self._shown()

    def _shown(self) -> None:
        count, parked, oldest = self._tally.tally()
        owed, owed_minor = self._tally.owed()
        now_ms = self._now_ms()
        age = max(0, (now_ms - (oldest or now_ms)) // 1000) if count else None
        said = Sentence("badge.queue.empty")
        if age is not None:
            said = Sentence("badge.queue.waiting", calls=count, age=_age(age))
        if parked:
            said = Sentence("badge.queue.parked", queue=said, count=parked)
        if owed:
            said = Sentence("badge.queue.owed", queue=said, amount=plain_text(owed_minor))
        until, why = self._held()
        if until:
            said = Sentence(
                "badge.queue.paused", queue=said, until=clock_time(until, self._at(self._now_ms()))
            )
        self._badge.show(
            said,
            count=count,
            parked=parked,
            oldest_s=age,
            owed=owed,
            owed_minor=owed_minor,
            paused_until=until,
            reason=why,
        )

    def _held(self) -> tuple[str | None, str]:
        until_ms = self.paused_ms
        return (self._at(until_ms), self._pause[1]) if until_ms else (None, "")


def clock_time(at: str, now: str) -> str:
    """15:40 of an ISO moment, with its day unless that is today."""
    return at[11:16] if at[:10] == now[:10] else f"{at[:10]} {at[11:16]}"


def _age(seconds: int) -> Sentence:
    if seconds < 90:
        return Sentence("age.seconds", number=seconds)
    if seconds < 5400:
        return Sentence("age.minutes", number=seconds // 60)
    return Sentence("age.hours", number=seconds // 3600)
