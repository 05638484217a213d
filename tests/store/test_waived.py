"""What a person took out of the outbox: it leaves once, whole, without its content, and its id with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.store import delivery, outbox, owed, waived
from agent.store.opening import Store, open_store
from tests.rig import stores

BILL = 1 << 32 | 1
WORD = waived.Word("waived", "2026-11-24T10:00:00+05:30", "Meera", "entered twice", request_key="k")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def add(store: Store, *entries: outbox.Entry) -> list[int]:
    with store.transaction() as tx:
        return outbox.add(tx, entries, bill_id=BILL, now_ms=1000)


def leave(store: Store, row_id: int, word: waived.Word = WORD) -> waived.Waived:
    with store.transaction() as tx:
        found = outbox.row(tx, row_id)
        assert found is not None
        return waived.leave(tx, found, word)


def test_a_waived_call_leaves_its_digest_and_the_word_on_it(store: Store) -> None:
    entry = stores.call(size=500)
    (row_id,) = add(store, entry)
    gone = leave(store, row_id)
    assert outbox.row(store.connection, row_id) is None
    assert waived.find(store.connection, row_id) == gone
    assert (gone.digest, gone.word) == (delivery.digest(store.connection, entry.payload), WORD)
    assert gone.digest != hashlib.sha256(entry.payload).digest(), (
        "what is known of a bill cannot be tried against it"
    )
    assert waived.bills(store.connection) == {BILL}


def test_a_bill_of_which_something_was_settled_lacks_nothing(store: Store) -> None:
    (row_id,) = add(store, stores.call("points_redeem"))
    leave(store, row_id, waived.Word("settled", "2026-11-24T10:00:00+05:30", "Asha", "", "cash", "", 5000))
    assert waived.bills(store.connection) == set()


def test_no_id_is_given_twice_after_a_waive(store: Store) -> None:
    ids = add(store, stores.call(), stores.call())
    leave(store, ids[1])
    assert add(store, stores.call()) == [ids[1] + 1]


def test_an_attempt_begins_only_on_what_the_sender_saw(store: Store) -> None:
    (row_id,) = add(store, stores.call(key="one"))
    seen = outbox.row(store.connection, row_id)
    assert seen is not None
    with store.transaction() as tx:
        delivery.replace_payload(tx, row_id, "two", b"other")
        assert not delivery.begin(tx, [seen], 5)
    with store.transaction() as tx:
        delivery.replace_payload(tx, row_id, "one", b"other")
        assert delivery.begin(tx, [seen], 5)
        assert not delivery.begin(tx, [seen], 5), "it is being sent already"


def test_what_is_gone_or_parked_cannot_begin_nor_be_parked(store: Store) -> None:
    first, second = add(store, stores.call(), stores.call())
    leave(store, first)
    with store.transaction() as tx:
        assert delivery.park(tx, second, "1", "x")
        assert not stores.begin(tx, first, 5)
        assert not stores.begin(tx, second, 5)
        assert not delivery.park(tx, first, "1", "x")


def test_tried_again_means_looked_up_if_it_was_tried_and_never_while_it_is_sent(store: Store) -> None:
    fresh, tried, flying = add(store, stores.call(), stores.call(), stores.call())
    with store.transaction() as tx:
        stores.begin(tx, tried, 5)
        delivery.park(tx, tried, "620", "no")
        stores.begin(tx, flying, 5)
        for row_id in (fresh, tried, flying):
            delivery.again(tx, row_id, 77)
    rows = {row.id: (row.state, row.due_ms, row.attempts) for row in outbox.rows(store.connection)}
    assert rows == {fresh: ("ready", 77, 0), tried: ("unknown", 77, 1), flying: ("inflight", 1000, 1)}


def test_what_was_being_sent_at_the_end_is_unknown_at_the_start(store: Store) -> None:
    first, second = add(store, stores.call(), stores.call())
    with store.transaction() as tx:
        stores.begin(tx, first, 5)
        assert delivery.after_restart(tx, 0) == 1
    assert [row.state for row in outbox.rows(store.connection)] == ["unknown", "ready"]
    assert second > first


def test_dependents_are_those_that_wait_for_this_call_alone(store: Store) -> None:
    ids = add(store, stores.call(), stores.call("points_redeem", after=0), stores.call("customer_add"))
    assert [row.id for row in outbox.dependents(store.connection, ids[0])] == [ids[1]]


@pytest.mark.parametrize(
    ("op", "redemptions", "wanted"),
    [
        ("points_redeem", '{"points":{"points_milli":1000,"value_minor":5000}}', 5000),
        ("coupon_redeem", '{"coupon":{"code":"X"},"coupon_value_minor":2000}', 2000),
        ("coupon_redeem", '{"points":{"value_minor":5000}}', 0),
        ("transaction_add", '{"points":{"value_minor":5000}}', 0),
        ("points_redeem", None, 0),
    ],
)
def test_what_a_redemption_is_worth_stands_on_its_bill(op: str, redemptions: str | None, wanted: int) -> None:
    assert owed.minor(op, redemptions) == wanted
