"""How long a till waits before it drains its queue after an outage, so that a fleet does not come at once.

Pure figures. The limit of calls a minute is the whole organisation's (docs/capillary.md 10.3), so how fast a
till may send depends on how many others come back with it. A till alone never waits.
"""

from __future__ import annotations

import hashlib

from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.forwarder.bulk import requests_for

LONGEST_S = 86_400.0
ROOM = 2.5
"""How much longer than at the full limit: starts at random crowd, and new bills and questions need room."""


def spread_s(options: CloudOptions, backlog: int) -> float:
    """Seconds over which a fleet with such backlogs spreads its starts."""
    if options.fleet_tills <= 1 or backlog <= 0:
        return options.start_spread_s if backlog > 0 else 0.0
    calls = requests_for(backlog, options.bulk_rows) * options.fleet_tills
    return min(max(options.start_spread_s, ROOM * calls * 60 / options.requests_per_minute), LONGEST_S)


def crowd_s(options: CloudOptions) -> float:
    """Seconds in which every till of the fleet may ask once whether the cloud is there; 0 for a till alone.

    After an outage of half a minute all of them would ask within the next, since all began to wait at once.
    """
    return ROOM * (options.fleet_tills - 1) * 60 / options.requests_per_minute


def phase(options: CloudOptions) -> float:
    """This till's place in the spread, from 0 to 1.

    From its names and not from chance: hashes spread a fleet as evenly as dice do, but a restart cannot throw
    again for a better place, and who looks at a waiting till can work out when its turn comes.
    """
    name = f"{options.org}/{options.store_code}/{options.till_code}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64


def drain_delay_s(options: CloudOptions, backlog: int, away_s: float = 0.0) -> float:
    """Seconds until this till starts. away_s ago it last found no cloud.

    The fleet's spread runs from the cloud's return, which this till noticed up to away_s late; what it has
    slept through is taken off, or the slowest probe would end the drain that much later.
    """
    return phase(options) * max(0.0, spread_s(options, backlog) - away_s)
