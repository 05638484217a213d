"""The whole daemon under kill -9: real scanner line, real printer line, real cloud line.

POS_DAEMON_KILLS sets how often in all; 10000 is the long form.
"""

from __future__ import annotations

import os
import sys

import pytest

from agent.simulated.world import CATALOGUE, World
from tests.crash.daemon_life import daemon_lives
from tests.crash.kill_sweep import Killer, Sweep
from tests.crash.room import room

# Two tills, each with a seed of its own, share the kills, so that two workers can.
SEEDS = ("1", "2")
ECHO_S = 0.1
KILLS = -(-int(os.environ.get("POS_DAEMON_KILLS", "1000")) // len(SEEDS))


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_kill_of_the_daemon_loses_or_doubles_anything(
    seed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No acknowledged sale lost, none doubled, no number reused or missing, the chain whole, one original;
    what may be on paper is asked about until somebody answers."""
    with room() as place, World(place) as world:
        world.write_settings()
        world.start_cloud()
        world.start_printer()
        # Its word comes late, so that many a kill finds a ticket on paper that nothing proves yet.
        world.printer(f"fault delay-echo {ECHO_S} s")
        (place / "store").mkdir(mode=0o700)
        world.pos("catalogue", "import", str(CATALOGUE / "demo.csv"))
        # The daemon takes its time to open a serial line, so its lives are longer than a bare store's.
        lives = daemon_lives(world, seed)
        sweep = Sweep(place / "store", lives, KILLS, seed, opening_s=0.05, slack_s=0.01)
        figures = Killer(sweep).run()
        world.printer("clear")
        world.start_scanner()
        world.start_agent()
        asked = _answered(world)
        world.until(lambda: world.snapshot()["badges"]["queue"]["count"] == 0, "the queue to drain", 300.0)
        originals = _originals(world)
        here = world.get("status")["books"]
        ledger = world.cloud("ledger")
    with capsys.disabled():
        sys.stdout.write(f"\n  seed {seed}: {figures}; {asked} prints asked about\n")
    assert not figures.kinds, "\n".join(figures.told)
    assert figures.kills == KILLS
    assert figures.sales > KILLS // 8
    assert figures.reopened > 0
    assert asked > 0, "no kill came while a ticket was on its way"
    assert max(originals.values(), default=0) <= 1, "an invoice came out twice as an original"
    there = [bill for bill in ledger["bills"] if not bill["number"].startswith("OLD/")]
    assert len({bill["number"] for bill in there}) == len(there)
    assert (len(there), sum(bill["amount_minor"] for bill in there)) == (here["bills"], here["due_minor"])


def _answered(world: World) -> int:
    """Answer every question about paper; how many there were. All that is unknown is asked, nothing else."""
    asked = world.snapshot()["unknown_prints"]
    assert [one["job"] for one in asked] == _unknown(world)
    for one in asked:
        world.press("print/resolve", job=one["job"], printed=True)
    assert world.snapshot()["unknown_prints"] == []
    assert _unknown(world) == []
    return len(asked)


def _unknown(world: World) -> list[int]:
    return [job["id"] for job in world.get("status")["jobs"] if job["state"] == "unknown"]


def _originals(world: World) -> dict[str, int]:
    """Tickets per bill that are not marked as copies, as the printer saw them."""
    counts: dict[str, int] = {}
    for file in world.tickets.glob("*.txt"):
        text = file.read_text("utf-8")
        number = next((line.split()[1] for line in text.splitlines() if line.startswith("Bill ")), "")
        if number and "DUPLICATE" not in text:
            counts[number] = counts.get(number, 0) + 1
    return counts
