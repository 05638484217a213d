"""What becomes of calls beside an answer: taken back, hurried, overtaken, doubted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.sale.queue_terms import OVERTAKEN
from agent.store import delivery, outbox
from agent.store.opening import Store, open_store
from tests.rig import stores


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def add(store: Store, *entries: outbox.Entry) -> list[int]:
    with store.transaction() as tx:
        return outbox.add(tx, entries, now_ms=1000)


def detail(op: str, chain: str = "c") -> outbox.Entry:
    return outbox.Entry(op, chain, "k", b"{}")


def test_an_attempt_of_which_no_byte_left_never_was(store: Store) -> None:
    fresh, tried = add(store, stores.call(), stores.call())
    with store.transaction() as tx:
        stores.begin(tx, tried, 2000)
        delivery.later(tx, tried, 2500, "timeout", "late", "unknown")
        for row_id in (fresh, tried):
            stores.begin(tx, row_id, 3000)
            delivery.untried(tx, row_id)
            delivery.untried(tx, row_id)
    rows = {row.id: (row.state, row.attempts, row.first_ms) for row in outbox.rows(store.connection)}
    assert rows == {fresh: ("ready", 0, 0), tried: ("ready", 1, 2000)}


def test_what_waits_for_its_own_next_try_is_due_now_and_nothing_else_is_touched(store: Store) -> None:
    ready, unknown, flying, parked, due = add(store, *[stores.call()] * 5)
    with store.transaction() as tx:
        for row_id in (unknown, flying):
            stores.begin(tx, row_id, 1100)
        for row_id, state in ((ready, "ready"), (unknown, "unknown"), (parked, "ready"), (due, "ready")):
            delivery.later(tx, row_id, 5000 if row_id == due else 9000, "timeout", "late", state)
        delivery.park(tx, parked, "604", "no")
        assert delivery.hurry(tx, 5000) == [ready, unknown]
    rows = {row.id: (row.state, row.due_ms) for row in outbox.rows(store.connection)}
    assert rows == {
        ready: ("ready", 5000),
        unknown: ("unknown", 5000),
        flying: ("inflight", 1000),
        parked: ("parked", 9000),
        due: ("ready", 5000),
    }


def follows(store: Store) -> dict[int, int]:
    return {row.id: row.follows for row in outbox.rows(store.connection)}


def test_of_what_the_cloud_knows_newer_details_only_calls_about_details_are_overtaken(store: Store) -> None:
    enrolment, update, bill, other = add(
        store, detail("customer_add"), detail("customer_update"), stores.call(), detail("customer_update")
    )
    with store.transaction() as tx:
        assert delivery.overtake(tx, [enrolment, update, bill, 4711]) == [enrolment, update]
    assert follows(store) == {enrolment: OVERTAKEN, update: OVERTAKEN, bill: 0, other: 0}


def test_a_change_that_is_done_overtakes_those_before_it_and_is_followed_by_those_after_it(
    store: Store,
) -> None:
    before, done, after, bill, another = add(
        store,
        detail("customer_add"),
        detail("customer_update"),
        detail("customer_update"),
        outbox.Entry("transaction_add", "c", "k", b"{}"),
        detail("customer_update", "another"),
    )
    with store.transaction() as tx:
        delivery.done(tx, done, "", 2000)
    assert follows(store) == {before: OVERTAKEN, after: 1, bill: 0, another: 0}
    with store.transaction() as tx:
        delivery.done(tx, before, "", 3000)
    assert follows(store)[after] == 1
    (later,) = add(store, detail("customer_update"))
    with store.transaction() as tx:
        delivery.done(tx, later, "", 4000)
    assert follows(store)[after] == OVERTAKEN


def test_in_an_older_store_what_is_to_be_sent_may_have_been_and_what_a_person_has_stays(store: Store) -> None:
    _ready, flying, unknown, parked = add(store, *[stores.call()] * 4)
    with store.transaction() as tx:
        stores.begin(tx, flying, 1100)
        delivery.later(tx, unknown, 1200, "timeout", "late", "unknown")
        delivery.park(tx, parked, "604", "no")
        delivery.unsure(tx)
    assert [row.state for row in outbox.rows(store.connection)] == ["unknown", "unknown", "unknown", "parked"]


def test_a_call_being_sent_at_a_restart_is_not_asked_about_before_its_time(store: Store) -> None:
    soon, late, _waiting = add(store, *[stores.call()] * 3)
    with store.transaction() as tx:
        delivery.later(tx, late, 9000, "timeout", "late", "ready")
        for row_id in (soon, late):
            stores.begin(tx, row_id, 1100)
        assert delivery.after_restart(tx, 5000) == 2
    assert [(row.state, row.due_ms) for row in outbox.rows(store.connection)] == [
        ("unknown", 5000),
        ("unknown", 9000),
        ("ready", 1000),
    ]
