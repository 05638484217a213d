"""What nobody at the counter does: line, cloud, clock, daemon and queue."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from agent.sale.basket import Phase
from agent.simulated.cloud.books import points
from agent.simulated.cloud.books.customers import find_v2

from .weather import Sky

if TYPE_CHECKING:
    from .day import Day

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
MOST_SKEW_MS = 10 * HOUR_MS


def drain(day: Day, rng: Random) -> None:
    day.till.drain(rng.randint(1, 4))


def drain_long(day: Day, rng: Random) -> None:
    del rng
    day.till.drain(30)


def weather(day: Day, rng: Random) -> None:
    day.line.weather(rng.choice((Sky.FINE, Sky.FINE, Sky.DOWN, Sky.LOSSY, Sky.LOSSY)))


def moody(day: Day, rng: Random) -> None:
    del rng
    day.line.moody_cloud()


def well(day: Day, rng: Random) -> None:
    del rng
    day.line.world.faults.clear()
    day.line.weather(Sky.FINE)


def refusals(day: Day, rng: Random) -> None:
    day.line.refuse_next(rng.choice((521, 429)), rng.randint(1, 4))


def restart(day: Day, rng: Random) -> None:
    del rng
    day.till.restart()


def hours(day: Day, rng: Random) -> None:
    day.till.pass_by(rng.randint(1, 12) * HOUR_MS)


def days(day: Day, rng: Random) -> None:
    idle = day.till.open_sale.sale.phase is Phase.IDLE
    day.till.pass_by(rng.choice((1, 2, 8, 40) if idle else (1, 2)) * 24 * HOUR_MS)


def skew(day: Day, rng: Random) -> None:
    """The till's clock jumps, ahead or back; the cloud's does not."""
    by = rng.choice((HOUR_MS, 3 * HOUR_MS, -MINUTE_MS, -20 * MINUTE_MS, -90 * MINUTE_MS))
    day.till.skew_ms = max(-90 * MINUTE_MS, min(MOST_SKEW_MS, day.till.skew_ms + by))


def idle(day: Day, rng: Random) -> None:
    del rng
    day.till.idle()


def lapse(day: Day, rng: Random) -> None:
    """Points expire in the cloud, perhaps some that a bill has promised already."""
    member = rng.choice(day.books.members)
    row = find_v2(day.line.world, "mobile", member.mobile)
    if row:
        left = max(day.line.ledger.balance(row.id).available_milli, 0)
        lapsed = min(left, rng.choice((50_000, 10**9)))
        points.expire(day.line.world, row, lapsed)
        member.points_milli -= lapsed
