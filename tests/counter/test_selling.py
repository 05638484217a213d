"""The open sale against a real store: full disk, read-only, wrong clock, repeated requests, restarts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.sale import events as e
from agent.sale.basket import Discount, TenderType
from agent.store import bills, journal, sales
from tests.rig.till import RICE, ZONE, RigTill


@pytest.fixture
def till(tmp_path: Path) -> Iterator[RigTill]:
    made = RigTill(tmp_path / "store")
    yield made
    made.close()


def test_numbers_go_on_over_restarts_and_begin_anew_with_the_financial_year(till: RigTill) -> None:
    assert till.sell() == "S1T126-000001"
    till.reopen()
    assert till.sell() == "S1T126-000002"
    till.at = datetime(2027, 4, 1, 0, 0, 1, tzinfo=ZONE)
    assert till.sell() == "S1T127-000001"


def test_a_full_disk_is_said_and_nothing_is_half_done(till: RigTill) -> None:
    till.sell()
    assert till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
    pages = till.store.connection.execute("PRAGMA page_count").fetchone()[0]
    till.store.connection.execute(f"PRAGMA max_page_count = {pages}")
    answers = [till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor)) for _ in range(100)]
    refused = next(answer for answer in answers if not answer.ok)
    assert refused.code == "store-full"
    assert "disk is full" in refused.text
    assert till.board.part("badges")["store"]["state"] == "full"
    before = till.open_sale.sale
    till.store.connection.execute("PRAGMA max_page_count = 100000")
    assert till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
    assert till.board.part("badges")["store"]["state"] == "ok"
    assert len(till.open_sale.sale.lines) == len(before.lines) + 1
    till.reopen()
    assert len(till.open_sale.sale.lines) == len(before.lines) + 1


def test_a_store_that_turned_read_only_refuses_in_words(till: RigTill) -> None:
    till.store.connection.execute("PRAGMA query_only = 1")
    answer = till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    assert (answer.code, till.open_sale.sale.lines) == ("store-readonly", ())
    assert "cannot be written" in answer.text


def test_a_clock_before_the_last_bill_is_shown_and_the_bill_is_marked(till: RigTill) -> None:
    till.sell()
    till.at -= timedelta(days=2)
    number = till.sell()
    assert till.board.part("badges")["clock"]["state"] == "suspect"
    bill = bills.load(till.store.connection, bills.find(till.store.connection, number) or 0)
    assert bill is not None
    assert bill.clock_state == "suspect"
    assert number == "S1T126-000002"


def test_every_bill_is_marked_until_the_clock_is_past_the_newest_that_was_not(till: RigTill) -> None:
    """A clock that fell back over the end of the financial year, with no cloud to compare it with."""

    def sold() -> tuple[str, str]:
        number = till.sell()
        bill = bills.load(till.store.connection, bills.find(till.store.connection, number) or 0)
        assert bill is not None
        assert till.board.part("badges")["clock"]["state"] == (
            "unknown" if bill.clock_state == "ok" else "suspect"
        )
        return number, bill.clock_state

    right = till.at = datetime(2027, 4, 10, 11, 30, tzinfo=ZONE)
    assert [sold(), sold()] == [("S1T127-000001", "ok"), ("S1T127-000002", "ok")]
    till.at = datetime(2027, 3, 30, 11, 30, tzinfo=ZONE)
    till.reopen()
    assert [sold() for _ in range(3)] == [(f"S1T126-{seq:06d}", "suspect") for seq in (1, 2, 3)]
    till.at += timedelta(hours=6)
    till.reopen()
    assert sold() == ("S1T126-000004", "suspect")
    till.at = right + timedelta(hours=1)
    assert sold() == ("S1T127-000003", "ok")
    till.at -= timedelta(hours=2)
    till.reopen()
    assert [sold()[1], sold()[1]] == ["suspect", "suspect"]


def test_the_same_request_gets_the_same_bill_over_a_restart(till: RigTill) -> None:
    number = till.sell("key-1")
    assert till.open_sale.do(e.Completed(), "key-1").data["bill_number"] == number
    till.reopen()
    assert till.open_sale.do(e.Completed(), "key-1").data["bill_number"] == number
    assert len(till.completed) == 1


def test_a_repeated_scan_request_adds_one_line_even_over_a_restart(till: RigTill) -> None:
    event = e.ItemAdded(RICE, 1000, RICE.price_minor)
    assert till.open_sale.do(event, "scan-1").ok
    till.reopen()
    assert till.open_sale.do(event, "scan-1").ok
    assert len(till.open_sale.sale.lines) == 1


def test_a_quiet_moment_drops_the_events_of_closed_sales_only(till: RigTill) -> None:
    till.sell()
    assert sales.left_over(till.store.connection)
    till.open_sale.tidy()
    assert not sales.left_over(till.store.connection)
    till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    till.open_sale.tidy()
    till.reopen()
    assert len(till.open_sale.sale.lines) == 1


def test_a_cancelled_sale_stays_in_the_journal(till: RigTill) -> None:
    till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    assert till.open_sale.do(e.Cancelled("Customer left")).ok
    rows = till.store.connection.execute("SELECT kind, body FROM journal").fetchall()
    assert [kind for kind, _ in rows] == ["cancelled"]
    assert "Customer left" in rows[0][1]
    assert list(journal.verify(till.store.connection)) == []


def test_the_bill_pattern_of_the_organisation_is_kept_before_a_number_is_used(tmp_path: Path) -> None:
    till = RigTill(tmp_path / "other", number_pattern="[0-9]+")
    till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    assert till.open_sale.do(e.TenderBegun()).code == "number-pattern"
    assert bills.newest(till.store.connection, 1) == []
    till.close()


def test_a_void_is_undone_over_a_restart_and_the_bill_has_the_line_in_its_place(till: RigTill) -> None:
    tea = replace(RICE, sku="TEA", name="Tea", gtin="", price_minor=14_500)
    for event in (
        e.ItemAdded(RICE, 1000, 42_000),
        e.ItemAdded(tea, 1000, 14_500),
        e.LineDiscounted(1, Discount(minor=500, reason="dented")),
        e.LineVoided(1),
    ):
        assert till.open_sale.do(event).ok
    till.reopen()
    assert till.board.part("sale")["last_void"] == 1
    assert till.open_sale.do(e.LineRestored(1), "undo-1").ok
    till.reopen()
    assert till.open_sale.do(e.LineRestored(1), "undo-1").ok, "the same press again"
    assert till.open_sale.do(e.LineRestored(1), "undo-2").code == "no-such-line"
    assert till.board.part("sale")["last_void"] == 0
    assert till.open_sale.do(e.TenderBegun()).ok
    assert till.open_sale.do(e.TenderAdded(TenderType.CASH, 60_000)).ok
    till.open_sale.do(e.Completed())
    lines = till.completed[-1].bill.lines
    assert [(line.sku, line.discount_minor, line.amount_minor) for line in lines] == [
        ("RICE", 500, 41_500),
        ("TEA", 0, 14_500),
    ]
