"""A long bill costs no more work a scan than a short one: what did not change is not worked out again."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

from agent.sale import events as e
from agent.sale.basket import Discount
from agent.sale.totals import totals
from tests.rig.label_desk import LabelDesk
from tests.sale.label_checks import closed

SOAP = closed("890123456789")


def calls_of_a_scan(desk: LabelDesk) -> int:
    """How many functions are called, steps of generators included, for one more label and its picture."""
    called = 0

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal called
        called += event == "call"

    sys.setprofile(count)
    try:
        answer = desk.scan(SOAP)
        desk.board.part("sale")
    finally:
        sys.setprofile(None)
    assert answer.ok
    return called


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
