"""Threads under supervision: one that dies, or stands still, takes the process with it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from agent.daemon.systemd import notify, watchdog_interval_s
from agent.store.errors import PageDamaged, StoreDamaged, translated
from agent.till.turn import TillClosed

log = logging.getLogger("agent.daemon")


class Progressing(Protocol):
    """A worker that counts its rounds, so that standing still can be seen."""

    @property
    def progress(self) -> int: ...


@dataclass
class _Worker:
    thread: threading.Thread
    subject: Progressing
    patience_s: float
    seen: int = -1
    since: float = field(default_factory=time.monotonic)


class Supervisor:
    """Starts threads and keeps count of them. systemd restarts what this ends: no half-alive till."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.failed = ""
        self.damaged = False
        """The store's file is: starting again does not help."""
        self._workers: list[_Worker] = []

    def start(
        self, name: str, run: Callable[[], None], subject: Progressing, patience_s: float = 30.0
    ) -> None:
        """Run in a thread of its own. subject must make progress at least every patience_s."""
        thread = threading.Thread(target=self._guarded, args=(name, run), name=name, daemon=True)
        self._workers.append(_Worker(thread, subject, patience_s))
        thread.start()

    def watch(self, excused: Callable[[], bool] = lambda: False) -> None:
        """Feed systemd's watchdog by the workers' progress until stop is set. excused, asked twice a second:
        whether they stand still for something that a restart would not mend."""
        interval = watchdog_interval_s()
        fed = 0.0
        told: list[str] = []
        while not self.stop.wait(0.5):
            still = [] if excused() else self._workers
            stuck = [worker.thread.name for worker in still if self._stands_still(worker)]
            if stuck and stuck != told:
                log.error("no progress: %s", ", ".join(stuck))
                notify(f"STATUS=no progress: {', '.join(stuck)}")
            elif told and not stuck:
                log.warning("progress again: %s", ", ".join(told))
                notify("STATUS=ready to scan")
            told = stuck
            if interval and not stuck and time.monotonic() - fed >= interval:
                notify("WATCHDOG=1")
                fed = time.monotonic()

    def join(self, timeout_s: float = 5.0) -> None:
        """Wait for the threads to end, in the order they were started."""
        until = time.monotonic() + timeout_s
        for worker in self._workers:
            worker.thread.join(max(0.0, until - time.monotonic()))

    def _guarded(self, name: str, run: Callable[[], None]) -> None:
        try:
            with translated():
                run()
        except (StoreDamaged, PageDamaged) as error:
            log.critical("store: %s", error.text)
            self.failed, self.damaged = name, True
        except TillClosed:
            # The till ended first, which is how every stop goes.
            if not self.stop.is_set():
                raise
        except Exception:  # any error takes the process with it
            log.critical("%s ended by an error: the agent stops", name, exc_info=True)
            self.failed = self.failed or name
            raise
        finally:
            if not self.stop.is_set():
                self.failed = self.failed or name
            self.stop.set()

    @staticmethod
    def _stands_still(worker: _Worker) -> bool:
        if worker.subject.progress != worker.seen:
            worker.seen, worker.since = worker.subject.progress, time.monotonic()
        return time.monotonic() - worker.since > worker.patience_s
