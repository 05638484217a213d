"""Whether the row, the cloud or the line is to blame for a failure: seen by what else goes through."""

from __future__ import annotations

from agent.loyalty.outcomes.decision import RetryAt
from agent.loyalty.outcomes.queue import QueueRow

MOST_TRIES = 25
LEAST_TRIED_MS = 3_600_000
LONGEST_TRIED_MS = 7 * 86_400_000
"""A row without a verdict goes to a person after so many tries over an hour while others pass, or a week."""


class FailureScope:
    """Counts what went through, by operation, and remembers the counts of when each row was last tried."""

    def __init__(self) -> None:
        self._passed: dict[str, int] = {}
        self._all = 0
        self._seen: dict[int, tuple[int, int]] = {}

    def done(self, row: QueueRow) -> None:
        """The row went through."""
        self._passed[row.op] = self._passed.get(row.op, 0) + 1
        self._all += 1
        self.forget(row)

    def forget(self, row: QueueRow) -> None:
        """The row is not tried any more."""
        self._seen.pop(row.id, None)

    def tried(self, row: QueueRow) -> None:
        """The row did not go through and is tried again."""
        self._seen[row.id] = self._passed.get(row.op, 0), self._all

    def others_pass(self, row: QueueRow) -> bool:
        """Whether a call of the same kind went through since this row was last tried."""
        passed = self._passed.get(row.op, 0)
        return self._seen.get(row.id, (passed, 0))[0] < passed

    def anything_passes(self, row: QueueRow) -> bool:
        """Whether any call went through since this row was last tried."""
        return self._seen.get(row.id, (0, self._all))[1] < self._all

    def given_up(self, row: QueueRow, again: RetryAt, now_ms: int) -> bool:
        """Whether a person must look: much tried, and the cloud is there for others or has been for a week.

        Without a code the line may be to blame, however often it was tried; that takes both.
        """
        if not _much_tried(row, now_ms):
            return False
        others, week = self.others_pass(row), _tried_ms(row, now_ms) > LONGEST_TRIED_MS
        return (others or week) if again.code else (others and week)

    def shut_out(self, row: QueueRow, now_ms: int) -> bool:
        """Whether a person must look at a row that is never let in: much tried, and other calls pass."""
        return _much_tried(row, now_ms) and self.anything_passes(row)


def _tried_ms(row: QueueRow, now_ms: int) -> int:
    return now_ms - (row.first_ms or now_ms)


def _much_tried(row: QueueRow, now_ms: int) -> bool:
    return row.attempts + 1 >= MOST_TRIES and _tried_ms(row, now_ms) >= LEAST_TRIED_MS
