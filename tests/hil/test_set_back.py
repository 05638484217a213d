"""A till whose whole directory is put back as it was, mark and all: the cloud alone can tell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.simulated.world import World
from tests.hil.conftest import RICE, sell


@pytest.mark.timeout(300)
@pytest.mark.parametrize("away", [False, True], ids=["online at the start", "offline at the start"])
def test_a_till_that_is_set_back_goes_on_beyond_what_the_cloud_knows(tmp_path: Path, away: bool) -> None:
    """As by an image of the box. No number is used twice, or one, where the till began offline."""
    with World(tmp_path) as till:
        till.start()
        sell(till, RICE)
        till.kill_agent()
        store, image = tmp_path / "store", tmp_path / "image"
        shutil.copytree(store, image, ignore=shutil.ignore_patterns("*.sock"))
        till.start_agent()
        numbers = [sell(till, RICE) for _ in range(3)]
        till.until(lambda: till.snapshot()["badges"]["queue"]["count"] == 0, "the queue to drain", 60)
        till.kill_agent()
        shutil.rmtree(store)
        image.rename(store)
        log = tmp_path / "agent.log"
        before = log.stat().st_size
        if away:
            till.cloud("fault", kind="away")
        till.start_agent()
        if away:
            assert sell(till, RICE) == numbers[0]
            till.cloud("clear")
            till.pos("queue", "retry", "--all")
        till.until(lambda: b"are left out" in log.read_bytes()[before:], "the comparison to be told", 60)
        series, _, last = numbers[-1].rpartition("-")
        assert sell(till, RICE) == f"{series}-{int(last) + 1:06d}"
