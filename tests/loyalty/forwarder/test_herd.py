"""A fleet after an outage keeps to the limit; `make bench` plays it with 3,000 tills at the whole limit."""

from __future__ import annotations

from ..herd import stampede

TILLS, ROWS, PER_MINUTE = 1_000, 10, 150
"""A tenth of the published limit for a tenth of the fleet."""


def test_a_fleet_comes_back_within_the_limit_and_in_time() -> None:
    herd = stampede(TILLS, ROWS, PER_MINUTE)
    assert herd.lost_or_doubled == 0
    assert herd.peak_minute <= PER_MINUTE
    assert herd.rejected <= herd.calls / 100
    assert herd.drain_s <= 1.1 * max(herd.ideal_s, herd.spread_s)


def test_a_fleet_keeps_to_the_limit_after_half_a_minute_too() -> None:
    herd = stampede(TILLS, 3, PER_MINUTE, short=True)
    assert herd.lost_or_doubled == 0
    assert herd.peak_minute <= PER_MINUTE
    assert herd.rejected <= herd.calls / 100


def test_a_fleet_whose_tills_think_themselves_alone_does_not() -> None:
    herd = stampede(TILLS // 4, ROWS, PER_MINUTE // 4, told=False)
    assert herd.lost_or_doubled == 0
    assert herd.peak_minute > PER_MINUTE // 4
    assert herd.rejected > herd.calls / 100
