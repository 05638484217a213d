"""Whose turn it is on the one line to the printer: its thread's, or for a moment that of the drawer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Line:
    """Held by one thread at a time, in the order they came. The printer's thread offers it between two pieces
    of a job; lent is True for who has it then."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self._held = False
        self.lent = False

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for it."""
        return bool(self._queue)

    @contextmanager
    def held(self, patience_s: float | None = None) -> Iterator[bool]:
        """Hold it; False when it was not to be had within patience_s (None: for ever)."""
        me = object()
        with self._changed:
            self._queue.append(me)
            got = self._changed.wait_for(lambda: not self._held and self._queue[0] is me, patience_s)
            self._queue.remove(me)
            self._held = self._held or got
            self._changed.notify_all()
        try:
            yield got
        finally:
            if got:
                with self._changed:
                    self._held = False
                    self._changed.notify_all()

    def offer(self) -> None:
        """By its holder: whoever waits has it now, and has given it back when this returns."""
        with self._changed:
            if not self._queue:
                return
            self._held, self.lent = False, True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._held and not self._queue)
            self._held, self.lent = True, False
