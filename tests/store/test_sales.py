"""The open sale survives the process, and a completed one is all there or not at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sale import events as e
from agent.sale.basket import Bill, Customer, Sale
from agent.sale.closing import close
from agent.sale.state_machine import apply
from agent.store import bills, journal, key_value, outbox, sales, spool
from agent.store.errors import Fault
from agent.store.high_water import MARK_NAME
from agent.store.keys import KEY_NAME
from agent.store.opening import FILE_NAME, Store, open_store
from agent.store.sales import Recorded
from tests.rig import papers, stores
from tests.rig.papers import AT, SERIES
from tests.rig.shopping import History, covered, histories, replayed


def record(store: Store, sale_id: str, events: Sequence[e.Event], first: int = 1) -> list[Recorded]:
    """Each event in a transaction of its own, as the till does it."""
    written = [Recorded(seq, AT, f"key-{seq}", event) for seq, event in enumerate(events, first)]
    for one in written:
        with store.transaction() as tx:
            sales.record(tx, sale_id, one)
    return written


def as_after_a_kill(store: Store, directory: Path) -> Store:
    """The store as a process killed now would leave it: its files copied while it is still open."""
    for name in (KEY_NAME, MARK_NAME):
        shutil.copy(store.path.with_name(name), directory)
    for suffix in ("", "-wal"):
        # By another process: SQLite's locks do not survive this one opening and closing the file itself.
        subprocess.run(["cp", f"{store.path}{suffix}", str(directory / f"{FILE_NAME}{suffix}")], check=True)
    return open_store(directory)


# --- the open sale ----------------------------------------------------------------------------------


@settings(max_examples=30)
@given(histories(closed=False) | covered(), st.data())
def test_a_sale_interrupted_anywhere_is_there_again_at_the_same_step(
    history: History, data: st.DataObject
) -> None:
    step = data.draw(st.integers(0, len(history.events)))
    before = history.events[:step]
    with stores.temporary_store() as store, tempfile.TemporaryDirectory() as name:
        written = record(store, "sale-1", before)
        again = as_after_a_kill(store, Path(name))
        found = sales.open_sales(again.connection)
        again.close()
    assert found == ({"sale-1": written} if written else {})
    sale = Sale("sale-1")
    for one in found.get("sale-1", []):
        sale = apply(sale, one.event, history.pricing)
    assert sale == replayed(before, history.pricing)


def test_an_orderly_stop_keeps_the_open_sale_too(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    written = record(store, "sale-1", stores.goods_events(3))
    store.close()
    store = open_store(tmp_path)
    assert sales.open_sales(store.connection) == {"sale-1": written}
    store.close()


def test_more_than_nine_events_keep_their_order(tmp_path: Path) -> None:
    """Ten sorts before nine as text, and the eleventh scan is where one would notice."""
    store = open_store(tmp_path)
    written = record(store, "sale-1", stores.goods_events(30))
    assert sales.open_sales(store.connection)["sale-1"] == written
    store.close()


def test_one_step_of_a_sale_is_written_once(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    record(store, "sale-1", stores.goods_events(1))
    with pytest.raises(stores.sqlite3.IntegrityError):
        record(store, "sale-1", [e.LineVoided(1)], first=1)
    assert len(sales.open_sales(store.connection)["sale-1"]) == 4
    store.close()


# --- completing -------------------------------------------------------------------------------------


def test_a_completed_sale_leaves_everything_at_once(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    record(store, "sale-1", stores.goods_events(3))
    calls = [stores.call(key="one"), stores.call("points_redeem", key="two", after=0)]
    closed = stores.complete(store, stores.covered_sale("sale-1", 3), calls)
    tx = store.connection
    assert closed.bill.number == "S01T126-000001"
    assert list(closed.queued) == [row.id for row in outbox.rows(tx)]
    assert bills.load(tx, closed.bill_id) == closed.bill
    assert [(job.id, job.bill_id, job.copy, job.state) for job in spool.open_jobs(tx)] == [
        (closed.print_job, closed.bill_id, 0, "queued")
    ]
    assert [(row.op, row.bill_id) for row in outbox.rows(tx)] == [
        ("transaction_add", closed.bill_id),
        ("points_redeem", closed.bill_id),
    ]
    assert list(journal.verify(tx)) == []
    assert tx.execute("SELECT kind, ref, body FROM journal").fetchall() == [("bill", closed.bill_id, "")]
    assert sales.open_sales(tx) == {}
    store.close()


def test_a_sale_killed_right_after_its_bill_is_not_open_again(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    record(store, "sale-1", stores.goods_events(1))
    closed = stores.complete(store, stores.covered_sale("sale-1"))
    (tmp_path / "copy").mkdir()
    again = as_after_a_kill(store, tmp_path / "copy")
    assert sales.open_sales(again.connection) == {}
    assert bills.load(again.connection, closed.bill_id) == closed.bill
    again.close()
    store.close()


@settings(max_examples=25)
@given(st.lists(covered(max_events=4), min_size=1, max_size=3))
def test_any_sales_complete_to_the_bills_their_closing_makes(made: list[History]) -> None:
    with stores.temporary_store() as store:
        for seq, history in enumerate(made, 1):
            sold = replace(history.sale, id=f"sale-{seq}")
            bill = close(sold, papers.closing(seq), history.pricing)
            with store.transaction() as tx:
                closed = sales.complete(
                    tx,
                    SERIES,
                    Recorded(1000 + seq, AT, "", e.Completed()),
                    lambda number, sale=sold, pricing=history.pricing: close(  # type: ignore[misc]
                        sale, papers.closing(number), pricing
                    ),
                    lambda _: (),
                    now_ms=1,
                )
            assert closed.bill == bill
            assert bills.load(store.connection, closed.bill_id) == bill
        assert list(journal.verify(store.connection)) == []


@pytest.mark.parametrize("where", ["closing", "calls", "last event"])
def test_a_completion_that_fails_burns_no_number_and_leaves_nothing(tmp_path: Path, where: str) -> None:
    store = open_store(tmp_path)
    record(store, "sale-1", stores.goods_events(1))
    sale = stores.covered_sale("sale-1")
    before = stores.contents(store.connection)

    def closing(seq: int) -> Bill:
        return close(sale, papers.closing(seq * (0 if where == "closing" else 1)), stores.PRICING)

    def calls(bill: Bill) -> Sequence[outbox.Entry]:
        return [stores.call(after=5 if where == "calls" else None)]

    last = Recorded(1 if where == "last event" else 99, AT, "", e.Completed())
    with pytest.raises((Fault, IndexError, stores.sqlite3.IntegrityError)), store.transaction() as tx:
        sales.complete(tx, SERIES, last, closing, calls, now_ms=1)
    assert stores.contents(store.connection) == before
    assert stores.complete(store, sale).bill.seq == 1
    store.close()


# --- cancelling, tidying ----------------------------------------------------------------------------


def test_a_cancelled_sale_uses_no_number_and_is_told_in_the_journal(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert stores.complete(store, stores.covered_sale("sale-1")).bill.seq == 1
    record(store, "sale-2", stores.goods_events(2)[:2])
    with store.transaction() as tx:
        sales.cancel(tx, "sale-2", Recorded(3, AT, "", e.Cancelled("left the shop")), 9100)
    assert stores.complete(store, stores.covered_sale("sale-3")).bill.seq == 2
    tx = store.connection
    assert tx.execute("SELECT count(*) FROM bill").fetchone()[0] == 2
    kind, body = tx.execute("SELECT kind, body FROM journal WHERE n = 2").fetchone()
    assert kind == "cancelled"
    assert body == '{"amount_minor":9100,"reason":"left the shop","sale_id":"sale-2"}'
    assert [job.bill_id for job in spool.open_jobs(tx)] == [1 << 32 | 1, 1 << 32 | 2]
    assert sales.open_sales(tx) == {}
    assert list(journal.verify(tx)) == []
    store.close()


def test_of_a_sale_set_aside_the_journal_has_what_names_nobody(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    member = Customer(mobile="919812345678", firstname="Asha")
    record(store, "sale-1", [stores.goods_events(1)[0], e.CustomerSet(member)])
    written = [body for (body,) in store.connection.execute("SELECT body FROM event ORDER BY seq")]
    with store.transaction() as tx:
        sales.set_aside(tx, "sale-1", AT)
    kind, body = store.connection.execute("SELECT kind, body FROM journal").fetchone()
    told = json.loads(body)
    assert (kind, told["sale_id"]) == ("set-aside", "sale-1")
    assert [(seq, event) for seq, _, event in told["events"]] == [(1, written[0]), (2, "sealed")]
    assert "919812345678" not in body
    assert sales.begun(store.connection) == []
    store.close()


def test_tidying_drops_the_events_of_closed_sales_only(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    record(store, "paid", stores.goods_events(2))
    stores.complete(store, stores.covered_sale("paid", 2))
    record(store, "left", stores.goods_events(1))
    with store.transaction() as tx:
        sales.cancel(tx, "left", Recorded(99, AT, "", e.Cancelled("left")), 0)
    kept = record(store, "open", stores.goods_events(2))
    other = stores.contents(store.connection)
    with store.transaction() as tx:
        assert sales.tidy(tx) == 2
    assert sales.open_sales(store.connection) == {"open": kept}
    found = stores.contents(store.connection)
    assert {row[0] for row in found.pop("event")} == {"open"}
    other.pop("event")
    assert found == other
    with store.transaction() as tx:
        assert sales.tidy(tx) == 0
    assert sales.left_over(store.connection)
    assert list(journal.verify(store.connection)) == []
    store.close()


def test_events_of_a_closed_sale_are_left_over_until_tidied(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert not sales.left_over(store.connection)
    stores.complete(store, stores.covered_sale("paid"))
    assert sales.left_over(store.connection)
    with store.transaction() as tx:
        assert sales.tidy(tx) == 1
    assert not sales.left_over(store.connection)
    store.close()


def test_an_event_that_only_mentions_its_end_is_not_the_end(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    record(store, "open", [*stores.goods_events(1)[:1], e.NotInterested('{"kind":"Completed"}')])
    with store.transaction() as tx:
        assert sales.tidy(tx) == 0
    assert len(sales.open_sales(store.connection)["open"]) == 2
    store.close()


def test_facts_are_remembered_and_overwritten(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert key_value.load(store.connection, "breaker") == ""
    for value in ("open", "half open", "शुरू"):
        with store.transaction() as tx:
            key_value.save(tx, "breaker", value)
    store.close()
    store = open_store(tmp_path)
    assert key_value.load(store.connection, "breaker") == "शुरू"
    assert key_value.load(store.connection, "other") == ""
    store.close()
