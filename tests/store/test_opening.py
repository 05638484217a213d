"""Opening the store: one owner, proven settings, foreign and newer files refused and left as they are."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from agent.store import migration
from agent.store.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreForeign,
    StoreReadOnly,
    StoreTooNew,
    translated,
)
from agent.store.migration import APPLICATION_ID, SCHEMA_VERSION, SETTINGS
from agent.store.opening import FILE_NAME, LOCK_NAME, open_store, trouble
from agent.store.reader import open_reader
from tests.rig import seats, stores

# --- one owner --------------------------------------------------------------------------------------


def test_a_second_process_is_refused_in_words_until_the_first_is_gone(tmp_path: Path) -> None:
    """kill -9 gives the store free at once: no stale lock file needs a technician."""
    with seats.started(seats.seller("own", tmp_path)) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == '"mine"\n'
        with pytest.raises(StoreBusy) as refusal:
            open_store(tmp_path)
        assert "Another pos-agent" in refusal.value.text
        assert str(tmp_path) in refusal.value.text
        owner.kill()
        owner.wait()
        open_store(tmp_path).close()


def test_the_refused_one_disturbs_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    stores.complete(store, stores.covered_sale("one"))
    before = {path: stores.fingerprint(path) for path in tmp_path.iterdir()}
    with pytest.raises(StoreBusy):
        open_store(tmp_path)
    assert {path: stores.fingerprint(path) for path in tmp_path.iterdir()} == before
    assert stores.complete(store, stores.covered_sale("two")).bill.seq == 2
    store.close()


def test_a_closed_store_may_be_opened_again_and_closed_twice(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.close()
    store.close()
    again = open_store(tmp_path)
    again.close()


def test_a_failed_opening_leaves_no_lock_behind(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"SQLite format 3\0" + bytes(200))
    for _ in range(2):
        with pytest.raises(StoreError) as refusal:
            open_store(tmp_path)
        assert not isinstance(refusal.value, StoreBusy)


def test_a_new_store_is_for_its_owner_only_however_deep_it_lies(tmp_path: Path) -> None:
    directory = tmp_path / "var" / "lib" / "till"
    open_store(directory).close()
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / LOCK_NAME).stat().st_mode & 0o777 == 0o600


# --- settings ---------------------------------------------------------------------------------------


def test_the_settings_hold_on_the_writing_connection(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    found = {name: store.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in SETTINGS}
    page_size = store.connection.execute("PRAGMA page_size").fetchone()[0]
    store.close()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "mmap_size": 0,
        "secure_delete": 1,
        "wal_autocheckpoint": 1000,
        "journal_size_limit": 4_194_304,
        "temp_store": 2,
        "cache_size": -8000,
        "recursive_triggers": 1,
    }
    assert page_size == 4096


def test_the_settings_hold_again_at_the_next_opening(tmp_path: Path) -> None:
    open_store(tmp_path, synchronous=1).close()
    store = open_store(tmp_path)
    assert store.connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    store.close()


def test_a_setting_that_does_not_take_is_an_error() -> None:
    """A database in memory cannot have a write-ahead log: the stand-in for a file system that cannot."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    with pytest.raises(StoreReadOnly, match="did not accept journal_mode = wal: it says memory"):
        migration.prepare(connection, 0, SETTINGS)
    connection.close()


