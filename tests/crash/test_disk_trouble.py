"""Full and failing disks: the till says so in words, leaves nothing half done, and sells again afterwards."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.store.errors import StoreError, StoreFull, StoreReadOnly
from agent.store.opening import Store, open_store
from tests.crash import seller
from tests.crash import small_disk as disks
from tests.crash.heard import Heard
from tests.crash.judge import Base, Standing, examine, judge
from tests.crash.room import room
from tests.crash.trace import NoTracing, check_tracing

ROOT = Path(__file__).resolve().parents[2]
DISK_BYTES = 1 << 20
_SENTENCE = re.compile(r"[A-Z].* .*\.$")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of one megabyte."""
    with disks.small_disk(tmp_path / "disk", DISK_BYTES) as place:
        yield place


class HeardSeller:
    """A faceless seller on a store in this process, and what it said."""

    def __init__(self, directory: Path, seed: str) -> None:
        self.heard = Heard()
        self.store: Store = open_store(directory)
        self._seller = seller.Seller(self.store, lambda line: self.heard.hear(line.encode()), seed)

    def sell(self, count: int) -> None:
        self._seller.sell(count)

    def sell_until_full(self) -> None:
        with pytest.raises(StoreFull) as refusal:
            self._seller.sell(1 << 30)
        assert "disk is full" in refusal.value.text
        assert _SENTENCE.match(refusal.value.text)

    def is_whole(self) -> None:
        """The store holds exactly what was said: nothing lost, and nothing that was refused either."""
        assert list(examine(self.store.connection, self.heard)) == []
        found = Standing.of(self.store.connection, Base())
        assert [bill.number for bill in found.bills] == self.heard.acked
        assert sum(found.open_lines) == self.heard.scans
        assert not self.store.connection.in_transaction


def test_a_full_disk_stops_selling_until_there_is_room_again(small_disk: Path) -> None:
    """The same till, not restarted, goes on with the sale it had open."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(512 * 1024))
    till = HeardSeller(small_disk / "store", "full")
    till.sell_until_full()
    till.is_whole()
    before = len(till.heard.acked)
    for _ in range(20):
        till.sell_until_full()
    till.is_whole()
    ballast.unlink()
    till.sell(2)
    till.is_whole()
    assert len(till.heard.acked) >= before + 2
    till.store.close()
    assert judge(small_disk / "store", till.heard) == []


def test_a_till_that_dies_on_a_full_disk_starts_again_on_it(small_disk: Path) -> None:
    """No byte is free, the log is full of sales: what was said is there, and selling goes on with room."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(256 * 1024))
    child = os.fork()
    if not child:
        try:
            with (small_disk / "said").open("wb", buffering=0) as said:
                said.write(bytes(65536))  # its room is taken before the disk fills
                said.seek(0)
                store = open_store(small_disk / "store")
                seller.Seller(store, lambda line: said.write(f"{line}\n".encode()), "dies").sell(1 << 30)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    heard = Heard()
    for line in (small_disk / "said").read_bytes().rstrip(b"\0").splitlines():
        heard.hear(line)
    assert heard.acked
    store = open_store(small_disk / "store")
    assert list(examine(store.connection, heard)) == []
    store.close()
    ballast.unlink()
    till = HeardSeller(small_disk / "store", "starts")
    till.heard = heard
    till.sell(2)
    till.is_whole()
    till.store.close()


def test_a_full_disk_is_called_full_when_the_till_starts(small_disk: Path) -> None:
    """Also when there is no room for the small files that SQLite makes when it opens."""
    till = HeardSeller(small_disk / "store", "start")
    till.sell(3)
    till.store.close()
    filler = disks.fill(small_disk)
    with pytest.raises(StoreFull):
        open_store(small_disk / "store")
    filler.unlink()
    assert judge(small_disk / "store", till.heard) == []


def test_a_store_that_cannot_be_made_on_a_full_disk_is_made_when_there_is_room(small_disk: Path) -> None:
    filler = disks.fill(small_disk)
    with pytest.raises(StoreError) as refusal:
        open_store(small_disk / "store")
    assert _SENTENCE.match(refusal.value.text)
    filler.unlink()
    till = HeardSeller(small_disk / "store", "late")
    till.sell(1)
    till.is_whole()
    till.store.close()


