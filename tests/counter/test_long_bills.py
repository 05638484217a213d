"""A long bill costs no more work a scan than a short one, and little more at its completion: what did not
change is not worked out again."""

from __future__ import annotations

from pathlib import Path

from agent.counter.open_sale import OpenSale
from agent.sale import events as e
from agent.sale.basket import Discount, Product, TenderType
from agent.sale.totals import totals
from tests.rig import desk as rig
from tests.rig.calls import Calls
from tests.rig.label_desk import LabelDesk
from tests.sale.label_checks import closed

SOAP = closed("890123456789")


def calls_of_a_scan(desk: LabelDesk) -> int:
    """For one more label and its picture."""
    calls = Calls()
    with calls:
        answer = desk.scan(SOAP)
        desk.board.part("sale")
    assert answer.ok
    return calls.count


def test_the_picture_of_490_lines_costs_no_more_than_that_of_ten(tmp_path: Path) -> None:
    desk = LabelDesk(tmp_path / "store", {"SOAP": SOAP})
    costs = {}
    while (lines := len(desk.open_sale.sale.lines)) < 490:
        cost = calls_of_a_scan(desk)
        costs[lines] = cost
    assert costs[489] <= 1.1 * costs[10], (costs[10], costs[489])
    shown = desk.board.part("sale")
    assert len(shown["lines"]) == 490
    assert shown["totals"]["gross_minor"] == sum(line["amount_minor"] for line in shown["lines"]) == 490_000
    desk.close()


def calls_of_a_completion(sale: OpenSale, lines: int) -> int:
    """While a customer of so many lines waits for the last press."""
    for no in range(lines):
        assert sale.do(e.ItemAdded(Product(f"SOAP{no}", "Soap", 995, 1800), 1000, 995)).ok
    assert sale.do(e.TenderBegun()).ok
    assert sale.do(e.TenderAdded(TenderType.CASH, sale.open_minor())).ok
    calls = Calls()
    with calls:
        assert sale.do(e.Completed()).ok
    return calls.count


def test_a_completion_finds_its_lines_written(tmp_path: Path) -> None:
    """For the journal and for the cloud: the customer was looking for money meanwhile."""
    with rig.till(tmp_path, kind=rig.AsideAtOnce) as made:
        _first, few, many = (calls_of_a_completion(made.agent.open_sale, lines) for lines in (1, 10, 110))
        assert (many - few) / 100 <= 8, (few, many)
        made.journal_holds()


def test_what_is_remembered_of_the_lines_is_what_they_come_to(tmp_path: Path) -> None:
    """After changes of one line, of the whole bill, and in the next sale, as worked out anew."""
    desk = LabelDesk(tmp_path / "store", {"SOAP": SOAP, "CREAM": closed("890123456790")})
    assert all(desk.scan(label).ok for label in (SOAP, SOAP, closed("890123456790")))
    steps: tuple[e.Event, ...] = (
        e.QuantitySet(1, 3000),
        e.LineDiscounted(2, Discount(minor=100, reason="dented")),
        e.BillDiscounted(Discount(bp=333, reason="festival")),
        e.PriceSet(3, 777, "old"),
        e.LineVoided(2),
        e.BillDiscounted(None),
        e.Cancelled("changed her mind"),
        e.ItemAdded(desk.catalogue.by_sku("CREAM"), 1000, 900),  # type: ignore[arg-type]
    )
    for step in steps:
        assert desk.open_sale.do(step).ok
        sale, shown = desk.open_sale.sale, desk.board.part("sale")
        fresh = totals(sale, desk.options.pricing)
        told = {line["no"]: line["amount_minor"] for line in shown["lines"] if not line["voided"]}
        assert told == {line.line.no: line.amount_minor for line in fresh.lines}
        assert [line["qty_milli"] for line in shown["lines"]] == [line.qty_milli for line in sale.lines]
        assert [line["voided"] for line in shown["lines"]] == [line.voided for line in sale.lines]
        assert shown["totals"]["due_minor"] == fresh.due_minor
    desk.close()
