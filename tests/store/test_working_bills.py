"""A past bill that is worked with adds up, and the time that a till knows from its own bills."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.language.language import english
from agent.sale.basket import (
    Bill,
    BundlePart,
    CouponRedemption,
    PointsRedemption,
    Tender,
    TenderType,
    Use,
)
from agent.sale.return_values import Back, ReturnHow, Undo
from agent.store import bills
from agent.store.errors import RowDamaged
from agent.store.opening import FILE_NAME, Store, open_store
from tests.sale.invoice_sample import BILL, DAL

AWAY = replace(DAL, no=5, cgst_minor=0, sgst_minor=0, igst_minor=1380)
WHOLE = replace(
    BILL,
    customer=None,
    lines=(*BILL.lines, AWAY),
    gross_minor=BILL.gross_minor + AWAY.gross_minor,
    taxable_minor=BILL.taxable_minor + AWAY.taxable_minor,
    tax_minor=BILL.tax_minor + AWAY.igst_minor,
    due_minor=BILL.due_minor + AWAY.amount_minor,
    tenders=(*BILL.tenders, Tender(3, TenderType.CARD, AWAY.amount_minor)),
)
"""Tax of all three kinds, a discount, and a rounding."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(tmp_path, synchronous=0)
    yield made
    made.close()


def inserted(store: Store, bill: Bill) -> int:
    with store.transaction() as tx:
        return bills.insert(tx, bill, bills.series_id(tx, bill.series), "")[0]


def test_a_bill_that_adds_up_is_worked_with(store: Store) -> None:
    bill_id = inserted(store, WHOLE)
    assert bills.load_to_work_with(store.connection, bill_id) == WHOLE
    assert bills.load_to_work_with(store.connection, bill_id + 1) is None
    assert bills.customer_column(store.connection, bill_id) == (WHOLE.sale_id, None)
    assert bills.customer_column(store.connection, bill_id + 1) == ("", None)


def test_all_that_few_bills_have_comes_back_and_is_not_there_where_it_was_not(store: Store) -> None:
    """Each in a bill of its own too: what one row keeps must not come from another."""
    line = replace(
        WHOLE.lines[0],
        back=Back(
            "ST01T126-000007", "2026-11-20T10:00:00+05:30", ReturnHow.AMOUNT, "torn", 2, False, False, False
        ),
        given_minor=1234,
        parent_sku="PACK",
        parts=(BundlePart("combo", "A", "Masala Tea", 2000, 40),),
        variant=(("size", "M"),),
    )
    rare: list[dict[str, Any]] = [
        {"lines": (line, *WHOLE.lines[1:])},
        {"undos": (Undo("points", "ST01T126-000007", 1000, 10_000), Undo("coupon", "ST01T126-000007", 5))},
        {"earns": False},
        {"loyalty": False},
        {"points_kept": True},
        {"not_interested_reason": "in a hurry"},
        {"coupon": CouponRedemption("TEN", minor=1000, otp="123456"), "coupon_value_minor": 950},
        {"points": PointsRedemption(10_000, 1000, use=Use.TENDER)},
        {"change_minor": 50, "clock_state": "suspect", "kind": "return", "cashier": ""},
    ]
    made = [WHOLE, *(replace(WHOLE, **fields) for fields in rare)]
    made.append(replace(WHOLE, **{name: value for fields in rare for name, value in fields.items()}))
    numbered = [
        replace(bill, number=f"A-{seq:06}", series="A", seq=seq, sale_id=str(seq))
        for seq, bill in enumerate(made, 1)
    ]
    ids = [inserted(store, bill) for bill in numbered]
    assert [bills.load(store.connection, bill_id) for bill_id in ids] == numbered


@pytest.mark.parametrize(
    "field",
    ["gross_minor", "discount_minor", "taxable_minor", "tax_minor", "due_minor", "rounding_minor"],
)
@pytest.mark.parametrize("off", [1, -1])
def test_a_bill_that_does_not_add_up_is_shown_and_not_worked_with(store: Store, field: str, off: int) -> None:
    """Who gives money back on it must not do so by figures of which one is damaged."""
    wrong = replace(WHOLE, **{field: getattr(WHOLE, field) + off})
    bill_id = inserted(store, wrong)
    assert bills.load(store.connection, bill_id) == wrong
    with pytest.raises(RowDamaged) as refused:
        bills.load_to_work_with(store.connection, bill_id)
    assert WHOLE.number in english().text(refused.value.sentence)


