"""Erasing in quiet moments, with a clock that runs as fast as the test wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.cloud.erasure import Erasure
from agent.cloud.member_cache import MemberCache, from_before
from agent.language.language import in_english
from agent.loyalty.line.transport import Transport
from agent.sale.basket import Customer
from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.store import bills, delivery, journal, members, sales
from agent.store.errors import RowDamaged, StoreFull, StoreReadOnly
from agent.store.opening import FILE_NAME
from tests.loyalty.simulated import simulated, till_options
from tests.rig.desk import AsideAtOnce, questions_over, till
from tests.rig.papers import AT
from tests.rig.till import RigTill
from tests.store.test_sealing import ASHA, sell_to

DAY = timedelta(days=1)
UNASKED: dict[str, Any] = {
    **dict.fromkeys(("mobile", "email", "external_id", "firstname", "lastname", "birthday", "gender"), ""),
    "loyalty": True,
    "sms": None,
    "mail": None,
    "fields": {},
}


class Box(RigTill):
    """A till's store and clock, and its quiet moments."""

    synchronous = 0

    def serve(self) -> None:
        self.erasure = Erasure(self.till, lambda: True, keep_days=30, member_cache=3)

    def sold(self, count: int) -> list[sales.Closed]:
        return [sell_to(self.store, ASHA, f"sale-{number}") for number in range(count)]

    def delivered(self, closed: list[sales.Closed]) -> None:
        with self.store.transaction() as tx:
            sales.tidy(tx)
            for one in closed:
                delivery.done(tx, one.queued[0], "ref", 2)

    def customers(self) -> int:
        return int(self.store.connection.execute("SELECT count(*) FROM bill_customer").fetchone()[0])

    def erased(self) -> list[str]:
        rows = self.store.connection.execute("SELECT body FROM journal WHERE kind = 'erased' ORDER BY n")
        return [str(body) for (body,) in rows]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    made.at = datetime.fromisoformat(AT)
    yield made
    made.close()


def test_customers_of_delivered_bills_go_after_their_window_in_small_steps(box: Box) -> None:
    closed = box.sold(70)
    box.delivered(closed[:-1])
    blob = box.store.connection.execute("SELECT sealed FROM bill_customer").fetchone()[0]
    box.at += 30 * DAY
    box.erasure.tidy()
    assert box.customers() == 70
    assert box.erased() == []
    box.at += DAY
    left = []
    for _ in range(4):
        box.erasure.tidy()
        left.append(box.customers())
    assert left == [20, 1, 1, 1], "the last one's bill has not been heard of"
    day = (box.at.date() - 30 * DAY).isoformat()
    assert box.erased() == [f'{{"before":"{day}","customers":{count}}}' for count in (50, 19)]
    assert list(journal.verify(box.store.connection)) == []
    assert bills.load(box.store.connection, closed[-1].bill_id) == closed[-1].bill
    raw = b"".join(path.read_bytes() for path in box.store.path.parent.glob(f"{FILE_NAME}*"))
    assert blob not in raw, "neither in the file nor in its log"


def test_a_bill_delivered_late_is_erased_then(box: Box) -> None:
    closed = box.sold(1)
    box.at += 90 * DAY
    box.erasure.tidy()
    assert box.customers() == 1
    box.delivered(closed)
    box.at += timedelta(minutes=11)
    box.erasure.tidy()
    assert box.customers() == 0


def test_quiet_moments_look_once_in_ten_minutes_and_a_clock_set_back_does_not_stop_them(box: Box) -> None:
    box.at += 31 * DAY
    box.erasure.tidy()
    closed = box.sold(1)
    box.delivered(closed)
    box.erasure.tidy()
    assert box.customers() == 1
    box.at += timedelta(minutes=9)
    box.erasure.tidy()
    assert box.customers() == 1
    box.at -= timedelta(hours=1)
    box.erasure.tidy()
    assert box.customers() == 0


def test_the_cache_is_bounded_and_forgets(box: Box) -> None:
    for number in range(5):
        with box.store.transaction() as tx:
            members.keep(tx, [("card", str(number))], ASHA, int(box.at.timestamp() * 1000) + number)

    def known() -> list[int]:
        return [n for n in range(5) if members.recall(box.store.connection, "card", str(n))]

    box.erasure.tidy()
    assert known() == [2, 3, 4]
    box.at += 31 * DAY
    box.erasure.tidy()
    box.erasure.tidy()
    assert known() == []


def test_who_was_only_enrolled_here_takes_no_place_of_a_member_the_cloud_told_of(tmp_path: Path) -> None:
    bala = Customer(mobile="919000000002", firstname="Bala", known_at=AT)
    nina = Customer(mobile="919000000002", firstname="Nina", known_at=AT, source="enrolled")
    with till(tmp_path, kind=AsideAtOnce) as made:
        known_here = made.agent.cloud.members
        known_here.remember(bala)
        known_here.remember_enrolled(nina)
        known = known_here.recall("mobile", nina.mobile)
        assert (known and known.firstname) == "Bala"
        for name in ("Omna", "Omana"):
            known_here.remember_enrolled(replace(nina, mobile="919000000066", firstname=name))
        known = known_here.recall("mobile", "919000000066")
        assert (known and known.firstname) == "Omana", "what was typed last"


