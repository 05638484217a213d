"""A copy of the store put back by hand beside a log that is not its own is not mixed with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.store import journal
from agent.store.errors import StoreLost
from agent.store.high_water import BLOCK
from agent.store.opening import FILE_NAME, open_store, trouble
from tests.store.test_high_water import begun, copied, killed, sell, sold


def test_an_older_copy_is_not_mixed_with_the_log_of_a_newer_one(tmp_path: Path) -> None:
    """Put over the file of a till that was killed, whose log stays: SQLite would play that into the copy."""
    directory = tmp_path / "store"
    sell(directory, 60)
    copy = copied(directory)
    sell(directory, 20)
    killed(directory, 1)
    shutil.copy(copy, directory / FILE_NAME)
    with pytest.raises(StoreLost, match="an older copy beside the log of a newer one"):
        open_store(directory)
    assert (directory / FILE_NAME).read_bytes() == copy.read_bytes()
    error, _ = trouble(directory)
    assert isinstance(error, StoreLost)
    begun(directory)
    store = open_store(directory)
    assert store.connection.execute("SELECT count(*) FROM bill").fetchone() == (60,)
    assert sold(store) == BLOCK + 1
    assert not list(journal.verify(store.connection))
    assert len(list(directory.glob(f"{FILE_NAME}.aside-*-wal"))) == 1
    store.close()


@pytest.mark.parametrize("fold", [1, 10, 1000], ids="a log of {} pages".format)
def test_a_killed_till_opens_wherever_its_log_was_folded(tmp_path: Path, fold: int) -> None:
    directory = tmp_path / "store"
    store = open_store(directory)
    store.connection.execute(f"PRAGMA wal_autocheckpoint = {fold}")
    for round_ in range(12):
        sold(store)
        if round_ % 5 == 4:
            store.checkpoint()
        aside = directory.with_name(f"killed-{round_}")
        shutil.copytree(directory, aside)
        again = open_store(aside)
        assert sold(again) == round_ + 2
        again.close()
    store.close()


def test_a_file_cut_in_the_midst_of_folding_is_no_older_copy(tmp_path: Path) -> None:
    """Its pages are of two moments: the way to the entry may be lost until the log is folded in."""
    directory = tmp_path / "store"
    sell(directory, 60)
    killed(directory, 60)
    whole = tmp_path / "whole"
    shutil.copytree(directory, whole)
    sell(whole, 1)
    old, new = ((each / FILE_NAME).read_bytes() for each in (directory, whole))
    for odd in (0, 1):
        pages = [
            (new if number % 2 == odd and len(new) > start else old)[start : start + 4096]
            for number, start in enumerate(range(0, len(old), 4096))
        ]
        (directory / FILE_NAME).write_bytes(b"".join(pages))
        aside = tmp_path / f"cut-{odd}"
        shutil.copytree(directory, aside)
        store = open_store(aside)
        assert not list(journal.verify(store.connection))
        store.close()
