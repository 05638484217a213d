"""Numbers that this till has given out are never given out again, whatever becomes of the store."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent.store import beginning, delivery, high_water, omitted, sales, spool
from agent.store.errors import StoreDamaged, StoreForeign, StoreLost
from agent.store.high_water import BLOCK, MARK_NAME
from agent.store.keys import KEY_NAME
from agent.store.opening import FILE_NAME, Store, open_store, trouble
from agent.store.room import Room
from tests.rig import stores
from tests.rig.damage import write_past_rules
from tests.rig.papers import AT, SERIES

CREDITS = f"{SERIES}C"
LOG = f"{FILE_NAME}-wal"


def sell(directory: Path, count: int, series: str = SERIES) -> list[int]:
    """The numbers of that many bills, of a till that starts and stops."""
    store = open_store(directory)
    numbers = [sold(store, series) for _ in range(count)]
    store.close()
    return numbers


def sold(store: Store, series: str = SERIES) -> int:
    return stores.complete(store, stores.covered_sale(os.urandom(8).hex()), series=series).bill.seq


def killed(directory: Path, count: int) -> None:
    """Sell in a process that is killed: its log stays."""
    store = open_store(directory)
    for _ in range(count):
        sold(store)
    aside = directory.with_name("killed")
    shutil.copytree(directory, aside)
    store.close()
    shutil.rmtree(directory)
    aside.rename(directory)


def copied(directory: Path) -> Path:
    """A copy of the store alone, as a technician makes one."""
    copy = directory.with_name("copy.db")
    shutil.copy(directory / FILE_NAME, copy)
    return copy


def put_back(copy: Path, directory: Path) -> None:
    for name in (FILE_NAME, LOG, f"{FILE_NAME}-shm"):
        (directory / name).unlink(missing_ok=True)
    shutil.copy(copy, directory / FILE_NAME)


def begun(directory: Path, after: dict[str, int] | None = None) -> None:
    beginning.say(directory, beginning.Word(AT, "anna", after or {}))


def entries(store: Store, kind: str) -> list[dict[str, object]]:
    found = store.connection.execute("SELECT body FROM journal WHERE kind = ? ORDER BY n", (kind,))
    return [json.loads(body) for (body,) in found]


def emptied(directory: Path) -> None:
    (directory / FILE_NAME).write_bytes(b"")
    (directory / LOG).unlink(missing_ok=True)


def removed(directory: Path) -> None:
    for name in (FILE_NAME, LOG, f"{FILE_NAME}-shm"):
        (directory / name).unlink(missing_ok=True)


def blank(directory: Path) -> None:
    """A database that was made and nothing more, as SQLite's own shell leaves it."""
    directory.mkdir(exist_ok=True)
    removed(directory)
    with closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        connection.execute("PRAGMA journal_mode = wal")


def only_the_file_removed(directory: Path) -> None:
    (directory / FILE_NAME).unlink()


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("lose", [emptied, removed, only_the_file_removed, blank])
@pytest.mark.parametrize("witness", [MARK_NAME, KEY_NAME, "both"])
def test_a_store_that_is_lost_is_not_begun_anew(
    tmp_path: Path, lose: Callable[[Path], None], witness: str
) -> None:
    killed(tmp_path / "store", 3)
    lose(tmp_path / "store")
    if witness != "both":
        (tmp_path / "store" / (KEY_NAME if witness == MARK_NAME else MARK_NAME)).unlink()
    with pytest.raises(StoreLost, match="has sold before"):
        open_store(tmp_path / "store")
    with pytest.raises(StoreLost):
        open_store(tmp_path / "store")


