"""The figures of trying again: bounds and jitter."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agent.loyalty.outcomes.retry import RetryPace, delay_s, next_attempt

SEEDS = st.integers(0, 10_000).map(Random)
ATTEMPTS = st.integers(0, 12) | st.integers(0, 10_000)
NOW = 1_775_000_000_000


@given(ATTEMPTS, SEEDS)
def test_backoff_is_full_jitter_up_to_fifteen_minutes(attempts: int, rng: Random) -> None:
    ceiling = min(900.0, 2.0 * 2 ** min(max(attempts - 1, 0), 60))
    assert 0.05 <= delay_s(attempts, None, rng) <= ceiling


def test_backoff_uses_its_whole_range() -> None:
    """Half of all tills come back in the first half of the window: that is what spreads them."""
    rng = Random(1)
    delays = [delay_s(10, None, rng) for _ in range(2_000)]
    assert 800 < sum(delay < 450 for delay in delays) < 1_200


@given(ATTEMPTS, SEEDS)
def test_each_pace_keeps_to_its_figures(attempts: int, rng: Random) -> None:
    assert 0.5 <= delay_s(attempts, None, rng, RetryPace.LOCKED) <= 2.0
    assert delay_s(attempts, None, rng, RetryPace.RATE_LIMITED) >= 60.0
    assert delay_s(attempts, None, rng, RetryPace.UNSURE) >= 2.0
    if attempts < 2:
        assert delay_s(attempts, None, rng, RetryPace.ENROL) == 5.0


@given(st.floats(0, 1e9), ATTEMPTS, SEEDS, st.sampled_from(list(RetryPace)))
def test_what_the_cloud_asks_for_is_never_undercut_nor_a_day_exceeded(
    asked: float, attempts: int, rng: Random, pace: RetryPace
) -> None:
    delay = delay_s(attempts, asked, rng, pace)
    assert min(asked, 86_400) <= delay <= 86_400
    assert pace is not RetryPace.RATE_LIMITED or delay >= 60
    assert pace is not RetryPace.UNSURE or delay >= 2


@given(ATTEMPTS, SEEDS, st.sampled_from(list(RetryPace)))
def test_the_next_attempt_lies_ahead(attempts: int, rng: Random, pace: RetryPace) -> None:
    assert next_attempt(attempts, None, NOW, rng, pace) > NOW
