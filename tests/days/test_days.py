"""Proof 2: whole days of the real counter, and an oracle for money and points.

Most days are made from a seed alone, which repeats them: POS_DAYS_SEED=17 POS_DAYS=1. Others are made up by
hypothesis, which tries what a die does not. Either way what fails is cut down to the few things that matter.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from .day import WEIGHTED, Day
from .evening import problems
from .seeded import lived, shortest, things_of

DAYS = int(os.environ.get("POS_DAYS", "200"))
"""Days in all; `make days` has thousands."""
SEED = int(os.environ.get("POS_DAYS_SEED", "0"))
A_CHUNK = 50
MADE_UP = 20
"""Days of hypothesis to a thousand of the others, and at least."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A day of lost answers logs more than anybody reads."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", range(SEED, SEED + DAYS, A_CHUNK))
def test_days_of_a_seed(first: int, tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    done = Counter[str]()
    days = range(first, min(first + A_CHUNK, SEED + DAYS))
    for seed in days:
        things = things_of(seed)
        more, wrong = lived(seed, things, tmp_path / "store", loop)
        if wrong is not None:
            few = shortest(seed, things, tmp_path / "store", loop)
            wrong = lived(seed, few, tmp_path / "store", loop)[1] or wrong
            told = "\n".join(f"  {what} ({pick})" for what, pick in few)
            wrong.add_note(
                f"POS_DAYS_SEED={seed} POS_DAYS=1 repeats this. Of that day this is enough:\n{told}"
            )
            raise wrong
        done += more
    missed = [what for what in EXPECTED if not done[what]] if len(days) == A_CHUNK else []
    assert missed == [], f"days on which {missed} never happens prove nothing: {done}"


EXPECTED = (
    *("bill", "mixed bill", "credit note", "bill with points", "bill with coupon", "retro"),
    *(
        "LINE_ITEM",
        "FULL",
        "CANCELLED",
        "AMOUNT",
        "piece by piece",
        "enrolled",
        "enrolled later",
        "found",
        "found offline",
    ),
)
"""What must have been done in every chunk of days."""


class MadeUpDays(RuleBasedStateMachine):
    """A day of which hypothesis draws what happens."""

    def __init__(self) -> None:
        super().__init__()
        self.day: Day | None = None
        self.good = True
        self.loop = asyncio.new_event_loop()
        self.place = Path(tempfile.mkdtemp(prefix="day-"))

    @initialize(number=st.integers(0, 2**20))
    def morning(self, number: int) -> None:
        self.day = Day(number, self.place / "store", self.loop)

    @rule(what=st.sampled_from(WEIGHTED), pick=st.integers(0, 2**16))
    def happens(self, what: str, pick: int) -> None:
        assert self.day is not None
        self.good = False
        self.day.happen(what, pick)
        self.good = True

    def teardown(self) -> None:
        try:
            if self.day is not None:
                assert not self.good or problems(self.day) == []
                self.day.close()
        finally:
            self.loop.close()
            shutil.rmtree(self.place)


@pytest.mark.timeout(1800)
def test_days_made_up_by_hypothesis() -> None:
    days = max(MADE_UP, MADE_UP * DAYS // 1000)
    how = settings(max_examples=days, stateful_step_count=40, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(MadeUpDays, settings=how)
