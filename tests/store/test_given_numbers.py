"""What the mark of an open store knows to be given out is not given out again, whatever the rows say."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from agent.language.language import english
from agent.store import high_water
from agent.store.errors import RowDamaged, StoreLost
from agent.store.high_water import BLOCK, MARK_NAME, Base, Ended, HighWater, LastBill, Mark
from agent.store.opening import open_store
from tests.rig.papers import SERIES

from .test_high_water import begun, sell

CREDITS = f"{SERIES}C"
FIVE = LastBill(SERIES, 5, 9, b"\x05" * 32)
SIX = LastBill(SERIES, 6, 12, b"\x06" * 32)
SEVEN = LastBill(SERIES, 7, 15, b"\x07" * 32)
EIGHT = LastBill(SERIES, 8, 18, b"\x08" * 32)


def opened(directory: Path, found: Mark | None, reached: int) -> HighWater:
    high = HighWater(directory, "key", found)
    assert high.begin({SERIES: reached} if reached else {}, found.last if found else None)
    return high


def told(directory: Path) -> Mark:
    found = high_water.read(directory)
    assert found
    return found


@pytest.mark.parametrize("reached", [0, 3, 5])
def test_a_number_up_to_the_marks_last_bill_is_not_the_next_one(tmp_path: Path, reached: int) -> None:
    """A bill whose row is damaged is not found where it was, so the rows call its number the next one."""
    high = opened(tmp_path, Mark("key", {SERIES: BLOCK}, FIVE), reached)
    for upcoming in (1, 4, 5):
        with pytest.raises(RowDamaged) as refused:
            high.check(SERIES, upcoming)
        assert f"{SERIES}-00000{upcoming}" in english().text(refused.value.sentence)
    high.check(SERIES, 6)
    high.check(CREDITS, 1)
    high.note(SIX, Ended())
    with pytest.raises(RowDamaged):
        high.check(SERIES, 6)
    high.check(SERIES, 7)
    high.close()


def test_where_the_rows_are_ahead_of_the_mark_they_count(tmp_path: Path) -> None:
    """A power cut may leave an earlier last bill in the mark."""
    high = opened(tmp_path, Mark("key", {SERIES: BLOCK}, FIVE), 7)
    with pytest.raises(RowDamaged):
        high.check(SERIES, 7)
    high.check(SERIES, 8)
    high.close()


def test_what_ended_is_kept_until_a_later_one_of_its_kind_ends(tmp_path: Path) -> None:
    high = opened(tmp_path, None, 0)
    for ended, kept in (
        (Ended(call=3), Ended(3, 0)),
        (Ended(job=8), Ended(3, 8)),
        (Ended(), Ended(3, 8)),
        (Ended(call=4), Ended(4, 8)),
        (Ended(5, 9), Ended(5, 9)),
    ):
        high.note(None, ended)
        found = high_water.read(tmp_path)
        assert found and found.ended == kept
    high.close()
    again = opened(tmp_path, told(tmp_path), 0)
    again.note(None, Ended(call=6))
    assert told(tmp_path).ended == Ended(6, 9), "over a start, too"
    again.close()


def test_the_bill_on_which_the_log_was_begun_is_kept_over_a_start_and_not_with_another_last_bill(
    tmp_path: Path,
) -> None:
    """By it a file is told from an older copy, whatever the log beside it holds (agent.store.log_remains)."""
    base = Base(SIX.entry, SIX.hash[:8])
    high = opened(tmp_path, None, 0)
    high.note(FIVE, Ended())
    assert told(tmp_path).base is None
    high.note(SIX, Ended(), new_log=True)
    assert told(tmp_path).base == Base(FIVE.entry, FIVE.hash[:8]), "what was there before this commit"
    high.note(None, Ended(), new_log=True)
    assert told(tmp_path).base == base, "by a commit without a bill, too"
    high.close()
    again = opened(tmp_path, told(tmp_path), 6)
    for last in (SEVEN, EIGHT):
        again.note(last, Ended())
        assert (told(tmp_path).last, told(tmp_path).base) == (last, base), "until a log is begun again"
    again.close()
    other = HighWater(tmp_path, "key", told(tmp_path))
    assert other.begin({SERIES: 6}, SIX)
    assert (told(tmp_path).last, told(tmp_path).base) == (SIX, None)
    other.close()


def test_the_newer_place_of_the_ceilings_counts_and_the_places_take_turns(tmp_path: Path) -> None:
    high = opened(tmp_path, None, 0)
    whole = []
    for number in (1, BLOCK + 1, 2 * BLOCK + 1):
        high.reserve(SERIES, number)
        found = high_water.read(tmp_path)
        assert found and not found.torn and found.ceilings[SERIES] == number + BLOCK - 1
        whole.append((tmp_path / MARK_NAME).read_bytes())
    high.close()
    first, second = ((slice(512, 2560), slice(2560, 4608))[turn] for turn in (0, 1))
    changed = [
        [before[place] != after[place] for place in (first, second)] for before, after in pairwise(whole)
    ]
    assert sorted(changed) == [[False, True], [True, False]], "each time the one that is not the newest"
    torn = bytearray(whole[-1])
    torn[first] = bytes(2048)
    (tmp_path / MARK_NAME).write_bytes(torn)
    found = high_water.read(tmp_path)
    assert found and found.torn and found.readable
    (tmp_path / MARK_NAME).write_bytes(whole[-1])
    again = opened(tmp_path, told(tmp_path), 2 * BLOCK + 1)
    again.reserve(SERIES, 3 * BLOCK + 1)
    assert told(tmp_path).ceilings[SERIES] == 4 * BLOCK, "the places go on taking turns after a start"
    again.close()


@pytest.mark.parametrize("number", [1, 2])
def test_a_ceiling_that_did_not_reach_the_disk_is_asked_for_again(tmp_path: Path, number: int) -> None:
    """Nothing is given out above what the disk has: the next number tries once more."""
    blocked = tmp_path / "till.mark.new"
    blocked.mkdir()
    high = HighWater(tmp_path, "key", None)
    high.reserve(SERIES, 1)
    assert high_water.read(tmp_path) is None
    blocked.rmdir()
    high.reserve(SERIES, number)
    found = high_water.read(tmp_path)
    assert found and found.ceilings[SERIES] == number + BLOCK - 1
    high.close()


def test_each_ceiling_is_synced_before_a_number_under_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is written without a sync at the end, at the latest."""
    synced: list[bytes] = []
    to_disk = os.fdatasync

    def tapped(file: int) -> None:
        to_disk(file)
        synced.append((tmp_path / MARK_NAME).read_bytes())

    monkeypatch.setattr(os, "fdatasync", tapped)
    named: list[list[str]] = []
    whole_to_disk = os.fsync

    def whole(file: int) -> None:
        whole_to_disk(file)
        named.append(sorted(path.name for path in tmp_path.iterdir()))

    monkeypatch.setattr(os, "fsync", whole)
    high = HighWater(tmp_path, "key", None)
    for number in (1, BLOCK + 1, 2 * BLOCK + 1):
        high.reserve(SERIES, number)
        assert synced[-1] == (tmp_path / MARK_NAME).read_bytes()
    assert named == [["till.mark.new"], ["till.mark.new"], [MARK_NAME]], "the file, its place, its name"
    so_far = len(synced)
    high.note(FIVE, Ended(3, 8))
    assert len(synced) == so_far, "none for a sale"
    high.close()
    assert synced[-1] == (tmp_path / MARK_NAME).read_bytes()


