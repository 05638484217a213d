"""The journal: whatever is changed behind the till's back, verify says where."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.language.language import in_english
from agent.sale import events as e
from agent.sale.basket import Bill
from agent.sale.plain_data import canonical, to_plain
from agent.store import bills, journal, sales
from agent.store.opening import FILE_NAME, open_store
from tests.rig import papers, stores
from tests.rig.papers import AT

TRIGGERS = [
    f"{table}_{verb}" for table in ("bill", "bill_line", "tender", "journal") for verb in ("stays", "remains")
]


@pytest.fixture
def books(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Entries 1 to 6: two bills, a reprint, a cancelled sale, two bills; and no trigger protects them."""
    store = open_store(tmp_path)
    for number in (1, 2):
        stores.complete(store, stores.covered_sale(f"sale-{number}", 3))
    with store.transaction() as tx:
        journal.append(tx, "reprint", AT, {"number": "S01T126-000001", "by": "asha"})
        sales.cancel(tx, "sale-3", sales.Recorded(2, AT, "", e.Cancelled("left")), 4600)
    for number in (4, 5):
        stores.complete(store, stores.covered_sale(f"sale-{number}", 3))
    store.close()
    connection = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    for trigger in TRIGGERS:
        connection.execute(f"DROP TRIGGER {trigger}")
    yield connection
    connection.close()


def breaks(connection: sqlite3.Connection, last: int | None = None) -> list[str]:
    return [in_english(broken) for broken in journal.verify(connection, last)]


def test_untouched_books_are_whole(books: sqlite3.Connection) -> None:
    assert breaks(books) == []
    for last in range(8):
        assert breaks(books, last) == []
    assert [kind for (kind,) in books.execute("SELECT kind FROM journal ORDER BY n")] == [
        "bill",
        "bill",
        "reprint",
        "cancelled",
        "bill",
        "bill",
    ]


def test_an_empty_journal_is_whole(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert breaks(store.connection) == []
    assert journal.head(store.connection) == (0, journal.GENESIS)
    store.close()


@settings(max_examples=40)
@given(st.lists(papers.bills, max_size=3, unique_by=(lambda bill: bill.number, lambda bill: bill.sale_id)))
def test_the_chain_of_any_bills_is_whole(made: list[Bill]) -> None:
    """Whatever was hashed when the bill was made is what its rows tell afterwards."""
    with stores.temporary_store() as store:
        for bill in made:
            stores.complete_bill(store, bill)
        assert breaks(store.connection) == []


def test_the_chain_can_be_checked_by_anyone(books: sqlite3.Connection) -> None:
    """SHA-256 of the previous hash, [n, kind, ref, at] as JSON, a nul and the content."""
    previous = bytes(32)
    for n, kind, ref, at, body, entry in books.execute(
        "SELECT n, kind, ref, at, body, hash FROM journal ORDER BY n"
    ):
        content = canonical(to_plain(bills.load(books, ref))) if kind == "bill" else body.encode()
        head = canonical([n, kind, ref, at])
        assert hashlib.sha256(previous + head + b"\0" + content).digest() == entry
        previous = entry


CHANGES = {
    "a line's amount": "UPDATE bill_line SET amount_minor = amount_minor - 100 WHERE rowid = {line}",
    "a line's name": "UPDATE bill_line SET name = 'Tea' WHERE rowid = {line}",
    "a line's variant": 'UPDATE bill_line SET rest = \'{{"parent_sku":"X"}}\' WHERE rowid = {line}',
    "a line gone": "DELETE FROM bill_line WHERE rowid = {line}",
    "a tender's amount": "UPDATE tender SET amount_minor = amount_minor + 1 WHERE rowid = {tender}",
    "a tender's type": "UPDATE tender SET type = 'upi' WHERE rowid = {tender}",
    "a tender gone": "DELETE FROM tender WHERE rowid = {tender}",
    "a bill's total": "UPDATE bill SET due_minor = due_minor - 100 WHERE id = {bill}",
    "a bill's time": "UPDATE bill SET at = '2026-11-22T10:00:00+05:30' WHERE id = {bill}",
    "a bill's cashier": "UPDATE bill SET cashier = 'ravi' WHERE id = {bill}",
    "a bill's customer": 'UPDATE bill SET customer = \'{{"mobile":"91"}}\' WHERE id = {bill}',
    "a bill gone": "DELETE FROM bill WHERE id = {bill}",
    "the hash itself": "UPDATE journal SET hash = zeroblob(32) WHERE ref = {bill}",
    "the kind of entry": "UPDATE journal SET kind = 'note' WHERE ref = {bill}",
    "the entry it names": "UPDATE bill SET entry = entry + 1 WHERE id = {bill}",
    "the bill it points to": "UPDATE journal SET ref = ref + 1 WHERE ref = {bill}",
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("seq", [1, 2, 4], ids=["first", "middle", "last"])
def test_a_changed_bill_is_found(books: sqlite3.Connection, change: str, seq: int) -> None:
    bill = books.execute("SELECT id FROM bill WHERE number = ?", (f"S01T126-{seq:06d}",)).fetchone()[0]
    books.execute(CHANGES[change].format(bill=bill, line=bill << 9 | 2, tender=bill << 9 | 1))
    (n,) = books.execute("SELECT n FROM journal WHERE ref IN (?, ?)", (bill, bill + 1)).fetchone()
    found = breaks(books)
    assert found
    assert found[0].startswith(f"journal entry {n} ")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bill SET number = 'none'",
        "UPDATE bill SET customer = '{'",
        "UPDATE bill SET customer = '[]'",
        "UPDATE bill SET redemptions = '{\"coupon\":{}}'",
        "UPDATE bill_line SET rest = 'null and void'",
        "UPDATE bill_line SET rest = '{\"parts\":[{}]}'",
        "UPDATE tender SET type = 'shells'",
    ],
)
def test_a_bill_that_no_longer_makes_sense_is_found_like_any_other(
    books: sqlite3.Connection, change: str
) -> None:
    """A sentence for each, and the walk goes on: a nightly check must not end in a traceback."""
    books.execute(change)
    assert len(breaks(books)) == 4


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET body = replace(body, 'left', 'lost') WHERE kind = 'cancelled'",
        "UPDATE journal SET body = body || ' ' WHERE kind = 'cancelled'",
        "UPDATE journal SET kind = 'reprint' WHERE kind = 'cancelled'",
        "UPDATE journal SET at = '2026-11-22T10:00:00+05:30' WHERE kind = 'cancelled'",
        "UPDATE journal SET at = '2026-11-22T10:00:00+05:30' WHERE kind = 'bill' AND n = 2",
    ],
    ids=["words", "spaces", "kind", "time", "time of a bill's entry"],
)
def test_a_changed_entry_is_found(books: sqlite3.Connection, change: str) -> None:
    books.execute(change)
    assert breaks(books)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_a_missing_entry_is_found(books: sqlite3.Connection, n: int) -> None:
    books.execute("DELETE FROM journal WHERE n = ?", (n,))
    assert breaks(books)[0] == f"journal entry {n} is missing"


