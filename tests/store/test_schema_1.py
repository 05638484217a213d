"""A store of schema 1, which kept people in clear: read as it was, sealed where rows may change."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from agent.sale import events as e
from agent.sale.basket import Bill, Customer
from agent.sale.closing import close
from agent.sale.plain_data import canonical, to_plain
from agent.store import bills, customers, delivery, journal, migration, outbox, sales
from agent.store.migration import APPLICATION_ID
from agent.store.opening import FILE_NAME, open_store
from agent.store.reading import Reading
from agent.store.sealing import Vault
from tests.rig import papers, stores
from tests.rig.papers import AT

ASHA = Customer(mobile="919812345678", firstname="Ashalatha")
CALL = outbox.Row(1, "customer_add", "chain", 0, 0, "key", b"919812345678", "ready", 0, 0, 5, "", "", 5)


@pytest.fixture
def old(tmp_path: Path) -> Bill:
    """Schema 1 with a bill of a member, a call and an open sale, as the release before wrote them."""
    connection = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    connection.execute("PRAGMA journal_mode = wal")
    for statement in migration.statements(
        resources.files("agent.store").joinpath("schema", "v1.sql").read_text("utf-8")
    ):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    bill = close(
        replace(stores.covered_sale("one"), customer=ASHA, not_interested_reason=""),
        papers.closing(1),
        stores.PRICING,
    )
    # What this version asks at every sale, and schema 1 had not.
    connection.execute("CREATE TEMP TABLE bill_customer (sale_id TEXT)")
    series = bills.series_id(connection, bill.series)
    # The row as schema 1 had it: the customer in it, and a hash over all of it.
    bill_id, _ = bills.insert(connection, replace(bill, customer=None), series, "key")
    (trigger,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'bill_stays'").fetchone()
    connection.execute("DROP TRIGGER bill_stays")
    connection.execute("UPDATE bill SET customer = ?", (canonical(to_plain(bill.customer)).decode(),))
    connection.execute(trigger)
    journal.vouch(connection, "bill", bill.at, canonical(to_plain(bill)), ref=bill_id)
    fields = CALL._replace(payload=zlib.compress(CALL.payload))
    values = [getattr(fields, name) for name in outbox.Row._fields if name not in ("unsure", "follows")]
    connection.execute(f"INSERT INTO outbox VALUES ({', '.join('?' * len(values))})", values)
    body = canonical(e.event_to_plain(e.CustomerSet(ASHA))).decode()
    connection.execute("INSERT INTO event VALUES ('open', 1, ?, '', ?)", (AT, body))
    for row_id, op, key, told in (
        (7, "coupon_redeem", "coupon_redeem:ASHA-50:B-1", "83146"),
        (8, "customer_add", "key-8", "user-77"),
    ):
        connection.execute(
            "INSERT INTO sent VALUES (?, ?, ?, ?, x'00', 1, 5, 6, ?)", (row_id, op, bill_id, key, told)
        )
    connection.close()
    return bill


def test_everything_is_read_as_it_was(tmp_path: Path, old: Bill) -> None:
    store = open_store(tmp_path)
    assert bills.load(store.connection, 1 << 32 | 1) == old
    assert outbox.rows(store.connection) == [CALL]
    assert sales.open_sales(store.connection) == {"open": [sales.Recorded(1, AT, "", e.CustomerSet(ASHA))]}
    assert list(journal.verify(store.connection)) == []
    store.close()


def test_what_waits_is_seen_before_this_version_has_ever_opened_the_store(tmp_path: Path, old: Bill) -> None:
    """An agent that does not start after its update must not hide the queue from whoever mends it."""
    reading = Reading(tmp_path / FILE_NAME, Vault(None))
    (row,) = reading.queue()
    payload = reading.request(CALL.id)
    reading.close()
    assert (row["id"], row["op"], row["state"]) == (CALL.id, CALL.op, CALL.state)
    assert payload == b"919812345678"


def test_new_bills_follow_in_the_same_chain_by_the_new_rule(tmp_path: Path, old: Bill) -> None:
    store = open_store(tmp_path)
    closed = stores.complete(store, replace(stores.covered_sale("two"), customer=ASHA))
    assert list(journal.verify(store.connection)) == []
    rows = [row[0] for row in store.connection.execute("SELECT customer FROM bill ORDER BY id")]
    store.close()
    assert [customers.is_digest(row) for row in rows] == [False, True]
    assert closed.bill.seq == old.seq + 1


def test_what_was_sent_names_nobody_any_more(tmp_path: Path, old: Bill) -> None:
    store = open_store(tmp_path)
    kept = store.connection.execute("SELECT id, idem_key, server_ref FROM sent ORDER BY id").fetchall()
    bill_id = store.connection.execute("SELECT min(id) FROM bill").fetchone()[0]
    store.close()
    assert kept == [(7, f"coupon_redeem:{bill_id}", "83146"), (8, "key-8", "")]


def test_an_old_bill_stays_as_it_is_for_ever(tmp_path: Path, old: Bill) -> None:
    """Its hash covers its customer: to erase it would be to break the chain."""
    store = open_store(tmp_path)
    with store.transaction() as tx:
        delivery.done(tx, 1, "ref", 1)
        assert customers.erase(tx, "9999-12-31", 50) == 0
    assert bills.load(store.connection, 1 << 32 | 1) == old
    store.close()


def test_calls_are_sealed_one_small_step_after_another(tmp_path: Path, old: Bill) -> None:
    store = open_store(tmp_path)
    with store.transaction() as tx:
        assert outbox.seal_old(tx, 50) == 1
        assert outbox.seal_old(tx, 50) == 0
    (stored,) = store.connection.execute("SELECT payload FROM outbox").fetchone()
    assert zlib.compress(CALL.payload) not in stored
    assert outbox.rows(store.connection) == [CALL]
    store.close()
