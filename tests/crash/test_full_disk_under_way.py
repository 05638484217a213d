"""The whole daemon on a disk that fills while it prints and sends: it lives, and everything is there once.

POS_FULL_DISKS sets how many disks fill at moments that mean nothing, each by its own seed; `make full-disk`
is the long form.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agent.simulated.world import World
from agent.store import journal
from agent.store.opening import open_store
from tests.crash.small_disk import fill, small_disk

DISKS = int(os.environ.get("POS_FULL_DISKS", "2"))
DISK_BYTES = 4 << 20
LABELS = ("8900000000012", "8900000000166", "8900000000081")
PATIENCE_S = 60.0
_VERDICT = re.compile(r"print job (\d+) attempt \d+: (confirmed|sent|unknown) after")


class FullDiskWorld:
    """A till whose store has a disk of its own, with everything simulated around it."""

    def __init__(self, world: World, disk: Path) -> None:
        self.world = world
        self.disk = disk
        self.sold: list[str] = []
        self.refusals: Counter[str] = Counter()
        self._key = 0

    def press(self, verb: str, **form: Any) -> dict[str, Any] | None:
        """A command of the page; None if it was refused, which may only be for want of room."""
        self._key += 1
        status, answer = self.world.ask("POST", f"/api/{verb}", form, f"press-{self._key}")
        if status == 200:
            return dict(answer)
        assert (status, answer["code"]) == (409, "store-full"), (verb, status, answer)
        self.refusals[verb] += 1
        return None

    def step(self) -> None:
        """What the cashier does next: whatever was refused is simply tried again."""
        sale = self.world.snapshot()["sale"]
        if sale["phase"] == "covered":
            if done := self.press("sale/complete"):
                self.sold.append(done["data"]["bill_number"])
        elif sale["phase"] == "tendering":
            self.press("tender/add", type="cash", amount_minor=sale["totals"]["due_minor"])
        elif len(sale["lines"]) < len(LABELS):
            self.press("scan", label=LABELS[len(sale["lines"])])
        else:
            self.press("tender/begin")

    def sell(self) -> str:
        """A whole sale; the number of its bill."""
        before = len(self.sold)
        while len(self.sold) == before:
            self.step()
        return self.sold[-1]

    def badge(self, name: str) -> Any:
        return self.world.snapshot()["badges"][name]

    def shown(self) -> tuple[str, str]:
        """How paper and call of the last bill stand on the page."""
        last = self.world.snapshot()["last_bill"]
        return last["print"], last["sync"]

    def in_cloud(self) -> Counter[str]:
        """How often each bill of this till stands in the cloud's books."""
        numbers = (bill["number"] for bill in self.world.cloud("ledger")["bills"])
        return Counter(number for number in numbers if not number.startswith("OLD/"))

    def on_paper(self) -> Counter[str]:
        """How often each bill came out of the printer, in whatever form."""
        texts = (file.read_text("utf-8") for file in self.world.tickets.glob("*.txt"))
        return Counter(
            next(line.split()[1] for line in text.splitlines() if line.startswith("Bill ")) for text in texts
        )

    def papers(self) -> Counter[str]:
        """How the till believes its papers stand."""
        return Counter(row["print"] for row in self.world.get("bills?limit=200")["bills"])

    def verdicts(self) -> list[str]:
        """What the printer's driver said of each job, in the order of the bills: on a busy machine the
        simulated printer may be silent for so long that a job is not proved, whatever the disk does."""
        log = (self.world.directory / "agent.log").read_text("utf-8")
        last = {int(job): state for job, state in _VERDICT.findall(log)}
        return [last[job] for job in sorted(last)]

    def fills_for(self, seconds: float) -> None:
        """No byte is free for so long; then everything is as before."""
        filler = fill(self.disk)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.step()
            time.sleep(0.05)
        filler.unlink()

    def all_have_arrived(self) -> None:
        """Wait until each bill is known to be on paper and in the cloud."""
        self.world.until(lambda: self.badge("queue")["count"] == 0, "the queue to drain", PATIENCE_S)
        self.world.until(lambda: len(self.verdicts()) == len(self.sold), "the last paper", PATIENCE_S)
        self.world.until(lambda: self.papers() == Counter(self.verdicts()), "it to be written down")

    def everything_is_there_once(self, pid: int) -> None:
        """With room again it all comes to an end: each bill once in the cloud, once on paper, once here."""
        self.all_have_arrived()
        # A refused write is over with the next commit, whoever makes it; little room with the next look.
        self.step()
        self.world.until(lambda: self.badge("store")["state"] == "ok", "the badge to be ok")
        assert self.badge("queue")["parked"] == 0
        self.world.until(lambda: self.shown() == (self.verdicts()[-1], "done"), "the page to show it")
        assert self.in_cloud() == self.on_paper() == Counter(self.sold)
        assert self.world.agent_pid == pid
        self.world.stop()
        store = open_store(self.disk / "store")
        try:
            assert list(journal.verify(store.connection)) == []
            numbers = store.connection.execute("SELECT number FROM bill ORDER BY id").fetchall()
            assert [number for (number,) in numbers] == self.sold
        finally:
            store.close()


