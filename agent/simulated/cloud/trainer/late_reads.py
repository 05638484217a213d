"""A read side that is behind: what was done shows there only so many seconds later, as where a cloud answers
questions from a copy of its books."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.ledger_rows import Record


class LateReads:
    """The books as they were a while ago. Used under the ledger's lock."""

    def __init__(self) -> None:
        self._ledger: Ledger | None = None
        self._copy = Ledger()
        self._waiting: deque[tuple[datetime, list[Record]]] = deque()

    def follow(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        """Keep what is committed from now on apart; what these books hold already shows at once."""
        if self._ledger is ledger:
            return
        self.let_go()
        self._ledger, self._copy = ledger, ledger.copy()
        ledger.committed = lambda rows: self._waiting.append((now(), rows))

    def let_go(self) -> None:
        """The read side has caught up."""
        if self._ledger is not None:
            self._ledger.committed = None
        self._ledger = None
        self._waiting.clear()

    def behind(self, now: datetime, seconds: float) -> Ledger:
        """The books as they were so many seconds ago; they never go back."""
        moment = now - timedelta(seconds=seconds)
        while self._waiting and self._waiting[0][0] <= moment:
            _, rows = self._waiting.popleft()
            with self._copy.transaction():
                for row in rows:
                    self._copy.put(row)
        return self._copy
