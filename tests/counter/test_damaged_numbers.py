"""A bill whose row is not where its number says: a new sale is refused in words, no number is used twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.store.opening import FILE_NAME
from tests.rig.till import RICE, RigTill

PAGE = 4096


def spoil_rowids(path: Path, table: str, spoilt: Callable[[int], int]) -> None:
    """Change the key of each row in the last leaf of a table, as a bad sector would: SQLite does not look
    whether keys follow each other."""
    with sqlite3.connect(path) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    connection.close()
    content = bytearray(path.read_bytes())
    start = (root - 1) * PAGE
    assert content[start] == 13, "a table of one leaf"
    for index in range(int.from_bytes(content[start + 3 : start + 5], "big")):
        pointer = start + 8 + 2 * index
        cell = start + int.from_bytes(content[pointer : pointer + 2], "big")
        while content[cell] & 0x80:
            cell += 1
        cell += 1
        while content[cell] & 0x80:
            cell += 1
        content[cell] = spoilt(content[cell])
    path.write_bytes(content)


@pytest.fixture
def till(tmp_path: Path) -> RigTill:
    """A till with three bills, closed."""
    made = RigTill(tmp_path)
    for _ in range(3):
        made.sell()
    made.open_sale.tidy()
    made.close()
    return made


def covered(till: RigTill) -> None:
    for event in (
        e.ItemAdded(RICE, 1000, RICE.price_minor),
        e.TenderBegun(),
        e.TenderAdded(TenderType.CASH, 50000),
    ):
        assert till.open_sale.do(event).ok


def test_a_number_that_was_given_out_is_not_given_out_again(till: RigTill) -> None:
    """The newest row calls itself an older one: the next number by the rows would be one of the three."""
    spoil_rowids(till.directory / FILE_NAME, "bill", lambda last: 1 if last == 3 else last)
    till.open()
    covered(till)
    answer = till.open_sale.do(e.Completed(), "key")
    assert (answer.ok, answer.code) == (False, "row-damaged")
    assert answer.text.startswith("Nothing was recorded. ")
    assert till.board.part("badges")["store"]["state"] == "error"
    assert till.open_sale.sale.live_lines, "it is still open"
    assert till.till.read(lambda tx: tx.execute("SELECT count(*) FROM bill").fetchone()) == (3,)


def test_rows_that_contradict_a_new_one_are_a_refusal(till: RigTill) -> None:
    """A row stands where the sale's last event must go."""
    till.open()
    covered(till)
    tx = till.store.connection
    tx.execute("INSERT INTO event VALUES (?, 4, '', '', '')", (till.open_sale.sale.id,))
    answer = till.open_sale.do(e.Completed(), "key")
    assert (answer.ok, answer.code) == (False, "row-damaged")
    assert answer.text.startswith("Nothing was recorded. ")
    tx.execute("DELETE FROM event WHERE seq = 4")
    assert till.open_sale.do(e.Completed(), "key").ok
