"""What the drawer's sensor tells: opened by the till or by force, and left open."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from typing import Literal

from agent.language.sentence import Sentence
from agent.store.errors import StoreFull, StoreReadOnly
from agent.till.till import Till
from agent.till.turn import TillClosed

log = logging.getLogger("agent.printing")

State = Literal["open", "closed", "unknown"]
# The printer is looked at every five seconds, and not while it takes a long ticket in one piece.
_EXPECTED_S = 20.0


class DrawerWatch:
    """Told by the printer's thread at each look; state is the newest word. left_open_s: after how long a
    drawer is said to be open; 0 for never. Who opened it, and for what, is in the journal before it opens."""

    def __init__(self, till: Till, left_open_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._till = till
        self._left_open_s = left_open_s
        self._clock = clock
        self._expected_until = 0.0
        self._opened_at = 0.0
        self._told_open = False
        self.state: State = "unknown"

    def pulsed(self) -> None:
        """The till opens it now: that it is open soon is no force."""
        self._expected_until = self._clock() + _EXPECTED_S

    def seen(self, state: State) -> None:
        """The sensor's word. One that is open when it is first seen, or was not seen for a while, may have
        been opened by anybody."""
        if state == "unknown":
            return
        before, self.state = self.state, state
        now = self._clock()
        if state == "closed":
            return
        if before != "open":
            self._opened_at, self._told_open = now, False
            if before == "closed" and now >= self._expected_until:
                log.warning("drawer: it was opened, and not by the till")
                self._tell(Sentence("drawer-forced"), {"forced": True})
        if self._left_open_s and not self._told_open and now - self._opened_at >= self._left_open_s:
            self._told_open = True
            seconds = round(now - self._opened_at)
            log.warning("drawer: open for %d s", seconds)
            self._tell(Sentence("drawer-left-open", count=seconds), {"left_open_s": seconds})

    def _tell(self, sentence: Sentence, body: dict[str, object]) -> None:
        """Said aloud, and in the journal where the disk takes it."""
        self._till.say(sentence, "warn")
        with contextlib.suppress(TillClosed, StoreFull, StoreReadOnly):
            self._till.note("drawer", body)