def test_a_disk_mounted_read_only_is_named(small_disk: Path) -> None:
    till = HeardSeller(small_disk / "store", "read-only")
    till.sell(1)
    till.store.close()
    assert disks.mount("-o", "remount,ro", str(small_disk)).returncode == 0
    with pytest.raises(StoreReadOnly) as refusal:
        open_store(small_disk / "store")
    assert _SENTENCE.match(refusal.value.text)


def test_room_for_ever_more_pages_never_leaves_half_a_sale(tmp_path: Path) -> None:
    """SQLite's own limit stops a commit in each of its places: one page more each time, 40 times."""
    till = HeardSeller(tmp_path / "store", "pages")
    connection = till.store.connection
    refused = 0
    for _ in range(40):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        before = len(till.heard.acked)
        till.sell_until_full()
        till.is_whole()
        refused += 1
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        assert len(till.heard.acked) >= before
    connection.execute("PRAGMA max_page_count = 100000")
    till.sell(3)
    till.is_whole()
    till.store.close()
    assert refused == 40


def _injected(directory: Path, call: str, error: str, when: str) -> tuple[int, bytes]:
    """A selling till whose system call fails at its nth time, or from then on ("n+")."""
    tracer = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "signal=none", "-e", f"trace={call}"]
    tracer += ["-e", f"inject={call}:error={error}:when={when}"]
    done = subprocess.run(
        [*tracer, sys.executable, "-m", "tests.crash.seller", str(directory), "--sales", "6"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize(("call", "places"), [("fdatasync", (12, 31, 50)), ("pwrite64", (120, 257, 400))])
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from-then-on"])
def test_a_disk_that_fails_stops_the_till_in_words_and_loses_nothing(
    call: str, error: str, places: tuple[int, ...], lasting: bool
) -> None:
    """The kernel refuses a write or a sync. Until then every word holds; what was not said may be there
    once. A refusal within a checkpoint costs nothing, and the till may go on."""
    try:
        check_tracing()
    except NoTracing as reason:
        pytest.skip(f"a failing disk is not tried here: {reason}")
    stopped = 0
    for place in places:
        with room() as work:
            status, said = _injected(work / "store", call, error, f"{place}+" if lasting else str(place))
            heard = Heard()
            for line in said.splitlines():
                heard.hear(line)
            if status:
                trouble = said.splitlines()[-1].decode()
                assert re.match(r"TROUBLE Store(Broken|Unsure|Full): [A-Z].*\.$", trouble), said.decode()
                stopped += 1
            assert judge(work / "store", heard) == []
    assert stopped or not lasting


@pytest.mark.parametrize(("error", "named"), [("EDQUOT", "StoreFull"), ("EROFS", "StoreReadOnly")])
def test_a_quota_and_a_disk_that_turned_read_only_are_called_that(error: str, named: str) -> None:
    """SQLite says "disk I/O error" to both, after which a till would have to end."""
    try:
        check_tracing()
    except NoTracing as reason:
        pytest.skip(f"a failing disk is not tried here: {reason}")
    with room() as work:
        status, said = _injected(work / "store", "pwrite64", error, "257+")
        heard = Heard()
        for line in said.splitlines():
            heard.hear(line)
        assert status
        assert said.splitlines()[-1].decode().startswith(f"TROUBLE {named}: ")
        assert judge(work / "store", heard) == []


def test_a_disk_that_turns_read_only_under_a_selling_till_ends_nothing(tmp_path: Path) -> None:
    """What ext4 does at its first error: files that are open for writing are refused every byte."""
    with disks.ext4_disk(tmp_path / "disk") as disk:
        till = HeardSeller(disk / "store", "turns")
        till.sell(3)
        disks.turns_read_only(disk)
        for _ in range(3):
            with pytest.raises(StoreReadOnly) as refusal:
                till.sell(1)
            assert _SENTENCE.match(refusal.value.text)
            till.is_whole()
        till.store.close()