@pytest.fixture
def till(tmp_path: Path) -> Iterator[FullDiskWorld]:
    """Such a till, running."""
    with small_disk(tmp_path / "disk", DISK_BYTES) as disk, World(tmp_path) as world:
        (disk / "store").mkdir(mode=0o700)
        (tmp_path / "store").symlink_to(disk / "store")
        world.start("\n[disk]\nlow_free_mb = 1\nballast_mb = 0\n")
        yield FullDiskWorld(world, disk)


@pytest.fixture
def ballasted(tmp_path: Path) -> Iterator[FullDiskWorld]:
    """One that keeps a megabyte back."""
    with small_disk(tmp_path / "disk", 2 * DISK_BYTES) as disk, World(tmp_path) as world:
        (disk / "store").mkdir(mode=0o700)
        (tmp_path / "store").symlink_to(disk / "store")
        world.start("\n[disk]\nlow_free_mb = 2\nballast_mb = 1\n")
        yield FullDiskWorld(world, disk)


def test_a_disk_that_fills_while_a_bill_is_printed_and_sent(till: FullDiskWorld) -> None:
    """Paper and cloud have the bill and say so when there is no room to write that down."""
    world, pid = till.world, till.world.agent_pid
    till.sell()
    till.all_have_arrived()
    world.printer("fault delay-echo 4 s")  # once before the ticket, once after it
    world.cloud("fault", kind="slow", op="v2/transactions", when="after", seconds=12, count=1)
    number = till.sell()
    world.until(lambda: till.on_paper()[number] and till.in_cloud()[number], "paper and cloud to have it")
    filler = fill(till.disk)
    assert till.shown() == ("sending", "queued")
    till.step()
    assert till.badge("store")["state"] == "full"
    # Longer than the answers are late, and twice what printer and forwarder wait before they try again.
    time.sleep(12 + 2 * 5)
    world.printer("clear")
    till.step()
    assert till.refusals["scan"] == 2
    assert till.badge("queue")["count"] == 1
    assert till.papers()["confirmed"] == 1
    filler.unlink()
    till.everything_is_there_once(pid)


@pytest.mark.parametrize("seed", range(DISKS))
def test_a_disk_that_fills_and_empties_while_the_till_sells(till: FullDiskWorld, seed: int) -> None:
    """At moments that mean nothing: between bills, before a proof of paper, before the end of a call."""
    rng, pid = Random(seed), till.world.agent_pid
    for _ in range(6):
        for _ in range(rng.randrange(1, 3)):
            till.sell()
        for _ in range(rng.randrange(7)):
            till.step()
        time.sleep(rng.uniform(0, 0.3))
        till.fills_for(rng.choice((0.2, 1.0, 6.0)))
    till.sell()
    assert till.refusals
    till.everything_is_there_once(pid)


def test_the_ballast_is_given_up_for_the_last_sales_and_made_again(ballasted: FullDiskWorld) -> None:
    """Everything else has filled the disk; nothing is refused while the ballast lasts."""
    till, world, pid = ballasted, ballasted.world, ballasted.world.agent_pid

    def kept() -> int:
        return int(world.get("status")["disk"]["ballast_bytes"])

    world.until(lambda: kept() == 1 << 20, "the ballast to be made")
    till.sell()
    assert till.badge("store")["state"] == "ok"
    filler = fill(till.disk)
    for _ in range(3):
        till.sell()
    till.all_have_arrived()
    assert (till.refusals, kept()) == (Counter(), 0)
    world.until(lambda: till.badge("store")["state"] == "low", "the badge to tell", 15)
    filler.unlink()
    world.until(lambda: kept() == 1 << 20, "the ballast to be made again", 15)
    till.everything_is_there_once(pid)


def test_a_till_that_starts_on_a_full_disk_says_so_before_anything_is_refused(till: FullDiskWorld) -> None:
    """Killed while it printed: that cannot be written down either, and nobody prints it again."""
    world = till.world
    till.sell()
    till.all_have_arrived()
    world.printer("fault delay-echo 4 s")
    number = till.sell()
    world.until(lambda: till.on_paper()[number], "the paper to come out")
    filler = fill(till.disk)
    world.kill_agent()
    world.start_agent()
    assert till.badge("store")["state"] == "full"
    assert till.refusals == Counter()
    fill(till.disk)  # what folding the log in has freed
    till.step()
    assert till.refusals == Counter(scan=1)
    filler.unlink()
    world.printer("clear")
    world.until(lambda: till.papers() == Counter(confirmed=1, unknown=1), "the job to be in doubt")
    till.step()
    assert till.on_paper() == Counter(till.sold)
