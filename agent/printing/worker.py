"""The printer thread: works the spool one job at a time and believes only what the printer proves.

A printer may be away, silent or mad; the jobs wait, in order, on disk. Bytes that left without proof make a
job unknown, and an unknown job is never sent again as an original.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from agent.language.language import Language, english
from agent.language.sentence import Sentence
from agent.printing.told import line_told, outcome_told, status_told
from agent.store import spool
from agent.store.errors import StoreFull, StoreReadOnly
from agent.store.spool import Job
from drivers.printer.job import clear_buffers, print_job, query_status
from drivers.printer.profile import PrinterProfile
from drivers.printer.status import PrinterStatus
from drivers.printer.transport import Transport, TransportFailed, open_transport

log = logging.getLogger("agent.printing")

T = TypeVar("T")

Document = list[dict[str, Any]]
Write = Callable[[Callable[[sqlite3.Connection], T]], T]

_POLL_S = 5.0
_RETRY_S = (1.0, 2.0, 5.0, 15.0)
_FENCE_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class PrinterOptions:
    """Where the printer is and how long a job may take, paper changes included."""

    url: str
    profile: PrinterProfile
    deadline_s: float = 60.0


class PrinterThread:
    """Prints what the spool holds. document makes the ticket of a job; write runs a change of the store in a
    turn, and is Till.write; on_job and on_status tell the board. language: of what is kept of a job."""

    def __init__(
        self,
        options: PrinterOptions,
        read: Callable[[], sqlite3.Connection],
        write: Write[Any],
        document: Callable[[Job], Document],
        *,
        stamp: Callable[[], str],
        on_job: Callable[[Job, str, Sentence | None], None],
        on_status: Callable[[str, Sentence], None],
        language: Language | None = None,
    ) -> None:
        self._options = options
        self._read = read
        self._write = write
        self._document = document
        self._stamp = stamp
        self._on_job = on_job
        self._on_status = on_status
        self._text = (language or english()).text
        self._transport: Transport | None = None
        self._wake = threading.Event()
        self._kick = threading.Event()
        self._clear = threading.Event()
        self._unprintable: set[int] = set()
        self._unwritten: deque[Callable[[sqlite3.Connection], object]] = deque()
        """What became of jobs, until it is on the disk; no other job is begun before."""
        self._failures = 0
        self.progress = 0

    def wake(self) -> None:
        """There is a new job."""
        self._wake.set()

    def clear_first(self) -> None:
        """A person says that an unknown job is not on paper: what is left of it in the printer must go."""
        self._clear.set()

    def kick_drawer(self) -> None:
        """Open the drawer as soon as the printer is free; never repeated."""
        self._kick.set()
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Work until stop is set."""
        reader = self._read()
        try:
            while not stop.is_set():
                self.progress += 1
                try:
                    pause = self._step(reader)
                except (StoreFull, StoreReadOnly):
                    pause = _POLL_S
                self._wake.wait(pause)
                self._wake.clear()
        finally:
            self._close()
            reader.close()

    def _step(self, reader: sqlite3.Connection) -> float:
        """One job, or a look at the printer; returns the seconds until the next look. What a disk that is
        full did not take is kept, and raised."""
        self._write_down()
        if self._kick.is_set():
            self._kick.clear()
            self._pulse()
        job = next((job for job in spool.open_jobs(reader) if self._sendable(job)), None)
        try:
            transport = self._opened()
            status = query_status(transport, profile=self._options.profile)
            self._tell(status)
            if job is None:
                return _POLL_S
            if status.known and not status.ready:
                return self._hold(job, status)
            return self._print(transport, job)
        except TransportFailed as trouble:
            self._close()
            self._on_status("offline", Sentence("badge.printer.line", detail=str(trouble)))
            if job is not None and job.text != self._text(line_told(str(trouble))):
                self._leave(job, "queued", line_told(str(trouble)))
            return self._backoff()

    def _print(self, transport: Transport, job: Job) -> float:
        from drivers.printer.ticket import build

        try:
            data = build(self._document(job), self._options.profile)
        except (ValueError, LookupError, OSError) as error:
            # One bill that cannot be drawn must not keep the next ones from paper.
            log.exception("print job %d cannot be drawn", job.id)
            self._unprintable.add(job.id)
            self._leave(job, "held", Sentence("print.cannot-draw", error=str(error)))
            return 0.0
        if self._clear.is_set():
            clear_buffers(transport)
            self._clear.clear()
        self._write(lambda tx: spool.begin(tx, job.id))
        self._on_job(job, "sending", None)
        outcome = print_job(
            transport, data, fence(job.id, job.attempts + 1), self._options.profile, self._options.deadline_s
        )
        log.info("print job %d attempt %d: %s, %s", job.id, job.attempts + 1, outcome.state, outcome.text)
        self._tell(outcome.status)
        if outcome.state == "confirmed":
            return self._end(job, "confirmed")
        if outcome.state == "unknown":
            if self._options.profile.fence == "none" and outcome.handed_over >= len(data):
                return self._end(job, "sent")
            self._close()
            self._leave(job, "unknown", outcome_told(outcome), outcome.handed_over)
            return _RETRY_S[0]
        state = "held" if outcome.state == "held" else "queued"
        self._leave(job, state, outcome_told(outcome), outcome.handed_over)
        if outcome.state == "failed":
            self._close()
        return self._backoff()

    def _sendable(self, job: Job) -> bool:
        return job.state in ("queued", "held") and job.id not in self._unprintable

    def _hold(self, job: Job, status: PrinterStatus) -> float:
        """The printer says it cannot print: nothing is sent, and it is written down once."""
        if (job.state, job.text) != ("held", self._text(status_told(status))):
            self._leave(job, "held", status_told(status))
        return self._backoff()

    def _pulse(self) -> None:
        from drivers.printer.ticket import build

        with contextlib.suppress(TransportFailed):
            self._opened().write(build([{"kind": "drawer"}], self._options.profile), 2.0)

    def _end(self, job: Job, state: str) -> float:
        self._failures = 0
        at = self._stamp()
        self._write_down(lambda tx: spool.end(tx, job.id, state, at))
        self._on_job(job, state, None)
        return 0.0

    def _leave(self, job: Job, state: str, why: Sentence, handed_over: int = 0) -> None:
        text = self._text(why)
        self._write_down(lambda tx: spool.leave(tx, job.id, state, handed_over, text))
        self._on_job(job, state, why)

    def _write_down(self, *work: Callable[[sqlite3.Connection], object]) -> None:
        self._unwritten.extend(work)
        while self._unwritten:
            self._write(self._unwritten[0])
            self._unwritten.popleft()

    def _backoff(self) -> float:
        pause = _RETRY_S[min(self._failures, len(_RETRY_S) - 1)]
        self._failures += 1
        return pause

    def _opened(self) -> Transport:
        if self._transport is None:
            self._transport = open_transport(self._options.url)
        return self._transport

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def _tell(self, status: PrinterStatus) -> None:
        self._on_status(badge_state(status), status_told(status))


def badge_state(status: PrinterStatus) -> str:
    """The badge's word for a status; unknown whenever the printer did not say."""
    if not status.known:
        return "unknown"
    if status.cover == "open":
        return "cover_open"
    if status.paper == "out":
        return "paper_out"
    if status.fault not in ("none", "unknown"):
        return "error"
    if status.online is False:
        return "offline"
    return "near_end" if status.paper == "near_end" else "ok"


def fence(job_id: int, attempt: int) -> str:
    """Four characters unlike those of any recent attempt; derived, so no counter can be lost."""
    number = job_id * 8 + min(attempt, 7)
    digits = []
    for _ in range(4):
        number, digit = divmod(number, len(_FENCE_DIGITS))
        digits.append(_FENCE_DIGITS[digit])
    return "".join(reversed(digits))