def test_the_file_says_whose_it_is(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    found = [
        store.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version")
    ]
    store.close()
    assert found == [APPLICATION_ID, SCHEMA_VERSION]


# --- files that are not ours ------------------------------------------------------------------------


def made_newer(path: Path) -> None:
    open_store(path.parent).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()


def made_newer_in_the_log(path: Path) -> None:
    """The version stands in the write-ahead log only, as a power cut would leave it."""
    aside = path.parent / "aside"
    aside.mkdir()
    open_store(aside).close()
    connection = sqlite3.connect(aside / FILE_NAME, isolation_level=None)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    for suffix in ("", "-wal"):
        subprocess.run(["cp", f"{aside / FILE_NAME}{suffix}", f"{path}{suffix}"], check=True)
    connection.close()
    shutil.rmtree(aside)


def made_by_another_program(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bill (id INTEGER PRIMARY KEY, customer TEXT)")
        connection.execute("INSERT INTO bill VALUES (1, 'precious')")
    connection.close()


def made_by_another_program_with_its_id(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA application_id = 1196444487")
    connection.close()


def made_by_another_program_with_versions(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    made_by_another_program(path)


def made_of_text(path: Path) -> None:
    path.write_text("This is somebody's shopping list, and it is longer than a page header.\n" * 100)


def made_of_a_few_bytes(path: Path) -> None:
    path.write_bytes(b"\x00\x01\x02")


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (made_newer, StoreTooNew),
        (made_newer_in_the_log, StoreTooNew),
        (made_by_another_program, StoreForeign),
        (made_by_another_program_with_its_id, StoreForeign),
        (made_by_another_program_with_versions, StoreForeign),
        (made_of_text, StoreForeign),
        (made_of_a_few_bytes, StoreForeign),
    ],
)
def test_a_file_that_is_not_ours_to_write_is_refused_untouched(
    tmp_path: Path, make: Callable[[Path], None], refusal: type[StoreError]
) -> None:
    make(tmp_path / FILE_NAME)
    kept = [path for path in tmp_path.iterdir() if path.name in (FILE_NAME, f"{FILE_NAME}-wal")]
    before = {path: stores.fingerprint(path) for path in kept}
    with pytest.raises(StoreError) as refused:
        open_store(tmp_path)
    assert {path: stores.fingerprint(path) for path in kept} == before
    assert type(refused.value) is refusal
    assert "not touched" in refused.value.text
    assert str(tmp_path / FILE_NAME) in refused.value.text


def test_a_newer_store_says_both_versions_and_what_to_do(tmp_path: Path) -> None:
    made_newer(tmp_path / FILE_NAME)
    with pytest.raises(StoreTooNew) as refused:
        open_store(tmp_path)
    assert f"schema {SCHEMA_VERSION + 1}, this one knows {SCHEMA_VERSION}" in refused.value.text
    assert "Install the newer version" in refused.value.text


def test_a_damaged_schema_whose_error_is_no_text_is_told_as_damage(tmp_path: Path) -> None:
    """SQLite quotes what it cannot read."""
    open_store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = CAST(? AS TEXT) WHERE name = 'bill'", (b"CREATE TABLE bill \xff",)
        )
        connection.commit()
    with pytest.raises(StoreDamaged):
        open_store(tmp_path)


@pytest.mark.parametrize("left", ["an empty file", "a file that became a store no further than its log mode"])
def test_a_first_opening_that_was_cut_short_is_begun_again(tmp_path: Path, left: str) -> None:
    path = tmp_path / FILE_NAME
    path.touch()
    if left != "an empty file":
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = wal")
        connection.close()
        assert path.stat().st_size > 0
    store = open_store(tmp_path)
    assert stores.complete(store, stores.covered_sale("one")).bill.seq == 1
    store.close()


# --- the schema -------------------------------------------------------------------------------------


def test_a_first_opening_that_was_cut_in_its_very_first_writing_is_begun_again(tmp_path: Path) -> None:
    """Until the file keeps a log it has a rollback journal, which who only reads may not play back."""
    writing, cut = tmp_path / FILE_NAME, tmp_path / "cut"
    cut.mkdir()
    with closing(sqlite3.connect(writing, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE fact (name, value)")
        connection.executemany("INSERT INTO fact VALUES (?, ?)", [(str(n), "x" * 900) for n in range(50)])
        for file in (writing, tmp_path / f"{FILE_NAME}-journal"):
            assert file.stat().st_size
            shutil.copy(file, cut)
        connection.execute("ROLLBACK")
    open_store(cut).close()
    assert trouble(cut)[0] is None


def test_the_schemas_statements_are_all_run_one_by_one() -> None:
    script = resources.files("agent.store").joinpath("schema", "v1.sql").read_text("utf-8")
    statements = list(migration.statements(script))
    assert all(sqlite3.complete_statement(statement) for statement in statements)
    one_by_one = sqlite3.connect(":memory:")
    for statement in statements:
        one_by_one.execute(statement)
    at_once = sqlite3.connect(":memory:")
    at_once.executescript(script)
    query = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
    assert one_by_one.execute(query).fetchall() == at_once.execute(query).fetchall()
    one_by_one.close()
    at_once.close()


def test_every_table_is_strict(tmp_path: Path) -> None:
    """SQLite would otherwise keep a text where money belongs."""
    store = open_store(tmp_path)
    tables = store.connection.execute(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'"
    ).fetchall()
    store.close()
    assert [name for name, strict in tables if not strict and not name.startswith("sqlite_")] == []


def test_a_schema_step_that_fails_is_taken_back_whole(tmp_path: Path) -> None:
    """A table that is in the way makes the last statements fail; nothing of the first ones stays."""
    connection = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    connection.execute("CREATE TABLE fact (mine TEXT)")
    with pytest.raises(StoreError):
        migration.prepare(connection, 0, SETTINGS)
    assert [name for (name,) in connection.execute("SELECT name FROM sqlite_schema")] == ["fact"]
    assert connection.execute("PRAGMA user_version").fetchone()[0] == 0
    assert connection.execute("PRAGMA application_id").fetchone()[0] == 0
    connection.close()


# --- transactions and readers -----------------------------------------------------------------------


def test_a_transaction_that_fails_leaves_nothing_and_the_store_usable(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    before = stores.contents(store.connection)

    def fail_halfway() -> None:
        with store.transaction() as tx:
            tx.execute("INSERT INTO fact VALUES ('breaker', 'open')")
            raise KeyError("somewhere in the middle")

    with pytest.raises(KeyError):
        fail_halfway()
    assert stores.contents(store.connection) == before
    assert stores.complete(store, stores.covered_sale("one")).bill.seq == 1
    store.close()


def test_a_reader_sees_what_is_committed_and_nothing_else(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    reader = store.reader()
    count = "SELECT count(*) FROM fact WHERE key = 'breaker'"
    with store.transaction() as tx:
        tx.execute("INSERT INTO fact VALUES ('breaker', 'open')")
        assert reader.execute(count).fetchone()[0] == 0
    assert reader.execute(count).fetchone()[0] == 1
    reader.close()
    store.close()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    reader = store.reader()
    with pytest.raises(StoreReadOnly), translated():
        reader.execute("INSERT INTO fact VALUES ('breaker', 'open')")
    reader.close()
    store.close()


def test_a_reader_works_when_the_agent_does_not_run(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    bill = stores.complete(store, stores.covered_sale("one")).bill
    store.close()
    reader = open_reader(tmp_path / FILE_NAME)
    assert reader.execute("SELECT number FROM bill").fetchone()[0] == bill.number
    reader.close()


def test_a_checkpoint_empties_the_log_and_loses_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    stores.complete(store, stores.covered_sale("one"))
    before = stores.contents(store.connection)
    log = tmp_path / f"{FILE_NAME}-wal"
    assert log.stat().st_size == store.log_bytes() > 0
    store.checkpoint()
    assert log.stat().st_size == store.log_bytes() == 0
    assert stores.contents(store.connection) == before
    store.close()


# --- a store that cannot be written -----------------------------------------------------------------


def refused_words(directory: Path) -> str:
    with seats.unprivileged(), pytest.raises(StoreReadOnly) as refused:
        open_store(directory)
    return refused.value.text


def test_a_directory_that_may_not_be_made_is_named() -> None:
    with seats.open_directory() as parent:
        parent.chmod(0o555)
        text = refused_words(parent / "store")
    assert str(parent / "store") in text
    assert "this user may not" in text


def test_a_directory_that_may_not_be_written_is_named() -> None:
    with seats.open_directory() as directory:
        directory.chmod(0o555)
        text = refused_words(directory)
    assert str(directory) in text
    assert "this user may not" in text


def test_a_file_where_the_directory_should_be_is_named(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_text("in the way")
    for directory in (path, path / "under it"):
        with pytest.raises(StoreReadOnly) as refused:
            open_store(directory)
        assert f"{directory} cannot be used: it is no directory" in refused.value.text
    assert path.read_text() == "in the way"


def test_a_store_that_may_not_be_written_is_refused_at_opening() -> None:
    """Not at the first scan, when a customer stands there."""
    with seats.open_directory() as directory:
        with seats.unprivileged():
            open_store(directory).close()
        (directory / FILE_NAME).chmod(0o444)
        text = refused_words(directory)
    assert "cannot be written" in text


def test_a_store_that_turns_read_only_while_open_says_so(tmp_path: Path) -> None:
    """query_only makes SQLite refuse as it does on a file system that was remounted read-only."""
    store = open_store(tmp_path)
    before = stores.contents(store.connection)
    store.connection.execute("PRAGMA query_only = 1")
    with pytest.raises(StoreReadOnly, match="Check the disk and its permissions"):
        stores.complete(store, stores.covered_sale("one"))
    store.connection.execute("PRAGMA query_only = 0")
    assert stores.contents(store.connection) == before
    assert stores.complete(store, stores.covered_sale("one")).bill.seq == 1
    store.close()
