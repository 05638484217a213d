"""What scanners send before anything is made of it, and which of them a technician is trying out."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from drivers.scanner.label import Raw

log = logging.getLogger("agent.devices")

LOOK_S = 5.0
"""Who looks asks again sooner than this; a scanner of which nobody has asked for so long sells again."""

_MOST = 2000


class RawScans:
    """Kept of a scanner only while somebody looks, in memory alone: it may hold the cards of customers.

    came() is called on scanners' threads and waits for nobody; look() and tried() on any.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._kept: dict[str, deque[tuple[int, float, Raw]]] = {}
        self._looked_until: dict[str, float] = {}

    def came(self, scanner: str, at_s: float, raw: Raw) -> None:
        """All that arrived in one go."""
        kept = self._kept.get(scanner)
        if kept is not None and self.tried(scanner):
            kept.append((next(self._numbers), at_s, raw))

    def tried(self, scanner: str) -> bool:
        """Whether somebody looks at what it sends, so that nothing of it is to be sold."""
        return self._clock() < self._looked_until.get(scanner, 0.0)

    def look(self, scanner: str, after: int = 0) -> list[dict[str, Any]]:
        """What came above a number, oldest first, as the lines of a recording. It is tried from now on, and
        sells again once nobody has asked for LOOK_S."""
        from drivers.scanner.recording import raw_lines

        with self._lock:
            if not self.tried(scanner):
                log.warning("scanner %s is being tried out: nothing of it is sold", scanner)
                self._kept[scanner] = deque(maxlen=_MOST)
            self._looked_until[scanner] = self._clock() + LOOK_S
        rows: list[dict[str, Any]] = []
        last = 0.0
        for number, at_s, raw in list(self._kept[scanner]):
            if number > after:
                rows.append({"n": number, "lines": raw_lines(at_s, raw, last or at_s)})
            last = at_s
        return rows

    def forget(self) -> None:
        """In a quiet moment: what nobody looks at any more."""
        with self._lock:
            for scanner in [one for one in self._kept if not self.tried(one)]:
                del self._kept[scanner]
                log.info("scanner %s sells again", scanner)
