"""Every line tells how it came into the sale, and from which scanner; the stored bill tells it for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.counter.weighing import Weight
from agent.sale import events as e
from agent.sale.basket import Bill, TenderType
from agent.sale.entry import Entry
from agent.sale.events import event_from_plain, event_to_plain
from agent.sale.labels import LabelRules
from agent.sale.plain_data import canonical, to_full, to_plain
from agent.store import bills, journal
from tests.counter.test_weighing import Plate
from tests.rig.label_desk import LabelDesk
from tests.rig.till import RICE
from tests.sale.label_checks import closed

SOAP, GRAPES = closed("890123456789"), closed("890123456790")
GOODS: dict[str, str | dict[str, str]] = {
    "SOAP": {"gtins": SOAP, "unit": "pcs"},
    "GRAPES": {"gtins": GRAPES, "scale_code": "00042", "unit": "kg"},
}
RULES = LabelRules(masks=("21IIIIIWWWWWC", "22IIIIIPPPPPC"))
PRICED = closed("220004201250")
WEIGHED = closed("210004201250")


class Desk(LabelDesk):
    def __init__(self, directory: Path) -> None:
        self.scale = self.plate = Plate()
        self.plate.there = False
        super().__init__(directory, GOODS, RULES)

    @property
    def entries(self) -> list[Entry | None]:
        return [line.entry for line in self.open_sale.sale.lines]

    def complete(self) -> Bill:
        for event in (e.TenderBegun(), e.TenderAdded(TenderType.CASH, 5_000_000), e.Completed()):
            assert self.open_sale.do(event).ok
        found = self.till.read(lambda tx: bills.load(tx, self.completed[-1].bill_id))
        assert found
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store")
    yield made
    made.close()


def test_a_line_says_which_scanner_it_came_from(desk: Desk) -> None:
    assert desk.scan(SOAP, device="front").ok
    assert desk.scan(SOAP, device="hand").ok
    assert desk.scan(SOAP).ok
    assert desk.cashier.add_item("SOAP", None, "").ok
    assert desk.cashier.add_item("SOAP", 3000, "").ok
    assert desk.entries == [
        Entry("scanned", "front"),
        Entry("scanned", "hand"),
        Entry("keyed"),
        Entry("picked"),
        Entry("picked", quantity="keyed"),
    ]


def test_a_line_says_who_told_how_much(desk: Desk) -> None:
    """The label, the scale, or a person: before it, after it, or in the place of another."""
    assert desk.scan(WEIGHED, device="front").ok
    assert desk.scan(f"010{GRAPES}3103000455", "]d2", "front").ok
    assert desk.scan(WEIGHED).ok
    desk.plate.there = True
    assert desk.scan(GRAPES, device="front").ok
    desk.plate.says(Weight(1250, "kg"))
    assert desk.cashier.times(2000, "", sure=True).ok
    assert desk.scan(SOAP, device="front").ok
    assert desk.open_sale.do(e.QuantitySet(1, 900)).ok
    assert desk.entries == [
        Entry("scanned", "front", "keyed"),
        Entry("scanned", "front", "scanned"),
        Entry("keyed", "", "keyed"),
        Entry("scanned", "front", "weighed"),
        Entry("scanned", "front", "keyed"),
    ]


def test_of_a_label_with_a_price_nobody_said_how_much(desk: Desk) -> None:
    assert desk.scan(PRICED, device="front").ok
    assert desk.entries == [Entry("scanned", "front")]


def test_a_stored_bill_tells_it_and_its_hash_covers_it(desk: Desk) -> None:
    desk.scan(SOAP, device="front")
    desk.scan(WEIGHED)
    desk.cashier.add_item("SOAP", None, "")
    bill = desk.complete()
    told: list[dict[str, Any]] = to_full(bill)["lines"]
    assert [line["entry"] for line in told] == [
        {"method": "scanned", "scanner": "front", "quantity": ""},
        {"method": "keyed", "scanner": "", "quantity": "keyed"},
        {"method": "picked", "scanner": "", "quantity": ""},
    ]
    covered = bills.told(bill, None)
    assert b'"entry":{"method":"scanned","scanner":"front"}' in covered
    assert list(desk.till.read(journal.verify)) == []


def test_the_page_is_told(desk: Desk) -> None:
    desk.scan(SOAP, device="front")
    desk.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    told = [line["entry"] for line in desk.board.part("sale")["lines"]]
    assert told == [{"method": "scanned", "scanner": "front", "quantity": ""}, None]


def test_what_was_recorded_before_is_not_known_and_hashed_as_ever(desk: Desk) -> None:
    """An event and a bill's line of earlier versions: read as nobody's word, and the same bytes again."""
    old = {
        "kind": "ItemAdded",
        "product": to_plain(RICE),
        "qty_milli": 1000,
        "unit_price_minor": RICE.price_minor,
    }
    event = event_from_plain(old)
    assert isinstance(event, e.ItemAdded)
    assert event.entry is None
    assert canonical(event_to_plain(event)) == canonical(old)
    assert desk.open_sale.do(event).ok
    bill = desk.complete()
    assert [line.entry for line in bill.lines] == [None]
    assert b"entry" not in bills.told(bill, None)


def test_an_open_sale_knows_it_after_a_restart(desk: Desk) -> None:
    desk.scan(SOAP, device="front")
    desk.reopen()
    assert desk.entries == [Entry("scanned", "front")]
