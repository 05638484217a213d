"""The till's clock against the cloud's: learnt from every answer, kept over restarts, looked at when idle.

Nothing asks for the time: an answer that was wanted anyway carries it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from agent.loyalty.line.server_date import boottime_ms
from agent.sale.clock import LEEWAY_MS, Known, Standing, Word, moment_ms, standing
from agent.store import key_value
from agent.store.errors import UNREADABLE
from agent.till.till import Till

log = logging.getLogger("agent.cloud")

FACT: Final = "clock"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_STEP_MS = 2_000
_FRESH_MS, _SAVE_MS = 60_000, 3_600_000


class CloudClock:
    """learn, standing and cloud_ms on any thread."""

    def __init__(self, till: Till) -> None:
        self._till = till
        self._lock = threading.Lock()
        self._boot = boot_id()
        self._saved: Word | None = None
        self._known = self._before(till.read(lambda tx: key_value.load(tx, FACT)))
        self._offset_ms = till.now_ms() - boottime_ms()
        self._heard_ms = 0

    def learn(self, word: Word) -> None:
        """An answer of the cloud told its time. Most tell what is known: nothing waits for them."""
        known = self._known
        self._hear(word)
        fresh = known.word and not known.doubted and word.boot_ms - known.word.boot_ms < _FRESH_MS
        if fresh and known.word and known.word.agrees(word):
            return
        with self._lock:
            wall_ms = self._till.now_ms() - (boottime_ms() - word.boot_ms)
            self._known = self._known.told(word, wall_ms)

    def standing(self, now: datetime, last_bill: datetime | None) -> Standing:
        """How the wall clock stands, which says now."""
        last_ms = moment_ms(last_bill) if last_bill else None
        return standing(self._known, moment_ms(now), boottime_ms(), last_ms)

    def cloud_ms(self) -> int | None:
        """What the cloud's own clock says now, in milliseconds since 1970 UTC; None while it told nothing."""
        word = self._known.word
        return word.cloud_at(boottime_ms()) if word else None

    def past_ms(self) -> int:
        """A moment of the cloud's own clock that is over, as late a one as is known: the date of an answer
        heard, or what an earlier run learnt. 0 while it told nothing. Whatever the cloud dated until then was
        there before now, whichever till it came from."""
        word = self._known.word
        least_ms = word.cloud_at(boottime_ms()) - word.within_ms if word else 0
        return max(self._heard_ms, least_ms // 1000 * 1000)

    def _hear(self, word: Word) -> None:
        """Keep the latest date told. One server among many whose clock is far ahead counts for nothing."""
        known = self._known.word
        if known is not None and not known.agrees(word):
            return
        told_ms = word.cloud_ms // 1000 * 1000
        late = self._heard_ms - told_ms > LEEWAY_MS
        self._heard_ms = told_ms if late else max(self._heard_ms, told_ms)

    def tidy(self, look: Callable[[], Standing]) -> None:
        """Notice that the clock was set, keep what was learnt. look shows how the clock stands."""
        state = look().state
        self._notice_step(state)
        self._keep()

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
        except UNREADABLE:
            return Known()

    def _keep(self) -> None:
        """In the store, now and then: what the cloud told is a commit, and it tells it all day."""
        word, saved = self._known.word, self._saved
        if word is None or (saved and saved.agrees(word) and word.boot_ms < saved.boot_ms + _SAVE_MS):
            return
        told = {"cloud_ms": word.cloud_ms, "boot_ms": word.boot_ms, "within_ms": word.within_ms}
        text = json.dumps(told | {"boot": self._boot})
        self._till.write(lambda tx: key_value.save(tx, FACT, text))
        self._saved = word

    def _notice_step(self, state: str) -> None:
        """A wall clock that moved against the one nobody can set was set: that goes into the journal."""
        offset_ms = self._till.now_ms() - boottime_ms()
        by_ms = offset_ms - self._offset_ms
        if abs(by_ms) > _STEP_MS:
            self._till.note("clock", {"set_by_ms": by_ms, "state": state})
            log.warning("the clock was set by %d s; it is %s now", round(by_ms / 1000), state)
        self._offset_ms = offset_ms


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
