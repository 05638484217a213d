"""Whose turn it is to change the till: one at a time, each on its own thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from agent.store.errors import StoreBroken

T = TypeVar("T")

_IDLE_S = 0.5
_LOOK_S = 0.1


class TillClosed(Exception):
    """The till has ended; nothing more is carried out."""


class Turn:
    """The only way to the open sale and the writing connection. Who has something to change takes the turn,
    does it on its own thread and gives the turn back: handing the work to another thread would cost a label
    two changes of thread before it is on the disk. Work is never dropped; it waits. Who has the turn may take
    it again.
    """

    def __init__(self) -> None:
        self._held = threading.RLock()
        self._holder = 0
        self._ended = False
        self._broken: StoreBroken | None = None
        self._last = time.monotonic()
        self._taken = 0.0
        self.progress = 0

    def take(self, work: Callable[[], T]) -> T:
        """Do work when the turn comes: returns its value, raises what it raised, TillClosed after the end.

        What goes wrong belongs to the caller; but a broken store ends the till as well, and with it the
        process: nobody may trust that connection any more.
        """
        with self._held:
            if self._ended or self._broken:
                raise TillClosed
            outer, self._holder = self._holder, threading.get_ident()
            if not outer:
                self._taken = time.monotonic()
            try:
                return work()
            except StoreBroken as error:
                self._broken = error
                raise
            finally:
                self._holder = outer
                self._last = time.monotonic()
                if not outer:
                    self._taken = 0.0

    @property
    def broken(self) -> bool:
        """Whether the store broke under somebody's turn."""
        return self._broken is not None

    def mine(self) -> bool:
        """Whether this thread has the turn."""
        return self._holder == threading.get_ident()

    def held_s(self) -> float:
        """For how long whoever has the turn has had it; 0 while nobody has."""
        taken = self._taken
        return time.monotonic() - taken if taken else 0.0

    def run(self, stop: threading.Event, idle: Callable[[], None]) -> None:
        """The till's own thread: idle takes a turn when there was no work for a while. A turn that somebody
        does not give back stops progress; a broken store is raised here."""
        try:
            while not stop.wait(_LOOK_S):
                with self._held:
                    self.progress += 1
                    if self._broken:
                        raise self._broken
                    if time.monotonic() - self._last >= _IDLE_S:
                        idle()
                        self._last = time.monotonic()
        finally:
            with self._held:
                self._ended = True