@pytest.mark.parametrize(
    "lost",
    [
        {"tenders": WHOLE.tenders[1:]},
        {"lines": (*BILL.lines, replace(AWAY, no=6))},
    ],
)
def test_a_bill_that_has_lost_a_tender_or_a_line_is_not_worked_with(
    store: Store, lost: dict[str, Any]
) -> None:
    """Also a line that was worth nothing, of which no sum tells."""
    with pytest.raises(RowDamaged):
        bills.load_to_work_with(store.connection, inserted(store, replace(WHOLE, **lost)))


def test_a_bill_that_has_lost_its_lines_is_not_worked_with(store: Store) -> None:
    with pytest.raises(RowDamaged):
        bills.load_to_work_with(store.connection, inserted(store, replace(WHOLE, lines=())))


@pytest.mark.parametrize("at", ["", "yesterday", "2026-11-23T10:00:00"])
def test_a_bill_whose_time_is_damaged_is_not_shown(store: Store, at: str) -> None:
    """Also where nothing but its zone is lost."""
    with pytest.raises(RowDamaged):
        bills.load(store.connection, inserted(store, replace(WHOLE, at=at)))


def test_a_damaged_bill_is_called_by_its_number_and_by_its_id_where_that_is_lost(tmp_path: Path) -> None:
    """SQLite reads a column that a damaged row has no bytes for as NULL."""
    store = open_store(tmp_path)
    bill_id = inserted(store, WHOLE)
    store.close()
    damaged = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    for (name,) in damaged.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        damaged.execute(f"DROP TRIGGER {name}")
    damaged.execute("PRAGMA writable_schema = ON")
    damaged.execute("UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE name = 'bill'")
    damaged.close()
    for column, called in (("cashier", WHOLE.number), ("number", bill_id)):
        damaged = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
        damaged.execute(f"UPDATE bill SET {column} = NULL")
        with pytest.raises(RowDamaged) as refused:
            bills.load(damaged, bill_id)
        damaged.close()
        assert english().text(refused.value.sentence).startswith(f"Bill {called} cannot be read")


def of(series: str, seq: int, at: str, clock_state: str = "ok") -> Bill:
    number = f"{series}-{seq:06}"
    return replace(
        WHOLE, number=number, series=series, seq=seq, sale_id=number, at=at, clock_state=clock_state
    )


def test_a_till_without_a_bill_or_with_doubted_ones_alone_knows_no_time(store: Store) -> None:
    assert bills.newest_trusted(store.connection) is None
    inserted(store, of("A", 1, "2026-11-23T10:00:00+05:30", "suspect"))
    inserted(store, of("A", 2, "23-11-2026"))
    inserted(store, of("B", 1, "2026-11-23T10:00:00"))
    assert bills.newest_trusted(store.connection) is None


def test_the_newest_trusted_time_is_the_latest_moment_of_the_last_bills_of_each_series(store: Store) -> None:
    """By the moment and not by its text; a series' own last, and not its neighbour's."""
    inserted(store, of("A", 1, "2026-11-23T10:00:00+05:30"))
    inserted(store, of("A", 2, "2026-11-23T11:00:00+05:30"))
    inserted(store, of("A", 3, "2031-01-01T00:00:00+05:30", "suspect"))
    inserted(store, of("B", 1, "2026-11-23T10:30:00+05:30"))
    assert bills.newest_trusted(store.connection) == "2026-11-23T11:00:00+05:30"
    inserted(store, of("C", 1, "2026-11-23T06:00:00+00:00"))
    assert bills.newest_trusted(store.connection) == "2026-11-23T06:00:00+00:00"
    inserted(store, of("D", 1, "9999 a damaged one"))
    assert bills.newest_trusted(store.connection) == "2026-11-23T06:00:00+00:00"
