"""Whose turn it is on the one line to the printer: its thread's, or for a moment that of the drawer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Line:
    """Held by one thread at a time; who waits gets it next. The printer's thread lends it while a job that
    was handed over waits for its proof: what is obeyed in real time may be said then, and nothing be read.
    """

    def __init__(self) -> None:
        self._next = threading.Lock()
        self._held = threading.Lock()
        self.lent = False

    @contextmanager
    def held(self, patience_s: float = -1.0) -> Iterator[bool]:
        """Hold it; False when it was not to be had within patience_s (below zero: for ever)."""
        with self._next:
            got = self._held.acquire(timeout=patience_s)
        try:
            yield got
        finally:
            if got:
                self._held.release()

    def lend(self) -> None:
        """By its holder: others may have it until take_back."""
        if not self.lent:
            self.lent = True
            self._held.release()

    def take_back(self) -> None:
        """By who lent it, if they did."""
        if self.lent:
            self._held.acquire()
            self.lent = False
