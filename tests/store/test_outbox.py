"""The outbox: calls wait in order until the cloud has them, and nothing is forgotten or confused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sale.send_rule import NEVER, STRANGER
from agent.store import delivery, outbox
from agent.store.opening import Store, open_store
from tests.rig import stores

BILL = 1 << 32 | 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def add(store: Store, *entries: outbox.Entry, bill_id: int = BILL, now_ms: int = 1000) -> list[int]:
    with store.transaction() as tx:
        return outbox.add(tx, entries, bill_id=bill_id, now_ms=now_ms)


def row(store: Store, row_id: int) -> outbox.Row:
    found = outbox.row(store.connection, row_id)
    assert found is not None
    return found


def test_a_call_waits_exactly_as_it_was_put_in(store: Store) -> None:
    payload = bytes(range(256)) * 9
    (row_id,) = add(store, outbox.Entry("transaction_add", "919812345678", "S01T126-000001", payload))
    assert row(store, row_id) == outbox.Row(
        id=row_id,
        op="transaction_add",
        order_key="919812345678",
        depends_on=0,
        bill_id=BILL,
        idem_key="S01T126-000001",
        payload=payload,
        state="ready",
        attempts=0,
        first_ms=0,
        due_ms=1000,
        code="",
        text="",
        created_ms=1000,
    )


def test_redemptions_point_to_the_call_that_must_be_done_first(store: Store) -> None:
    """The guide's order: points and coupon only after the transaction is acknowledged."""
    add(store, stores.call(), bill_id=BILL - 1)
    ids = add(
        store,
        stores.call("transaction_add"),
        stores.call("points_redeem", after=0),
        stores.call("coupon_redeem", after=0),
        stores.call("customer_update", after=2),
        stores.call("customer_add"),
    )
    assert [one.depends_on for one in outbox.rows(store.connection)][1:] == [0, ids[0], ids[0], ids[2], 0]


def test_a_call_may_belong_to_no_bill(store: Store) -> None:
    with store.transaction() as tx:
        (row_id,) = outbox.add(tx, [stores.call("customer_add")], now_ms=1000)
    assert row(store, row_id).bill_id == 0


def test_nothing_to_send_queues_nothing(store: Store) -> None:
    assert add(store) == []
    assert outbox.waiting(store.connection) == []


def test_calls_come_out_in_the_order_they_went_in(store: Store) -> None:
    ids = [row_id for key in "abcde" for row_id in add(store, stores.call(key=key), stores.call(key=key * 2))]
    rows = outbox.rows(store.connection)
    assert [one.id for one in rows] == ids == sorted(ids)
    assert [one.idem_key for one in rows] == ["a", "aa", "b", "bb", "c", "cc", "d", "dd", "e", "ee"]
    assert [one.id for one in outbox.rows(store.connection, above=ids[3], limit=3)] == ids[4:7]
    assert outbox.rows(store.connection, above=ids[-1]) == []


