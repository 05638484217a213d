"""What lies beside an open store and its next opening needs: mark, key and lock are not lost in between."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.store import high_water
from agent.store.errors import StoreBusy, StoreError, StoreReadOnly, StoreSealed
from agent.store.high_water import MARK_NAME
from agent.store.keys import KEY_NAME
from agent.store.opening import LOCK_NAME, open_store, trouble
from tests.rig.stores import complete, covered_sale
from tests.rig.till import RigTill


def removed(file: Path, _: Path) -> None:
    file.unlink()


def replaced(file: Path, older: Path) -> None:
    older.rename(file)


def overwritten(file: Path, older: Path) -> None:
    """As cp does it: the file stays the same one."""
    shutil.copyfile(older, file)


def emptied(file: Path, _: Path) -> None:
    file.write_bytes(b"")


def linked(file: Path, older: Path) -> None:
    file.unlink()
    file.symlink_to(older)


@pytest.mark.parametrize("happens", [removed, replaced, overwritten, emptied, linked])
def test_a_mark_that_is_lost_under_the_running_till_is_written_anew(
    tmp_path: Path, happens: Callable[[Path, Path], None]
) -> None:
    till = RigTill(tmp_path / "store")
    mark, older = till.directory / MARK_NAME, tmp_path / "older"
    till.sell()
    shutil.copyfile(mark, older)
    sold = [till.sell(), till.sell()][-1]
    happens(mark, older)
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "ok"
    assert not mark.is_symlink(), "what a link leads to is not the till's to write"
    found = high_water.read(till.directory)
    assert found and found.readable and not found.torn and found.last
    assert sold.endswith(f"{found.last.seq:06}")
    assert till.sell().endswith(f"{found.last.seq + 1:06}")
    till.reopen()
    till.close()


def test_a_mark_that_cannot_be_written_is_on_the_badge_until_it_can(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    till.sell()
    mark = tmp_path / MARK_NAME
    mark.unlink()
    mark.mkdir()
    till.till.look_at_store()
    badge = till.board.part("badges")["store"]
    assert badge["state"] == "error"
    assert "till.mark cannot be written: it is a directory" in badge["text"]
    till.sell()
    assert till.board.part("badges")["store"]["state"] == "error"
    mark.rmdir()
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "ok"
    till.reopen()
    till.close()


def test_a_mark_that_cannot_be_read_is_not_called_lost(tmp_path: Path) -> None:
    """Nobody is sent to begin again where a file has the wrong owner, or the disk does not give it back."""
    till = RigTill(tmp_path)
    till.sell()
    till.close()
    mark = tmp_path / MARK_NAME
    mark.rename(tmp_path / "kept")
    mark.mkdir()
    for opened in (open_store, trouble):
        with pytest.raises(StoreReadOnly, match=MARK_NAME) as told:
            opened(tmp_path)
        assert "begin" not in told.value.text
    mark.rmdir()
    (tmp_path / "kept").rename(mark)
    till.open()
    till.close()


def test_a_key_that_is_removed_under_the_running_till_is_put_back(tmp_path: Path) -> None:
    till = RigTill(tmp_path)
    key = tmp_path / KEY_NAME
    before = key.read_bytes()
    key.unlink()
    till.till.look_at_store()
    assert key.read_bytes() == before
    assert key.stat().st_mode & 0o777 == 0o600
    assert till.board.part("badges")["store"]["state"] == "ok"
    till.reopen()
    till.close()


def test_another_key_in_its_place_is_told_and_not_touched(tmp_path: Path) -> None:
    till = RigTill(tmp_path / "store")
    other = RigTill(tmp_path / "other")
    other.close()
    key = till.directory / KEY_NAME
    before = key.read_bytes()
    strange = (other.directory / KEY_NAME).read_bytes()
    key.write_bytes(strange)
    till.till.look_at_store()
    assert "another key" in till.board.part("badges")["store"]["text"]
    assert key.read_bytes() == strange
    assert isinstance(till.store.look_beside(), StoreSealed)
    key.write_bytes(before)
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "ok"
    till.close()


def test_a_key_that_is_elsewhere_is_not_looked_for(tmp_path: Path) -> None:
    key = tmp_path / "key"
    open_store(tmp_path / "store").close()
    (tmp_path / "store" / KEY_NAME).rename(key)
    store = open_store(tmp_path / "store", key_file=key)
    assert store.look_beside() is None
    assert not (tmp_path / "store" / KEY_NAME).exists()
    store.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files that another user must open")
def test_a_till_that_cannot_tell_elsewhere_that_it_has_sold_says_so_until_it_can(tmp_path: Path) -> None:
    """Where its store lies on a disk of its own: should that not be mounted, nothing else tells it."""
    home = tmp_path / "home"
    store = open_store(tmp_path / "store", home=home)
    complete(store, covered_sale("one"))
    failing = store.look_beside()
    assert failing is not None
    assert f"{home}/till.elsewhere cannot be written: " in failing.text
    home.mkdir()
    assert store.look_beside() is None
    assert (home / "till.elsewhere").read_text() == f"{tmp_path}/store\n"
    store.close()


def test_a_lock_that_root_makes_is_the_tills(tmp_path: Path) -> None:
    """`store begin` of a technician, beside a copy that came without its lock."""
    open_store(tmp_path).close()
    (tmp_path / LOCK_NAME).unlink()
    os.chown(tmp_path, 4711, 4712)
    trouble(tmp_path)
    made = (tmp_path / LOCK_NAME).stat()
    assert (made.st_uid, made.st_gid) == (4711, 4712)


@pytest.mark.parametrize("opened", [open_store, trouble])
def test_a_lock_that_is_removed_lets_nobody_else_in(tmp_path: Path, opened: Callable[[Path], object]) -> None:
    """Two agents on one store print each bill twice."""
    store = open_store(tmp_path)
    (tmp_path / LOCK_NAME).unlink()
    with pytest.raises(StoreBusy):
        opened(tmp_path)
    store.close()
    try:
        opened(tmp_path)
    except StoreError:
        pytest.fail("the store was not given back")
