"""Power cuts at every system call of a selling till lose nothing that was acknowledged.

POS_POWER_CUT_IMAGES sets how many images are judged in all; 100000 is the long form.
"""

from __future__ import annotations

import os
import sys

import pytest

from tests.crash import daemon_seller
from tests.crash.disk import READINGS, Reading
from tests.crash.power_cut import Proof, cut_at, run, seller, traced
from tests.crash.room import room
from tests.crash.trace import NoTracing, check_tracing

IMAGES = int(os.environ.get("POS_POWER_CUT_IMAGES", "3000"))


@pytest.fixture(autouse=True, scope="module")
def tracing() -> None:
    try:
        check_tracing()
    except NoTracing as reason:
        pytest.skip(f"power cuts are not proven here: {reason}")


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("reading", READINGS)
def test_no_cut_loses_or_doubles_or_damages_anything(
    reading: Reading, capsys: pytest.CaptureFixture[str]
) -> None:
    """The store as it ships: every sale, scan, job and call that was spoken of is there, once."""
    figures = run(Proof(seller(sales=8), reading=reading, part="selling", images=IMAGES // 2))
    with capsys.disabled():
        sys.stdout.write(f"\n  {reading}: {figures}\n")
    assert not figures.kinds, "\n".join(figures.told)
    # The trace must hold what the proof is about: sales that were heard of, and checkpoints among them.
    assert figures.sales >= 8
    assert figures.checkpoints >= 5
    assert figures.images >= IMAGES // 2


@pytest.mark.parametrize("reading", READINGS)
def test_a_cut_while_the_store_is_made_leaves_one_that_opens(reading: Reading) -> None:
    """A till that is switched off in its very first moment starts the next time."""
    figures = run(Proof(seller(sales=1, lives=1), reading=reading, part="making", images=500))
    assert not figures.kinds, "\n".join(figures.told)


@pytest.mark.parametrize("reading", READINGS)
def test_without_a_sync_per_commit_sales_are_lost(reading: Reading) -> None:
    """synchronous=NORMAL loses acknowledged sales and damages nothing: the harness can tell."""
    proof = Proof(seller(sales=5, synchronous=1), reading=reading, part="selling", stride=3, images=200)
    figures = run(proof)
    assert figures.kinds["lost"] > 10
    assert figures.worst_loss >= 2
    assert figures.kinds["corrupt"] == 0, "\n".join(figures.told)


@pytest.mark.parametrize("reading", READINGS)
def test_without_any_sync_sales_are_lost_and_the_store_is_damaged(reading: Reading) -> None:
    """synchronous=OFF loses and damages: the harness can tell."""
    figures = run(
        Proof(seller(sales=5, synchronous=0), reading=reading, part="selling", stride=3, images=200)
    )
    assert figures.kinds["lost"] > 10
    assert figures.kinds["corrupt"] > 10


@pytest.mark.parametrize(("flaw", "kind"), [("ack-early", "lost"), ("print-early", "paper")])
def test_a_till_that_speaks_before_the_disk_has_it_is_found_out(flaw: str, kind: str) -> None:
    """Saying ACK, or letting bytes go to the printer, before the commit."""
    figures = run(Proof(seller(sales=4, flaw=flaw), part="selling", stride=3, images=200))
    assert figures.kinds[kind] > 0


def test_the_same_seed_cuts_the_same_points_and_sees_the_same() -> None:
    """Whatever fails can be seen again."""
    proof = Proof(seller(sales=3, synchronous=1), seed="again")
    first, second = traced(proof, 0), traced(proof, 0)
    shapes = [
        [(op.kind, op.inode, op.offset, len(op.data)) for op in run_of.ops] for run_of in (first, second)
    ]
    assert shapes[0] == shapes[1]
    point = next(at for at, op in reversed(list(enumerate(first.ops))) if op.kind == "said")
    with room() as place:
        told = [cut_at(proof, run_of, point, place, 20) for run_of in (first, second)]
    assert told[0]
    assert told[0] == told[1]


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("reading", READINGS)
def test_no_cut_of_the_daemon_loses_or_doubles_or_damages_anything(
    reading: Reading, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same of the real daemon, with all its threads: its own system calls, cut at each of them."""
    proof = Proof(daemon_seller.command(sales=8), reading=reading, part="selling", images=IMAGES // 3)
    figures = run(proof)
    with capsys.disabled():
        sys.stdout.write(f"\n  daemon, {reading}: {figures}\n")
    assert not figures.kinds, "\n".join(figures.told)
    assert figures.sales >= 3