@contextmanager
def asked(directory: Path, **switches: Any) -> Iterator[tuple[Any, CloudWorld]]:
    """A till's questions, with what is remembered, to a fresh simulated cloud."""
    with simulated(**switches) as cloud, till(directory, kind=AsideAtOnce) as made:
        options = till_options(cloud, question_budget_s=10.0)
        transport = Transport(options)
        yield questions_over(made.agent, transport, options), cloud.world
        transport.close()


def offline(asking: Any, world: CloudWorld, kind: str, value: str) -> str:
    """The first name of whom a search finds while the cloud is away."""
    fault = world.faults.add("away")
    found = asking.customer(kind, value)
    world.faults.clear(fault.id)
    assert found.outcome == "offline"
    return str(found.value.firstname)


def test_a_number_that_was_replaced_here_finds_the_member_no_more(tmp_path: Path) -> None:
    with asked(tmp_path, mobile_updates=True, email_updates=True) as (asking, world):
        bala = asking.customer("mobile", "9000000002").value
        assert offline(asking, world, "mobile", "9000000002") == "Bala"
        typed = UNASKED | {"mobile": "90000 00078", "email": bala.email, "firstname": "Bala"}
        moved = asking.update(bala, typed)
        assert moved.outcome == "ok"
        assert offline(asking, world, "mobile", "9000000002") == ""
        assert offline(asking, world, "mobile", "9000000078") == "Bala"
        assert offline(asking, world, "email", bala.email) == "Bala"
        wrote = asking.update(moved.value, UNASKED | {"email": "Bala.New@example.com"})
        assert wrote.outcome == "ok"
        assert offline(asking, world, "email", bala.email) == ""
        assert offline(asking, world, "email", "bala.new@example.com") == "Bala"


def test_what_was_heard_before_a_change_is_not_written_after_it(tmp_path: Path) -> None:
    """Two threads write what is remembered, and either may come first."""
    late: list[Any] = []
    with till(tmp_path) as made:
        known_here = MemberCache(made.agent.till, late.append)
        known_here.remember(Customer(mobile="919000000002", firstname="Bala", known_at=AT))
        after = Customer(mobile="919000000078", firstname="Bala", known_at=AT)
        known_here.remember(after, replaced=[("mobile", "919000000002")])
        for work in reversed(late):
            work()
        assert known_here.recall("mobile", "919000000002") is None
        assert known_here.recall("mobile", "919000000078")


def test_what_a_full_disk_did_not_take_is_remembered_with_the_next(tmp_path: Path) -> None:
    with till(tmp_path) as made:
        connection = made.agent.store.connection
        known_here = MemberCache(made.agent.till, lambda work: work())
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        tried: list[str] = []
        with pytest.raises(StoreFull):
            for number in range(200):
                tried.append(f"9190000{number:05d}")
                known_here.remember(Customer(mobile=tried[-1], firstname="Bala" * 200, known_at=AT))
        assert known_here.recall("mobile", tried[-1]) is None
        connection.execute("PRAGMA max_page_count = 100000")
        known_here.remember(Customer(mobile="919000000078", firstname="Asha", known_at=AT))
        assert known_here.recall("mobile", tried[-1])
        assert known_here.recall("mobile", "919000000078")


def test_an_erased_member_is_forgotten_once_a_full_disk_has_room_whoever_comes_next(tmp_path: Path) -> None:
    """The cloud tells it once; nobody may ask for that member again before the cloud is away."""
    with till(tmp_path) as made:
        connection = made.agent.store.connection
        known_here = MemberCache(made.agent.till, lambda work: work())
        known_here.remember(Customer(mobile="919000000078", firstname="Asha", known_at=AT))
        connection.execute("PRAGMA query_only = 1")
        with pytest.raises(StoreReadOnly):
            known_here.forget("mobile", "919000000078", erased=True)
        with pytest.raises(StoreReadOnly):
            known_here.tidy()
        assert known_here.recall("mobile", "919000000078")
        connection.execute("PRAGMA query_only = 0")
        known_here.tidy()
        assert known_here.recall("mobile", "919000000078") is None


def test_what_cannot_be_written_at_all_is_said_and_holds_up_nothing_behind_it(tmp_path: Path) -> None:
    with till(tmp_path) as made:
        known_here = MemberCache(made.agent.till, lambda work: work())
        with pytest.raises(RowDamaged, match="does not fit together"):
            known_here.remember(Customer(mobile="919000000077"), replaced=[("mobile",)])  # type: ignore[list-item]
        known_here.remember(Customer(mobile="919000000078", firstname="Asha", known_at=AT))
        assert known_here.recall("mobile", "919000000078")


def test_a_number_the_organisation_does_not_let_go_still_finds_the_member(tmp_path: Path) -> None:
    with asked(tmp_path) as (asking, world):
        bala = asking.customer("mobile", "9000000002").value
        asking.update(bala, UNASKED | {"mobile": "9000000078", "lastname": "Other"})
        assert offline(asking, world, "mobile", "9000000002") == "Bala"


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=20), "a moment ago"),
        (timedelta(seconds=-20), "a moment ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5, minutes=59), "5 hours ago"),
        (timedelta(days=3, hours=7), "3 days ago"),
    ],
)
def test_the_age_is_told_in_words(before: timedelta, words: str) -> None:
    now = datetime.fromisoformat(AT)
    member = Customer(firstname="Asha", source="cache", known_at=(now - before).isoformat())
    assert in_english(from_before(member, now)) == f"Asha is known from {words}; points may have changed."