def test_an_entry_cut_off_at_the_end_is_found_while_its_bill_stands(books: sqlite3.Connection) -> None:
    """The chain alone cannot miss its own tail, but here is a bill that no entry vouches for."""
    books.execute("DELETE FROM journal WHERE n = 6")
    assert breaks(books)


def test_a_bill_slipped_in_without_an_entry_is_found(books: sqlite3.Connection) -> None:
    books.execute("CREATE TEMP TABLE forged AS SELECT * FROM bill WHERE number = 'S01T126-000004'")
    books.execute("UPDATE forged SET id = id + 1, number = 'S01T126-000005'")
    books.execute("INSERT INTO bill SELECT * FROM forged")
    assert breaks(books)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (1, 6)])
def test_swapped_entries_are_found(books: sqlite3.Connection, one: int, other: int) -> None:
    books.execute("UPDATE journal SET n = -1 WHERE n = ?", (one,))
    books.execute("UPDATE journal SET n = ? WHERE n = ?", (one, other))
    books.execute("UPDATE journal SET n = ? WHERE n = -1", (other,))
    assert breaks(books)


def test_an_entry_written_in_later_is_found(books: sqlite3.Connection) -> None:
    content = canonical({"number": "S01T126-000002", "by": "nobody"})
    n, head = journal.head(books)
    entry = hashlib.sha256(head + b"reprint\0" + content).digest()
    books.execute("UPDATE journal SET n = n + 1 WHERE n = ?", (n,))
    books.execute("INSERT INTO journal VALUES (?, 'reprint', 0, ?, ?, ?)", (n, AT, content.decode(), entry))
    assert breaks(books)


def test_only_the_last_entries_are_walked_when_asked(books: sqlite3.Connection) -> None:
    books.execute("UPDATE bill SET due_minor = 1 WHERE number = 'S01T126-000001'")
    assert breaks(books, 5) == []
    assert len(breaks(books, 6)) == 1


def test_an_entry_keeps_its_words_and_the_next_follows_its_hash(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.transaction() as tx:
        first = journal.append(tx, "clock", AT, {"jump_s": -3600, "text": "घड़ी"})
        second = journal.append(tx, "drawer", AT, {"reason": "change"})
    rows = store.connection.execute("SELECT n, kind, at, body, hash FROM journal ORDER BY n").fetchall()
    assert [(n, kind, at) for n, kind, at, _, _ in rows] == [(1, "clock", AT), (2, "drawer", AT)]
    assert json.loads(rows[0][3]) == {"jump_s": -3600, "text": "घड़ी"}
    assert [(n, entry) for n, _, _, _, entry in rows] == [first, second]
    assert journal.head(store.connection) == second
    assert breaks(store.connection) == []
    store.close()


def test_the_receipts_mark_is_the_head_of_the_bills_hash(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    closed = stores.complete(store, stores.covered_sale("one"))
    n, head = journal.head(store.connection)
    store.close()
    assert n == 1
    assert closed.chain_mark == head.hex()[:8]


def test_a_copy_carries_the_same_mark_as_the_original(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    closed = []
    for number in range(3):
        closed.append(stores.complete(store, stores.covered_sale(f"sale-{number}")))
        with store.transaction() as tx:
            journal.append(tx, "drawer", AT, {"reason": "change"})
    assert [journal.mark(store.connection, one.bill_id) for one in closed] == [
        one.chain_mark for one in closed
    ]
    assert len({one.chain_mark for one in closed}) == 3
    assert journal.mark(store.connection, 4711) == ""
    store.close()
