"""What is drawn before it is wanted is what would have been drawn then, and the till draws while the customer
pays."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.daemon.agent import Agent
from agent.printing.receipts import Receipts
from agent.printing.ticket_parts import draw_ahead, parts
from agent.sale import events as e
from agent.sale.basket import Bill, Customer, TenderType
from agent.sale.invoice import Shop, receipt
from agent.settings.config import load
from agent.store import customers
from agent.store.spool import Job
from drivers.printer.fonts import look_anew
from drivers.printer.profile import profile_named, profiles
from drivers.printer.ticket import build, compose
from drivers.simulated.printer import VirtualPrinter
from tests.daemon.test_asked_while_running import SETTINGS, RunningAgent
from tests.loyalty.bills import bills
from tests.printing.test_first_byte import calls_of
from tests.rig.till import RICE, RigTill

EPSON = profile_named("epson-tm-t20")
SHOPS = st.builds(
    Shop,
    name=st.sampled_from(["Shree Kirana", "श्री किराना"]),
    address=st.sampled_from([(), ("4 Market Road", "Malgudi 570001")]),
    phone=st.sampled_from(["", "0821 555 0100"]),
    indian=st.booleans(),
)


@settings(max_examples=30)
@given(bills(), SHOPS, st.sampled_from(sorted(profiles())), st.booleans())
def test_a_ticket_of_parts_is_the_one_that_is_made_at_once(
    bill: Bill, shop: Shop, name: str, ahead: bool
) -> None:
    """Drawn while the customer paid, just now, or for a ticket before: the same bytes and figures."""
    profile = profiles()[name]
    if ahead:
        draw_ahead(bill.lines, bill.due_minor, shop, profile)
    made = compose(receipt(bill, shop, columns=profile.columns), profile)
    for one in (bill, replace(bill, number="S01T1-25-000018"), bill):
        drawn = compose(receipt(one, shop, columns=profile.columns, part=parts(shop, profile)), profile)
        if one is bill:
            assert drawn == made
        else:
            assert drawn == compose(receipt(one, shop, columns=profile.columns), profile)


def test_other_fonts_and_another_name_of_the_shop_draw_anew() -> None:
    shop = Shop("Shree Kirana")
    before = parts(shop, EPSON)
    assert parts(Shop("Shree Kirana"), EPSON) is before
    assert parts(Shop("Malgudi Stores"), EPSON) is not before
    look_anew()
    assert parts(shop, EPSON) is not before


class Member(RigTill):
    """A till whose receipts have a clock of the test's."""

    seconds = 0.0

    def serve(self) -> None:
        super().serve()
        self.receipts = Receipts(
            self.till.read, lambda: Shop("Shree Kirana"), columns=EPSON.columns, clock=lambda: self.seconds
        )

    def sold(self) -> Job:
        asha = Customer(mobile="919876543210", firstname="Asha", user_id="77", loyalty=True)
        self.open_sale.do(e.CustomerSet(asha))
        self.sell()
        self.receipts.completed(self.completed[-1])
        return Job(1, self.completed[-1].bill_id, 0, "queued", 0, 0, "", self.till.stamp())

    def paper(self, job: Job) -> bytes:
        return build(self.receipts.document(job, EPSON), EPSON)

    def read_back(self, job: Job) -> bytes:
        later = Receipts(self.till.read, lambda: Shop("Shree Kirana"), columns=EPSON.columns)
        return build(later.document(job, EPSON), EPSON)


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Member]:
    made = Member(tmp_path / "store")
    yield made
    made.close()


def test_the_paper_of_a_bill_of_just_now_is_what_its_rows_tell(till: Member) -> None:
    job = till.sold()
    paper = till.paper(job)
    assert paper == till.read_back(job)
    assert b"Asha" in paper
    assert till.paper(replace(job, copy=1)) == till.read_back(replace(job, copy=1))
    assert b"DUPLICATE" in till.paper(replace(job, copy=1))


def test_none_of_several_bills_of_just_now_is_read_back(till: Member) -> None:
    """Ten tickets wait behind each other no longer than one would."""

    def read(_: object) -> Any:
        raise AssertionError("it was read back")

    receipts = Receipts(read, lambda: Shop("Shree Kirana"), columns=EPSON.columns)
    jobs = [till.sold() for _ in range(3)]
    for closed in till.completed:
        receipts.completed(closed)
    assert [build(receipts.document(job, EPSON), EPSON) for job in jobs] == list(map(till.read_back, jobs))


def test_later_the_paper_is_made_of_the_rows_as_they_are_then(till: Member) -> None:
    """A printer that was out of paper for a month does not print who was erased meanwhile."""
    job = till.sold()
    with till.store.transaction() as tx:
        tx.execute("DELETE FROM event")
        assert customers.erase(tx, "2099-01-01", 10) == 1
    till.seconds = 60.0
    assert b"Asha" not in till.paper(job)


def test_while_the_customer_pays_the_till_draws_what_is_known(tmp_path: Path) -> None:
    """A line more costs its paper next to nothing once it is paid; drawn then it is a hundred calls."""
    with VirtualPrinter() as printer:
        path = tmp_path / "agent.toml"
        path.write_text(SETTINGS.format(place=tmp_path, url=printer.url))
        config, _ = load(path)
        config.store.mkdir(parents=True)
        agent = RunningAgent(config)
        agent.start()
        try:
            spent = [_calls_of_a_ticket(agent, lines) for lines in (10, 10, 200)]
        finally:
            agent.close()
    assert spent[2] - spent[1] <= 13 * 190, spent


def _calls_of_a_ticket(agent: Agent, lines: int) -> int:
    for no in range(lines):
        assert agent.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor + no)).ok
    assert agent.open_sale.do(e.TenderBegun()).ok
    while agent.printers.of_bills() is None:
        time.sleep(0.02)
    time.sleep(1.0)
    assert agent.open_sale.do(e.TenderAdded(TenderType.CASH, lines * 50_000)).ok
    closed: list[Any] = []
    agent.receipts.completed, heard = closed.append, agent.receipts.completed
    assert agent.open_sale.do(e.Completed()).ok
    heard(closed[0])
    return calls_of(agent.receipts, closed[0].bill_id)
