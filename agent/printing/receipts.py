"""Tickets of bills: what is on the paper, with what it promises of points."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from agent.language.sentence import Sentence
from agent.printing.ticket_parts import Part, draw_ahead, parts
from agent.sale.basket import Bill, BillLine
from agent.sale.return_values import Back
from agent.store import bills, journal
from agent.store.errors import RowDamaged
from agent.store.sales import Closed
from agent.store.spool import Job

if TYPE_CHECKING:
    from agent.sale.invoice import Shop
    from drivers.printer.profile import PrinterProfile

T = TypeVar("T")


class Read(Protocol):
    """Till.read."""

    def __call__(self, work: Callable[[Connection], T]) -> T: ...


# Who waits for paper stands there; later a bill is read back, as its rows tell it then.
_JUST_NOW_S = 5.0
_BILLS = 10


class Receipts:
    """Makes tickets. shop is made when the first is wanted; columns are those of the printer of bills. The
    document of a job is for a printer of that profile: of rows, and of parts that were drawn before."""

    def __init__(
        self,
        read: Read,
        shop: Callable[[], Shop],
        *,
        columns: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._read = read
        self._shop = shop
        self._columns = columns
        self._just_now: deque[tuple[Closed, float]] = deque(maxlen=_BILLS)

    def paying(self, lines: tuple[BillLine, ...], due_minor: int, profile: PrinterProfile) -> None:
        """The customer looks for money: what the ticket will say is drawn meanwhile."""
        draw_ahead(lines, due_minor, self._shop(), profile)

    def completed(self, closed: Closed) -> None:
        """A bill was committed just now: its paper is made of that, without reading it back."""
        self._just_now.append((closed, self._clock()))

    def document(self, job: Job, profile: PrinterProfile) -> list[Any]:
        """The ticket of a print job, as wide as its printer's paper. LookupError for a job without a bill."""
        bill, mark = self._bill_of(job)
        part = parts(self._shop(), profile)
        return self.ticket(bill, mark, profile.columns, job.copy, job.created_at, part)

    def _bill_of(self, job: Job) -> tuple[Bill, str]:
        since = self._clock() - _JUST_NOW_S
        for closed, at in () if job.copy else tuple(self._just_now):
            if closed.bill_id == job.bill_id and at > since:
                return closed.bill, closed.chain_mark
        try:
            bill, mark = self._read(partial(_bill_and_mark, bill_id=job.bill_id))
        except RowDamaged as error:
            raise LookupError(error.text) from error
        if bill is None:
            raise LookupError(f"print job {job.id} has no bill")
        return bill, mark

    def own(self, bill: Bill, mark: str) -> list[dict[str, Any]]:
        """The paper of a bill, as wide as the printer's."""
        return self.ticket(bill, mark, self._columns)

    def ticket(
        self,
        bill: Bill,
        mark: str,
        columns: int,
        copy: int = 0,
        asked_at: str = "",
        part: Part | None = None,
    ) -> list[Any]:
        """The paper of a bill. asked_at is when somebody wanted the copy; part: see receipt."""
        from agent.sale.invoice import receipt

        shop = self._shop()
        return receipt(
            bill,
            shop,
            columns=columns,
            copy_no=copy,
            reprinted_at=asked_at,
            notes=tuple(map(shop.text_of, notes(bill))),
            chain_mark=mark,
            part=part,
        )


def _bill_and_mark(tx: Connection, bill_id: int) -> tuple[Bill | None, str]:
    return bills.load_to_work_with(tx, bill_id), journal.mark(tx, bill_id)


def notes(bill: Bill) -> tuple[Sentence, ...]:
    """What the paper promises of points, without saying more than is known."""
    if bill.customer is None or not bill.customer.loyalty:
        return ()
    # Of bills that earned none, and of those nobody knows, there are no points to take back.
    back = any(_took_points(line.back) for line in bill.lines if line.back)
    sold = any(line.back is None for line in bill.lines)
    come, go = sold and bill.earns, back and not bill.points_kept
    said = []
    if come:
        said.append(Sentence("receipt.points.both" if go else "receipt.points.come"))
    elif go:
        note = bill.kind == "return"
        said.append(Sentence("receipt.points.go-by-note" if note else "receipt.points.go-by-bill"))
    if sold and not bill.earns:
        said.append(Sentence("receipt.points.none"))
    if back and bill.points_kept:
        said.append(Sentence("receipt.points.kept"))
    return tuple(said)


def _took_points(back: Back) -> bool:
    return back.interested and back.earned and back.known
