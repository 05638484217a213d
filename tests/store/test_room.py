"""The room on the store's disk: what is left, the ballast, and what a disk says that takes nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.store.room import BALLAST_NAME, Room, refuses
from tests.crash import small_disk as disks

MB = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of eight megabytes."""
    with disks.small_disk(tmp_path / "disk", 8 * MB) as place:
        yield place


def test_a_ballast_takes_its_room_and_gives_it_back(disk: Path) -> None:
    room = Room(disk, ballast_bytes=2 * MB)
    before = room.free_bytes()
    assert room.wants_ballast()
    room.make_ballast()
    assert (room.kept_bytes(), room.free_bytes()) == (2 * MB, before - 2 * MB)
    assert not room.wants_ballast()
    assert room.give_up_ballast()
    assert (room.kept_bytes(), room.free_bytes()) == (0, before)
    assert not room.give_up_ballast()


def test_a_ballast_is_made_only_where_room_stays_ample(disk: Path) -> None:
    """It must not be what makes room scarce, and not be given up and made in turns."""
    (disk / "others").write_bytes(bytes(4 * MB))
    assert Room(disk, ballast_bytes=1 * MB).wants_ballast()
    assert not Room(disk, ballast_bytes=3 * MB).wants_ballast()
    assert not Room(disk, low_bytes=4 * MB, ballast_bytes=1 * MB).wants_ballast()
    assert not Room(disk).wants_ballast()
    Room(disk, ballast_bytes=3 * MB).make_ballast()
    assert not (disk / BALLAST_NAME).exists()


def test_a_disk_that_takes_nothing_more_says_why(disk: Path) -> None:
    assert refuses(disk) == ""
    filler = disks.fill(disk)
    assert refuses(disk) == "full"
    filler.unlink()
    assert disks.mount("-o", "remount,ro", str(disk)).returncode == 0
    assert refuses(disk) == "readonly"
