"""Stores to test with: opened in passing, sold into, and read back whole."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from agent.sale import events as e
from agent.sale.basket import Bill, Product, Sale, TenderType
from agent.sale.closing import close
from agent.sale.totals import Pricing
from agent.store import delivery, outbox, sales
from agent.store.opening import Store, open_store
from tests.rig.papers import AT, SERIES, closing
from tests.rig.shopping import replayed

REPOSITORY = Path(__file__).parents[2]
PRICING = Pricing()
LAST = sales.Recorded(99, AT, "", e.Completed())


@contextmanager
def temporary_store() -> Iterator[Store]:
    """A new store that is gone afterwards; for tests that need one for each example, so it does not sync."""
    with tempfile.TemporaryDirectory() as directory:
        store = open_store(Path(directory), synchronous=0)
        try:
            yield store
        finally:
            store.close()


def goods_events(lines: int, text: str = "of the demo") -> list[e.Event]:
    """A sale of that many different lines, paid in cash, one event each."""
    scans: list[e.Event] = [
        e.ItemAdded(
            Product(
                f"SKU{no}", f"Product number {no} {text}", 4500 + no, 1800, "1905", gtin="08901234567894"
            ),
            1000,
            4500 + no,
            "8901234567894",
        )
        for no in range(1, lines + 1)
    ]
    return [*scans, e.NotInterested("no"), e.TenderBegun(), e.TenderAdded(TenderType.CASH, 9_000_000_00)]


def covered_sale(sale_id: str, lines: int = 1, text: str = "of the demo") -> Sale:
    """Such a sale, ready for its bill."""
    return replayed(goods_events(lines, text), PRICING, sale_id)


def complete(
    store: Store,
    sale: Sale,
    calls: Sequence[outbox.Entry] = (),
    *,
    series: str = SERIES,
    last: sales.Recorded = LAST,
) -> sales.Closed:
    """Turn a covered sale into a bill in a transaction of its own."""
    with store.transaction() as tx:
        return sales.complete(
            tx,
            series,
            last,
            lambda seq: close(sale, closing(seq, series), PRICING),
            lambda _: calls,
            now_ms=1,
        )


def complete_bill(store: Store, bill: Bill, key: str = "") -> sales.Closed:
    """Write a bill made up by a test, under the number it has, as the completion of a sale."""
    with store.transaction() as tx:
        last = sales.Recorded(1, bill.at, key, e.Completed())
        return sales.complete(tx, bill.series, last, lambda _: bill, lambda _: (), now_ms=1)


def call(
    op: str = "transaction_add", *, key: str = "k", size: int = 10, after: int | None = None
) -> outbox.Entry:
    """A call for the outbox with a request of that many bytes, packed to about as little as a real one."""
    noise = Random(size).randbytes(size * 26 // 100)
    return outbox.Entry(op, "919812345678", key, noise + b"x" * (size - len(noise)), after)


def begin(connection: sqlite3.Connection, row_id: int, now_ms: int) -> bool:
    """An attempt at a row as it stands."""
    row = outbox.row(connection, row_id)
    return row is not None and bool(delivery.begin(connection, [row], now_ms))


def contents(connection: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table: two equal pictures are two equal stores."""
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    ]
    return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables}


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
