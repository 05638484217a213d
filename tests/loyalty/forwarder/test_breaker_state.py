"""The circuit breaker as a value: it survives a restart and a changed clock."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.loyalty.forwarder.breaker_state import BreakerState

SEEDS = st.integers(0, 10_000).map(Random)
ATTEMPTS = st.integers(0, 10_000)
NOW = 1_775_000_000_000


def opened(failures: int, rng: Random, now_ms: int = NOW) -> BreakerState:
    breaker = BreakerState()
    for _ in range(failures):
        breaker = breaker.failed(now_ms, rng, "no line")
    return breaker


@given(SEEDS)
def test_four_failures_go_on_and_the_fifth_leaves_the_cloud_alone(rng: Random) -> None:
    assert opened(4, rng).wait_ms(NOW) == 0
    assert not opened(4, rng).probing
    fifth = opened(5, rng)
    assert 22_500 <= fifth.wait_ms(NOW) <= 30_000
    assert fifth.wait_ms(NOW + 30_000) == 0
    assert fifth.probing


@given(SEEDS)
def test_a_failed_probe_doubles_the_pause_to_fifteen_minutes_at_most(rng: Random) -> None:
    breaker, now_ms = opened(5, rng), NOW
    for expected in (60, 120, 240, 480, 900, 900):
        now_ms += breaker.wait_ms(now_ms)
        breaker = breaker.failed(now_ms, rng, "no line")
        assert 0.75 * expected <= breaker.wait_ms(now_ms) / 1000 <= expected


@given(SEEDS)
def test_success_closes_it_at_once(rng: Random) -> None:
    assert opened(9, rng).succeeded() == BreakerState()


@given(SEEDS, st.integers(0, 10))
def test_it_knows_since_when_the_cloud_is_away(rng: Random, more: int) -> None:
    breaker = BreakerState().failed(NOW, rng, "no line")
    for minute in range(more):
        breaker = breaker.failed(NOW + 60_000 * minute, rng, "still no line")
    assert breaker.since_ms == NOW


def test_a_pause_the_cloud_asked_for_outlives_a_success() -> None:
    paused = BreakerState().paused(NOW, NOW + 90_000, "too many requests")
    assert paused.succeeded().wait_ms(NOW) == 90_000
    assert not paused.probing
    assert paused.since_ms == 0


@given(SEEDS)
def test_impatience_sends_a_probe_and_nothing_more(rng: Random) -> None:
    breaker = opened(5, rng).forgiven()
    assert breaker.wait_ms(NOW) == 0
    assert breaker.probing
    assert breaker.failed(NOW, rng, "no").open_s == 60


@given(SEEDS, st.integers(-(10**13), 10**13))
def test_a_changed_clock_never_stretches_a_pause(rng: Random, jump_ms: int) -> None:
    breaker = opened(5, rng).anchored(NOW + jump_ms)
    assert breaker.wait_ms(NOW + jump_ms) <= 30_000
    assert breaker.anchored(NOW + jump_ms + 30_000).wait_ms(NOW + jump_ms + 30_000) == 0


@given(SEEDS, st.integers(0, 12))
def test_it_survives_a_restart(rng: Random, failures: int) -> None:
    breaker = opened(failures, rng)
    assert BreakerState.from_text(breaker.to_text()) == breaker


@pytest.mark.parametrize("stored", ["", "[]", "{}", "null", '{"failures": "x"}', '{"failures": 1e999}'])
def test_an_unreadable_breaker_is_a_closed_one(stored: str) -> None:
    assert BreakerState.from_text(stored) == BreakerState()


def test_a_refusal_to_let_the_till_in_opens_at_once() -> None:
    breaker = BreakerState().refused(NOW, Random(1), "not let in")
    assert breaker.wait_ms(NOW) > 20_000
    assert replace(breaker, until_ms=0).probing


@given(SEEDS)
def test_a_person_who_has_the_queue_tried_now_ends_every_pause_and_no_start_is_spread(rng: Random) -> None:
    for before in (opened(5, rng), BreakerState().paused(NOW, NOW + 90_000, "too many requests")):
        resumed = before.resumed()
        assert resumed == replace(before, until_ms=0, span_ms=0, spread=True)
        assert resumed.anchored(NOW - 3_600_000).wait_ms(NOW) == 0


@given(st.integers(0, 10_000))
def test_the_tills_of_a_fleet_probe_one_after_the_other_and_none_before_its_pause_is_over(seed: int) -> None:
    alone, crowded = (BreakerState(failures=4).failed(NOW, Random(seed), "", crowd) for crowd in (0.0, 600.0))
    assert alone.wait_ms(NOW) <= crowded.wait_ms(NOW) <= alone.wait_ms(NOW) + 600_000
