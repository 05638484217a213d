"""The printer of the till: its thread, its badge, the drawer, and what a person says of a job."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from agent.language.language import english
from agent.language.sentence import Said, Sentence
from agent.printing.plain_words import for_cashier
from agent.sale.basket import Bill, TenderType
from agent.sale.refusals import Refused
from agent.store import journal, spool
from agent.store.errors import StoreFull, StoreReadOnly
from agent.store.spool import Job
from agent.till.answer import Answer
from agent.till.board import CANNOT_PRINT, Board
from agent.till.last_bill import LastBill
from agent.till.rights import NOBODY, Claim, Right, Rights
from agent.till.till import Till
from agent.till.turn import TillClosed

if TYPE_CHECKING:
    from agent.printing.worker import PrinterOptions, PrinterThread
    from drivers.printer.ticket import Ticket

log = logging.getLogger("agent.printing")

# How long who asked for a sheet waits for it; less than the command line waits for an answer.
_SHEET_S = 20.0
Document = Callable[[Job], list[dict[str, Any]]]


class Printer:
    """options None: a till without a printer. document makes the ticket of a job; reader opens a connection.
    drawer: one hangs on the printer, and cash opens it. rights: asked before it opens without a sale."""

    def __init__(
        self,
        till: Till,
        board: Board,
        last_bill: LastBill,
        document: Document,
        reader: Callable[[], sqlite3.Connection],
        options: Callable[[], PrinterOptions] | None,
        *,
        drawer: bool = False,
        rights: Rights | None = None,
        on_ticket: Callable[[Ticket], None] = lambda _: None,
    ) -> None:
        self._till = till
        self._board = board
        self._badge = board.claim("printer")
        self._last_bill = last_bill
        self._document = document
        self._reader = reader
        self._options = options
        self._thread: PrinterThread | None = None
        self._has_drawer = drawer
        self._rights = rights
        self._on_ticket = on_ticket
        # One hand on the drawer: a press that comes twice finds the answer of the first.
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="drawer")
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
            on_ticket=self._on_ticket,
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
            return Sentence("copy-waits.again", why=badge.get("plain") or badge["text"])
        return Sentence("copy-queued.again")

    def completed(self, bill: Bill) -> None:
        """A bill is completed: cash opens the drawer, paper or not, and then its ticket is printed."""
        if self._has_drawer and any(tender.type is TenderType.CASH for tender in bill.tenders):
            with contextlib.suppress(RuntimeError):  # the till is closing
                self._hand.submit(self._open_for_cash).add_done_callback(_look_at)
        else:
            self.wake()

    def open_drawer(self, reason: str, key: str, claim: Claim = NOBODY) -> Answer:
        """Open the drawer without a sale: with a reason, in the journal, and once per request."""
        if earlier := self._till.answered(key):
            return earlier
        if self._rights and reason.strip() and self._thread:
            asks = Sentence("needs-supervisor.drawer", reason=reason)
            no = self._rights.refusal(Right.DRAWER, claim, asks, key, reason=reason)
            if no is not None:
                return no
        return self._hand.submit(self._pressed, reason, key).result()

    def print_beside(self, document: list[dict[str, Any]]) -> tuple[bool, Said]:
        """Print what is no bill, when none waits. Whether it is printed, and what the printer says."""
        if self._thread is None:
            return False, Sentence("no-printer.copy")
        return self._thread.sheets.put(document, self._thread.wake, _SHEET_S)

    def close(self) -> None:
        """Nobody opens the drawer any more."""
        self._hand.shutdown(wait=False, cancel_futures=True)

    def _open_for_cash(self) -> None:
        with contextlib.suppress(TillClosed, StoreFull, StoreReadOnly):
            sent, why = self._pulsed()
            self.wake()
            if why:
                end = self._unanswered if sent else self._stays_shut
                self._till.once("", lambda: end("cash", why))

    def _pressed(self, reason: str, key: str) -> Answer:
        if earlier := self._till.answered(key):
            return earlier
        written = self._till.once("", lambda: self._written(reason))
        if not written.ok:
            return written
        sent, why = self._pulsed()
        if why:
            end = self._unanswered if sent else self._stays_shut
            return self._till.once(key, lambda: end(reason, why))
        mute = self._thread is not None and self._thread.mute
        done = Sentence("drawer-told.mute" if mute else "drawer-told")
        return self._till.once(key, lambda: self._till.answer(done))

    def _written(self, reason: str) -> Answer:
        """In the journal before it opens."""
        if not reason.strip():
            raise Refused("reason-missing")
        if self._thread is None:
            raise Refused("no-printer.drawer")
        self._till.note("drawer", {"reason": reason})
        return self._till.answer()

    def _pulsed(self) -> tuple[bool, Said | None]:
        return self._thread.open_drawer() if self._thread else (False, Sentence("no-printer.drawer"))

    def _unanswered(self, reason: str, why: Said) -> Answer:
        """The printer took the pulse and said nothing: nobody knows whether it opened."""
        self._till.note("drawer", {"reason": reason, "opened": None, "why": english().text(why)})
        return self._till.say(Sentence("drawer-told.silent"), "warn")

    def _stays_shut(self, reason: str, why: Said) -> Answer:
        """Said aloud, and in the journal."""
        self._till.note("drawer", {"reason": reason, "opened": False, "why": english().text(why)})
        raise Refused("drawer-shut", why=for_cashier(why))

    def job_changed(self, job: Job, state: str, why: Said | None) -> None:
        """A job stands otherwise: sending, confirmed, unknown and so on; and why, where that is known."""
        if state == "unknown" and why:
            log.warning("printer: job %d: %s", job.id, english().text(why))
            self._till.say(Sentence("print-unknown", why=for_cashier(why)), "warn")
        self._last_bill.show_print(job.bill_id, job.id, state)
        if state == "unknown":
            self._ask()

    def _ask(self) -> None:
        """Ask about every unknown job; a question goes when it is answered, and with nothing else."""
        self._board.set(unknown_prints=self._till.read(spool.unknown))

    def _status_changed(self, state: str, sentence: Said) -> None:
        plain = self._till.language.text(for_cashier(sentence))
        if self._badge.show(sentence, state=state, plain=plain):
            told = english().text(sentence)
            log.log(logging.INFO if state == "ok" else logging.WARNING, "printer: %s (%s)", told, state)


def _seen(*, printed: bool) -> str:
    return "answered-yes" if printed else "answered-no"


def _look_at(future: Future[None]) -> None:
    """Nobody waits for it, so nobody else would hear that it failed."""
    if not future.cancelled() and (error := future.exception()):
        log.error("drawer: it failed", exc_info=error)
