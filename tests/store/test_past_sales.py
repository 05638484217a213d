"""Past sales do not slow the till down: what it asks while selling reads no more for many than for few."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.sale import events as e
from agent.store import bills, delivery, journal, outbox, sales, spool
from agent.store.opening import Store, open_store
from agent.store.sales import Recorded
from tests.rig import stores
from tests.rig.papers import AT, SERIES

FEW, MANY = 300, 30_000
LINES = 10
GROWING = ("bill", "bill_line", "tender", "journal", "printed", "sent")


def grow(connection: sqlite3.Connection, start: int, end: int) -> None:
    """Copies of bill number 1 as start..end, printed and sent, by the quickest way SQLite has."""
    connection.execute("BEGIN")
    connection.execute("CREATE TEMP TABLE seq (n INTEGER PRIMARY KEY)")
    connection.execute(
        "WITH RECURSIVE c(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM c WHERE n < ?)"
        " INSERT INTO seq SELECT n FROM c",
        (start, end),
    )
    base = (1 << 32) | 1
    own = {
        "bill": {
            "id": "1 << 32 | n",
            "number": f"printf('{SERIES}-%06d', n)",
            "sale_id": "'past-' || n",
            "request_key": "'key-' || n",
            "entry": "n",
        },
        "bill_line": {"id": "(1 << 32 | n) << 9 | (id & 511)"},
        "tender": {"id": "(1 << 32 | n) << 9 | (id & 511)"},
        "journal": {"n": "seq.n", "ref": "1 << 32 | seq.n"},
        "printed": {"id": "n", "bill_id": "1 << 32 | n"},
        "sent": {"id": "n", "bill_id": "1 << 32 | n"},
    }
    ranges = {
        "bill": f"id = {base}",
        "bill_line": f"id >> 9 = {base}",
        "tender": f"id >> 9 = {base}",
        "journal": "t.n = 1",
        "printed": "id = 1",
        "sent": "id = 1",
    }
    for table in GROWING:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(own[table].get(column, f"t.{column}") for column in columns)
        connection.execute(
            f"INSERT INTO {table} SELECT {values} FROM {table} AS t, seq WHERE {ranges[table]}"
        )
    connection.execute("DROP TABLE seq")
    connection.execute("COMMIT")


def make(directory: Path, count: int) -> Store:
    store = open_store(directory)
    closed = stores.complete(store, stores.covered_sale("first", LINES), [stores.call(size=2300)])
    with store.transaction() as tx:
        spool.end(tx, closed.print_job, "confirmed", AT)
        delivery.done(tx, closed.queued[0], "ref", 2)
        sales.tidy(tx)
    grow(store.connection, 2, count)
    # What is open at the moment is the same however many sales lie behind.
    with store.transaction() as tx:
        for seq, event in enumerate(stores.goods_events(3)[:3], 1):
            sales.record(tx, "open", Recorded(seq, AT, "", event))
        spool.add_copy(tx, 1 << 32 | 1, AT)
        outbox.add(tx, [stores.call(), stores.call(after=0)], bill_id=1 << 32 | 1, now_ms=1)
    store.checkpoint()
    return store


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    """A young till and an old one that are otherwise alike."""
    few, many = (make(tmp_path_factory.mktemp("till"), count) for count in (FEW, MANY))
    yield few, many
    few.close()
    many.close()


Question = Callable[[sqlite3.Connection, int], Any]
QUESTIONS: dict[str, Question] = {
    "the next number": lambda tx, _: bills.upcoming(tx, SERIES),
    "the first number of a new series": lambda tx, _: bills.upcoming(tx, f"{SERIES}C"),
    "a series": lambda tx, _: bills.series_id(tx, SERIES),
    "a new bill by number": lambda tx, count: bills.find(tx, f"{SERIES}-{count:06d}"),
    "an old bill by number": lambda tx, _: bills.find(tx, f"{SERIES}-000001"),
    "no bill": lambda tx, _: bills.find(tx, f"{SERIES}-900000"),
    "a whole bill": lambda tx, count: bills.load(tx, 1 << 32 | count // 2),
    "the newest bills": lambda tx, _: bills.newest(tx, 20),
    "the journal's head": lambda tx, _: journal.head(tx),
    "the mark of an old bill": lambda tx, _: journal.mark(tx, 1 << 32 | 1),
    "the journal's tail": lambda tx, _: list(journal.verify(tx, 100)),
    "the open sale": lambda tx, _: sales.open_sales(tx),
    "open print jobs": lambda tx, _: spool.open_jobs(tx),
    "the paper of a new bill": lambda tx, count: spool.state_of(tx, 1 << 32 | count),
    "the paper of an old bill": lambda tx, _: spool.state_of(tx, 1 << 32 | 1),
    "what waits for the cloud": lambda tx, _: outbox.waiting(tx),
    "the next call": lambda tx, _: outbox.rows(tx, limit=1),
    "one call": lambda tx, count: outbox.row(tx, count + 1),
    "a copy": lambda tx, _: spool.add_copy(tx, 1 << 32 | 1, AT),
    "a call more": lambda tx, _: outbox.add(tx, [stores.call()], now_ms=1),
    "a call done": lambda tx, count: delivery.done(tx, count + 1, "ref", 2),
    "a job done": lambda tx, count: spool.end(tx, count + 1, "confirmed", AT),
    "an entry": lambda tx, _: journal.append(tx, "drawer", AT, {}),
    "an event": lambda tx, _: sales.record(tx, "open", Recorded(9, AT, "", e.NotInterested("no"))),
    "a cancellation": lambda tx, _: sales.cancel(tx, "open", Recorded(9, AT, "", e.Cancelled("left")), 0),
    "tidying": lambda tx, _: sales.tidy(tx),
    "a restart of the spool": lambda tx, _: spool.after_restart(tx),
    "a completion": lambda tx, _: sales.complete(
        tx,
        SERIES,
        stores.LAST,
        lambda seq: stores.close(stores.covered_sale("new", LINES), stores.closing(seq), stores.PRICING),
        lambda _: [stores.call(size=2300)],
        now_ms=1,
    ),
}


def steps(store: Store, question: Question, count: int) -> tuple[int, list[str]]:
    """How many instructions SQLite's machine took for an answer, and the statements that it ran."""
    taken, said, tx = [0], list[str](), store.connection

    def step() -> int:
        taken[0] += 1
        return 0

    tx.execute("BEGIN IMMEDIATE")
    tx.set_progress_handler(step, 1)
    tx.set_trace_callback(said.append)
    try:
        question(tx, count)
    finally:
        tx.set_progress_handler(None, 0)
        tx.set_trace_callback(None)
        tx.execute("ROLLBACK")
    return taken[0], said


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_old_till_works_no_more_for_an_answer_than_a_young_one(
    two: tuple[Store, Store], name: str
) -> None:
    """A hundred times the sales, the same number of steps but for a few."""
    (few, _), (many, said) = (
        steps(store, QUESTIONS[name], count) for store, count in zip(two, (FEW, MANY), strict=True)
    )
    assert few > 0
    assert many <= few * 1.1 + 20, plans(two[1].connection, said)


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_answer_walks_a_table_that_only_grows(two: tuple[Store, Store], name: str) -> None:
    """The query plans say so too. Walking backwards from the newest entry, up to a limit, is no walk."""
    _, said = steps(two[1], QUESTIONS[name], MANY)
    for statement in said:
        if re.search(r"ORDER BY (j\.)?n DESC LIMIT", statement):
            continue
        for line in plans(two[1].connection, [statement]):
            assert not re.search(rf"SCAN ({'|'.join(GROWING)}|[bj])\b", line), statement


def plans(connection: sqlite3.Connection, statements: list[str]) -> list[str]:
    """The plan of each statement that has one."""
    return [
        row[3]
        for statement in statements
        if re.match(r"(SELECT|INSERT|UPDATE|DELETE)", statement)
        for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]
