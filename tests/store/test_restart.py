"""Opening the store as the till does it: what the last run left is put in order, and told of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.store import key_value
from agent.store.errors import StoreFull
from agent.store.reader import open_reader
from agent.store.restart import open_in_order
from agent.store.room import Room
from tests.crash import small_disk as disks

MB = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of eight megabytes."""
    with disks.small_disk(tmp_path / "disk", 8 * MB) as place:
        yield place


def used(directory: Path) -> None:
    """A run that wrote something and ended in order."""
    store = open_in_order(directory)
    with store.transaction() as tx:
        key_value.save(tx, "breaker", "written")
    store.checkpoint()
    store.close()


def test_a_run_that_ended_in_order_left_nothing(tmp_path: Path) -> None:
    used(tmp_path / "store")
    again = open_in_order(tmp_path / "store")
    assert not again.interrupted
    again.close()


def test_what_a_killed_run_left_in_the_log_is_folded_in_before_anything_is_said_of_it(tmp_path: Path) -> None:
    """The sync of its last commit may have failed; what is in the file was synced again."""
    store = open_in_order(tmp_path / "store")
    with store.transaction() as tx:
        key_value.save(tx, "breaker", "the last")
    shutil.copytree(tmp_path / "store", tmp_path / "left")
    store.close()
    after = open_in_order(tmp_path / "left")
    assert (after.interrupted, after.log_bytes()) == (True, 0)
    assert key_value.load(after.connection, "breaker") == "the last"
    after.close()


def test_the_ballast_is_given_up_to_open_on_a_full_disk(disk: Path) -> None:
    used(disk / "store")
    room = Room(disk / "store", ballast_bytes=MB)
    room.make_ballast()
    disks.fill(disk)
    with pytest.raises(StoreFull):
        open_in_order(disk / "store")
    store = open_in_order(disk / "store", room=room)
    assert (room.kept_bytes(), key_value.load(store.connection, "breaker")) == (0, "written")
    open_reader(store.path).close()
    store.close()


def test_a_disk_without_room_for_one_more_file_is_full_and_may_pass(tmp_path: Path) -> None:
    """SQLite says that it cannot open its log, and not why."""
    with disks.small_disk(tmp_path / "disk", 8 * MB, files=64) as disk:
        used(disk / "store")
        names = [disk / f"name-{number}" for number in range(64)]
        with pytest.raises(OSError, match="No space left"):
            for name in names:
                name.touch()
        with pytest.raises(StoreFull):
            open_in_order(disk / "store")
        for name in names:
            name.unlink(missing_ok=True)
        open_in_order(disk / "store").close()


def ends(directory: Path) -> tuple[int, str]:
    """How a process that opens a store and closes it comes to its end: exit status, negative for a signal,
    and its last word."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            open_in_order(directory).close()
            os._exit(0)
        except StoreFull as error:
            os.write(theirs, error.text.encode())
        finally:
            os._exit(1)
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as words:
        told = words.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), told


@pytest.mark.parametrize("block", [1024, 4096])
def test_an_opening_with_little_room_ends_with_a_word(tmp_path: Path, block: int) -> None:
    """Where a block is smaller than what SQLite writes ahead of its index of the log, the kernel ended the
    process at the index's first touch."""
    with disks.ext4_disk(tmp_path / "disk", block) as disk:
        used(disk / "store")
        ended = []
        for kib in range(48):
            filler = disks.fill(disk)
            os.truncate(filler, filler.stat().st_size - kib * 1024)
            os.sync()
            ended.append(ends(disk / "store"))
        os.truncate(filler, 0)
        ended.append(ends(disk / "store"))
    assert {status for status, _ in ended} == {0, 1}, ended
    assert all("is full" in told for status, told in ended if status)
    assert ended[-1] == (0, "")
