"""What nobody waits for, done on threads of its own."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from agent.counter.questions import taken_up
from agent.language.sentence import Sentence
from agent.store.errors import StoreBroken, StoreFull, StoreReadOnly
from agent.till.turn import TillClosed

log = logging.getLogger("agent.daemon")


class Aside:
    """refuse tells the cashier: nobody else would hear that something failed."""

    def __init__(self, refuse: Callable[[Sentence], object]) -> None:
        self._refuse = refuse
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="aside")

    def __call__(self, work: Callable[[], Any]) -> None:
        """Do it soon, on another thread; nothing more once the till is closing."""
        with contextlib.suppress(RuntimeError):
            self._threads.submit(self._guarded, work, time.monotonic()).add_done_callback(self._done)

    def close(self) -> None:
        """What has not begun is not done any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @staticmethod
    def _guarded(work: Callable[[], Any], at: float) -> None:
        # Trouble with the disk is told by the Till already, and what a full one did not take is kept.
        # A scanned card that waited for a thread is asked about for as much less.
        with taken_up(at), contextlib.suppress(TillClosed, StoreFull, StoreReadOnly, StoreBroken):
            work()

    def _done(self, future: Future[None]) -> None:
        if future.cancelled() or (error := future.exception()) is None:
            return
        log.error("aside: it failed", exc_info=error)
        with contextlib.suppress(TillClosed):
            self._refuse(Sentence("aside-failed"))
