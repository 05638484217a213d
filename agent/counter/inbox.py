"""The till thread's inbox: everything that changes the store goes through it, one at a time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from agent.store.errors import StoreBroken

T = TypeVar("T")

_IDLE_S = 0.5


class InboxClosed(Exception):
    """The till thread has ended; nothing more is carried out."""


class Inbox:
    """A bounded queue of work and the loop that does it. Work is never dropped: a full inbox makes the
    caller wait, since a label in a scanner's hands is safer there than in a longer queue."""

    def __init__(self, size: int = 256) -> None:
        self._work: queue.Queue[tuple[Callable[[], Any], Future[Any]]] = queue.Queue(size)
        self._ended = threading.Event()
        self.progress = 0

    def call(self, work: Callable[[], T]) -> T:
        """Have work done and wait for it: returns its value, raises what it raised."""
        future: Future[T] = Future()
        self._put(work, future)
        while True:
            try:
                return future.result(timeout=_IDLE_S)
            except TimeoutError:
                if self._ended.is_set() and not future.done():
                    raise InboxClosed from None

    def run(self, stop: threading.Event, idle: Callable[[], None]) -> None:
        """Do the work until stop is set and the inbox is empty. idle is called when there is none.

        What goes wrong in a piece of work belongs to its caller; but a broken store ends the loop as well,
        and with it the process: nobody may trust that connection any more.
        """
        try:
            last = time.monotonic()
            while not (stop.is_set() and self._work.empty()):
                self.progress += 1
                try:
                    work, future = self._work.get(timeout=_IDLE_S / 5)
                except queue.Empty:
                    if time.monotonic() - last >= _IDLE_S:
                        idle()
                        last = time.monotonic()
                    continue
                last = time.monotonic()
                _carry_out(work, future)
        finally:
            self._ended.set()

    def _put(self, work: Callable[[], Any], future: Future[Any]) -> None:
        while not self._ended.is_set():
            try:
                self._work.put((work, future), timeout=_IDLE_S)
            except queue.Full:
                continue
            return
        raise InboxClosed


def _carry_out(work: Callable[[], Any], future: Future[Any]) -> None:
    try:
        future.set_result(work())
    except StoreBroken as error:
        future.set_exception(error)
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is belongs to the caller, who is waiting for it
        future.set_exception(error)
