"""A till that has lost its store and its mark gives out no number that the cloud knows of it."""

from __future__ import annotations

import pytest

from agent.simulated.world import World
from tests.hil.conftest import RICE, sell


@pytest.mark.timeout(300)
def test_after_store_and_mark_are_gone_the_next_bill_is_beyond_what_the_cloud_knows(till: World) -> None:
    numbers = [sell(till, RICE) for _ in range(20)]
    till.until(lambda: till.snapshot()["badges"]["queue"]["count"] == 0, "the queue to drain", 60)
    till.kill_agent()
    for file in (till.directory / "store").iterdir():
        if not file.name.startswith("catalogue"):
            file.unlink()
    till.start_agent()
    till.until(
        lambda: (till.snapshot()["notice"] or {}).get("code") == "numbers-known", "the comparison to be told"
    )
    told = till.snapshot()["notice"]
    assert numbers[0] in told["text"]
    assert numbers[-1] in told["text"]
    series, _, last = numbers[-1].rpartition("-")
    assert sell(till, RICE) == f"{series}-{int(last) + 1:06d}"
    till.kill_agent()
    till.start_agent()
    assert sell(till, RICE) == f"{series}-{int(last) + 2:06d}"
    till.pos("store", "check")
