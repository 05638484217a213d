"""The store is removed or replaced while the till runs: it is said, and nothing that was sold is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.sale import events as e
from agent.store import journal
from agent.store.errors import StoreGone, StoreLost
from agent.store.opening import FILE_NAME
from tests.rig.till import RICE, RigTill


def removed(path: Path) -> None:
    path.unlink()


def moved(path: Path) -> None:
    path.rename(path.with_name("somewhere"))


def all_removed(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def log_removed(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


def replaced(path: Path) -> None:
    """By a copy without the log: what is not folded in is not there."""
    shutil.copyfile(path, path.with_name("copy"))
    path.with_name("copy").rename(path)


@pytest.mark.parametrize("happens", [removed, moved, all_removed, log_removed, replaced])
def test_it_is_noticed_at_the_next_press_and_all_that_was_sold_is_kept(
    tmp_path: Path, happens: Callable[[Path], None]
) -> None:
    till = RigTill(tmp_path)
    path = tmp_path / FILE_NAME
    sold = [till.sell(), till.sell()]
    happens(path)
    answer = till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    assert (answer.ok, answer.code) == (False, "store-gone")
    [copy] = tmp_path.glob("till.db.rescued-*")
    assert copy.name in answer.text
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "error"
    assert not till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
    assert [*tmp_path.glob("till.db.rescued-*")] == [copy]
    till.close()
    if happens not in (log_removed, replaced):
        with pytest.raises(StoreLost, match=copy.name):
            till.open()
    copy.rename(path)
    till.open()
    assert till.sell() == "S1T126-000003"
    numbers = till.till.read(lambda tx: tx.execute("SELECT number FROM bill ORDER BY id").fetchall())
    assert [number for (number,) in numbers] == [*sold, "S1T126-000003"]
    assert till.till.read(lambda tx: list(journal.verify(tx))) == []
    till.close()


def test_it_is_seen_while_nobody_sells(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    till.sell()
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "ok"
    kept = tmp_path / "somewhere"
    (tmp_path / FILE_NAME).rename(kept)
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "error"
    kept.rename(tmp_path / FILE_NAME)
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "ok"
    till.sell()
    till.close()


def test_what_was_sold_after_it_was_put_back_is_in_the_next_copy(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    till.sell()
    path, kept = tmp_path / FILE_NAME, tmp_path / "somewhere"
    path.rename(kept)
    till.till.look_at_store()
    kept.rename(path)
    till.till.look_at_store()
    assert not [*tmp_path.glob("till.db.rescued-*")], "one that is not the newest any more"
    number = till.sell()
    path.unlink()
    till.till.look_at_store()
    till.close()
    [copy] = tmp_path.glob("till.db.rescued-*")
    copy.rename(path)
    till.open()
    assert till.board.part("last_bill")["number"] == number
    till.close()


def test_a_copy_that_is_taken_away_is_made_again(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    till.sell()
    (tmp_path / FILE_NAME).unlink()
    till.till.look_at_store()
    [copy] = tmp_path.glob("till.db.rescued-*")
    copy.unlink()
    till.till.look_at_store()
    [copy] = tmp_path.glob("till.db.rescued-*")
    assert copy.name in till.board.part("badges")["store"]["text"]
    till.close()


def test_a_disk_that_does_not_show_the_file_has_not_lost_it(tmp_path: Path) -> None:
    """Nobody is told to put a copy in place where the disk failed for a moment."""
    till = RigTill(tmp_path / "store")
    till.sell()
    away = till.directory.rename(tmp_path / "away")
    till.directory.symlink_to(till.directory)
    answer = till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    assert (answer.ok, answer.code) == (False, "store-readonly")
    till.till.look_at_store()
    badge = till.board.part("badges")["store"]
    assert badge["state"] == "error"
    assert "removed" not in badge["text"]
    till.directory.unlink()
    away.rename(till.directory)
    till.till.look_at_store()
    assert not [*till.directory.glob("*rescued*")]
    till.sell()
    assert till.board.part("badges")["store"]["state"] == "ok"
    till.close()


@pytest.mark.parametrize("covered", [False, True])
def test_a_directory_that_is_another_one_gets_no_second_store(tmp_path: Path, covered: bool) -> None:
    """Unmounted under the till, as it were: what is there is not to be told apart from the store later."""
    till = RigTill(tmp_path / "store")
    till.sell()
    away = till.directory.rename(tmp_path / "away")
    if covered:
        till.directory.mkdir()
    answer = till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    assert (answer.ok, answer.code) == (False, "store-gone")
    till.till.look_at_store()
    assert "unmounted, moved or covered" in till.board.part("badges")["store"]["text"]
    if covered:
        assert not [*till.directory.iterdir()]
        till.directory.rmdir()
    away.rename(till.directory)
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "ok"
    number = till.sell()
    till.reopen()
    assert till.board.part("last_bill")["number"] == number
    till.close()


def test_a_directory_that_is_removed_leaves_a_copy_in_the_new_one(tmp_path: Path) -> None:
    till = RigTill(tmp_path / "store")
    till.sell()
    shutil.rmtree(till.directory)
    till.directory.mkdir()
    till.till.look_at_store()
    assert [*till.directory.glob("till.db.rescued-*")]
    till.close()


def test_a_commit_into_a_removed_file_is_in_the_copy(tmp_path: Path) -> None:
    """Removed in the middle of it: it is not called done, and it is not lost."""
    till = RigTill(tmp_path)
    till.sell()
    with pytest.raises(StoreGone), till.store.transaction() as tx:
        journal.append(tx, "drawer", "now", {})
        (tmp_path / FILE_NAME).unlink()
    till.close()
    [copy] = tmp_path.glob("till.db.rescued-*")
    copy.rename(tmp_path / FILE_NAME)
    till.open()
    assert till.till.read(journal.head)[0] == 2
    till.close()


def test_a_till_that_is_stopped_before_anybody_noticed_leaves_a_copy(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    number = till.sell()
    (tmp_path / FILE_NAME).unlink()
    till.close()
    [copy] = tmp_path.glob("till.db.rescued-*")
    copy.rename(tmp_path / FILE_NAME)
    till.open()
    assert till.board.part("last_bill")["number"] == number
    till.close()
