"""What the drawer's sensor tells: opened by the till or by force, and left open."""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Callable
from typing import Literal

from agent.language.sentence import Sentence
from agent.store.errors import StoreFull, StoreReadOnly
from agent.till.till import Till
from agent.till.turn import TillClosed

log = logging.getLogger("agent.printing")

State = Literal["open", "closed", "unknown"]
# A drawer opens at once or not at all, but for one that jams and is given a push; a look may tell what was
# three seconds before.
_EXPECTED_S = 5.0
# The printer is looked at every five seconds, and not while it takes a long ticket in one piece.
_FRESH_S = 20.0


class DrawerWatch:
    """Told by the printer's thread at each look. left_open_s: after how long a drawer is said to be open; 0
    for never. Who opened it, and for what, is in the journal before it opens. A pulse explains one opening
    behind the last look that found it shut, however long ago that was."""

    def __init__(self, till: Till, left_open_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._till = till
        self._left_open_s = left_open_s
        self._clock = clock
        # Of the last pulse, and of the one before it, that explain no opening yet.
        self._pulsed_at = self._pulsed_before = -math.inf
        self._closed_at = self._looked_at = -math.inf
        self._opened_at = 0.0
        self._told_open = False
        self._last: State = "unknown"

    @property
    def state(self) -> State:
        """The sensor's newest word; unknown once nobody has heard it for a while."""
        return self._last if self._clock() - self._looked_at <= _FRESH_S else "unknown"

    def pulsed(self) -> None:
        """The till opens it now: that it is open soon is no force, and one that is open already is in use."""
        self._pulsed_before, self._pulsed_at = self._pulsed_at, self._clock()
        self._opened_at = self._pulsed_at

    def sent(self) -> None:
        """The printer has the pulse only now: it may have waited for the line. One that explains an opening
        already explains no other."""
        if self._pulsed_at > -math.inf:
            self._pulsed_at = self._clock()

    def called_off(self) -> None:
        """Nothing was sent: that pulse explains nothing."""
        self._pulsed_at = self._pulsed_before

    def seen(self, state: State) -> None:
        """The sensor's word. One that is open when it is first seen may have been opened by anybody."""
        if state == "unknown":
            return
        before, self._last = self._last, state
        now = self._looked_at = self._clock()
        if state == "closed":
            self._closed_at = now
            return
        if before != "open":
            self._opened_at, self._told_open = now, False
            if before == "closed" and self._pulsed_at <= self._closed_at - _EXPECTED_S:
                log.warning("drawer: it was opened, and not by the till")
                self._tell(Sentence("drawer-forced"), {"forced": True})
        # Also of one that was open before: it is shut some time, and then no pulse opens it.
        self._pulsed_at = self._pulsed_before = -math.inf
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
