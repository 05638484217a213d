"""The judge sees each thing that can be wrong with a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.store.opening import open_store
from tests.crash import seller
from tests.crash.heard import Heard
from tests.crash.judge import judge


@pytest.fixture
def sold(tmp_path: Path) -> tuple[Path, Heard]:
    """A store with some sales, and what was heard while they were made."""
    heard = Heard()
    directory = tmp_path / "store"
    seller.live(directory, lambda line: heard.hear(line.encode()), "judge", sales_wanted=8).close()
    return directory, heard


def _kinds(directory: Path, heard: Heard) -> set[str]:
    return {fault.kind for fault in judge(directory, heard)}


def _changed(directory: Path, *statements: str) -> None:
    """Change what no till ever changes."""
    store = open_store(directory)
    for (name,) in store.connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    ).fetchall():
        store.connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        store.connection.execute(statement)
    store.close()


def test_a_store_that_holds_what_was_said_is_right(sold: tuple[Path, Heard]) -> None:
    directory, heard = sold
    assert len(heard.acked) == 8
    assert judge(directory, heard) == []


def test_one_bill_more_than_was_said_is_right_and_two_are_not(sold: tuple[Path, Heard]) -> None:
    directory, heard = sold
    heard.printed.clear()
    items = heard.scans
    last = heard.acked.pop()
    _changed(directory, "DELETE FROM event")
    assert (items, _kinds(directory, heard)) == (0, set())
    heard.acked.pop()
    assert "doubled" in _kinds(directory, heard)
    assert last.endswith("000008")


def test_a_sale_that_was_acknowledged_and_is_not_there_is_lost(sold: tuple[Path, Heard]) -> None:
    directory, heard = sold
    heard.acked.append("S01T126-000009")
    assert _kinds(directory, heard) >= {"lost"}


def test_an_item_that_was_scanned_and_is_not_there_is_missed(sold: tuple[Path, Heard]) -> None:
    directory, heard = sold
    heard.scans = 1
    assert _kinds(directory, heard) == {"step"}


_TOP = "(SELECT max(id) FROM bill)"
_UNTRIED = "op, '', 0, bill_id, idem_key, x'', 'ready', 0, 0, 0, '', '', 0, 0, 0"


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (f"UPDATE bill SET due_minor = due_minor + 1 WHERE id = {_TOP}", "chain"),
        ("DELETE FROM tender WHERE id = (SELECT max(id) FROM tender)", "chain"),
        ("UPDATE bill_line SET name = 'other' WHERE id = (SELECT max(id) FROM bill_line)", "chain"),
        ("DELETE FROM journal WHERE n = 2", "chain"),
        (f"UPDATE bill SET number = 'S01T126-000010' WHERE id = {_TOP}", "hole"),
        (f"UPDATE bill SET sale_id = (SELECT sale_id FROM bill LIMIT 1) WHERE id = {_TOP}", "doubled"),
        (
            (
                "INSERT INTO spool SELECT 999, bill_id, 0, 'queued', 0, 0, '', created_at, ''"
                " FROM printed LIMIT 1"
            ),
            "paper",
        ),
        (
            (
                "INSERT INTO spool SELECT id, bill_id, 1, 'queued', 0, 0, '', created_at, ''"
                " FROM printed LIMIT 1"
            ),
            "paper",
        ),
        (f"DELETE FROM printed WHERE bill_id = {_TOP}", "paper"),
        (f"INSERT INTO outbox SELECT 999, {_UNTRIED} FROM sent LIMIT 1", "cloud"),
        ("DELETE FROM sent WHERE bill_id = (SELECT min(id) FROM bill)", "cloud"),
    ],
)
def test_every_tampering_is_seen(sold: tuple[Path, Heard], statement: str, kind: str) -> None:
    directory, heard = sold
    _changed(directory, statement)
    assert kind in _kinds(directory, heard)


def test_an_original_that_left_and_waits_again_would_be_printed_twice(sold: tuple[Path, Heard]) -> None:
    directory, heard = sold
    number = next(iter(heard.printed))
    _changed(
        directory,
        "INSERT INTO spool SELECT id, bill_id, 0, 'queued', 1, 0, '', created_at, '' FROM printed"
        f" WHERE copy = 0 AND bill_id = (SELECT id FROM bill WHERE number = '{number}')",
        f"DELETE FROM printed WHERE copy = 0 AND bill_id = (SELECT id FROM bill WHERE number = '{number}')",
    )
    assert _kinds(directory, heard) == {"paper"}


def test_a_call_that_left_and_is_taken_for_untried_would_be_sent_blindly(sold: tuple[Path, Heard]) -> None:
    directory, heard = sold
    key = next(iter(heard.called))
    _changed(
        directory,
        f"INSERT INTO outbox SELECT id, {_UNTRIED} FROM sent WHERE idem_key = '{key}'",
        f"DELETE FROM sent WHERE idem_key = '{key}'",
    )
    assert _kinds(directory, heard) == {"cloud"}


def test_a_damaged_page_is_seen(sold: tuple[Path, Heard]) -> None:
    directory, heard = sold
    file = directory / "till.db"
    data = bytearray(file.read_bytes())
    data[4096 * 5 : 4096 * 6] = bytes(4096)
    file.write_bytes(data)
    assert "corrupt" in _kinds(directory, heard)
