"""The printers of the till: a thread each, their badge, and what a person says of a job."""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from agent.language.language import english
from agent.language.sentence import Said, Sentence
from agent.printing.logo_file import headed
from agent.printing.paper_counts import PaperCounts
from agent.printing.paper_roll import PaperRoll
from agent.printing.plain_words import for_cashier
from agent.printing.routes import Route, Routes
from agent.printing.sheets import Sheet
from agent.store import journal, spool
from agent.store.spool import Job
from agent.till.answer import Answer
from agent.till.board import CANNOT_PRINT, Board
from agent.till.counters import Counters
from agent.till.last_bill import LastBill
from agent.till.till import Till

if TYPE_CHECKING:
    from agent.printing.printer_options import PrinterOptions
    from agent.printing.worker import PrinterThread
    from drivers.printer.profile import PrinterProfile
    from drivers.printer.status import OpenClosed
    from drivers.printer.ticket import Ticket

log = logging.getLogger("agent.printing")

# How long who asked for a sheet waits for it; less than the command line waits for an answer.
_SHEET_S = 20.0
_LOOK_S = 5.0
Document = Callable[[Job, "PrinterProfile"], list[Any]]


@dataclass(frozen=True, slots=True)
class PrinterSetup:
    """A printer of the settings: what it prints, and what its driver is given, made on its own thread.
    roll_mm: the length of its rolls, 0 where nobody has said."""

    route: Route
    options: Callable[[], PrinterOptions]
    roll_mm: int = 0


class Printer:
    """One printer: run() is its thread's."""

    def __init__(
        self,
        setup: PrinterSetup,
        made: Callable[[PrinterOptions], PrinterThread],
        counters: Counters,
        now_ms: Callable[[], int],
    ) -> None:
        self.name = setup.route.name
        self.counts = PaperCounts(counters, self.name)
        self.roll = PaperRoll(counters, self.name, setup.roll_mm, now_ms)
        self._options = setup.options
        self._made = made
        self.thread: PrinterThread | None = None
        """None until it runs."""
        self.drawer_seen: Callable[[OpenClosed], None] = lambda _: None
        """Hears what its drawer's sensor says."""
        self.profile: PrinterProfile | None = None
        """Told once it runs."""
        self.state = "unknown"
        self.told: Said = Sentence("badge.printer.awaited")

    @property
    def progress(self) -> int:
        """Counts the rounds of its thread."""
        return self.thread.progress if self.thread else 0

    def run(self, stop: threading.Event) -> None:
        """Work until stop is set."""
        options = self._options()
        self.profile = options.profile
        self.thread = self._made(options)
        self.thread.run(stop)


