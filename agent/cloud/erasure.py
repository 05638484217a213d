"""Personal data is erased in time: a small step in each quiet moment, until nothing is left to erase."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from sqlite3 import Connection

from agent.store import customers, journal, members, outbox
from agent.till.till import Till

log = logging.getLogger("agent.cloud")

# Small steps, so that a scan never waits long for its turn; when nothing is left, a look every ten minutes.
_STEP = 50
_PAUSE_MS = 600_000
_DAY_MS = 86_400_000


class Erasure:
    """keep_days: how long customers of delivered bills are kept, and members known from before, of whom
    there are at most member_cache. idle tells whether nobody sells."""

    def __init__(self, till: Till, idle: Callable[[], bool], *, keep_days: int, member_cache: int) -> None:
        self._till = till
        self._idle = idle
        self._keep_days = keep_days
        self._member_cache = member_cache
        self._next_ms = 0
        self._erased = False

    def tidy(self) -> None:
        """One small step, in a quiet moment."""
        now = self._till.now_ms()
        # A clock that was set back must not put erasing off for years.
        if not self._idle() or now < self._next_ms <= now + _PAUSE_MS:
            return
        # A disk that cannot be written is looked at again after the pause.
        self._next_ms = now + _PAUSE_MS
        if self._till.write(lambda tx: self._erase(tx, now)):
            self._erased = True
            self._next_ms = 0
        elif self._erased:
            # The log still holds what the file no longer does.
            self._till.fold_log()
            self._erased = False

    def _erase(self, tx: Connection, now: int) -> int:
        keep = self._keep_days
        day = (self._till.now().date() - timedelta(days=keep)).isoformat()
        sealed = outbox.seal_old(tx, _STEP)
        people = customers.erase(tx, day, _STEP)
        if people:
            journal.append(tx, "erased", self._till.stamp(), {"customers": people, "before": day})
            log.info("erased the customers of %d delivered bills before %s", people, day)
        return sealed + people + members.erase(tx, now - keep * _DAY_MS, self._member_cache, _STEP)
