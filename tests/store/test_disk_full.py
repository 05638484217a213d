"""A disk full or failing at every place where a completion writes: the whole sale or nothing of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from agent.sale import events as e
from agent.store import journal, sales
from agent.store.errors import StoreFull
from agent.store.opening import Store, open_store
from agent.store.sales import Recorded
from tests.rig import seats, stores
from tests.rig.papers import AT

NO_LIMIT = 2**31 - 2
EVERY_TABLE = {"bill", "bill_line", "tender", "journal", "spool", "outbox", "event"}


def pages(store: Store) -> int:
    return int(store.connection.execute("PRAGMA page_count").fetchone()[0])


def limit(store: Store, count: int) -> None:
    """The file may have that many pages and no more: SQLite answers as on a full disk."""
    store.connection.execute(f"PRAGMA max_page_count = {count}")


def test_no_room_for_any_page_that_a_large_bill_needs(tmp_path: Path) -> None:
    """One page more at each try: every place where the completion takes a page is the first to fail once."""
    store = open_store(tmp_path)
    stores.complete(store, stores.covered_sale("before"))
    sale = stores.covered_sale("large", 200, "with a long name " * 5)
    calls = [stores.call(key="one", size=20_000), stores.call(key="two", size=9000, after=0)]
    before, start = stores.contents(store.connection), pages(store)
    refused = 0
    while True:
        limit(store, start + refused)
        try:
            closed = stores.complete(store, sale, calls)
            break
        except StoreFull as error:
            assert "disk is full" in error.text
            assert stores.contents(store.connection) == before
            refused += 1
    assert refused > 5
    assert pages(store) == start + refused
    assert closed.bill.seq == 2
    after = stores.contents(store.connection)
    assert [len(after[table]) for table in ("bill", "bill_line", "outbox")] == [2, 201, 2]
    assert list(journal.verify(store.connection)) == []
    store.close()


def test_no_room_at_any_statement_of_a_completion(tmp_path: Path) -> None:
    """Small sales until each table in turn was the one that needed a new page; selling goes on in between."""
    store = open_store(tmp_path)
    said: list[str] = []
    failed_at: set[str] = set()
    for number in range(1, 1000):
        sale = stores.covered_sale(f"sale-{number:04d}")
        before = stores.contents(store.connection)
        for extra in range(100):
            limit(store, pages(store) + extra)
            store.connection.set_trace_callback(said.append)
            try:
                closed = stores.complete(store, sale, [stores.call(size=500)])
                break
            except StoreFull:
                store.connection.set_trace_callback(None)
                inserts = [found[1] for text in said if (found := re.match(r"INSERT INTO (\w+)", text))]
                failed_at.add(inserts[-1])
                assert stores.contents(store.connection) == before
        said.clear()
        assert closed.bill.seq == number
        if failed_at >= EVERY_TABLE:
            break
    limit(store, NO_LIMIT)
    assert failed_at - {"series"} == EVERY_TABLE
    assert list(journal.verify(store.connection)) == []
    store.close()


@pytest.mark.parametrize(
    "event", [e.ItemAdded(stores.Product("X", "x" * 5000, 1, 0), 1000, 1), e.Cancelled("x" * 9000)]
)
def test_no_room_for_an_event_or_a_cancellation(tmp_path: Path, event: e.Event) -> None:
    store = open_store(tmp_path)
    with store.transaction() as tx:
        sales.record(tx, "open", Recorded(1, AT, "", stores.goods_events(1)[0]))
    before = stores.contents(store.connection)
    limit(store, pages(store))

    def write() -> None:
        with store.transaction() as tx:
            if isinstance(event, e.Cancelled):
                sales.cancel(tx, "open", Recorded(2, AT, "", event), 0)
            else:
                sales.record(tx, "open", Recorded(2, AT, "", event))

    with pytest.raises(StoreFull):
        write()
    assert stores.contents(store.connection) == before
    limit(store, NO_LIMIT)
    write()
    assert stores.contents(store.connection) != before
    store.close()


def in_trouble(tmp_path: Path, *injections: str) -> tuple[dict[str, int], list[str]]:
    """How a seller fared under strace with these failures put in, and the calls that were made to fail."""
    open_store(tmp_path / "store").close()
    log = tmp_path / "calls"
    options = [option for injection in injections for option in ("-e", f"inject={injection}")]
    command = seats.traced(log, "-e", "trace=pwrite64,fdatasync", *options)
    tally = json.loads(seats.run([*command, *seats.seller("sell_in_trouble", tmp_path / "store", 150)]))
    return tally, [line for line in log.read_text().splitlines() if "(INJECTED)" in line]


def test_no_room_at_any_write_to_the_disk(tmp_path: Path) -> None:
    """Every 23rd write finds the disk full: a completion makes fewer, so each of its places has its turn."""
    tally, failed = in_trouble(tmp_path, "pwrite64:error=ENOSPC:when=100+23")
    assert len(failed) > 50
    assert any("till.db-wal>" in line for line in failed)
    assert tally["full"] > 50
    assert tally["sold"] > 20
    assert (tally["half"], tally["breaks"], tally["broken"]) == (0, 0, 0)


@pytest.mark.parametrize("failure", ["fdatasync:error=EIO:when=9+5", "pwrite64:error=EIO:when=100+41"])
def test_a_disk_that_fails_is_named_broken_and_read_again(tmp_path: Path, failure: str) -> None:
    """After an I/O error only the disk knows what is on it; whatever that is, the sale is whole or absent."""
    tally, failed = in_trouble(tmp_path, failure)
    assert len(failed) > 10
    assert tally["broken"] > 10
    assert tally["sold"] > 10
    assert (tally["half"], tally["breaks"]) == (0, 0)


def on_tiny_disk(directory: Path, size: str, *arguments: object) -> Any:
    return json.loads(seats.run(seats.on_tiny_disk(directory, size, seats.seller(*arguments))))


@pytest.mark.parametrize("size", ["600k", "900k", "2m"])
def test_a_really_full_disk_keeps_every_sale_and_sells_again_once_there_is_room(
    tmp_path: Path, size: str
) -> None:
    found = on_tiny_disk(tmp_path, size, "until_full", tmp_path)
    assert found["refusal"] == StoreFull.__name__
    assert found["sold"] == found["bills"] > 0
    assert found["next"] == found["sold"] + 1
    assert found["breaks"] == []


@pytest.mark.parametrize("room", [0, 4096, 12_288, 32_768, 65_536])
def test_a_disk_too_full_to_open_on_is_called_full(tmp_path: Path, room: int) -> None:
    """Whatever SQLite was about to write when the room ran out, its shared memory file included."""
    assert on_tiny_disk(tmp_path, "1m", "open_with_room", tmp_path, room) == StoreFull.__name__
