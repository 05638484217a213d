"""When each row was last sent in a way that may have had its effect, which the cloud may not show yet."""

from __future__ import annotations

from collections.abc import Callable

from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.outcomes.queue import UNKNOWN, QueueRow
from agent.loyalty.outcomes.retry import SHOWN_S

_SHOWN_MS = int(SHOWN_S * 1000)


class DoubtfulAttempts:
    """Kept in memory: of what an earlier run sent it is known that it was before this one began."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._began_ms = clock()
        self._sent_ms: dict[int, int] = {}

    def note(self, row: QueueRow, verdict: Verdict) -> None:
        """What came of an attempt that ends now. The same unhelpful answer once more is none the newer: else
        what always gets it would never come to an end."""
        if verdict.code and str(verdict.code) == row.code:
            return
        refused = verdict.outcome is Outcome.NO and verdict.http_status < 500
        if not refused and verdict.outcome is not Outcome.NEVER_SENT:
            now_ms = self._clock()
            kept = {row_id: sent for row_id, sent in self._sent_ms.items() if now_ms - sent < _SHOWN_MS}
            self._sent_ms = kept | {row.id: now_ms}
        elif row.state != UNKNOWN:
            # Should a person have it tried again, nothing of it can have arrived.
            self._sent_ms.setdefault(row.id, 0)

    def unshown_s(self, row: QueueRow) -> float:
        """Seconds for which the cloud may not show what such an attempt did; 0: it shows it."""
        before_ms = self._began_ms if row.state == UNKNOWN else 0
        sent_ms = self._sent_ms.get(row.id, before_ms)
        left_ms = sent_ms + _SHOWN_MS - self._clock()
        return min(max(left_ms, 0), _SHOWN_MS) / 1000