@pytest.mark.parametrize("lose", [emptied, removed, only_the_file_removed, blank])
def test_a_store_whose_key_is_a_credential_and_whose_mark_is_gone_too_left_its_ballast(
    tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    directory = tmp_path / "store"
    killed(directory, 3)
    Room(directory, ballast_bytes=4096).make_ballast()
    lose(directory)
    for name in (KEY_NAME, MARK_NAME):
        (directory / name).unlink()
    with pytest.raises(StoreLost, match="has sold before"):
        open_store(directory)


@pytest.mark.parametrize("left", [None, b""], ids=["gone", "empty"])
def test_a_log_that_holds_something_without_its_store_is_a_witness_too(
    tmp_path: Path, left: bytes | None
) -> None:
    directory = tmp_path / "store"
    killed(directory, 3)
    for name in (FILE_NAME, KEY_NAME, MARK_NAME):
        (directory / name).unlink()
    if left is not None:
        (directory / FILE_NAME).write_bytes(left)
    with pytest.raises(StoreLost, match="has sold before"):
        open_store(directory)
    (directory / LOG).write_bytes(b"")
    assert sell(directory, 1) == [1]


def test_a_store_whose_disk_is_not_mounted_is_not_begun_anew(tmp_path: Path) -> None:
    """Its key, its mark and its log are on that disk too; the till's own directory tells."""
    home, directory, unmounted = tmp_path / "home", tmp_path / "disk", tmp_path / "unmounted"
    home.mkdir()
    store = open_store(directory, home=home)
    assert store.look_beside() is None
    assert list(home.iterdir()) == [], "it has not sold"
    assert sold(store) == 1
    assert store.look_beside() is None
    store.close()
    directory.rename(unmounted)
    with pytest.raises(StoreLost, match="may not be mounted"):
        open_store(directory, home=home)
    assert isinstance(trouble(directory, home)[0], StoreLost)
    blank(directory)
    with pytest.raises(StoreLost, match="may not be mounted"):
        open_store(directory, home=home)
    removed(directory)
    other = open_store(tmp_path / "another", home=home)
    assert sold(other) == 1
    other.close()
    begun(directory, {SERIES: 1})
    store = open_store(directory, home=home)
    assert sold(store) == 2
    store.close()
    shutil.rmtree(directory)
    unmounted.rename(directory)
    store = open_store(directory, home=home)
    assert sold(store) == 2
    store.close()


def test_an_older_copy_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    sell(tmp_path / "store", 2)
    copy = copied(tmp_path / "store")
    sell(tmp_path / "store", 1)
    put_back(copy, tmp_path / "store")
    with pytest.raises(StoreLost, match=f"bill {SERIES}-000003 was given out") as refused:
        open_store(tmp_path / "store")
    assert str(tmp_path / "store" / FILE_NAME) in str(refused.value)
    assert (tmp_path / "store" / FILE_NAME).read_bytes() == copy.read_bytes()


def test_an_older_copy_that_sold_as_much_elsewhere_is_refused(tmp_path: Path) -> None:
    sell(tmp_path / "store", 2)
    copy = copied(tmp_path / "store")
    sell(tmp_path / "store", 2)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(tmp_path / "store" / KEY_NAME, elsewhere)
    shutil.copy(copy, elsewhere / FILE_NAME)
    begun(elsewhere)
    assert sell(elsewhere, 2) == [3, 4]
    put_back(copied(elsewhere), tmp_path / "store")
    with pytest.raises(StoreLost):
        open_store(tmp_path / "store")


def test_the_store_of_another_till_is_refused(tmp_path: Path) -> None:
    sell(tmp_path / "one", 1)
    sell(tmp_path / "two", 1)
    shutil.copy(tmp_path / "two" / FILE_NAME, tmp_path / "one" / FILE_NAME)
    shutil.copy(tmp_path / "two" / KEY_NAME, tmp_path / "one" / KEY_NAME)
    with pytest.raises(StoreLost, match="belongs to another store"):
        open_store(tmp_path / "one")


def test_a_deleted_log_is_noticed(tmp_path: Path) -> None:
    killed(tmp_path / "store", 3)
    (tmp_path / "store" / LOG).unlink()
    with pytest.raises(StoreLost):
        open_store(tmp_path / "store")


def test_a_copy_a_block_older_is_refused_without_the_last_bill_of_the_mark(tmp_path: Path) -> None:
    sell(tmp_path / "store", 1)
    copy = copied(tmp_path / "store")
    sell(tmp_path / "store", BLOCK)
    put_back(copy, tmp_path / "store")
    with (tmp_path / "store" / MARK_NAME).open("r+b") as file:
        file.write(b" " * 511 + b"\n")
    with pytest.raises(StoreLost, match="higher numbers") as refused:
        open_store(tmp_path / "store")
    assert str(tmp_path / "store" / FILE_NAME) in str(refused.value)


@pytest.mark.parametrize(("table", "damage"), [("bill", "number = NULL"), ("journal", "hash = NULL")])
def test_a_newest_bill_that_is_damaged_keeps_no_till_from_selling_and_still_tells_an_older_copy(
    tmp_path: Path, table: str, damage: str
) -> None:
    directory, damaged = tmp_path / "store", tmp_path / "damaged.db"
    sell(directory, 1)
    copy = copied(directory)
    sell(directory, 1)
    newest = f"UPDATE {table} SET {damage} WHERE rowid = (SELECT max(rowid) FROM {table})"
    write_past_rules(directory / FILE_NAME, table, newest)
    open_store(directory).close()
    shutil.copy(directory / FILE_NAME, damaged)
    put_back(copy, directory)
    with pytest.raises(StoreLost, match=f"bill {SERIES}-000002 was given out"):
        open_store(directory)
    put_back(damaged, directory)
    assert sell(directory, 1) == [3]


# --- what is silent ---------------------------------------------------------------------------------


def test_a_kill_leaves_no_refusal_and_no_gap(tmp_path: Path) -> None:
    killed(tmp_path / "store", 3)
    assert sell(tmp_path / "store", 2) == [4, 5]


def test_a_mark_that_a_power_cut_left_behind_is_no_loss(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    sold(store)
    early = (tmp_path / "store" / MARK_NAME).read_bytes()
    sold(store)
    store.close()
    (tmp_path / "store" / MARK_NAME).write_bytes(early)
    assert sell(tmp_path / "store", 1) == [3]


@pytest.mark.parametrize("left", [b"", bytes(100), bytes(512 + 4096), b"\xff" * (512 + 4096)])
def test_a_mark_in_which_nothing_can_be_read_is_as_good_as_none(tmp_path: Path, left: bytes) -> None:
    """The store beside it may be an older copy: only a person who has seen the papers knows."""
    sell(tmp_path / "store", 2)
    (tmp_path / "store" / MARK_NAME).write_bytes(left)
    with pytest.raises(StoreLost, match="how far its numbers went"):
        open_store(tmp_path / "store")
    begun(tmp_path / "store", {SERIES: 2})
    assert sell(tmp_path / "store", 1) == [3]
    found = high_water.read(tmp_path / "store")
    assert found and found.last and found.last.seq == 3


def test_one_bit_of_the_marks_last_bill_hides_no_older_copy(tmp_path: Path) -> None:
    sell(tmp_path / "store", 1)
    copy = copied(tmp_path / "store")
    sell(tmp_path / "store", 2)
    put_back(copy, tmp_path / "store")
    content = bytearray((tmp_path / "store" / MARK_NAME).read_bytes())
    content[20] ^= 1
    (tmp_path / "store" / MARK_NAME).write_bytes(content)
    with pytest.raises(StoreLost):
        open_store(tmp_path / "store")
    begun(tmp_path / "store")
    assert sell(tmp_path / "store", 1)[0] > 3


def test_each_place_of_the_ceilings_alone_still_tells(tmp_path: Path) -> None:
    sell(tmp_path / "store", BLOCK + 1)
    whole = (tmp_path / "store" / MARK_NAME).read_bytes()
    told = []
    for start in (512, 512 + 2048):
        torn = bytearray(whole)
        torn[start : start + 2048] = bytes(2048)
        (tmp_path / "store" / MARK_NAME).write_bytes(torn)
        found = high_water.read(tmp_path / "store")
        assert found and found.readable
        told.append(found.ceilings[SERIES])
    assert max(told) == 2 * BLOCK
    assert min(told) >= BLOCK


@pytest.mark.parametrize("beside", [None, b"not one"])
def test_a_store_from_before_there_was_a_mark_opens_and_gets_one(
    tmp_path: Path, beside: bytes | None
) -> None:
    sell(tmp_path / "store", 2)
    (tmp_path / "store" / MARK_NAME).unlink()
    if beside:
        (tmp_path / "store" / MARK_NAME).write_bytes(beside)
    connection = sqlite3.connect(tmp_path / "store" / FILE_NAME)
    connection.execute("DELETE FROM fact WHERE key = 'numbers-marked'")
    connection.commit()
    connection.close()
    assert sell(tmp_path / "store", 1) == [3]
    assert high_water.read(tmp_path / "store")


def test_a_copy_that_comes_without_its_mark_is_not_trusted_with_numbers(tmp_path: Path) -> None:
    """On a new box, or where somebody deleted it: how far the numbers went since, nobody knows."""
    directory = tmp_path / "store"
    sell(directory, 2)
    (directory / MARK_NAME).unlink()
    with pytest.raises(StoreLost, match="may be an older copy"):
        open_store(directory)
    begun(directory, {SERIES: 40})
    assert sell(directory, 1) == [41]


def test_a_first_opening_that_ended_before_the_store_was_there_is_begun_again(tmp_path: Path) -> None:
    """What it may leave: the lock, the key under its first name, an empty file."""
    directory = tmp_path / "store"
    directory.mkdir()
    (directory / "store.new").write_text("not yet a key")
    (directory / FILE_NAME).touch()
    assert sell(directory, 1) == [1]
    assert not (directory / "store.new").exists()


def test_a_store_with_its_check_whose_key_has_not_its_name_yet_opens(tmp_path: Path) -> None:
    sell(tmp_path / "store", 1)
    (tmp_path / "store" / KEY_NAME).rename(tmp_path / "store" / "store.new")
    assert sell(tmp_path / "store", 1) == [2]
    assert (tmp_path / "store" / KEY_NAME).exists()


def test_a_disk_that_does_not_take_the_mark_stops_no_sale(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "store" / "till.mark.new").mkdir(parents=True)
    store = open_store(tmp_path / "store")
    assert [sold(store), sold(store)] == [1, 2]
    store.close()
    assert caplog.text.count("cannot be written") == 1
    (tmp_path / "store" / "till.mark.new").rmdir()
    assert sell(tmp_path / "store", 1) == [3]


# --- the ceiling ------------------------------------------------------------------------------------


def test_no_number_is_used_before_its_ceiling_is_on_the_disk(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    for _ in range(2 * BLOCK + 1):
        seq = sold(store)
        found = high_water.read(tmp_path / "store")
        assert found
        assert seq <= found.ceilings[SERIES] < seq + BLOCK
    sold(store, CREDITS)
    found = high_water.read(tmp_path / "store")
    assert found and found.ceilings[CREDITS] == BLOCK
    store.close()


def test_a_quiet_moment_raises_the_ceiling_before_a_customer_waits(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    store.high_water.run_ahead(SERIES, 1)
    for upcoming in range(1, BLOCK):
        assert sold(store) == upcoming
        store.high_water.run_ahead(SERIES, upcoming + 1)
    found = high_water.read(tmp_path / "store")
    assert found and found.ceilings[SERIES] > BLOCK
    store.close()
    assert trouble(tmp_path / "store")[0] is None


def test_a_ceiling_is_raised_once_a_quarter_of_a_block_is_left(tmp_path: Path) -> None:
    """Sooner would cost a sync that nobody needs, later a customer would wait for it."""

    def ceiling(upcoming: int) -> int:
        store.high_water.run_ahead(SERIES, upcoming)
        found = high_water.read(tmp_path / "store")
        return found.ceilings[SERIES] if found else 0

    store = open_store(tmp_path / "store")
    quarter = BLOCK * 3 // 4
    assert [ceiling(upcoming) for upcoming in (1, quarter, quarter + 1)] == [BLOCK, BLOCK, quarter + BLOCK]
    store.close()


# --- beginning again --------------------------------------------------------------------------------


def test_a_word_begins_after_every_number_that_may_have_been_given_out(tmp_path: Path) -> None:
    directory = tmp_path / "store"
    sell(directory, 3)
    sell(directory, 1, CREDITS)
    key = (directory / KEY_NAME).read_bytes()
    removed(directory)
    begun(directory)
    store = open_store(directory)
    assert sold(store) == BLOCK + 1
    assert sold(store, CREDITS) == BLOCK + 1
    [told] = entries(store, "store-begun")
    assert told["by"] == "anna"
    assert told["why"] == "missing"
    assert told["gaps"] == [
        {"series": SERIES, "from": 1, "to": BLOCK},
        {"series": CREDITS, "from": 1, "to": BLOCK},
    ]
    assert told["last"]["number"] == f"{CREDITS}000001"  # type: ignore[index]
    store.close()
    assert (directory / KEY_NAME).read_bytes() == key
    assert sell(directory, 1) == [BLOCK + 2]


def test_a_word_keeps_an_older_copy_and_doubts_what_it_has_to_send_and_print(tmp_path: Path) -> None:
    directory = tmp_path / "store"
    store = open_store(directory)
    stores.complete(store, stores.covered_sale("one"), [stores.call()])
    store.close()
    copy = copied(directory)
    sell(directory, 1)
    put_back(copy, directory)
    begun(directory)
    store = open_store(directory)
    assert sold(store) == BLOCK + 1
    assert entries(store, "store-begun")[0]["gaps"] == [{"series": SERIES, "from": 2, "to": BLOCK}]
    assert store.connection.execute("SELECT state FROM outbox").fetchall() == [("unknown",)]
    states = store.connection.execute("SELECT state FROM spool ORDER BY id").fetchall()
    assert states[0] == ("unknown",)
    store.close()
    assert sell(directory, 1) == [BLOCK + 2]


def test_what_a_person_reads_on_paper_counts_where_the_mark_is_lost_too(tmp_path: Path) -> None:
    directory = tmp_path / "store"
    sell(directory, 3)
    removed(directory)
    (directory / MARK_NAME).unlink()
    begun(directory, {SERIES: 3})
    assert sell(directory, 1) == [4]


@pytest.mark.parametrize("fill", [b"\xff", b"\0"])
def test_a_damaged_store_is_set_aside_by_a_word_and_nothing_of_it_is_deleted(
    tmp_path: Path, fill: bytes
) -> None:
    directory = tmp_path / "store"
    sell(directory, 3)
    content = bytearray((directory / FILE_NAME).read_bytes())
    content[:8192] = fill * 8192
    (directory / FILE_NAME).write_bytes(content)
    with pytest.raises((StoreDamaged, StoreForeign)):
        open_store(directory)
    begun(directory)
    assert sell(directory, 1) == [BLOCK + 1]
    [kept] = directory.glob(f"{FILE_NAME}.aside-*")
    assert kept.read_bytes() == content


def test_the_log_of_a_lost_store_is_not_played_into_the_new_one(tmp_path: Path) -> None:
    directory = tmp_path / "store"
    killed(directory, 3)
    only_the_file_removed(directory)
    begun(directory)
    store = open_store(directory)
    assert store.connection.execute("SELECT count(*) FROM bill").fetchone()[0] == 0
    store.close()
    assert list(directory.glob(f"{FILE_NAME}.aside-*-wal"))


def test_a_word_is_carried_out_once_and_over_a_cut(tmp_path: Path) -> None:
    directory = tmp_path / "store"
    sell(directory, 3)
    removed(directory)
    begun(directory)
    word = (directory / beginning.WORD_NAME).read_bytes()
    open_store(directory).close()
    (directory / beginning.WORD_NAME).write_bytes(word)
    store = open_store(directory)
    assert sold(store) == BLOCK + 1
    store.close()
    assert not (directory / beginning.WORD_NAME).exists()


def test_trouble_is_told_before_a_word_is_said(tmp_path: Path) -> None:
    sell(tmp_path / "store", 1)
    assert trouble(tmp_path / "store")[0] is None
    emptied(tmp_path / "store")
    found, mark = trouble(tmp_path / "store")
    assert isinstance(found, StoreLost)
    assert mark and mark.last and mark.last.seq == 1


# --- a damaged log ----------------------------------------------------------------------------------


def spoilt(directory: Path, frame: int) -> int:
    """Damage a frame of the log; how many bills SQLite still finds."""
    path = directory / LOG
    with path.open("r+b") as file:
        file.seek(32 + frame * (24 + 4096) + 1000)
        file.write(os.urandom(64))
    aside = directory.with_name("look")
    shutil.copytree(directory, aside)
    connection = sqlite3.connect(aside / FILE_NAME)
    count = int(connection.execute("SELECT count(*) FROM bill").fetchone()[0])
    connection.close()
    shutil.rmtree(aside)
    return count


@pytest.mark.parametrize("with_last", [True, False])
def test_sales_lost_with_a_damaged_log_are_said_and_their_numbers_not_used(
    tmp_path: Path, *, with_last: bool
) -> None:
    """Every frame in turn: a log that has lost finished sales is refused, whether the mark knows
    the last one or a power cut took that."""
    killed(tmp_path / "store", 6)
    if not with_last:
        with (tmp_path / "store" / MARK_NAME).open("r+b") as file:
            file.write(bytes(512))
    shutil.copytree(tmp_path / "store", tmp_path / "whole")
    frames = ((tmp_path / "store" / LOG).stat().st_size - 32) // (24 + 4096)
    lost: list[int] = []
    for frame in range(frames):
        shutil.rmtree(tmp_path / "store")
        shutil.copytree(tmp_path / "whole", tmp_path / "store")
        left = spoilt(tmp_path / "store", frame)
        if left == 6 or (left == 5 and not with_last):
            continue
        lost.append(frame)
        with pytest.raises(StoreLost):
            open_store(tmp_path / "store")
    assert len(lost) > 10
    shutil.rmtree(tmp_path / "store")
    shutil.copytree(tmp_path / "whole", tmp_path / "store")
    spoilt(tmp_path / "store", lost[-1])
    begun(tmp_path / "store")
    assert sell(tmp_path / "store", 1)[0] > 6
    store = open_store(tmp_path / "store")
    assert omitted.up_to(store.connection)[SERIES] >= 6
    store.close()


def test_a_word_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    file = beginning.say(tmp_path, beginning.Word(AT, "anna", {SERIES: 7}))
    assert beginning.said(tmp_path) == beginning.Word(AT, "anna", {SERIES: 7})
    file.write_text("{")
    assert beginning.said(tmp_path) is None


# --- a store that knows the last bill, and not what became of it ------------------------------------------


def queued(directory: Path) -> list[int]:
    """A bill with a call for the cloud and a print job; the ids of its calls."""
    store = open_store(directory)
    sale = stores.covered_sale(os.urandom(8).hex())
    closed = stores.complete(store, sale, [stores.call(key=os.urandom(4).hex())])
    store.close()
    return list(closed.queued)


def doubts(directory: Path) -> tuple[list[str], list[str]]:
    """States of the open calls and of the open print jobs."""
    store = open_store(directory)
    calls = [state for (state,) in store.connection.execute("SELECT state FROM outbox ORDER BY id")]
    jobs = [job.state for job in spool.open_jobs(store.connection)]
    store.close()
    return calls, jobs


@pytest.mark.parametrize("ended", ["call", "job"])
@pytest.mark.parametrize("how", ["an older copy", "a lost log"])
def test_a_store_that_forgot_what_was_sent_or_printed_doubts_it(tmp_path: Path, ended: str, how: str) -> None:
    (row_id,) = queued(tmp_path / "store")
    copy = copied(tmp_path / "store")
    store = open_store(tmp_path / "store")
    with store.transaction() as tx:
        if ended == "call":
            delivery.done(tx, row_id, "1", 1)
        else:
            spool.end(tx, spool.open_jobs(tx)[0].id, "confirmed", AT)
    if how == "a lost log":
        shutil.copytree(tmp_path / "store", tmp_path / "killed")
        store.close()
        (tmp_path / "killed" / LOG).unlink()
        assert doubts(tmp_path / "killed") == (["unknown"], ["unknown"])
    else:
        store.close()
        put_back(copy, tmp_path / "store")
        assert doubts(tmp_path / "store") == (["unknown"], ["unknown"])


def test_a_store_that_knows_what_was_sent_and_printed_doubts_nothing(tmp_path: Path) -> None:
    (row_id,) = queued(tmp_path / "store")
    store = open_store(tmp_path / "store")
    with store.transaction() as tx:
        delivery.done(tx, row_id, "1", 1)
        spool.end(tx, spool.open_jobs(tx)[0].id, "confirmed", AT)
    store.close()
    queued(tmp_path / "store")
    assert doubts(tmp_path / "store") == (["ready"], ["queued"])


# --- what a word keeps, and what it does not believe --------------------------------------------------------


def test_a_start_that_ends_half_way_keeps_what_was_set_aside_before(tmp_path: Path) -> None:
    """Its own half-made store does not take the place of the damaged one."""
    sell(tmp_path / "store", 3)
    damaged = b"damaged " * 4096
    (tmp_path / "store" / FILE_NAME).write_bytes(damaged)
    begun(tmp_path / "store")
    word = (tmp_path / "store" / beginning.WORD_NAME).read_bytes()
    open_store(tmp_path / "store").close()
    (tmp_path / "store" / FILE_NAME).write_bytes(b"half made")
    (tmp_path / "store" / beginning.WORD_NAME).write_bytes(word)
    open_store(tmp_path / "store").close()
    kept = [file.read_bytes() for file in (tmp_path / "store").glob("till.db.aside-*")]
    assert sorted(kept) == sorted([damaged, b"half made"])


def test_an_open_sale_is_not_gone_on_with_after_a_word(tmp_path: Path) -> None:
    """It may have become a bill since, which the store does not know."""
    store = open_store(tmp_path / "store")
    with store.transaction() as tx:
        sales.record(tx, "sale-1", sales.Recorded(1, AT, "", stores.goods_events(1)[0]))
    store.close()
    copy = copied(tmp_path / "store")
    sell(tmp_path / "store", 1)
    put_back(copy, tmp_path / "store")
    begun(tmp_path / "store")
    store = open_store(tmp_path / "store")
    assert sales.open_sales(store.connection) == {}
    assert [entry["sale_id"] for entry in entries(store, "set-aside")] == ["sale-1"]
    store.close()
