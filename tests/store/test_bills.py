"""Bills as rows: what is read back is what was completed, numbers are consecutive, rows never change."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sale.basket import Bill, Tender, TenderType
from agent.sale.closing import close
from agent.sale.events import Completed
from agent.sale.plain_data import canonical, to_plain
from agent.store import bills
from agent.store.opening import Store, open_store
from agent.store.sales import Recorded
from tests.rig import papers, stores
from tests.rig.papers import SERIES
from tests.rig.shopping import History, covered


def insert(store: Store, bill: Bill) -> int:
    with store.transaction() as tx:
        return bills.insert(tx, bill, bills.series_id(tx, bill.series), "request-1")[0]


@settings(max_examples=60)
@given(
    st.lists(
        papers.bills, min_size=1, max_size=4, unique_by=(lambda bill: bill.number, lambda bill: bill.sale_id)
    )
)
def test_any_bills_come_back_equal(made: list[Bill]) -> None:
    """Every script, variant, bundle, coupon, redemption and 64-bit amount; also beside its neighbours."""
    with stores.temporary_store() as store:
        ids = [insert(store, bill) for bill in made]
        for bill_id, bill in zip(ids, made, strict=True):
            loaded = bills.load(store.connection, bill_id)
            assert loaded == bill
            assert canonical(to_plain(loaded)) == canonical(to_plain(bill))
            assert bills.find(store.connection, bill.number) == bill_id


@settings(max_examples=60)
@given(papers.bills, st.none() | st.text())
def test_the_bytes_of_a_hash_are_those_of_what_it_covers(bill: Bill, customer: str | None) -> None:
    """What is written beforehand of each line included, and whatever else a text looks like."""
    told = '"lines":[],'
    sly = replace(
        bill, cashier=told, sale_id=told, lines=tuple(replace(one, name=told) for one in bill.lines)
    )
    for one in (bill, sly, bill):
        assert bills.told(one, customer) == canonical(bills.covered(one, customer))


@settings(max_examples=60)
@given(covered())
def test_the_bill_of_any_sale_comes_back_equal(history: History) -> None:
    with stores.temporary_store() as store:
        bill = close(history.sale, papers.closing(1), history.pricing)
        assert bills.load(store.connection, insert(store, bill)) == bill


def test_the_longest_bill_keeps_all_its_lines_and_stays_clear_of_the_next(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    sales = [stores.covered_sale(f"sale-{lines}", lines) for lines in (500, 1, 499)]
    closed = [stores.complete(store, sale) for sale in sales]
    found = [bills.load(store.connection, one.bill_id) for one in closed]
    store.close()
    assert found == [one.bill for one in closed]
    assert [len(bill.lines) for bill in found if bill] == [500, 1, 499]


@pytest.mark.parametrize("seq", [1, 2, 999_999])
def test_many_payments_stay_on_their_bill(tmp_path: Path, seq: int) -> None:
    """511 is the number of the last payment that a bill has room for."""
    sale = stores.covered_sale("one")
    bill = close(sale, papers.closing(seq), stores.PRICING)
    many = tuple(Tender(no, TenderType.CASH, no) for no in (1, 2, 511))
    store = open_store(tmp_path)
    bill_id = insert(store, replace(bill, tenders=many))
    loaded = bills.load(store.connection, bill_id)
    store.close()
    assert loaded is not None
    assert loaded.tenders == many


# --- numbers ----------------------------------------------------------------------------------------


def test_numbers_are_consecutive_in_each_series_and_begin_again_with_the_year(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    order = ["S01T126", "S01T126", "S01T226", "S01T126", "S01T226", "S01T127", "S01T126", "S01T127"]
    numbers = [
        stores.complete(store, stores.covered_sale(f"sale-{index}"), series=series).bill.number
        for index, series in enumerate(order)
    ]
    store.close()
    assert numbers == [
        "S01T126-000001",
        "S01T126-000002",
        "S01T226-000001",
        "S01T126-000003",
        "S01T226-000002",
        "S01T127-000001",
        "S01T126-000004",
        "S01T127-000002",
    ]


def test_numbers_go_on_after_the_store_was_closed(tmp_path: Path) -> None:
    for expected in (1, 2, 3):
        store = open_store(tmp_path)
        assert stores.complete(store, stores.covered_sale(f"sale-{expected}")).bill.seq == expected
        store.close()


def test_no_number_is_given_twice(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    bill = stores.complete(store, stores.covered_sale("one")).bill
    before = stores.contents(store.connection)
    with pytest.raises(sqlite3.IntegrityError):
        insert(store, bill)
    assert stores.contents(store.connection) == before
    store.close()


@pytest.mark.parametrize(
    "number",
    [
        "S01T126-000002",
        "S01T126-0000001",
        "S01T226-000001",
        "S01T126-000000",
        "S01T126-4294967297",
        f"S01T126-{2**64 + 1}",
        "s01t126-000001",
        "",
        "abc",
        "-000001",
        " S01T126-000001",
    ],
)
def test_a_number_that_was_never_given_finds_nothing(tmp_path: Path, number: str) -> None:
    """4294967297 is 1 again in 32 bits."""
    store = open_store(tmp_path)
    stores.complete(store, stores.covered_sale("one"))
    found = bills.find(store.connection, number)
    store.close()
    assert found is None


def test_a_bill_that_is_not_there_loads_as_none(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert bills.load(store.connection, 1 << 32 | 1) is None
    store.close()


def test_the_newest_bills_come_first_whatever_their_series(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for index, series in enumerate(["S01T126", "S01T226", "S01T126", "S01T226"]):
        last = Recorded(99, papers.AT, f"request-{index}", Completed())
        stores.complete(store, stores.covered_sale(f"sale-{index}"), series=series, last=last)
    newest = bills.newest(store.connection, 3)
    store.close()
    assert [(sale_id, key) for _, sale_id, key in newest] == [
        ("sale-3", "request-3"),
        ("sale-2", "request-2"),
        ("sale-1", "request-1"),
    ]


# --- rows never change ------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["bill", "bill_line", "tender", "journal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET rowid = rowid", "DELETE FROM {}"])
def test_the_store_itself_refuses_to_change_what_was_sold(tmp_path: Path, table: str, statement: str) -> None:
    """Whoever asks: the writer, or a technician with a database tool."""
    store = open_store(tmp_path)
    stores.complete(store, stores.covered_sale("one"))
    before = stores.contents(store.connection)
    with pytest.raises(sqlite3.IntegrityError, match=r"never|append-only"), store.transaction() as tx:
        tx.execute(statement.format(table))
    store.close()
    other = sqlite3.connect(store.path)
    with pytest.raises(sqlite3.IntegrityError, match=r"never|append-only"):
        other.execute(statement.format(table))
    other.rollback()
    assert stores.contents(other) == before
    other.close()


@pytest.mark.parametrize("table", ["bill", "bill_line", "tender", "journal"])
def test_a_row_cannot_be_overwritten_by_inserting_it_again(tmp_path: Path, table: str) -> None:
    """INSERT OR REPLACE deletes without asking the triggers, unless they are told to listen."""
    store = open_store(tmp_path)
    stores.complete(store, stores.covered_sale("one"))
    before = stores.contents(store.connection)
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as tx:
        tx.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    assert stores.contents(store.connection) == before
    store.close()


def test_series_keep_their_ids(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.transaction() as tx:
        first = [bills.series_id(tx, name) for name in (SERIES, "S01T226", SERIES)]
    with store.transaction() as tx:
        again = [bills.series_id(tx, name) for name in (SERIES, "S01T226", SERIES)]
    store.close()
    assert first == again
    assert first[0] == first[2] != first[1]
