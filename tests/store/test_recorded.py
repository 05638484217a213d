"""Stores that earlier code recorded by selling: opened by today's code they say what they said then."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.sale.events import KINDS
from agent.store import outbox
from agent.store.migration import SCHEMA_VERSION
from agent.store.opening import Store, open_store
from agent.store.order_key import key_old
from tests.store.recorded import record
from tests.store.recorded.told import differences, told

RECORDED = [1, 2, 3, 4]


def known(schema: int) -> dict[str, Any]:
    """What was told of a store when it was recorded."""
    return dict(json.loads((record.HERE / f"schema_{schema}.json").read_text("utf-8")))


def restored(schema: int, directory: Path) -> None:
    """The recorded store with its key, as it lay on the disk."""
    sql = (record.HERE / f"schema_{schema}.sql").read_text("utf-8")
    told_of = known(schema)
    record.restore(sql, directory, told_of.get("test_key", ""), told_of.get("test_mark", ""))


@pytest.fixture(params=RECORDED, ids="schema_{}".format)
def schema(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def store(schema: int, tmp_path: Path) -> Iterator[Store]:
    """It, opened by today's code and so of today's schema."""
    restored(schema, tmp_path)
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def test_every_schema_is_recorded() -> None:
    assert list(range(1, SCHEMA_VERSION + 1)) == RECORDED


def test_a_recorded_store_says_what_it_said(schema: int, store: Store) -> None:
    """The open sale, the bills, the journal's chain, the calls byte for byte, the paper and all that is
    sealed."""
    beside = ("test_key", "test_mark", "order")
    expected = {name: item for name, item in known(schema).items() if name not in beside}
    if schema == 1:
        # What schema 2 does on purpose: what is kept of calls that are done names nobody.
        assert expected["sent"][2][3] == "coupon_redeem:FLAT100A:ST01T126-000001"
        expected["sent"][2][3] = "coupon_redeem:4294967297"
    found = list(differences(expected, told(store)))
    assert not found, "\n".join(found)
    assert told(store)["breaks"] == []


def test_what_the_agent_tidies_in_an_old_store_changes_no_call_and_no_bill(schema: int, store: Store) -> None:
    key_old(store)
    with store.transaction() as tx:
        outbox.seal_old(tx, 100)
    after = told(store)
    names = ("bills", "outbox", "open_sales", "journal")
    assert not list(differences({name: known(schema)[name] for name in names}, after))


def test_the_outbox_goes_in_the_order_that_was_written_down(schema: int, store: Store) -> None:
    assert record.order(store) == known(schema)["order"]


def test_a_migrated_store_has_the_tables_of_a_new_one(store: Store, tmp_path: Path) -> None:
    new = open_store(tmp_path / "new")
    assert _layout(store.connection) == _layout(new.connection)
    new.close()


AFTER_THE_RECORDING = {"CodeSent", "LineRestored"}
"""Kinds of event that were not there yet; on_disk.json pins them."""


def test_the_recordings_hold_something_of_everything() -> None:
    """Every kind of event, kind of bill, state and operation, or a change would pass unseen."""
    two = known(2)
    events = {kind for sale in two["open_sales"] for *_, kind in sale["events"]}
    assert events | {"Completed", "Cancelled"} | AFTER_THE_RECORDING == set(KINDS)
    assert {bill["kind"] for bill in two["bills"]} == {"sale", "return", "mixed"}
    assert {row["state"] for row in two["outbox"]} == {"ready", "inflight", "unknown", "parked"}
    assert {row["op"] for row in two["outbox"]} == {
        *("customer_add", "customer_update", "transaction_add", "transaction_return", "transaction_update"),
        *("points_redeem", "points_reverse", "coupon_redeem", "coupon_reactivate"),
    }
    assert {job["state"] for job in two["spool"]} == {"queued", "held", "unknown"}
    assert all(two[name] for name in ("waived", "pin_tries", "members", "facts", "sent", "printed"))


def test_since_schema_4_lines_say_how_they_came_and_before_nobody_knows() -> None:
    def entries(schema: int) -> list[tuple[str, str, str] | None]:
        lines = [line for bill in known(schema)["bills"] for line in bill["lines"] if not line.get("back")]
        told = [line.get("entry") for line in lines]
        return [one and (one["method"], one["scanner"], one["quantity"]) for one in told]

    assert {*entries(1), *entries(2), *entries(3)} == {None}
    ways = {one[:2] for one in entries(4) if one}
    assert {method for method, _ in ways} == {"scanned", "keyed", "picked"}
    assert all(bool(scanner) == (method == "scanned") for method, scanner in ways)


def _layout(connection: sqlite3.Connection) -> dict[str, str]:
    """The schema's own words, whatever the space between them."""
    found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {name: " ".join(sql.split()) for name, sql in found}
