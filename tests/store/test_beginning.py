"""What is written down when a store is begun again, and which number is the next one."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.store import beginning, bills, delivery, key_value, omitted
from agent.store.errors import RowDamaged
from agent.store.high_water import BLOCK, LastBill, Mark
from agent.store.opening import FILE_NAME, open_store, trouble
from tests.rig.damage import write_past_rules
from tests.rig.papers import AT, SERIES

from .test_high_water import begun, copied, entries, put_back, queued, removed, sell


def next_number(directory: Path, mark: Mark | None, after: dict[str, int]) -> int:
    store = open_store(directory, synchronous=0)
    with store.transaction() as tx:
        beginning.carry_out(tx, beginning.Word(AT, "anna", after), mark, "missing")
    number = bills.upcoming(store.connection, SERIES)
    store.close()
    return number


@pytest.mark.parametrize(
    ("mark", "after", "number"),
    [
        (None, {}, 1),
        (None, {SERIES: 0}, 1),
        (None, {SERIES: 7}, 8),
        (Mark(ceilings={SERIES: 100}), {}, 101),
        (Mark(ceilings={SERIES: 100}), {SERIES: 99}, 101),
        (Mark(ceilings={SERIES: 100}), {SERIES: 101}, 102),
        (Mark(ceilings={"OTHER": 100}), {}, 1),
        (Mark(ceilings={SERIES: 100}, torn=True), {}, 101 + BLOCK),
        (Mark(last=LastBill(SERIES, 5, 1, b"x")), {}, 6),
        (Mark(last=LastBill(SERIES, 5, 1, b"x")), {SERIES: 3}, 6),
        (Mark(ceilings={SERIES: 100}, last=LastBill(SERIES, 101, 1, b"x")), {}, 102),
        (Mark(ceilings={SERIES: 100}, last=LastBill(SERIES, 99, 1, b"x")), {}, 101),
    ],
)
def test_the_next_number_comes_after_all_that_mark_last_bill_and_papers_tell(
    tmp_path: Path, mark: Mark | None, after: dict[str, int], number: int
) -> None:
    """The higher of each; where a place of the ceilings is torn, a block above the one that is left."""
    assert next_number(tmp_path, mark, after) == number


def test_numbers_that_were_left_out_stay_so(tmp_path: Path) -> None:
    assert next_number(tmp_path, None, {SERIES: 40}) == 41
    assert next_number(tmp_path, None, {SERIES: 7}) == 41
    assert next_number(tmp_path, None, {"OTHER": 7}) == 41


@pytest.mark.parametrize(("after", "gaps"), [(2, []), (3, [{"series": SERIES, "from": 3, "to": 3}])])
def test_what_is_left_out_is_written_down_and_nothing_else(
    tmp_path: Path, after: int, gaps: list[dict[str, object]]
) -> None:
    sell(tmp_path, 2)
    assert next_number(tmp_path, None, {SERIES: after}) == after + 1
    store = open_store(tmp_path, synchronous=0)
    assert entries(store, "store-begun")[0]["gaps"] == gaps
    store.close()


def test_the_last_bill_that_the_mark_knew_is_written_down(tmp_path: Path) -> None:
    mark = Mark(last=LastBill(SERIES, 5, 17, b"\x01\xff"))
    assert next_number(tmp_path, mark, {}) == 6
    store = open_store(tmp_path, synchronous=0)
    (told,) = entries(store, "store-begun")
    store.close()
    assert told == {
        "by": "anna",
        "why": "missing",
        "gaps": [{"series": SERIES, "from": 1, "to": 5}],
        "last": {"number": f"{SERIES}-000005", "entry": 17, "hash": "01ff"},
    }


@pytest.mark.parametrize("word", [beginning.Word(AT, "anna"), None], ids=["by a word", "behind"])
def test_a_store_that_was_begun_asks_the_cloud_once_more_which_numbers_it_knows(
    tmp_path: Path, word: beginning.Word | None
) -> None:
    store = open_store(tmp_path, synchronous=0)
    with store.transaction() as tx:
        key_value.save(tx, beginning.COMPARED_FACT, "yes")
        beginning.carry_out(tx, word, None, "older")
    assert not key_value.load(store.connection, beginning.COMPARED_FACT)
    store.close()


def test_a_store_that_forgot_what_was_sent_writes_down_that_it_is_behind(tmp_path: Path) -> None:
    """Nobody said a word, no number is left out, and the moment has its zone."""
    directory = tmp_path / "store"
    (row_id,) = queued(directory)
    copy = copied(directory)
    store = open_store(directory)
    with store.transaction() as tx:
        delivery.done(tx, row_id, "1", 1)
    store.close()
    put_back(copy, directory)
    store = open_store(directory)
    assert entries(store, "store-begun") == [{"by": "", "why": "behind", "gaps": []}]
    (at,) = store.connection.execute("SELECT at FROM journal WHERE kind = 'store-begun'").fetchone()
    store.close()
    assert datetime.fromisoformat(at).utcoffset() == timedelta(0)


def test_what_is_set_aside_is_called_by_the_moment_of_the_word(tmp_path: Path) -> None:
    sell(tmp_path / "store", 1)
    (tmp_path / "store" / FILE_NAME).write_bytes(b"damaged " * 512)
    begun(tmp_path / "store")
    open_store(tmp_path / "store").close()
    assert [kept.name for kept in (tmp_path / "store").glob("*.aside-*")] == [
        f"{FILE_NAME}.aside-20261123T100000"
    ]


@pytest.mark.parametrize("told", ["{", "7", "[]", f'{{"{SERIES}": "40"}}', None])
def test_numbers_that_were_left_out_stay_so_where_what_says_it_is_damaged(
    tmp_path: Path, told: str | None
) -> None:
    """The journal names them too."""
    next_number(tmp_path, None, {SERIES: 40})
    next_number(tmp_path, None, {"OTHER": 7})
    damage = f"UPDATE fact SET value = ? WHERE key = '{omitted.FACT}'"
    write_past_rules(tmp_path / FILE_NAME, "fact", damage, told)
    store = open_store(tmp_path, synchronous=0)
    assert bills.upcoming(store.connection, SERIES) == 41
    assert bills.upcoming(store.connection, "OTHER") == 8
    assert omitted.kept(store.connection) == {SERIES: 40, "OTHER": 7}, "no sale walks along the journal"
    store.connection.execute(damage, ("{",))
    assert bills.upcoming(store.connection, SERIES) == 41
    store.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE fact SET value = replace(value, '40', '30')",
        f"UPDATE fact SET value = '{{\"{SERIES}\":30}}'",
        "DELETE FROM fact",
    ],
    ids=["lowered", "of an earlier version", "lost"],
)
def test_numbers_that_were_left_out_stay_so_where_what_says_it_says_less(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It can be read, and the numbers would be given out again."""
    next_number(tmp_path, None, {SERIES: 40})
    write_past_rules(tmp_path / FILE_NAME, "fact", f"{damage} WHERE key = '{omitted.FACT}'")
    for told in ("is as the journal tells it", ""):
        store = open_store(tmp_path, synchronous=0)
        assert bills.upcoming(store.connection, SERIES) == 41
        store.close()
        assert caplog.text.endswith(f"{told}\n") if told else not caplog.text
        caplog.clear()


def test_where_nothing_tells_any_more_which_numbers_were_left_out_a_person_says_the_word(
    tmp_path: Path,
) -> None:
    directory = tmp_path / "store"
    sell(directory, 1)
    removed(directory)
    begun(directory)
    assert sell(directory, 1) == [BLOCK + 1]
    for table, damage in (
        ("fact", f"value = '{{' WHERE key = '{omitted.FACT}'"),
        ("journal", "body = '{' WHERE kind = 'store-begun'"),
    ):
        write_past_rules(directory / FILE_NAME, table, f"UPDATE {table} SET {damage}")
    with pytest.raises(RowDamaged):
        open_store(directory)
    assert isinstance(trouble(directory)[0], RowDamaged)
    begun(directory)
    assert sell(directory, 1) == [2 * BLOCK + 1]
    assert list(directory.glob(f"{FILE_NAME}.aside-*"))