class Printers:
    """setups empty: a till without a printer. document makes the ticket of a job for a printer;
    reader opens a connection. late_after_s: of a kind of paper, how long it may wait until a person is asked
    whether it is still wanted; never of one that is not there. counters: where what they do is counted."""

    def __init__(
        self,
        till: Till,
        board: Board,
        last_bill: LastBill,
        document: Document,
        reader: Callable[[], sqlite3.Connection],
        setups: Sequence[PrinterSetup],
        *,
        on_ticket: Callable[[Ticket], None] = lambda _: None,
        late_after_s: Mapping[str, int] = MappingProxyType({}),
        counters: Counters | None = None,
    ) -> None:
        self._till = till
        self._board = board
        self._badge = board.claim("printer")
        self._last_bill = last_bill
        self._document = document
        self._reader = reader
        self._on_ticket = on_ticket
        self._late_after_s = late_after_s
        self._can_wait: set[int] = set()
        """Late jobs that were asked for again, by their new ids."""
        self._looked_at = -math.inf
        self._routes = Routes([setup.route for setup in setups])
        self._showing, self._asking = threading.Lock(), threading.Lock()
        self._counters = counters = counters or Counters(till)
        self.each = [
            Printer(setup, partial(self._thread, setup.route.name), counters, till.now_ms) for setup in setups
        ]
        self._by_name = {printer.name: printer for printer in self.each}
        if self.each:
            self._show()
        self._ask()
        if broken := till.read(spool.broken):
            till.damaged(Sentence("row-damaged.jobs", jobs=", ".join(map(str, broken))))

    def wake(self, but: Printer | None = None) -> None:
        """There is a new job; one of them may be told later."""
        for printer in self.each:
            if printer.thread and printer is not but:
                printer.thread.wake()

    def of_bills(self) -> PrinterProfile | None:
        """The printer that would print one now; None while none runs."""
        return self._by_name[self._routes.now("bills")].profile if self.each else None

    def resolve(self, job_id: int, *, printed: bool, key: str = "") -> Answer:
        """End an unknown job by what a person saw."""

        def end(tx: sqlite3.Connection, job: Job, at: str) -> None:
            spool.end(tx, job.id, "answered-yes" if printed else "answered-no", at)
            journal.append(tx, "print-resolved", at, {"job": job.id, "printed": printed})
            if not printed:
                spool.add_copy(tx, job.bill_id, at)

        def verb() -> Answer:
            jobs = self._answered([job_id], lambda job: job.state == "unknown", end)
            if not jobs:
                return self._till.refusal(Sentence("no-such-job"))
            self._tell(jobs[0], printed=printed)
            self.wake()
            return self._till.answer(Sentence("print-resolved") if printed else self._copy_follows())

        return self._till.once(key, verb)

    def late(self, job_ids: Sequence[int], *, wanted: bool, key: str = "") -> Answer:
        """A person's word on jobs that waited too long: left, or printed as if they were asked for now, but
        behind what somebody at the counter waits for. Those that are late no more stay as they are, and are
        told."""

        def end(tx: sqlite3.Connection, job: Job, at: str) -> None:
            spool.withdraw(tx, job.id, at)
            journal.append(tx, "print-resolved", at, {"job": job.id, "printed": False, "wanted": wanted})
            if wanted:
                self._can_wait.add(spool.add(tx, job.bill_id, at, job.copy))

        def verb() -> Answer:
            jobs = [job.id for job in self._answered(job_ids, self._is_late, end)]
            others = len(set(job_ids).difference(jobs))
            if not jobs:
                return self._till.refusal(Sentence("no-such-job.late", count=others))
            self.wake()
            done = Sentence("print-late.now" if wanted else "print-late.left", count=len(jobs))
            said = Sentence("print-late.some", done=done, count=others) if others else done
            return self._till.answer(said, jobs=jobs)

        return self._till.once(key, verb)

    def _answered(
        self,
        job_ids: Sequence[int],
        is_asked: Callable[[Job], bool],
        end: Callable[[sqlite3.Connection, Job, str], None],
    ) -> list[Job]:
        """End those of the jobs that are still asked about, all or none of them; which they were."""
        asked, at = frozenset(job_ids), self._till.stamp()

        def work(tx: sqlite3.Connection) -> list[tuple[Job, int, str]]:
            """Each with the newest job of its bill, and how that stands."""
            jobs = [job for job in spool.open_jobs(tx) if job.id in asked and is_asked(job)]
            for job in jobs:
                end(tx, job, at)
            return [(job, *spool.state_of(tx, job.bill_id)) for job in jobs]

        ended = self._till.write(work)
        for job, newest, state in ended:
            self._last_bill.show_print(job.bill_id, newest, state)
        self._ask()
        return [job for job, *_ in ended]

    def look(self) -> None:
        """In a quiet moment: whether something has waited too long, or is unknown and nobody was told."""
        if time.monotonic() - self._looked_at >= _LOOK_S:
            self._looked_at = time.monotonic()
            self._ask()

    def print_beside(self, sheet: Sheet, on: str = "") -> tuple[bool, Said]:
        """Print what is no bill, when none waits, on the printer of that name; labels without one, which may
        be a stand-in with other paper. Whether it is printed, and what the printer says."""
        printer = self._by_name[on or self._routes.now("labels")] if self.each else None
        if printer is None or printer.thread is None or printer.profile is None:
            return False, Sentence("no-printer.copy")
        return printer.thread.sheets.put(sheet(printer.profile.columns), printer.thread.wake, _SHEET_S)

    def ask(self, on: str = "") -> Answer:
        """Have a printer say between its tickets how and what it is: the one of that name, or the first.
        Nothing is printed, unless by one that does not know the question."""
        from drivers.printer.transport import TransportFailed

        if on and on not in self._by_name:
            return self._till.refusal(Sentence("no-such-printer", name=on, known=", ".join(self._by_name)))
        thread = (self._by_name[on] if on else self.each[0]).thread if self.each else None
        if thread is None:
            return self._till.refusal(Sentence("no-printer.copy"))
        try:
            asked = thread.questions.put(thread.wake, _SHEET_S)
        except TransportFailed as trouble:
            return self._till.refusal(Sentence("printer-unasked", why=trouble.message))
        if asked is None:
            return self._till.refusal(Sentence("printer-busy"))
        told = asked.told(self._till.language.text)
        return self._till.answer(Sentence("printer-asked", status=asked.status.message), **told)

    def report(self, text_of: Callable[[Said], str]) -> list[dict[str, Any]]:
        """Each printer as it is, with what it has counted in its life, and what is left of its roll."""
        with self._showing:
            return [
                {
                    "name": one.name,
                    "state": one.state,
                    "text": text_of(one.told),
                    "id": one.told.id,
                    "known": one.thread.known.rows() if one.thread else [],
                    "counts": one.counts.of(),
                    "roll": one.roll.report(self._till.at),
                }
                for one in self.each
            ]

    def new_roll(self, name: str = "") -> Answer:
        """A person says that a new roll is in the printer of that name, or the first."""
        return self._till.once("", partial(self._new_roll, name))

    def job_changed(self, job: Job, state: str, why: Said | None) -> None:
        """A job stands otherwise: sending, confirmed, unknown and so on; and why, where that is known."""
        self._routes.ended(job.printer, state)
        if state == "sending" and job.printer != (home := self._routes.home(_kind(job))):
            self._say_elsewhere(job, home)
        if state == "unknown" and why:
            log.warning("printer: job %d: %s", job.id, english().text(why))
            self._till.say(Sentence("print-unknown", why=self._of(job.printer, for_cashier(why))), "warn")
        self._last_bill.show_print(job.bill_id, job.id, state)
        if state == "unknown":
            self._ask()

    def _new_roll(self, name: str) -> Answer:
        if not self.each:
            return self._till.refusal(Sentence("no-printer.copy"))
        printer = self._by_name.get(name or self.each[0].name)
        if printer is None:
            return self._till.refusal(Sentence("no-such-printer", name=name, known=", ".join(self._by_name)))
        if not printer.roll.length_mm:
            return self._till.refusal(Sentence("roll-unset", printer=printer.name))
        printer.roll.put_in("said")
        self._counters.keep_now()
        self.wake()
        return self._till.answer(Sentence("roll-new", printer=printer.name))

    def _thread(self, name: str, options: PrinterOptions) -> PrinterThread:
        from agent.printing.worker import PrinterThread

        profile = options.profile
        return PrinterThread(
            options,
            self._reader,
            self._till.write,
            lambda job: headed(self._document(job, profile), profile),
            stamp=self._till.stamp,
            on_job=self.job_changed,
            on_status=partial(self._status_changed, name),
            on_ticket=self._on_ticket,
            on_drawer=self._by_name[name].drawer_seen,
            on_sent=self._by_name[name].counts.sent,
            with_end=self._by_name[name].counts.keep_with,
            takes=lambda job: self._routes.takes(name, _kind(job)) and not self._is_late(job),
            can_wait=lambda job: job.id in self._can_wait,
            language=self._till.language,
        )

    def _tell(self, job: Job, *, printed: bool) -> None:
        """The printer that had a job hears of it; of one whose name is not known any more, any."""
        had = self._by_name.get(job.printer)
        for thread in [printer.thread for printer in ([had] if had else self.each) if printer.thread]:
            if printed:
                thread.learnt.on_paper(job.id)
            else:
                thread.clear_first()

    def _copy_follows(self) -> Sentence:
        why = self._badge.look()["copies_wait"]
        return Sentence("copy-waits.again", why=why) if why else Sentence("copy-queued.again")

    def _say_elsewhere(self, job: Job, home: str) -> None:
        stands = self._by_name[home].state in CANNOT_PRINT
        why = for_cashier(self._by_name[home].told) if stands else Sentence("printer-loses")
        log.warning("printer: job %d goes to %s: %s", job.id, job.printer, english().text(why))
        self._till.say(Sentence("print-elsewhere", printer=job.printer, home=home, why=why), "warn")

    def _ask(self) -> None:
        """Ask about every unknown job; a question goes when it is answered, and with nothing else."""
        # What one thread has read must not be shown after what another read later.
        with self._asking:
            asked = self._till.read(partial(spool.asked, is_late=self._is_late_copy))
            if len(self.each) < 2:
                asked = [one | {"printer": ""} for one in asked]
            if asked != self._board.part("unknown_prints"):
                self._board.set(unknown_prints=asked)

    def _is_late(self, job: Job) -> bool:
        return job.state in ("queued", "held") and self._is_late_copy(job.copy, job.created_at)

    def _is_late_copy(self, copy: int, at: str) -> bool:
        after_s = self._late_after_s.get(_kind_of(copy))
        if not after_s:
            return False
        try:
            waited = self._till.now() - datetime.fromisoformat(at)
        except (ValueError, TypeError):  # a damaged moment
            return False
        return waited >= timedelta(seconds=after_s)

    def _status_changed(self, name: str, state: str, sentence: Said) -> None:
        printer = self._by_name[name]
        printer.counts.stands(state)
        printer.roll.stands(state)
        self._routes.told(name, state)
        if state in ("ok", "mute"):
            state, sentence = ("near_end" if printer.roll.low else state), printer.roll.told(sentence)
        # What one printer's thread made of all of them must not be shown after what another made later.
        with self._showing:
            changed = (printer.state, printer.told) != (state, sentence)
            printer.state, printer.told = state, sentence
            self._show()
        if changed:
            told = english().text(sentence)
            log.log(logging.INFO if state == "ok" else logging.WARNING, "%s: %s (%s)", name, told, state)
        if warning := printer.roll.warning():
            self._till.say(warning, "warn")

    def _show(self) -> None:
        """The worst of them, by its name where there are several."""
        worst = min(self.each, key=lambda one: (one.state not in CANNOT_PRINT, one.state in ("ok", "none")))
        text, counts = self._till.language.text, worst.counts.of()
        self._badge.show(
            self._of(worst.name, worst.told),
            state=worst.state,
            plain=text(self._of(worst.name, for_cashier(worst.told))),
            copies_wait=self._copies_wait(),
            lines=counts["ReceiptLinePrintedCount"],
            cuts=counts["PaperCutCount"],
        )

    def _copies_wait(self) -> str:
        """Why a copy would not come now; "" where it would."""
        printer = self._by_name[self._routes.now("copies")]
        if printer.state not in CANNOT_PRINT:
            return ""
        return self._till.language.text(self._of(printer.name, for_cashier(printer.told)))

    def _of(self, name: str, said: Said) -> Said:
        """Which printer that is said of, where there are several."""
        return said if len(self.each) < 2 else Sentence("badge.printer.of", name=name, said=said)


def _kind(job: Job) -> str:
    return _kind_of(job.copy)


def _kind_of(copy: int) -> str:
    return "copies" if copy else "bills"
