"""The open sale against a real store: full disk, read-only, wrong clock, repeated requests, restarts."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.counter.open_sale import Selling
from agent.counter.options import CounterOptions
from agent.sale import events as e
from agent.sale.basket import Product, TenderType
from agent.sale.rules import OrgRules
from agent.store import bills, journal, sales
from agent.store.opening import Store, open_store
from agent.till.board import Board
from agent.till.outbox_tally import Waiting

ZONE = ZoneInfo("Asia/Kolkata")
RICE = Product("RICE", "Rice", 42500, 500, gtin="08900000000012")


class Till:
    """A till whose clock the test holds. rules: the organisation's, from the next opening on."""

    rules: Callable[[], OrgRules] | None = None

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.at = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
        self.settled: list[sales.Closed] = []
        self.ids = iter(range(1_000_000))
        self.open()

    def open(self) -> None:
        self.store: Store = open_store(self.directory)
        self.board = Board(lambda: self.at, {})
        self.selling = Selling(
            self.store,
            CounterOptions("S1", "T1", "test", "S1T1", ZONE),
            self.board,
            now=lambda: self.at,
            new_id=lambda: f"sale-{self.at.timestamp()}-{next(self.ids)}",
            calls=lambda *_: (),
            settled=self.settled.append,
            waiting=Waiting(),
            rules=self.rules,
        )

    def reopen(self) -> None:
        self.store.close()
        self.open()

    def sell(self, key: str = "") -> str:
        for event in (
            e.ItemAdded(RICE, 1000, RICE.price_minor),
            e.TenderBegun(),
            e.TenderAdded(TenderType.CASH, 50000),
        ):
            assert self.selling.do(event).ok
        answer = self.selling.do(e.Completed(), key)
        assert answer.ok, answer
        return str(answer.data["bill_number"])


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    made = Till(tmp_path / "store")
    yield made
    made.store.close()


def test_numbers_go_on_over_restarts_and_begin_anew_with_the_financial_year(till: Till) -> None:
    assert till.sell() == "S1T126-000001"
    till.reopen()
    assert till.sell() == "S1T126-000002"
    till.at = datetime(2027, 4, 1, 0, 0, 1, tzinfo=ZONE)
    assert till.sell() == "S1T127-000001"


def test_a_full_disk_is_said_and_nothing_is_half_done(till: Till) -> None:
    till.sell()
    assert till.selling.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
    pages = till.store.connection.execute("PRAGMA page_count").fetchone()[0]
    till.store.connection.execute(f"PRAGMA max_page_count = {pages}")
    answers = [till.selling.do(e.ItemAdded(RICE, 1000, RICE.price_minor)) for _ in range(100)]
    refused = next(answer for answer in answers if not answer.ok)
    assert refused.code == "store-full"
    assert "disk is full" in refused.text
    assert till.board.part("badges")["store"]["state"] == "full"
    before = till.selling.sale
    till.store.connection.execute("PRAGMA max_page_count = 100000")
    assert till.selling.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
    assert till.board.part("badges")["store"]["state"] == "ok"
    assert len(till.selling.sale.lines) == len(before.lines) + 1
    till.reopen()
    assert len(till.selling.sale.lines) == len(before.lines) + 1


def test_a_store_that_turned_read_only_refuses_in_words(till: Till) -> None:
    till.store.connection.execute("PRAGMA query_only = 1")
    answer = till.selling.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    assert (answer.code, till.selling.sale.lines) == ("store-readonly", ())
    assert "cannot be written" in answer.text


def test_a_clock_before_the_last_bill_is_shown_and_the_bill_is_marked(till: Till) -> None:
    till.sell()
    till.at -= timedelta(days=2)
    number = till.sell()
    assert till.board.part("badges")["clock"]["state"] == "suspect"
    bill = bills.load(till.store.connection, bills.find(till.store.connection, number) or 0)
    assert bill is not None
    assert bill.clock_state == "suspect"
    assert number == "S1T126-000002"


def test_the_same_request_gets_the_same_bill_over_a_restart(till: Till) -> None:
    number = till.sell("key-1")
    assert till.selling.do(e.Completed(), "key-1").data["bill_number"] == number
    till.reopen()
    assert till.selling.do(e.Completed(), "key-1").data["bill_number"] == number
    assert len(till.settled) == 1


def test_a_repeated_scan_request_adds_one_line_even_over_a_restart(till: Till) -> None:
    event = e.ItemAdded(RICE, 1000, RICE.price_minor)
    assert till.selling.do(event, "scan-1").ok
    till.reopen()
    assert till.selling.do(event, "scan-1").ok
    assert len(till.selling.sale.lines) == 1


def test_a_quiet_moment_drops_the_events_of_closed_sales_only(till: Till) -> None:
    till.sell()
    assert sales.left_over(till.store.connection)
    till.selling.tidy()
    assert not sales.left_over(till.store.connection)
    till.selling.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    till.selling.tidy()
    till.reopen()
    assert len(till.selling.sale.lines) == 1


def test_a_cancelled_sale_stays_in_the_journal(till: Till) -> None:
    till.selling.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    assert till.selling.do(e.Cancelled("Customer left")).ok
    rows = till.store.connection.execute("SELECT kind, body FROM journal").fetchall()
    assert [kind for kind, _ in rows] == ["cancelled"]
    assert "Customer left" in rows[0][1]
    assert list(journal.verify(till.store.connection)) == []


def test_the_bill_pattern_of_the_organisation_is_kept_before_a_number_is_used(tmp_path: Path) -> None:
    till = Till(tmp_path / "other")
    till.selling._options = CounterOptions("S1", "T1", "test", "S1T1", ZONE, number_pattern="[0-9]+")
    till.selling.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    assert till.selling.do(e.TenderBegun()).code == "number-pattern"
    assert bills.newest(till.store.connection, 1) == []
    till.store.close()
