"""The printer thread: works the spool one job at a time and believes only what the printer proves.

A printer may be away, silent or mad; the jobs wait, in order, on disk. Bytes that left without proof make a
job unknown, and an unknown job is never sent again as an original.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from agent.language.language import Language, english
from agent.language.sentence import Said, Sentence
from agent.printing.fence_ids import fence
from agent.printing.job_ends import JobEnds
from agent.printing.job_looks import JobLooks
from agent.printing.known import Known
from agent.printing.learnt import Learnt
from agent.printing.line import Line
from agent.printing.printer_options import PrinterOptions
from agent.printing.questions import Questions
from agent.printing.sheets import UNDRAWABLE, Sheets
from agent.printing.status_watch import StatusWatch
from agent.printing.undrawn import Undrawn
from agent.store import spool
from agent.store.errors import StoreFull, StoreReadOnly
from agent.store.spool import Job
from drivers.message import Message
from drivers.printer.drawer import pulse, takes_pulse
from drivers.printer.job import JobOutcome, Progress, print_job
from drivers.printer.session import clear_buffers, query_status
from drivers.printer.status import OpenClosed, PrinterStatus
from drivers.printer.transport import Transport, TransportFailed, open_transport

if TYPE_CHECKING:
    from drivers.printer.ticket import Ticket

log = logging.getLogger("agent.printing")

T = TypeVar("T")
Document = list[dict[str, Any]]
Write = Callable[[Callable[[sqlite3.Connection], T]], T]

_POLL_S = 5.0
_REST_S = 1.0
# How fast the slowest printers are: seconds for a line of text, bytes of a picture in a second.
_SLOW_LINE_S, _SLOW_BYTES = 0.075, 28_000
# At the end, for what a driver still holds.
_SETTLE_S = 5.0
_MOMENT_S = 1.0
# How long who opens the drawer waits for the line, and the printer to take the pulse.
_DRAWER_S, _PULSE_S = 5.0, 2.0
_DROPPED_S, _RETRY_S = 0.3, (1.0, 2.0, 5.0, 15.0)


class PrinterThread:
    """Prints what it takes of what the spool holds. document makes the ticket of a job; write runs a change
    of the store in a turn, and is Till.write; on_job and on_status tell the board, on_ticket what was drawn,
    on_drawer what its sensor says, on_sent how each ticket or sheet ended. with_end: written with each job's
    end. can_wait: what prints behind all else. language: of what is kept of a job."""

    def __init__(
        self,
        options: PrinterOptions,
        read: Callable[[], sqlite3.Connection],
        write: Write[Any],
        document: Callable[[Job], Document],
        *,
        stamp: Callable[[], str],
        on_job: Callable[[Job, str, Said | None], None],
        on_status: Callable[[str, Said], None],
        on_ticket: Callable[[Ticket], None] = lambda _: None,
        on_drawer: Callable[[OpenClosed], None] = lambda _: None,
        on_sent: Callable[[Ticket, str], None] = lambda *_: None,
        with_end: Callable[[sqlite3.Connection], None] = lambda _: None,
        takes: Callable[[Job], bool] = lambda _: True,
        can_wait: Callable[[Job], bool] = lambda _: False,
        language: Language | None = None,
    ) -> None:
        self._options = options
        self._read = read
        self._write = write
        self._document = document
        self._on_job, self._on_status = on_job, on_status
        self._on_ticket, self._on_sent = on_ticket, on_sent
        self._takes, self._can_wait = takes, can_wait
        self._text = (language or english()).text
        self._ends = JobEnds(write, stamp, self._text, on_job, options.name, with_end)
        self._looks = JobLooks(options.url, self._show, on_status, on_drawer)
        self._transport: Transport | None = None
        self._wake = threading.Event()
        self._line = Line()
        self.known = Known(options.name, write, stamp)
        self._watch = StatusWatch(options.profile, self.known)
        self.questions = Questions(options.profile, self.known)
        self.sheets = Sheets()
        self._seen = PrinterStatus()
        self._clear = threading.Event()
        self._undrawn = Undrawn()
        self._in_order = self._broken_off = False
        """Whether earlier jobs are known to be unknown; whether nobody knows how far the last one came."""
        self._failures = 0
        self._rests_until = 0.0
        """Who has just printed is not looked at: the next ticket would wait for that. Nor is the line of one
        that proves nothing let go before it can have printed: some throw away what is left then."""
        self.learnt = Learnt(self.known)
        self._unproven = self.mute
        """Whether it may hold what was called sent: to clear it would lose that without a question."""
        self._over: Callable[[], bool] = lambda: False
        self.progress = 0

    def wake(self) -> None:
        """There is a new job."""
        self._wake.set()

    def clear_first(self) -> None:
        """A person says that an unknown job is not on paper: what is left of it in the printer must go. The
        printer was in trouble then, so whether it can confirm is asked anew."""
        self.learnt.confirms = True
        self._clear.set()

    @property
    def mute(self) -> bool:
        """Whether the printer never says anything, so that nobody knows what became of a pulse."""
        return self._options.profile.fence == "none"

    def open_drawer(self) -> tuple[bool, Said | None]:
        """Pulse the drawer now or not at all, on whatever thread asks. Whether the printer has the pulse; and
        why not, or why nobody knows what became of it."""
        with self._line.held(_DRAWER_S) as mine:
            try:
                return self._pulse() if mine else (False, self._why_taken())
            except TransportFailed as trouble:
                if not self._line.lent and trouble.reason != "timeout":
                    self._close()
                return False, trouble.message
            finally:
                # Its thread lets go of a line that is not wanted any more.
                self._wake.set()

    def _why_taken(self) -> Message:
        """A line that is not to be had is that of a job, which may wait for the printer."""
        stands = self._seen.known and not self._seen.ready
        return self._seen.message if stands else Message("printer.drawer.busy")

    def run(self, stop: threading.Event) -> None:
        """Work until stop is set."""
        reader = self._read()
        self._over = stop.is_set
        try:
            self.known.load(reader)
            if spool.may_hold_unseen(reader, self._options.others):
                # An earlier run was told so, and may not have reached the printer.
                self._clear.set()
            while not stop.is_set():
                self.progress += 1
                try:
                    with self._line.held():
                        pause = self._step(reader)
                except (StoreFull, StoreReadOnly):
                    pause = _POLL_S
                self._watch.rest(self._wake, pause, self._line, lambda: self._transport)
        finally:
            if self._transport is not None:
                self._watch.stop(self._transport)
                self._transport.settle(_SETTLE_S)
            self._close()
            reader.close()

    def _step(self, reader: sqlite3.Connection) -> float:
        """One job, or a look at the printer; returns the seconds until the next look. What a disk that is
        full did not take is kept, and raised."""
        if not self._in_order:
            others = self._options.others
            self._broken_off = bool(self._write(lambda tx: spool.after_restart(tx, self._text, others)))
            self._in_order = True
        self._ends.flush()
        jobs = sorted(spool.open_jobs(reader), key=self._can_wait)
        job = next(filter(self._sendable, jobs), None)
        try:
            if self.questions:
                return self.questions.answer(self._free, self.learnt.patience_s)
            return self._look(job) if self._options.profile.fence != "none" else self._trust(job)
        except TransportFailed as trouble:
            if trouble.reason != "timeout":
                self._close()
            return self._wait_for_it(job, "offline", trouble.message)
        finally:
            self._share()

    def _look(self, job: Job | None) -> float:
        """Ask the printer how it is, and print if it can."""
        idle = job is None and not self.sheets
        if idle and (left := self._rests_until - time.monotonic()) > 0 and not self._clear.is_set():
            return left
        transport = self._free()
        profile, marks_follow = self._options.profile, not idle and self.learnt.confirms
        asked_s, heard, began = self.learnt.patience_s, self._watch.heard, time.monotonic()
        status = query_status(transport, asked_s, profile, marks_follow=marks_follow, heard=heard)
        self.learnt.looked(status, time.monotonic() - began)
        if not status.known:
            self._let_go()
            return self._wait_for_it(job, "unknown", status.message)
        self._looks.tell(status)
        if idle and self.learnt.asked(
            transport, status, profile, lambda: self._wake.is_set() or self._line.wanted
        ):
            self._show(status)
        if not status.ready:
            return self._hold(job, status) if job else _POLL_S
        self._failures = 0
        if job is None:
            return self._beside(transport, status)
        self._watch.end(transport)
        return self._print(transport, job, status)

    def _trust(self, job: Job | None) -> float:
        """A printer that never answers is not asked; that it is plugged in is all that can be known."""
        if job is None and not self.sheets and (left := self._rests_until - time.monotonic()) > 0:
            return left
        transport = self._free()
        self._on_status("mute", Sentence("badge.printer.mute"))
        return self._print(transport, job) if job else self._beside(transport)

    def _wait_for_it(self, job: Job | None, state: str, message: Message) -> float:
        """No word from the printer. Another till may be using a network printer just now: that is no news."""
        network = self._options.url.startswith("tcp:")
        if self._failures or not network:
            why = Sentence("badge.printer.line", detail=message) if state == "offline" else message
            self._on_status(state, why)
            if job is not None and job.text != self._text(message):
                self._ends.leave(job, "queued", message)
        return self._backoff()

    def _print(self, transport: Transport, job: Job, looked: PrinterStatus | None = None) -> float:
        from drivers.printer.ticket import compose

        try:
            ticket = compose(self._document(job), self._options.profile)
        except UNDRAWABLE:
            # One bill that cannot be drawn must not keep the next ones from paper.
            if self._undrawn.met(job.id):
                log.exception("print job %d cannot be drawn", job.id)
            self._ends.leave(job, "held", Message("printer.undrawable"))
            return 0.0
        if not self._write(lambda tx: spool.begin(tx, job.id, self._options.name)):
            # Another printer has begun it.
            return 0.0
        job = replace(job, printer=self._options.name)
        self._on_job(job, "sending", None)
        outcome = self._sent(transport, ticket, fence(job.id, job.attempts + 1), looked, job.id)
        # Behind the ticket: of the first one it takes a while to tell what no font draws.
        self._on_ticket(ticket)
        text, ends = english().text(outcome.message), (outcome.state, outcome.handed_over)
        log.info("print job %d attempt %d: %s after %d bytes, %s", job.id, job.attempts + 1, *ends, text)
        if self._options.profile.fence != "none":
            self._looks.ended(outcome)
        if outcome.state in ("confirmed", "sent"):
            self._failures = 0
            self._ends.end(job, outcome.state)
            return 0.0
        if outcome.state == "unknown":
            self._let_go()
            self._ends.leave(job, "unknown", outcome.message, outcome.handed_over)
            return _RETRY_S[0]
        state = "held" if outcome.state == "held" else "queued"
        self._ends.leave(job, state, outcome.message, outcome.handed_over)
        if outcome.state == "failed":
            self._let_go()
        return self._backoff()

    def _beside(self, transport: Transport, looked: PrinterStatus | None = None) -> float:
        """Print a sheet that somebody waits for, now that no bill does."""
        from drivers.printer.ticket import compose

        if not self.sheets:
            self._watch.begin(transport, self.learnt.patience_s)
            self.known.keep()
            return _POLL_S
        self._watch.end(transport)
        draw = partial(compose, profile=self._options.profile)
        outcome = self.sheets.work(lambda sheet, mark: self._sent(transport, draw(sheet), mark, looked))
        if outcome is None or outcome.state in ("unknown", "failed"):
            self._let_go()
        return 0.0

    def _sent(
        self, transport: Transport, ticket: Ticket, mark: str, looked: PrinterStatus | None, job_id: int = 0
    ) -> JobOutcome:
        data = ticket.data
        self._looks.begin(looked)
        outcome = print_job(
            transport,
            data,
            mark,
            self._options.profile,
            self._options.deadline_s,
            on_progress=self._moved,
            can_confirm=self.learnt.confirms,
            over=self._over,
            looked=looked,
            broken_off=self._broken_off,
        )
        outcome = self.learnt.ended(job_id, outcome, self._options.profile)
        if outcome.handed_over:
            self._broken_off = outcome.state not in ("confirmed", "sent")
        self._on_sent(ticket, outcome.state)
        if outcome.state in ("confirmed", "sent"):
            self._unproven = outcome.state == "sent"
            prints_s = data.count(b"\n") * _SLOW_LINE_S + len(data) / _SLOW_BYTES if self._unproven else 0.0
            self._rests_until = time.monotonic() + _REST_S + prints_s
        return outcome

    def _sendable(self, job: Job) -> bool:
        return job.state in ("queued", "held") and not self._undrawn.waits(job.id) and self._takes(job)

    def _hold(self, job: Job, status: PrinterStatus) -> float:
        """The printer says it cannot print: nothing is sent, and it is written down once."""
        if (job.state, job.text) != ("held", self._text(status.message)):
            self._ends.leave(job, "held", status.message)
        return self._backoff()

    def _moved(self, progress: Progress) -> bool:
        """The drawer does not wait for paper. True: it waits until all that was sent is on it, since its
        pulse comes in its turn; so the job has to pause."""
        self.progress += 1
        self._looks.moved(progress)
        self._seen = progress.status
        if self._options.profile.realtime_drawer or progress.empty:
            self._line.offer()
        return self._line.wanted

    def _pulse(self) -> tuple[bool, Said | None]:
        lent, profile = self._line.lent, self._options.profile
        transport = self._opened() if lent else self._free()
        if lent and not transport.settle(_MOMENT_S):
            # Behind what the box still holds the pulse would come some time later.
            return False, Message("printer.drawer.busy")
        if profile.fence != "none" and not (lent and profile.realtime_drawer):
            self._seen = query_status(transport, self.learnt.patience_s, profile)
        alone = not (lent or transport.network or transport.pending())
        sent, known = takes_pulse(profile, self._seen, alone=alone), self.mute or self._seen.known
        if sent:
            transport.ask(pulse(profile), _PULSE_S)
        return sent, None if sent and known else self._seen.message

    def _backoff(self) -> float:
        pause = _RETRY_S[min(self._failures, len(_RETRY_S) - 1)]
        self._failures += 1
        self.learnt.failed(self._failures)
        return pause

    def _opened(self) -> Transport:
        if self._transport is None:
            self._transport = open_transport(self._options.url)
            if self.mute and self._transport.network:
                # One that serves another may take the line and drop it, with what was sent meanwhile.
                self._transport.read(_DROPPED_S)
        return self._transport

    def _free(self) -> Transport:
        """The line, with nothing of an earlier job left in it."""
        transport = self._opened()
        # Also notices a line that is dead.
        transport.read(0)
        # What was just written, a pulse for the drawer, is let go of within moments.
        if transport.pending() and not transport.settle(_MOMENT_S):
            raise TransportFailed("printer.line.full", reason="timeout", name=transport.name)
        if self._clear.is_set():
            # At once, also without paper: what is said not to be on it must not come when paper does.
            if not self._unproven:
                clear_buffers(transport)
            self._clear.clear()
        return transport

    def _let_go(self) -> None:
        """Close the line, unless it still holds bytes that this would lose."""
        if self._transport is not None and not self._transport.pending():
            self._close()

    def _share(self) -> None:
        """Most network printers talk to one computer at a time, and this may be another till's as well."""
        prints = self._unproven and time.monotonic() < self._rests_until
        if self._transport is not None and self._transport.network and not (prints or self._watch.on):
            self._let_go()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None
            self._watch.forget()

    def _show(self, status: PrinterStatus) -> None:
        self._on_status(*self.learnt.told(status))
