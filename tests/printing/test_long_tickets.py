"""What a ticket costs before its first byte: every line of it waits for that."""

from __future__ import annotations

from pathlib import Path

from agent.printing.receipts import Receipts
from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.sale.invoice import Shop
from agent.store.spool import Job
from drivers.printer.marks import EchoMarks, Proof
from drivers.printer.profile import profile_named
from drivers.printer.ticket import compose
from tests.rig.calls import Calls
from tests.rig.till import RICE, RigTill

EPSON = profile_named("epson-tm-t20")
_FEW, _MANY = 10, 200


def bill(till: RigTill, lines: int) -> int:
    for _ in range(lines):
        assert till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
    till.open_sale.do(e.TenderBegun())
    till.open_sale.do(e.TenderAdded(TenderType.CASH, lines * RICE.price_minor))
    assert till.open_sale.do(e.Completed()).ok
    return till.completed[-1].bill_id


def calls_of(receipts: Receipts, bill_id: int) -> int:
    """From the job to the bytes with their marks in them."""
    job = Job(1, bill_id, 0, "queued", 0, 0, "", "")
    with Calls() as calls:
        ticket = compose(receipts.document(job, EPSON.columns), EPSON)
        proof = Proof(ticket.data, EchoMarks("0001"))
    assert proof.stream.count(b"Rice") >= 10
    return calls.count


def test_a_line_more_on_a_ticket_costs_few_calls(tmp_path: Path) -> None:
    """A ticket of 200 lines is on its way soon after its job."""
    till = RigTill(tmp_path / "store")
    receipts = Receipts(till.till.read, lambda: Shop("Shree Kirana"), columns=EPSON.columns)
    few, many = bill(till, _FEW), bill(till, _MANY)
    calls_of(receipts, few)
    each = (calls_of(receipts, many) - calls_of(receipts, few)) / (_MANY - _FEW)
    assert each <= 120, each
    till.close()
