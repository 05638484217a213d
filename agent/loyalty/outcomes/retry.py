"""When a row is tried again.

The figures are those of docs/capillary.md 10.3: full jitter, so that ten thousand tills that come back after
an outage do not come back together.
"""

from __future__ import annotations

from enum import StrEnum
from random import Random

SHORTEST_S = 0.05
LONGEST_S = 900.0
LONGEST_ASKED_S = 86_400.0
"""A Retry-After beyond a day is not obeyed to the letter; no row may wait longer than this."""
RATE_LIMIT_S = 60.0
UNSURE_S = 2.0
"""Least time before an unknown outcome is read back: what was sent may still be on its way."""
SHOWN_S = 60.0
"""How long what was done may not be shown yet: before that, what a look does not find proves nothing."""
ENROL_PAUSE_S = 5.0
"""The seeds: an enrolment that failed is tried twice more, five seconds apart. The first try was at the
counter, so two are the queue's, and the first of these waits as long as the second."""
ENROL_TRIES = 3


class RetryPace(StrEnum):
    """Which figures a wait follows: nothing happened, something may have, a lock (521), a limit (429), an
    enrolment."""

    BACKOFF = "backoff"
    UNSURE = "unsure"
    LOCKED = "locked"
    RATE_LIMITED = "rate-limited"
    ENROL = "enrol"


_LEAST_S = {RetryPace.RATE_LIMITED: RATE_LIMIT_S, RetryPace.UNSURE: UNSURE_S}


def delay_s(
    attempts: int, retry_after_s: float | None, rng: Random, pace: RetryPace = RetryPace.BACKOFF
) -> float:
    """Seconds until the next attempt after attempts begun ones. Never less than the cloud asked for."""
    least = _LEAST_S.get(pace, 0.0)
    if retry_after_s is not None:
        asked = min(max(retry_after_s, least), LONGEST_ASKED_S)
        return min(asked + rng.uniform(0, asked / 4), LONGEST_ASKED_S)
    if pace is RetryPace.LOCKED:
        return rng.uniform(0.5, 2.0)
    if pace is RetryPace.ENROL and attempts + 1 < ENROL_TRIES:
        return ENROL_PAUSE_S
    jittered = rng.uniform(SHORTEST_S, min(LONGEST_S, 2.0 * 2 ** min(max(attempts - 1, 0), 20)))
    return max(jittered, least + rng.uniform(0, least / 4))


def next_attempt(
    attempts: int, retry_after_s: float | None, now_ms: int, rng: Random, pace: RetryPace = RetryPace.BACKOFF
) -> int:
    """The moment of the next attempt, in milliseconds of the same clock as now_ms."""
    return now_ms + max(1, round(delay_s(attempts, retry_after_s, rng, pace) * 1000))
