"""Members known from before: found by the identifier they were found by, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.sale.basket import Customer, CustomerBill, CustomerCoupon
from agent.store import members
from agent.store.opening import FILE_NAME, Store, open_store
from tests.rig.damage import write_past_rules

ASHA = Customer(
    mobile="919812345678",
    email="asha@example.com",
    card="9900000000017",
    firstname="Ashalatha",
    tier="Gold",
    points_milli=120_000,
    coupons=(CustomerCoupon("ASHA50"),),
    bills=(CustomerBill("B-1", "", 1),),
    known_at="2026-11-20T10:00:00+05:30",
)
NAMES = [("mobile", ASHA.mobile), ("email", ASHA.email), ("card", ASHA.card)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def keep(store: Store, names: list[tuple[str, str]], member: Customer = ASHA, at_ms: int = 1000) -> None:
    with store.transaction() as tx:
        members.keep(tx, names, member, at_ms)


def erase(store: Store, before_ms: int, most: int, limit: int = 50) -> int:
    with store.transaction() as tx:
        return members.erase(tx, before_ms, most, limit)


@pytest.mark.parametrize(("kind", "value"), NAMES)
def test_a_member_is_found_by_each_identifier_with_that_one_alone(
    store: Store, kind: str, value: str
) -> None:
    """A card may be somebody else's by now: it must not bring the old owner's phone number onto a bill."""
    keep(store, NAMES)
    found = members.recall(store.connection, kind, value)
    nobody = replace(ASHA, mobile="", email="", card="", coupons=(), bills=())
    assert found == replace(nobody, **{kind: value})  # type: ignore[arg-type]


def test_nobody_is_found_by_anything_else(store: Store) -> None:
    keep(store, NAMES)
    assert members.recall(store.connection, "card", ASHA.mobile) is None
    assert members.recall(store.connection, "mobile", ASHA.mobile[:-1]) is None


@pytest.mark.parametrize("sealed", [None, 7, 1 << 60, "text"])
def test_a_damaged_row_is_as_good_as_none_and_the_check_tells_it(tmp_path: Path, sealed: object) -> None:
    store = open_store(tmp_path)
    keep(store, NAMES[:1])
    store.close()
    write_past_rules(tmp_path / FILE_NAME, "member", "UPDATE member SET sealed = ?", sealed)
    store = open_store(tmp_path)
    assert members.recall(store.connection, *NAMES[0]) is None
    (who,) = store.connection.execute("SELECT who FROM member").fetchone()
    assert not members.is_whole(store.connection, who)
    store.close()


def test_the_files_tell_neither_names_nor_identifiers(store: Store) -> None:
    keep(store, NAMES)
    for _ in range(2):
        raw = b"".join(path.read_bytes() for path in store.path.parent.iterdir())
        assert [
            text for text in (ASHA.mobile, ASHA.email, ASHA.card, ASHA.firstname) if text.encode() in raw
        ] == []
        store.checkpoint()


def test_a_member_found_again_is_known_as_found_last(store: Store) -> None:
    keep(store, NAMES[:1])
    keep(store, NAMES[:1], replace(ASHA, points_milli=5000), 2000)
    found = members.recall(store.connection, *NAMES[0])
    assert found is not None
    assert found.points_milli == 5000


def test_the_oldest_go_when_there_are_too_many_and_the_rest_when_their_time_is_over(store: Store) -> None:
    for number in range(10):
        keep(store, [("card", str(number))], at_ms=number)
    assert erase(store, before_ms=0, most=7) == 3
    assert [members.recall(store.connection, "card", str(n)) is None for n in (2, 3)] == [True, False]
    assert erase(store, before_ms=5, most=7) == 2
    assert erase(store, before_ms=100, most=7, limit=2) == 2
    assert erase(store, before_ms=100, most=7) == 3
    assert erase(store, before_ms=100, most=7) == 0


def test_a_member_nobody_knows_any_more_is_forgotten(store: Store) -> None:
    keep(store, NAMES)
    with store.transaction() as tx:
        members.forget(tx, *NAMES[0])
    assert members.recall(store.connection, *NAMES[0]) is None
    assert members.recall(store.connection, *NAMES[1]) is not None
