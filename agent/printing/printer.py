"""The printer of the till: its thread, its badge, the drawer, and what a person says of a job."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agent.language.language import english
from agent.language.sentence import Said, Sentence
from agent.sale.refusals import Refused
from agent.store import journal, spool
from agent.store.spool import Job
from agent.till.answer import Answer
from agent.till.board import CANNOT_PRINT, Board
from agent.till.last_bill import LastBill
from agent.till.till import Till

if TYPE_CHECKING:
    from agent.printing.worker import PrinterOptions, PrinterThread

log = logging.getLogger("agent.printing")

Document = Callable[[Job], list[dict[str, Any]]]


class Printer:
    """options None: a till without a printer. document makes the ticket of a job; reader opens a
    connection."""

    def __init__(
        self,
        till: Till,
        board: Board,
        last_bill: LastBill,
        document: Document,
        reader: Callable[[], sqlite3.Connection],
        options: Callable[[], PrinterOptions] | None,
    ) -> None:
        self._till = till
        self._board = board
        self._badge = board.claim("printer")
        self._last_bill = last_bill
        self._document = document
        self._reader = reader
        self._options = options
        self._thread: PrinterThread | None = None
        self._ask()

    @property
    def progress(self) -> int:
        """Counts the rounds of its thread."""
        return self._thread.progress if self._thread else 0

    def run(self, stop: threading.Event) -> None:
        """Work until stop is set; on a thread of its own, where there is a printer."""
        if self._options is None:
            return
        from agent.printing.worker import PrinterThread

        self._thread = PrinterThread(
            self._options(),
            self._reader,
            self._till.write,
            self._document,
            stamp=self._till.stamp,
            on_job=self.job_changed,
            on_status=self._status_changed,
            language=self._till.language,
        )
        self._thread.run(stop)

    def wake(self) -> None:
        """There is a new job."""
        if self._thread:
            self._thread.wake()

    def resolve(self, job_id: int, *, printed: bool) -> Answer:
        """End an unknown job by what a person saw."""
        at = self._till.stamp()

        def work(tx: sqlite3.Connection) -> tuple[int, int, str] | None:
            """(bill, its newest job, how that stands); None without such a job."""
            unknown = (job for job in spool.open_jobs(tx) if job.id == job_id and job.state == "unknown")
            if (job := next(unknown, None)) is None:
                return None
            spool.end(tx, job_id, _seen(printed=printed), at)
            journal.append(tx, "print-resolved", at, {"job": job_id, "printed": printed})
            if not printed:
                spool.add_copy(tx, job.bill_id, at)
            return job.bill_id, *spool.state_of(tx, job.bill_id)

        def verb() -> Answer:
            if (stands := self._till.write(work)) is None:
                return self._till.refusal(Sentence("no-such-job"))
            self._last_bill.show_print(*stands)
            self._ask()
            if self._thread and not printed:
                self._thread.clear_first()
            self.wake()
            return self._till.answer(Sentence("print-resolved") if printed else self._copy_follows())

        return self._till.once("", verb)

    def _copy_follows(self) -> Sentence:
        badge = self._badge.look()
        if badge["state"] in CANNOT_PRINT:
            return Sentence("copy-waits.again", why=badge["text"])
        return Sentence("copy-queued.again")

    def open_drawer(self, reason: str, key: str) -> Answer:
        """Open the drawer without a sale: with a reason, in the journal, and once per request."""

        def verb() -> Answer:
            if not reason.strip():
                raise Refused("reason-missing")
            if self._thread is None:
                raise Refused("no-printer.drawer")
            self._till.note("drawer", {"reason": reason})
            self._thread.kick_drawer()
            return self._till.answer()

        return self._till.once(key, verb)

    def job_changed(self, job: Job, state: str, why: Said | None) -> None:
        """A job stands otherwise: sending, confirmed, unknown and so on; and why, where that is known."""
        if state == "unknown" and why:
            self._till.say(Sentence("print-unknown", why=why), "warn")
        self._last_bill.show_print(job.bill_id, job.id, state)
        if state == "unknown":
            self._ask()

    def _ask(self) -> None:
        """Ask about every unknown job; a question goes when it is answered, and with nothing else."""
        self._board.set(unknown_prints=self._till.read(spool.unknown))

    def _status_changed(self, state: str, sentence: Said) -> None:
        if self._badge.show(sentence, state=state):
            told = english().text(sentence)
            log.log(logging.INFO if state == "ok" else logging.WARNING, "printer: %s (%s)", told, state)


def _seen(*, printed: bool) -> str:
    return "answered-yes" if printed else "answered-no"
