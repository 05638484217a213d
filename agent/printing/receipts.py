"""The till's side of printing: tickets of bills, the printer's badge, what a person says of a job."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agent.daemon import composition
from agent.sale.basket import Bill, TenderType
from agent.store import bills, journal, spool
from agent.store.spool import Job
from agent.till.answer import Answer, refused

if TYPE_CHECKING:
    from agent.daemon.agent import Agent
    from agent.printing.worker import PrinterThread
    from agent.sale.invoice import Shop

log = logging.getLogger("agent.daemon")

# By (points come, points go).
_LATER = {
    (True, False): "Points are added",
    (False, True): "Points earned on what was returned are taken back",
    (True, True): "Points for what was bought are added and those for what was returned are taken back",
}


class Paper:
    """Owns the printer thread, if there is a printer."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._thread: PrinterThread | None = None
        self._section = next(iter(agent.config.printer), None)
        with agent.store.transaction() as tx:
            lost = spool.after_restart(tx)
        if lost:
            log.warning(
                "%d print jobs were being sent when the agent stopped: nobody knows if they printed", lost
            )

    @cached_property
    def _shop(self) -> Shop:
        """Not needed before the till can scan."""
        return composition.shop(self._agent.config)

    def start(self) -> None:
        """Start the printer's thread."""
        if self._section is None:
            return
        from agent.printing.worker import PrinterThread

        agent, section = self._agent, self._section
        options = composition.printer_options(section)
        self._thread = PrinterThread(
            options,
            agent.store.reader,
            agent.write,
            self.document,
            stamp=agent.stamp,
            on_job=self._job_changed,
            on_status=self._status_changed,
        )
        thread = self._thread
        patience = section.deadline_s + 60.0
        agent.supervisor.start("printer", lambda: thread.run(agent.supervisor.stop), thread, patience)

    def wake(self) -> None:
        """There is a new job."""
        if self._thread:
            self._thread.wake()

    def document(self, job: Job) -> list[dict[str, Any]]:
        """The ticket of a job. Only the original of a cash sale opens the drawer."""
        columns = composition.printer_options(self._section).profile.columns if self._section else 48
        bill, mark = self._agent.read(lambda tx: (bills.load(tx, job.bill_id), journal.mark(tx, job.bill_id)))
        if bill is None:
            raise LookupError(f"print job {job.id} has no bill")
        ticket = self.ticket(bill, mark, columns, job.copy, job.created_at)
        if job.copy == 0 and self._section and self._section.drawer and _has_cash(bill):
            return [{"kind": "drawer"}, *ticket]
        return ticket

    def ticket(
        self, bill: Bill, mark: str, columns: int, copy: int = 0, asked_at: str = ""
    ) -> list[dict[str, Any]]:
        """The paper of a bill. asked_at is when somebody wanted the copy."""
        from agent.sale.invoice import receipt

        return receipt(
            bill,
            self._shop,
            columns=columns,
            copy_no=copy,
            reprinted_at=asked_at if copy else "",
            notes=notes(bill),
            chain_mark=mark,
        )

    def resolve(self, job_id: int, *, printed: bool) -> Answer:
        """End an unknown job by what a person saw."""

        def work(tx: Any) -> bool:
            job = next(
                (job for job in spool.open_jobs(tx) if job.id == job_id and job.state == "unknown"), None
            )
            if job is None:
                return False
            at = self._agent.stamp()
            spool.end(tx, job_id, "answered-yes" if printed else "answered-no", at)
            journal.append(tx, "print-resolved", at, {"job": job_id, "printed": printed})
            if not printed:
                spool.add_copy(tx, job.bill_id, at)
            return True

        if not self._agent.write(work):
            return refused("no-such-job", "That print job is already settled.")
        last = self._agent.board.part("last_bill")
        if last and last["print_job"] == job_id:
            self._show_last("answered-yes" if printed else "answered-no")
        if self._thread and not printed:
            self._thread.clear_first()
        self.wake()
        return Answer(ok=True, text="Thank you." if printed else "A copy is being printed.")

    def open_drawer(self, reason: str, key: str) -> Answer:
        """Open the drawer without a sale: with a reason, in the journal, and once per request."""
        if not reason.strip():
            return self._agent.desk.refuse("reason-missing", "A reason is needed.")
        if self._thread is None:
            return self._agent.desk.refuse("no-printer", "There is no printer to open the drawer with.")
        noted = self._agent.desk.note("drawer", {"reason": reason}, key)
        if noted.ok and noted.code != "again":
            self._thread.kick_drawer()
        return noted

    def _job_changed(self, job: Job, state: str, text: str) -> None:
        if state == "unknown":
            self._agent.board.notice("warn", "print-unknown", f"Did the receipt print? {text}")
        last = self._agent.board.part("last_bill")
        if last and last["print_job"] == job.id:
            self._show_last(state)

    def _show_last(self, state: str) -> None:
        last = self._agent.board.part("last_bill")
        if last:
            self._agent.board.set(last_bill=last | {"print": state})

    def _status_changed(self, state: str, text: str) -> None:
        if self._agent.board.badge("printer", state=state, text=text):
            log.log(logging.INFO if state == "ok" else logging.WARNING, "printer: %s (%s)", text, state)


def notes(bill: Bill) -> tuple[str, ...]:
    """What the paper promises of points, without saying more than is known."""
    if bill.customer is None:
        return ()
    # Of bills without a member, and of those nobody knows, there are no points to take back.
    back = any(line.back and line.back.interested and line.back.known for line in bill.lines)
    sold = any(line.back is None for line in bill.lines)
    later = _LATER.get((sold and bill.earns, back and not bill.points_kept))
    paper = "credit note" if bill.kind == "return" else "bill"
    said = [f"{later} when this {paper} reaches the loyalty system."] if later else []
    if sold and not bill.earns:
        said.append("This bill earns no points.")
    if back and bill.points_kept:
        said.append("Points earned on what was returned stay with the customer.")
    return tuple(said)


def _has_cash(bill: Bill) -> bool:
    return any(tender.type is TenderType.CASH for tender in bill.tenders)
