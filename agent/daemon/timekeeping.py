"""The till's clock against the cloud's: learnt from every answer, kept over restarts, looked at when idle.

Nothing asks for the time: an answer that was wanted anyway carries it. Calls that the cloud refused for their
date are tried again when by the cloud's own clock it would take them.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.loyalty.heard import boottime_ms
from agent.sale.clock import DAY_MS, Known, Standing, Word, moment_ms, standing
from agent.store import facts, journal, outbox
from agent.store.errors import StoreFull, StoreReadOnly

if TYPE_CHECKING:
    from agent.daemon.agent import Agent

log = logging.getLogger("agent.daemon")

FACT: Final = "clock"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_STEP_MS = 2_000
_FRESH_MS, _SAVE_MS = 60_000, 3_600_000
_LOOK_MS, _MOST = 5_000, 10_000
_AHEAD, _DATES = "643", ("644", "bill-date")
"""Codes of calls parked for their date: later than the cloud's clock allows, or earlier than a rule does."""


class Timekeeping:
    """Owned by the agent; learn and standing on any thread, tidy in the till's turn."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._lock = threading.Lock()
        self._boot = boot_id()
        self._saved: Word | None = None
        self._known = self._before(facts.load(agent.store.connection, FACT))
        self._offset_ms = agent.now_ms() - boottime_ms()
        self._next_look_ms = 0
        self._tried: set[int] = set()
        self._oldest = agent.organisation.rules().oldest_date

    def learn(self, word: Word) -> None:
        """An answer of the cloud told its time. Most tell what is known: nothing waits for them."""
        known = self._known
        fresh = known.word and not known.doubted and word.boot_ms - known.word.boot_ms < _FRESH_MS
        if fresh and known.word and known.word.agrees(word):
            return
        with self._lock:
            wall_ms = self._agent.now_ms() - (boottime_ms() - word.boot_ms)
            self._known = self._known.told(word, wall_ms)

    def standing(self, now: datetime, last_bill: datetime | None) -> Standing:
        """How the wall clock stands, which says now."""
        last_ms = moment_ms(last_bill) if last_bill else None
        return standing(self._known, moment_ms(now), boottime_ms(), last_ms)

    def tidy(self) -> None:
        """Notice that the clock was set, keep what was learnt, try again what waits for a date."""
        self._agent.selling.look_at_clock()
        # On a disk that cannot be written the counter says so at the next scan; here it can wait.
        with contextlib.suppress(StoreFull, StoreReadOnly):
            self._notice_step()
            self._keep()
            if (now_ms := boottime_ms()) >= self._next_look_ms:
                self._next_look_ms = now_ms + _LOOK_MS
                self._try_again()

    # --- what was learnt ----------------------------------------------------------------------------

    def _before(self, text: str) -> Known:
        """What an earlier run kept: all of it if the box ran on, else only that it is later now."""
        try:
            told = json.loads(text)
            word = Word(int(told["cloud_ms"]), int(told["boot_ms"]), int(told["within_ms"]))
            if self._boot and told["boot"] == self._boot:
                self._saved = word
                return Known(word)
            return Known(floor_ms=word.cloud_ms)
        except (ValueError, LookupError, TypeError):
            return Known()

    def _keep(self) -> None:
        """In the store, now and then: what the cloud told is a commit, and it tells it all day."""
        word, saved = self._known.word, self._saved
        if word is None or (saved and saved.agrees(word) and word.boot_ms < saved.boot_ms + _SAVE_MS):
            return
        told = {"cloud_ms": word.cloud_ms, "boot_ms": word.boot_ms, "within_ms": word.within_ms}
        with self._agent.store.transaction() as tx:
            facts.save(tx, FACT, json.dumps(told | {"boot": self._boot}))
        self._saved = word

    def _notice_step(self) -> None:
        """A wall clock that moved against the one nobody can set was set: that goes into the journal."""
        offset_ms = self._agent.now_ms() - boottime_ms()
        by_ms = offset_ms - self._offset_ms
        if abs(by_ms) > _STEP_MS:
            state = self._agent.board.part("badges")["clock"]["state"]
            with self._agent.store.transaction() as tx:
                journal.append(tx, "clock", self._agent.stamp(), {"set_by_ms": by_ms, "state": state})
            log.warning("the clock was set by %d s; it is %s now", round(by_ms / 1000), state)
        self._offset_ms = offset_ms

    # --- calls that wait for a date -----------------------------------------------------------------

    def _try_again(self) -> None:
        """Each at most once for each reason: a second refusal is for a person."""
        oldest = self._agent.organisation.rules().oldest_date
        if found := self._now_fit(oldest):
            self._reopen(found)
        self._oldest = oldest

    def _reopen(self, found: list[int]) -> None:
        with self._agent.store.transaction() as tx:
            for row_id in found:
                outbox.again(tx, row_id, self._agent.now_ms())
            content = {"rows": found, "renewed": [], "reason": "the cloud takes their date now"}
            journal.append(tx, "queue-retry", self._agent.stamp(), content)
        self._tried.update(found)
        for row_id in found:
            self._agent.waiting.again(row_id)
        self._agent.cloud.changed(found)
        for row_id in found:
            self._agent.show_sync(self._agent.waiting.bill_of(row_id))
        log.info("%d calls that waited for their date are tried again", len(found))
        self._agent.cloud.wake()

    def _now_fit(self, oldest: date | None) -> list[int]:
        """Parked calls whose date stands no more in their way."""
        parked = self._agent.waiting.stopped()[:_MOST]
        if not parked:
            return []
        word, changed = self._known.word, oldest != self._oldest
        # Every organisation takes a day ahead (seeds); what it set beyond that may not hold in its cluster.
        latest_ms = word.cloud_at(boottime_ms()) + DAY_MS if word else 0
        return [
            row.id
            for row in outbox.dated(self._agent.store.connection, parked, (_AHEAD, *_DATES))
            if (row.code == _AHEAD and row.id not in self._tried and _ms(row.at) <= latest_ms)
            or (row.code in _DATES and changed and (oldest is None or row.at[:10] >= oldest.isoformat()))
        ]


def boot_id() -> str:
    """What tells one run of the box from the next; "" where the system does not say.

    The unit says it: the sandbox hides the file that other starts read.
    """
    if told := os.environ.get("POS_AGENT_BOOT"):
        return told
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _ms(at: str) -> int:
    return moment_ms(datetime.fromisoformat(at))
