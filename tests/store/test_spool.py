"""The spool: a job's life from queued to proven, and what a restart makes of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.store import spool
from agent.store.opening import Store, open_store
from tests.rig import stores
from tests.rig.papers import AT

BILL = 1 << 32 | 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def add(store: Store, bill_id: int = BILL) -> int:
    with store.transaction() as tx:
        return spool.add(tx, bill_id, AT)


def job(store: Store, job_id: int) -> spool.Job:
    return next(job for job in spool.open_jobs(store.connection) if job.id == job_id)


def test_a_job_waits_is_sent_and_ends_with_the_printers_proof(store: Store) -> None:
    job_id = add(store)
    assert job(store, job_id) == spool.Job(job_id, BILL, 0, "queued", 0, 0, "", AT)
    with store.transaction() as tx:
        assert spool.begin(tx, job_id, "counter")
        assert not spool.begin(tx, job_id, "back"), "another printer has it"
    assert job(store, job_id) == spool.Job(job_id, BILL, 0, "sending", 1, 0, "", AT, "counter")
    with store.transaction() as tx:
        assert spool.end(tx, job_id, "confirmed", "later")
    assert spool.open_jobs(store.connection) == []
    assert store.connection.execute("SELECT * FROM printed").fetchall() == [
        (job_id, BILL, 0, "confirmed", 1, AT, "later", "counter")
    ]
    assert spool.state_of(store.connection, BILL) == (job_id, "confirmed")


@pytest.mark.parametrize("state", ["queued", "held", "unknown"])
def test_an_attempt_may_end_without_a_result(store: Store, state: str) -> None:
    job_id = add(store)
    with store.transaction() as tx:
        spool.begin(tx, job_id)
        spool.leave(tx, job_id, state, 812, "कागज़ खत्म")
    assert job(store, job_id) == spool.Job(job_id, BILL, 0, state, 1, 812, "कागज़ खत्म", AT)
    with store.transaction() as tx:
        spool.begin(tx, job_id)
    if state == "unknown":
        assert job(store, job_id).attempts == 1, "what may be on paper is never sent again as it is"
        return
    assert job(store, job_id).attempts == 2
    assert job(store, job_id).handed_over == 0, "a new attempt starts with the first byte"


@pytest.mark.parametrize("state", ["confirmed", "sent", "answered-yes", "answered-no"])
def test_every_way_to_end_is_kept(store: Store, state: str) -> None:
    job_id = add(store)
    with store.transaction() as tx:
        assert spool.end(tx, job_id, state, AT)
    assert spool.state_of(store.connection, BILL) == (job_id, state)


def test_a_job_ends_once(store: Store) -> None:
    job_id = add(store)
    with store.transaction() as tx:
        assert spool.end(tx, job_id, "confirmed", AT)
        assert not spool.end(tx, job_id, "answered-no", AT)
        assert not spool.end(tx, 4711, "confirmed", AT)
    assert spool.state_of(store.connection, BILL) == (job_id, "confirmed")


@pytest.mark.parametrize("state", ["confirmed", "", "done"])
def test_a_state_that_does_not_exist_cannot_be_written(store: Store, state: str) -> None:
    """An open job is never "confirmed": it would be neither printed again nor known to be finished."""
    job_id = add(store)
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as tx:
        spool.leave(tx, job_id, state, 0, "")
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as tx:
        spool.end(tx, job_id, "perhaps", AT)
    assert job(store, job_id).state == "queued"


def test_after_a_restart_what_was_being_sent_is_unknown_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    jobs = {state: add(store) for state in ("queued", "held", "unknown", "sending", "confirmed")}
    with store.transaction() as tx:
        for state in ("held", "unknown"):
            spool.leave(tx, jobs[state], state, 5, "words")
        spool.begin(tx, jobs["sending"])
        spool.end(tx, jobs["confirmed"], "confirmed", AT)
    store.close()
    store = open_store(tmp_path)
    with store.transaction() as tx:
        assert spool.after_restart(tx) == 1
    found = {one.id: (one.state, one.attempts) for one in spool.open_jobs(store.connection)}
    assert found == {
        jobs["queued"]: ("queued", 0),
        jobs["held"]: ("held", 0),
        jobs["unknown"]: ("unknown", 0),
        jobs["sending"]: ("unknown", 1),
    }
    assert "stopped" in job(store, jobs["sending"]).text
    with store.transaction() as tx:
        assert spool.after_restart(tx) == 0
    store.close()


def test_open_jobs_come_in_the_order_they_were_queued(store: Store) -> None:
    jobs = [add(store, BILL + index % 2) for index in range(12)]
    assert [one.id for one in spool.open_jobs(store.connection)] == jobs == sorted(jobs)


def test_there_is_one_original_and_copies_are_counted_over_all_jobs(store: Store) -> None:
    original = add(store)
    add(store, BILL + 1)
    with store.transaction() as tx:
        first = spool.add_copy(tx, BILL, AT)
        spool.end(tx, original, "confirmed", AT)
        second = spool.add_copy(tx, BILL, AT)
        spool.end(tx, second, "sent", AT)
        spool.end(tx, first, "answered-no", AT)
        third = spool.add_copy(tx, BILL, AT)
    assert job(store, third).copy == 3
    copies = store.connection.execute("SELECT id, copy FROM printed ORDER BY id").fetchall()
    assert copies == [(original, 0), (first, 1), (second, 2)]


def test_a_copy_of_a_bill_that_was_never_printed_is_still_a_copy(store: Store) -> None:
    with store.transaction() as tx:
        job_id = spool.add_copy(tx, BILL, AT)
    assert job(store, job_id).copy == 1


def test_the_state_of_a_bill_is_that_of_its_newest_job(store: Store) -> None:
    assert spool.state_of(store.connection, BILL) == (0, "none")
    original = add(store)
    assert spool.state_of(store.connection, BILL) == (original, "queued")
    with store.transaction() as tx:
        spool.end(tx, original, "confirmed", AT)
        copy = spool.add_copy(tx, BILL, AT)
    assert spool.state_of(store.connection, BILL) == (copy, "queued")
    with store.transaction() as tx:
        spool.end(tx, copy, "answered-no", AT)
    assert spool.state_of(store.connection, BILL) == (copy, "answered-no")
    assert spool.state_of(store.connection, BILL + 1) == (0, "none")


def test_a_number_of_a_finished_job_is_not_given_again(store: Store) -> None:
    """An answer that arrives late must not meet another job under the same number."""
    seen: list[int] = []
    for _ in range(3):
        seen.append(add(store))
        with store.transaction() as tx:
            spool.end(tx, seen[-1], "confirmed", AT)
        assert spool.open_jobs(store.connection) == []
    assert seen == sorted(set(seen))


def test_each_completed_sale_has_one_original(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    closed = [stores.complete(store, stores.covered_sale(f"sale-{number}")) for number in range(3)]
    assert [(one.id, one.bill_id, one.copy) for one in spool.open_jobs(store.connection)] == [
        (one.print_job, one.bill_id, 0) for one in closed
    ]
    store.close()


def test_what_was_withdrawn_was_in_no_printer(store: Store) -> None:
    held, unknown = add(store), add(store, BILL + 1)
    with store.transaction() as tx:
        spool.begin(tx, held, "counter")
        spool.leave(tx, held, "held", 0, "no paper", "counter")
        assert spool.withdraw(tx, held, AT)
        assert not spool.withdraw(tx, held, AT)
        assert spool.state_of(tx, BILL) == (held, "answered-no")
        assert not spool.may_hold_unseen(tx)
        spool.begin(tx, unknown, "counter")
        spool.end(tx, unknown, "answered-no", AT)
        assert spool.may_hold_unseen(tx)


def test_what_an_older_copy_of_the_store_had_to_print_may_be_in_a_printer(store: Store) -> None:
    job_id = add(store)
    with store.transaction() as tx:
        spool.unsure(tx)
        spool.end(tx, job_id, "answered-no", AT)
        assert spool.may_hold_unseen(tx)


def test_a_printer_writes_nothing_of_a_job_that_another_has(store: Store) -> None:
    job_id = add(store)
    with store.transaction() as tx:
        assert spool.leave(tx, job_id, "held", 0, "no paper", "counter"), "nobody has it"
        assert spool.begin(tx, job_id, "back")
        assert not spool.leave(tx, job_id, "held", 0, "no paper", "counter")
        assert spool.leave(tx, job_id, "unknown", 40, "cover", "back")
        assert not spool.leave(tx, job_id, "held", 0, "no paper", "counter")
    assert job(store, job_id) == spool.Job(job_id, BILL, 0, "unknown", 1, 40, "cover", AT, "back")


def test_a_job_whose_row_is_damaged_is_named_and_the_next_one_goes_on(store: Store) -> None:
    bad, good = add(store), add(store)
    (sql,) = store.connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'spool'").fetchone()
    path = store.path
    store.close()
    for loose in (sql.replace("attempts    INTEGER NOT NULL", "attempts INTEGER"), sql):
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("PRAGMA writable_schema = ON")
            raw.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'spool'", (loose,))
        with closing(sqlite3.connect(path)) as raw, raw:
            if loose != sql:
                raw.execute("UPDATE spool SET attempts = NULL WHERE id = ?", (bad,))
    again = open_store(path.parent)
    try:
        assert [one.id for one in spool.open_jobs(again.connection)] == [good]
        assert spool.broken(again.connection) == [bad]
    finally:
        again.close()
