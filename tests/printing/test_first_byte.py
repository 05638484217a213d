"""What stands before a ticket's first byte: every line of it, and nothing that can come behind."""

from __future__ import annotations

from pathlib import Path

from agent.printing.receipts import Receipts
from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.sale.invoice import Shop
from agent.store.spool import Job
from drivers.printer.marks import EchoMarks, Proof
from drivers.printer.profile import profile_named
from drivers.printer.ticket import Ticket, compose
from drivers.simulated.printer import VirtualPrinter
from tests.printing.test_worker import Desk, desk, wait, working
from tests.rig.calls import Calls
from tests.rig.till import RICE, RigTill

__all__ = ["desk"]

EPSON = profile_named("epson-tm-t20")
_FEW, _MANY = 10, 200


def bill(till: RigTill, lines: int) -> int:
    for _ in range(lines):
        assert till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
    till.open_sale.do(e.TenderBegun())
    till.open_sale.do(e.TenderAdded(TenderType.CASH, lines * 50_000))
    assert till.open_sale.do(e.Completed()).ok
    return till.completed[-1].bill_id


def calls_of(receipts: Receipts, bill_id: int) -> int:
    """From the job to the bytes with their marks in them."""
    job = Job(1, bill_id, 0, "queued", 0, 0, "", "")
    with Calls() as calls:
        ticket = compose(receipts.document(job, EPSON), EPSON)
        proof = Proof(ticket.data, EchoMarks("0001"))
    assert proof.stream.count(b"Rice") >= _FEW
    return calls.count


def test_a_line_more_on_a_ticket_costs_few_calls(tmp_path: Path) -> None:
    """A ticket of 200 lines is on its way soon after its job, by whatever machine."""
    till = RigTill(tmp_path / "store")
    receipts = Receipts(till.till.read, lambda: Shop("Shree Kirana"), columns=EPSON.columns)
    few, many = bill(till, _FEW), bill(till, _MANY)
    calls_of(receipts, few)
    each = (calls_of(receipts, many) - calls_of(receipts, few)) / (_MANY - _FEW)
    till.close()
    assert each <= 120, each


def test_what_no_font_draws_is_told_behind_the_ticket(desk: Desk) -> None:
    """Of a day's first ticket all fonts are looked through for that: the customer has the paper first."""
    printed: list[int] = []
    with VirtualPrinter() as printer:

        def drawn(_: Ticket) -> None:
            printed.append(len(printer.tickets))

        with working(desk, printer, on_ticket=drawn) as thread:
            job = desk.job()
            wait(desk, lambda: job in desk.ended(), thread)
    assert printed == [1]
