"""The power goes after byte k: a ticket that is not whole is never called confirmed."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from itertools import chain

import pytest

from tests.drivers.printer.power_cuts import DOCUMENTS, FENCES, cut_all, every_byte, healthy, some_bytes

EVERY = os.environ.get("POS_PRINTER_CUTS") == "every"
SEED = int(os.environ.get("POS_SEED") or random.SystemRandom().randrange(1_000_000))
EACH_WAY = 16


@pytest.mark.parametrize("document", DOCUMENTS)
def test_marks_leave_nothing_on_paper(document: str) -> None:
    """The same dots with marks, and pictures in bands, as without."""
    assert len({healthy(document, fence)[2] for fence in FENCES}) == 1


@pytest.mark.timeout(7200 if EVERY else 300)
def test_a_power_cut_after_any_byte_never_ends_confirmed_unless_the_ticket_is_whole() -> None:
    """Three fences, the line closed, open, holding, the power gone for good or back. POS_PRINTER_CUTS=every
    cuts after every byte of a small ticket and many of a receipt with pictures, else after some by a seed,
    which is another in each run and told: POS_SEED repeats it."""
    for document in DOCUMENTS:
        assert [healthy(document, fence)[1].state for fence in FENCES] == ["confirmed", "confirmed", "sent"]
    small = every_byte(SEED) if EVERY else some_bytes("small", SEED, EACH_WAY)
    ends: Counter[tuple[str, str, bool]] = Counter()
    wrong = []
    for paper in cut_all(chain(small, some_bytes("receipt", SEED, 100 if EVERY else 3))):
        state = paper.outcome.state
        ends[paper.cut.fence, state, paper.whole] += 1
        if (state == "confirmed" and not paper.whole) or (paper.whole and state == "failed"):
            wrong.append(paper)
    sys.stderr.write(f"POS_SEED={SEED}: {sum(ends.values())} power cuts: {dict(sorted(ends.items()))}\n")
    assert [paper.cut for paper in wrong] == [], f"POS_SEED={SEED}"
    assert {state for fence, state, _ in ends if fence == "none"} <= {"sent", "unknown", "failed"}
