"""Ever longer pauses between the tries at what failed and may heal by itself."""

from __future__ import annotations

import time
from collections.abc import Callable

FIRST_S = 5.0
MOST_S = 600.0


class Pauses:
    """The first takes FIRST_S, each next one twice as long and MOST_S at the most: so what failed for a while
    is tried again before it has failed for twice as long, and what never heals is hardly tried."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: float = clock()
        self._next_s: float = FIRST_S

    def over(self) -> bool:
        """Whether it is time to try."""
        return self._clock() >= self._until

    def wait(self) -> None:
        """It failed, or is tried now: a pause begins."""
        self._until = self._clock() + self._next_s
        self._next_s = min(2 * self._next_s, MOST_S)

    def end(self) -> None:
        """It is well, or may be another one now: the next try comes at once, and pauses are short again."""
        self._until, self._next_s = self._clock(), FIRST_S