def test_the_order_and_everything_else_survives_a_restart(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    ids = add(store, stores.call(key="a"), stores.call(key="b", after=0))
    with store.transaction() as tx:
        stores.begin(tx, ids[0], 2000)
    before = outbox.rows(store.connection)
    store.close()
    store = open_store(tmp_path)
    assert outbox.rows(store.connection) == before
    assert before[0].state == "inflight"
    store.close()


def test_attempts_are_counted_and_the_first_is_remembered(store: Store) -> None:
    (row_id,) = add(store, stores.call())
    for now in (2000, 3000, 4000):
        with store.transaction() as tx:
            stores.begin(tx, row_id, now)
        assert row(store, row_id).state == "inflight"
        with store.transaction() as tx:
            delivery.later(tx, row_id, now + 500, "timeout", "no answer within 10 s", "unknown")
    found = row(store, row_id)
    assert (found.attempts, found.first_ms, found.due_ms) == (3, 2000, 4500)
    assert (found.state, found.code, found.text) == ("unknown", "timeout", "no answer within 10 s")


def test_a_call_for_a_person_is_parked_with_its_reason(store: Store) -> None:
    first, second = add(store, stores.call(), stores.call())
    with store.transaction() as tx:
        delivery.park(tx, first, "604", "the cloud has another bill under this number")
    found = row(store, first)
    assert (found.state, found.code, found.text) == (
        "parked",
        "604",
        "the cloud has another bill under this number",
    )
    assert row(store, second).state == "ready"


def test_a_new_key_and_request_replace_the_refused_ones(store: Store) -> None:
    (row_id,) = add(store, stores.call(key="old"))
    before = row(store, row_id)
    with store.transaction() as tx:
        delivery.replace_payload(tx, row_id, "new", b'{"new":1}')
    found = row(store, row_id)
    assert (found.idem_key, found.payload) == ("new", b'{"new":1}')
    assert (found.id, found.order_key, found.created_ms) == (before.id, before.order_key, before.created_ms)


def test_a_call_the_cloud_has_moves_to_sent_with_a_digest_for_its_request(store: Store) -> None:
    first, second = add(store, stores.call(key="one", size=2300), stores.call(key="two"))
    payload = row(store, first).payload
    with store.transaction() as tx:
        stores.begin(tx, first, 2000)
        delivery.done(tx, first, "cloud-77", 3000)
    assert outbox.row(store.connection, first) is None
    assert [one.id for one in outbox.rows(store.connection)] == [second]
    assert store.connection.execute("SELECT * FROM sent").fetchall() == [
        (
            first,
            "transaction_add",
            BILL,
            "one",
            delivery.digest(store.connection, payload),
            1,
            1000,
            3000,
            "cloud-77",
        )
    ]


def test_what_is_kept_of_calls_that_are_done_names_nobody(store: Store) -> None:
    ids = add(
        store,
        stores.call("coupon_redeem", key="coupon_redeem:ASHA-50:B-1"),
        stores.call("customer_add", key="key-1"),
        stores.call("points_redeem", key="points_redeem:ref-P1"),
    )
    with store.transaction() as tx:
        for row_id, told in zip(ids, ("83146", "user-77", "7t4y2a"), strict=True):
            delivery.done(tx, row_id, told, 2000)
    assert store.connection.execute("SELECT idem_key, server_ref FROM sent ORDER BY id").fetchall() == [
        (f"coupon_redeem:{BILL}", "83146"),
        ("key-1", ""),
        ("points_redeem:ref-P1", "7t4y2a"),
    ]


def test_a_call_is_done_once(store: Store) -> None:
    (row_id,) = add(store, stores.call())
    with store.transaction() as tx:
        delivery.done(tx, row_id, "first", 2000)
        delivery.done(tx, row_id, "second", 3000)
        delivery.done(tx, 4711, "never was", 3000)
    assert store.connection.execute("SELECT id, server_ref FROM sent").fetchall() == [(row_id, "first")]


def test_the_id_of_a_call_that_is_done_is_not_given_again(store: Store) -> None:
    """depends_on names rows by id: one that came back as another call would let a redemption go too early."""
    seen: list[int] = []
    for _ in range(3):
        ids = add(store, stores.call(), stores.call("points_redeem", after=0))
        with store.transaction() as tx:
            for row_id in reversed(ids):
                delivery.done(tx, row_id, "ref", 2000)
        assert outbox.rows(store.connection) == []
        seen += ids
    assert seen == sorted(set(seen))


@pytest.mark.parametrize("state", ["done", "", "sent"])
def test_a_state_that_does_not_exist_cannot_be_written(store: Store, state: str) -> None:
    (row_id,) = add(store, stores.call())
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as tx:
        delivery.later(tx, row_id, 0, "", "", state)
    assert row(store, row_id).state == "ready"


def test_what_waits_is_told_with_its_bill_its_age_and_whether_it_needs_a_person(store: Store) -> None:
    first = add(store, stores.call(), stores.call(after=0), now_ms=5000)
    second = add(store, stores.call(), bill_id=0, now_ms=3000)
    with store.transaction() as tx:
        delivery.park(tx, first[1], "8015", "no such customer")
    assert outbox.waiting(store.connection) == [
        (first[0], BILL, 5000, False, "transaction_add"),
        (first[1], BILL, 5000, True, "transaction_add"),
        (second[0], 0, 3000, False, "transaction_add"),
    ]
    with store.transaction() as tx:
        delivery.done(tx, first[0], "ref", 9999)
        delivery.done(tx, first[1], "ref", 9999)
    assert outbox.waiting(store.connection) == [(second[0], 0, 3000, False, "transaction_add")]


def stopped(store: Store, op: str, chain: str, code: str, *, attempts: int = 1) -> int:
    """A call that waits for a person."""
    (row_id,) = add(store, outbox.Entry(op, chain, f"{op}/{chain}/{code}/{attempts}", b"{}"))
    with store.transaction() as tx:
        if attempts:
            stores.begin(tx, row_id, 1100)
        delivery.park(tx, row_id, code, "nobody of that name")
    return row_id


def test_an_enrolment_has_the_bills_of_its_customer_tried_again_and_nothing_else(store: Store) -> None:
    bills = [stopped(store, "transaction_add", "c", code) for code in STRANGER]
    others = [
        *(stopped(store, "transaction_add", "c", code) for code in ("601", "604", NEVER, "")),
        stopped(store, "transaction_update", "c", STRANGER[0]),
        stopped(store, "transaction_return", "c", STRANGER[0]),
        stopped(store, "transaction_add", "another", STRANGER[0]),
    ]
    update, enrolment = add(
        store,
        outbox.Entry("customer_update", "c", "u", b"{}"),
        outbox.Entry("customer_add", "c", "e", b"{}"),
    )
    before = {row_id: row(store, row_id) for row_id in others}
    with store.transaction() as tx:
        assert delivery.done_all(tx, [(b"d", 4000, "", update)]) == []
    with pytest.raises(RuntimeError, match="power"), store.transaction() as tx:
        delivery.done_all(tx, [(b"d", 5000, "", enrolment)])
        raise RuntimeError("power")
    assert {row(store, row_id).state for row_id in bills} == {"parked"}, "both or neither"
    with store.transaction() as tx:
        assert delivery.done_all(tx, [(b"d", 5000, "", enrolment)]) == bills
    told = {(one.state, one.due_ms, one.text) for one in (row(store, row_id) for row_id in bills)}
    assert told == {("unknown", 5000, "Its customer is enrolled now: it goes again by itself.")}
    assert {row_id: row(store, row_id) for row_id in others} == before


STEPS = st.sampled_from(("begin", "ready", "unknown", "park", "done"))


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=4),
    st.lists(st.tuples(STEPS, st.integers(0, 11)), max_size=20),
)
def test_whatever_happens_each_call_is_in_exactly_one_place(
    batches: list[int], steps: list[tuple[str, int]]
) -> None:
    """Waiting or done, never both, never neither; and what waits has kept its key and request."""
    with stores.temporary_store() as store:
        ids: list[int] = []
        for number, size in enumerate(batches):
            ids += add(store, *(stores.call(key=f"{number}/{index}") for index in range(size)))
        requests = {one.id: (one.idem_key, one.payload) for one in outbox.rows(store.connection)}
        for now, (step, index) in enumerate(steps, 2000):
            row_id = ids[index % len(ids)]
            with store.transaction() as tx:
                match step:
                    case "begin":
                        stores.begin(tx, row_id, now)
                    case "park":
                        delivery.park(tx, row_id, "1", "x")
                    case "done":
                        delivery.done(tx, row_id, "ref", now)
                    case state:
                        delivery.later(tx, row_id, now, "1", "x", state)
        waiting = {one.id: (one.idem_key, one.payload) for one in outbox.rows(store.connection)}
        sent = dict(store.connection.execute("SELECT id, idem_key FROM sent").fetchall())
        assert sorted([*waiting, *sent]) == ids
        assert all(requests[row_id] == found for row_id, found in waiting.items())
        assert all(requests[row_id][0] == key for row_id, key in sent.items())
        assert [one[0] for one in outbox.waiting(store.connection)] == list(waiting)


def test_why_a_call_waits_names_nobody_on_the_disk(store: Store) -> None:
    later, parked = add(store, stores.call(), stores.call())
    held = outbox.Entry("transaction_add", "c", "held", b"{}", held=("601", "Too much for Zuzanna."))
    (kept,) = add(store, held)
    with store.transaction() as tx:
        delivery.later(tx, later, 2000, "500", "Zuzanna is being served.", "ready")
        delivery.park(tx, parked, "1016", "It belongs to Zuzanna already.")
    told = [row(store, row_id).text for row_id in (later, parked, kept)]
    assert told == [
        "Zuzanna is being served.",
        "It belongs to Zuzanna already.",
        "Too much for Zuzanna.",
    ]
    stored = [text for (text,) in store.connection.execute("SELECT text FROM outbox")]
    assert len(stored) == 3
    assert not any("Zuzanna" in text for text in stored)
