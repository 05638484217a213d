"""Which printer prints what, and which in its place while it cannot."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.till.board import CANNOT_PRINT

# Of so many tickets in a row of a printer nobody knows, though it says that it is ready: its stand-in prints,
# and it is tried with one ticket after a pause, each next time after twice as long.
_LOST = 2
_FIRST_S, _MOST_S = 60.0, 600.0


@dataclass(frozen=True, slots=True)
class Route:
    """A printer's name, what it prints, and the printer that stands in once it has not been able to print for
    so long; "" for none."""

    name: str
    prints: tuple[str, ...] = ()
    stand_in: str = ""
    stand_in_after_s: float = 20.0


class Routes:
    """Any thread may tell and ask. The first printer prints all that no other names."""

    def __init__(self, routes: Sequence[Route], clock: Callable[[], float] = time.monotonic) -> None:
        self._by_name = {route.name: route for route in routes}
        self._first = routes[0].name if routes else ""
        self._homes = {kind: route.name for route in routes for kind in route.prints}
        self._clock = clock
        self._lock = threading.Lock()
        self._cannot_since: dict[str, float] = {}
        self._lost: dict[str, int] = {}
        self._passed_over: dict[str, float] = {}

    def told(self, name: str, state: str) -> None:
        """A printer is in this state of its badge."""
        with self._lock:
            if state in CANNOT_PRINT:
                self._cannot_since.setdefault(name, self._clock())
            else:
                self._cannot_since.pop(name, None)

    def ended(self, name: str, state: str) -> None:
        """A ticket of a printer stands so."""
        if state not in ("confirmed", "sent", "unknown"):
            return
        with self._lock:
            lost = self._lost[name] = self._lost.get(name, 0) + 1 if state == "unknown" else 0
            pause_s = 0.0 if lost < _LOST else min(_FIRST_S * 2 ** (lost - _LOST), _MOST_S)
            self._passed_over[name] = self._clock() + pause_s

    def passed_over(self, name: str) -> bool:
        """Whether it lost its last tickets, and is not to be tried just now."""
        return self._clock() < self._passed_over.get(name, 0.0)

    def home(self, kind: str) -> str:
        """The printer of a kind of paper."""
        return self._homes.get(kind, self._first)

    def now(self, kind: str) -> str:
        """The printer that would print it now: a stand-in only while that can and the other has not been able
        to for long enough, or lost its last tickets."""
        home = self.home(kind)
        route = self._by_name[home]
        with self._lock:
            stand_in = route.stand_in
            if not stand_in or stand_in in self._cannot_since or self.passed_over(stand_in):
                return home
            since = self._cannot_since.get(home, math.inf)
            waited_s = self._clock() - since
        return stand_in if waited_s >= route.stand_in_after_s or self.passed_over(home) else home

    def takes(self, name: str, kind: str) -> bool:
        """Whether a printer may print it now: its own always, as long as nobody else has begun, unless it is
        passed over for another."""
        home, now = self.home(kind), self.now(kind)
        return name == now or (name == home and not self.passed_over(home))
