"""Starts after an outage: nobody waits alone, a fleet comes evenly, and no till gets a second throw."""

from __future__ import annotations

from agent.loyalty.forwarder import drain_delay

from ..conftest import options_for

FLEET = {"fleet_tills": 10_000, "requests_per_minute": 1_500}


def test_a_till_alone_starts_at_once_and_so_does_one_with_nothing_to_send() -> None:
    assert drain_delay.drain_delay_s(options_for(), 100_000) == 0
    assert drain_delay.spread_s(options_for(**FLEET), 0) == 0


def test_the_spread_grows_with_the_backlog_of_the_fleet() -> None:
    """Ten bills of 10,000 tills at 25 calls a second: 4,000 s, as if each bill were a call of its own."""
    assert drain_delay.spread_s(options_for(**FLEET), 10) == 4_000
    assert drain_delay.spread_s(options_for(**FLEET), 400) == 13_000
    assert drain_delay.spread_s(options_for(**FLEET, bulk_rows=1), 400) == drain_delay.LONGEST_S
    assert drain_delay.spread_s(options_for(fleet_tills=4), 10) < 2
    assert drain_delay.spread_s(options_for(fleet_tills=4, start_spread_s=60), 10) == 60


def test_a_fleet_is_spread_evenly_and_each_till_keeps_its_place() -> None:
    tills = [options_for(store_code=f"S{n // 10}", till_code=f"T{n % 10}") for n in range(5_000)]
    places = [drain_delay.phase(till) for till in tills]
    assert places == [drain_delay.phase(till) for till in tills]
    tenths = [sum(place * 10 // 1 == tenth for place in places) for tenth in range(10)]
    assert min(tenths) > 420
    assert max(tenths) < 580


def test_what_was_slept_through_is_taken_off() -> None:
    till = options_for(**FLEET)
    assert drain_delay.drain_delay_s(till, 10, 900) == drain_delay.phase(till) * 3_100
    assert drain_delay.drain_delay_s(till, 10, 9_000) == 0
