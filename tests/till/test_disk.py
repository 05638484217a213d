"""What is wrong with the disk is on the store's badge: each trouble until it is over, the worst first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from agent.language.language import english
from agent.language.sentence import Sentence
from agent.store.errors import StoreFull
from agent.store.room import Room
from agent.till.board import Board
from agent.till.disk import HOPELESS_S, Disk, Trouble
from tests.crash import small_disk as disks

MB = 1 << 20
TROUBLES: tuple[Trouble, ...] = get_args(Trouble)


class Shown:
    """A disk with its badge, and what was said aloud."""

    def __init__(self, room: Room | None = None) -> None:
        self.board = Board(self.now, {})
        self.said: list[str] = []
        say = lambda sentence: self.said.append(english().text(sentence))  # noqa: E731 - it is a callable
        self.seconds = 0.0
        self.disk = Disk(self.board.claim("store"), self.now, say, room, lambda: self.seconds)

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    def badge(self) -> tuple[str, str]:
        found = self.board.part("badges")["store"]
        return found["state"], found["text"]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A real file system of eight megabytes."""
    with disks.small_disk(tmp_path / "disk", 8 * MB) as place:
        yield place


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(TROUBLES, 2)))
def test_a_trouble_is_taken_away_by_its_own_end_and_by_no_other(one: Trouble, other: Trouble) -> None:
    """The worse of the two gives the state, and both are told."""
    shown = Shown()
    for trouble in (one, other):
        shown.disk.show(trouble, Sentence("as-told", text=f"Trouble {trouble}."), trouble)
    worst = min(one, other, key=TROUBLES.index)
    assert shown.badge()[0] == worst
    assert {f"Trouble {one}.", f"Trouble {other}."} == set(shown.badge()[1].replace(". ", ".|").split("|"))
    shown.disk.over(one)
    assert shown.badge() == (other, f"Trouble {other}.")
    shown.disk.over(one)
    assert shown.badge() == (other, f"Trouble {other}.")
    shown.disk.over(other)
    assert shown.badge() == ("ok", "Store ready")


def test_little_room_is_told_and_so_is_a_full_disk_before_anything_was_refused(small: Path) -> None:
    """As after a restart: nobody has written yet."""
    shown = Shown(Room(small, low_bytes=6 * MB))
    shown.disk.look_at_room()
    assert shown.badge() == ("ok", "Store ready")
    (small / "others").write_bytes(bytes(4 * MB))
    shown.disk.look_at_room()
    assert shown.badge() == ("low", "Little room on the disk: 4 MB left. Free some space.")
    disks.fill(small)
    shown.disk.look_at_room()
    assert shown.badge()[0] == "full"
    with shown.disk.writing():
        """A commit that needed no room."""
    assert shown.badge()[0] == "full"


def test_a_refused_write_is_told_once_beside_little_room(small: Path) -> None:
    disks.fill(small)
    shown = Shown(Room(small))
    shown.disk.look_at_room()
    with pytest.raises(StoreFull), shown.disk.writing():
        raise StoreFull(Sentence("store-full"))
    assert shown.badge()[1].count("The disk is full") == 1


def test_a_write_that_does_not_end_is_told_with_its_time_and_said_once() -> None:
    shown = Shown()
    with shown.disk.writing():
        shown.seconds = 2.9
        assert not shown.disk.stalled()
        shown.seconds = 3.0
        assert shown.disk.stalled()
        shown.seconds = 45.0
        assert shown.disk.stalled()
        assert shown.badge() == ("stalled", shown.said[0])
        assert shown.said[0].startswith("The disk does not answer since 09:59:57.")
    assert shown.badge()[0] == "stalled"
    assert not shown.disk.stalled()
    assert (shown.badge(), len(shown.said)) == (("ok", "Store ready"), 1)


def test_a_disk_is_waited_for_as_long_as_it_may_answer_and_stays_told() -> None:
    """Then whoever watches the till ends it."""
    shown = Shown()
    with shown.disk.writing():
        shown.seconds = HOPELESS_S - 1
        assert shown.disk.stalled()
        shown.seconds = HOPELESS_S
        assert not shown.disk.stalled()
        assert shown.badge()[0] == "stalled"


def test_what_does_not_wait_for_the_disk_is_no_stall() -> None:
    """A till that hangs for another reason is not excused."""
    shown = Shown()
    with shown.disk.writing():
        shown.seconds = 1.0
    shown.seconds = 1000.0
    assert not shown.disk.stalled()
