"""Somebody writes into the store's files while the till runs, as cp does: the files stay the same ones."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent.sale import events as e
from agent.store import journal
from agent.store.errors import StoreGone, StoreLost
from agent.store.opening import FILE_NAME, open_store
from tests.rig.till import RICE, RigTill

LOG = f"{FILE_NAME}-wal"


def fold(till: RigTill) -> None:
    till.till.fold_log()


def grown(directory: Path) -> tuple[RigTill, Path]:
    """A till with an older copy of its file, and so many bills since that each table has pages of its own
    from before and after; the newest bill is in the log alone."""
    till = RigTill(directory)
    for _ in range(10):
        till.sell()
    fold(till)
    copy = directory.with_name("older.db")
    shutil.copyfile(directory / FILE_NAME, copy)
    for _ in range(60):
        till.sell()
    fold(till)
    till.sell()
    return till, copy


def files(directory: Path) -> dict[str, bytes]:
    return {name: (directory / name).read_bytes() for name in (FILE_NAME, LOG)}


def test_an_older_copy_laid_over_the_open_file_is_noticed_and_mixed_with_nothing(tmp_path: Path) -> None:
    till, copy = grown(tmp_path / "store")
    shutil.copyfile(copy, till.directory / FILE_NAME)
    answer = till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor))
    assert (answer.ok, answer.code) == (False, "store-gone")
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "error"
    left = files(till.directory)
    till.close()
    assert files(till.directory) == left
    with pytest.raises(StoreLost, match="older copy beside the log"):
        open_store(till.directory)


def test_one_that_is_noticed_at_the_end_alone_is_not_folded_in_either(tmp_path: Path) -> None:
    till, copy = grown(tmp_path / "store")
    shutil.copyfile(copy, till.directory / FILE_NAME)
    with pytest.raises(StoreGone):
        till.store.checkpoint()
    left = files(till.directory)
    till.close()
    assert files(till.directory) == left


@pytest.mark.parametrize("length", [0, 4096])
def test_a_log_that_is_cut_off_is_noticed(tmp_path: Path, length: int) -> None:
    till, _ = grown(tmp_path / "store")
    os.truncate(till.directory / LOG, length)
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "error"
    assert not till.open_sale.do(e.ItemAdded(RICE, 1000, RICE.price_minor)).ok
    till.close()
    with pytest.raises(StoreLost):
        open_store(till.directory)


def test_an_older_log_laid_over_the_open_one_is_noticed(tmp_path: Path) -> None:
    till, _ = grown(tmp_path / "store")
    log = till.directory / LOG
    older = log.read_bytes()
    fold(till)
    while log.stat().st_size <= len(older):
        till.sell()
    log.write_bytes(older.ljust(log.stat().st_size, b"\0"))
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "error"
    till.close()
    with pytest.raises(StoreLost):
        open_store(till.directory)


def touched(till: RigTill) -> None:
    for name in (FILE_NAME, LOG):
        os.utime(till.directory / name, (0, 0))


def folded_by_another(till: RigTill) -> None:
    with closing(sqlite3.connect(till.directory / FILE_NAME)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def written_by_another(till: RigTill) -> None:
    with closing(sqlite3.connect(till.directory / FILE_NAME)) as other:
        other.execute("INSERT INTO fact VALUES ('somebody', 'was here')")
        other.commit()


def failed(till: RigTill) -> None:
    with pytest.raises(RuntimeError), till.store.transaction() as tx:
        tx.executemany("INSERT INTO fact VALUES (?, ?)", ((str(n), "x" * 4000) for n in range(4000)))
        raise RuntimeError


@pytest.mark.parametrize("happens", [touched, folded_by_another, written_by_another, failed])
def test_what_takes_nothing_away_stops_nobody(tmp_path: Path, happens: Callable[[RigTill], None]) -> None:
    till, _ = grown(tmp_path / "store")
    happens(till)
    till.till.look_at_store()
    assert till.board.part("badges")["store"]["state"] == "ok"
    sold = till.sell()
    till.reopen()
    assert till.board.part("last_bill")["number"] == sold
    assert not list(till.till.read(lambda tx: list(journal.verify(tx))))
    till.close()
