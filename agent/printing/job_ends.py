"""What became of a printer's jobs, until it is on the disk and told; no other job is begun before."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from agent.language.sentence import Said
from agent.store import spool
from agent.store.spool import Job

OnJob = Callable[[Job, str, Said | None], None]
Change = Callable[[sqlite3.Connection], bool]


class JobEnds:
    """write is Till.write; told hears what the spool took: of a job that another printer has nothing is
    written. text makes what is kept of a reason; printer: the name of this one. with_end: writes
    something else in the transaction of each end."""

    def __init__(
        self,
        write: Callable[[Change], Any],
        stamp: Callable[[], str],
        text: Callable[[Said], str],
        told: OnJob,
        printer: str,
        with_end: Callable[[sqlite3.Connection], None] = lambda _: None,
    ) -> None:
        self._write = write
        self._stamp = stamp
        self._text = text
        self._told = told
        self._printer = printer
        self._with_end = with_end
        self._unwritten: deque[tuple[Change, Callable[[], None]]] = deque()

    def end(self, job: Job, state: str) -> None:
        """It is finished. Raises StoreFull and StoreReadOnly, as leave and flush do; then it is kept."""
        at = self._stamp()

        def work(tx: sqlite3.Connection) -> bool:
            self._with_end(tx)
            return spool.end(tx, job.id, state, at)

        self._put(job, state, None, work)

    def leave(self, job: Job, state: str, why: Said, handed_over: int = 0) -> None:
        """It is not, after so many bytes, and why."""
        text = self._text(why)
        work = partial(
            spool.leave,
            job_id=job.id,
            state=state,
            handed_over=handed_over,
            text=text,
            printer=self._printer,
        )
        self._put(job, state, why, work)

    def _put(self, job: Job, state: str, why: Said | None, work: Change) -> None:
        self._unwritten.append((work, partial(self._told, job, state, why)))
        self.flush()

    def flush(self) -> None:
        """Write down what a full disk did not take."""
        while self._unwritten:
            work, told = self._unwritten[0]
            written = self._write(work)
            self._unwritten.popleft()
            if written:
                told()