def test_a_mark_that_says_what_it_was_told_is_looked_at_and_not_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In each quiet moment that would be a sync, and a word of damage in the log."""
    high = opened(tmp_path, None, 0)
    high.reserve(SERIES, 1)
    for last, ended in ((FIVE, Ended(3, 8)), (SIX, Ended(4, 0))):
        high.note(last, ended, new_log=True)
        before = (tmp_path / MARK_NAME).read_bytes()
        assert high.look() is None
        assert (tmp_path / MARK_NAME).read_bytes() == before
    assert caplog.text == ""
    high.close()


@pytest.mark.parametrize("at", [20, 256 + 5], ids=["the last bill", "what ended"])
def test_a_mark_of_which_a_record_is_damaged_is_whole_again_after_a_word(tmp_path: Path, at: int) -> None:
    """Else the next start would refuse again, and the one after that."""
    directory = tmp_path / "store"
    sell(directory, 2)
    content = bytearray((directory / MARK_NAME).read_bytes())
    content[at] ^= 1
    (directory / MARK_NAME).write_bytes(content)
    with pytest.raises(StoreLost):
        open_store(directory)
    begun(directory)
    open_store(directory).close()
    found = high_water.read(directory)
    assert found and found.readable and found.last and found.last.seq == 2
    assert sell(directory, 1) == [BLOCK + 1]


def test_where_the_series_are_too_many_for_the_mark_the_oldest_is_dropped(tmp_path: Path) -> None:
    """It is no longer sold in."""
    high = HighWater(tmp_path, "key", None)
    names = [f"S1T1/{year:04}-of-a-long-name-{'x' * 40}" for year in range(40)]
    for name in names:
        high.reserve(name, 1)
    kept = list(told(tmp_path).ceilings)
    high.close()
    assert 10 < len(kept) < 40
    assert kept == names[-len(kept) :]
