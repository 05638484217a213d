"""Which printer prints what, and which in its place while it cannot."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.till.board import CANNOT_PRINT


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

    def told(self, name: str, state: str) -> None:
        """A printer is in this state of its badge."""
        with self._lock:
            if state in CANNOT_PRINT:
                self._cannot_since.setdefault(name, self._clock())
            else:
                self._cannot_since.pop(name, None)

    def home(self, kind: str) -> str:
        """The printer of a kind of paper."""
        return self._homes.get(kind, self._first)

    def now(self, kind: str) -> str:
        """The printer that would print it now: a stand-in only while that can and the other has not been able
        to for long enough."""
        home = self.home(kind)
        route = self._by_name[home]
        with self._lock:
            since = self._cannot_since.get(home)
            if since is None or not route.stand_in or route.stand_in in self._cannot_since:
                return home
            waited = self._clock() - since
        return route.stand_in if waited >= route.stand_in_after_s else home

    def takes(self, name: str, kind: str) -> bool:
        """Whether a printer may print it now: its own always, as long as nobody else has begun."""
        return name in (self.home(kind), self.now(kind))
