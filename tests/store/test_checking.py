"""What a check of the store finds, kind by kind: one row at a time is made wrong, and named."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from agent.store import beginning, key_value
from agent.store.beginning import COMPARED_FACT
from agent.store.opening import FILE_NAME, open_store
from tests.rig.papers import AT
from tests.store.test_damage import look, whole

__all__ = ["whole"]


@contextmanager
def _unguarded(whole: Path, directory: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the store without the triggers that keep programs from doing what a disk may do."""
    shutil.copytree(whole, directory)
    with closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        connection.commit()


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (
            "UPDATE bill_customer SET sealed = zeroblob(80)",
            "bill_customer",
        ),
        (
            "UPDATE tagged SET customer = substr(customer, 1, 30)",
            "tagged",
        ),
        ("UPDATE member SET sealed = zeroblob(80) WHERE who = (SELECT max(who) FROM member)", "member"),
        ("UPDATE outbox SET payload = zeroblob(80) WHERE id = (SELECT max(id) FROM outbox)", "outbox"),
        ("UPDATE returned SET amount_minor = amount_minor + 1 WHERE how = 'LINE_ITEM'", "returned"),
        ("DELETE FROM returned WHERE how = 'LINE_ITEM'", "returned"),
        ("UPDATE sent SET bill_id = 999999999999 WHERE id = (SELECT max(id) FROM sent)", "sent"),
        ("UPDATE spool SET bill_id = 999999999999 WHERE id = (SELECT max(id) FROM spool)", "spool"),
        ("UPDATE waived SET op = 'nothing' WHERE id = (SELECT max(id) FROM waived)", "waived"),
        ("UPDATE pin_tries SET wrong = 1000", "pin_tries"),
        ("UPDATE pin_tries SET locked_until_ms = -1", "pin_tries"),
        ("UPDATE fact SET value = '{' WHERE key NOT IN ('key-check', 'numbers-marked')", "fact"),
        ("INSERT OR REPLACE INTO fact VALUES ('numbers-compared', 'yez')", "fact"),
        ("UPDATE bill SET number = number || 'X' WHERE id = (SELECT max(id) FROM bill)", "bill"),
        ("UPDATE event SET body = '{}' WHERE seq = 2", "event"),
    ],
)
def test_a_row_that_is_wrong_is_named(whole: Path, tmp_path: Path, damage: str, named: str) -> None:
    with _unguarded(whole, tmp_path / "store") as connection:
        assert connection.execute(damage).rowcount, "nothing was damaged"
    found = look(tmp_path / "store").problems
    tables = {problem.params.get("table") for problem in found}
    assert named in tables, found


def test_a_column_whose_name_has_another_letter_is_found(whole: Path, tmp_path: Path) -> None:
    """As a damaged byte of the schema leaves it: SQLite finds nothing wrong, and the till no such column."""
    shutil.copytree(whole, tmp_path / "store")
    with closing(sqlite3.connect(tmp_path / "store" / FILE_NAME)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, 'created_at', 'createe_at') WHERE name = 'spool'"
        )
        connection.commit()
    assert look(tmp_path / "store").problems


def test_that_the_cloud_was_asked_for_numbers_is_no_damage(whole: Path, tmp_path: Path) -> None:
    for told in ("yes", ""):
        shutil.copytree(whole, tmp_path / f"store {told}")
        with closing(sqlite3.connect(tmp_path / f"store {told}" / FILE_NAME)) as connection:
            key_value.save(connection, COMPARED_FACT, told)
            connection.commit()
        assert not look(tmp_path / f"store {told}").problems


def test_a_bill_that_is_gone_leaves_its_number_missing(whole: Path, tmp_path: Path) -> None:
    with _unguarded(whole, tmp_path / "store") as connection:
        ids = [row for (row,) in connection.execute("SELECT id FROM bill ORDER BY id")]
        number = connection.execute("SELECT number FROM bill WHERE id = ?", (ids[1],)).fetchone()[0]
        connection.execute("DELETE FROM bill WHERE id = ?", (ids[1],))
    found = look(tmp_path / "store").problems
    assert any(
        problem.id == "store-check.number" and problem.params["number"] == number for problem in found
    ), found


UNMISSED = {
    "bill_customer": "erased after its days, as anybody's",
    "fact": "as the next start makes it, or the cloud or a device tells anew",
    "member": "a memory of the cloud's, which forgets the oldest",
    "pin_tries": "a right PIN takes it away",
}
"""Tables of which a row may be gone, and why."""


def test_a_row_that_is_not_there_is_missed_whatever_the_table(whole: Path, tmp_path: Path) -> None:
    """One in the middle, so that nothing is wrong with those on either side."""
    shutil.copytree(whole, tmp_path / "store")
    with closing(sqlite3.connect(tmp_path / "store" / FILE_NAME)) as connection:
        tables = [
            (name, connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0])
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
        ]
    missed = []
    for table, rows in tables:
        shutil.rmtree(tmp_path / "store")
        with _unguarded(whole, tmp_path / "store") as connection:
            key = {"event": "seq", "fact": "key", "returned": "bill_id || line"}.get(table, "")
            key = key or connection.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchone()[0]
            one = f"(SELECT {key} FROM {table} ORDER BY 1 LIMIT 1 OFFSET {(rows - 1) // 2})"
            assert connection.execute(f"DELETE FROM {table} WHERE {key} = {one}").rowcount == 1, table
        if not look(tmp_path / "store").problems:
            missed.append(table)
    assert set(missed) <= set(UNMISSED)


def test_a_text_that_is_none_is_found_wherever_it_stands(whole: Path, tmp_path: Path) -> None:
    """Bytes that are no UTF-8, in each column of each table in turn: Python refuses them, not SQLite."""
    place = tmp_path / "columns"
    with _unguarded(whole, place) as connection:
        columns = connection.execute(
            "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c"
            " WHERE m.type = 'table' AND c.type = 'TEXT' AND m.name NOT LIKE 'sqlite_%'"
        ).fetchall()
    tried, missed = 0, []
    for table, column in columns:
        shutil.rmtree(place)
        with _unguarded(whole, place) as connection:
            row = f"(SELECT max(rowid) FROM {table})"
            connection.execute("PRAGMA ignore_check_constraints = ON")
            wrong = f"UPDATE {table} SET {column} = CAST(x'61ff80' AS TEXT) WHERE rowid = {row}"
            with suppress(sqlite3.OperationalError):  # a table without rowids
                tried += connection.execute(wrong).rowcount
                connection.commit()
                if connection.total_changes and not look(place).problems:
                    missed.append(f"{table}.{column}")
    assert missed == []
    assert tried > 30


def test_a_lower_number_in_what_is_left_out_is_found(whole: Path, tmp_path: Path) -> None:
    """The numbers up to the one the journal names could be given out again."""
    directory = tmp_path / "store"
    shutil.copytree(whole, directory)
    beginning.say(directory, beginning.Word(AT, "anna", {"ST01T126": 940}))
    open_store(directory).close()
    assert look(directory).problems == ()
    with closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        lower = "UPDATE fact SET value = replace(value, '940', '900') WHERE key = 'numbers-left-out'"
        assert connection.execute(lower).rowcount == 1
        connection.commit()
    [problem] = look(directory).problems
    assert problem.params == {"table": "fact", "row": "numbers-left-out"}
