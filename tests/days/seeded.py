"""Days made up from a seed alone, and the shortest form of one that goes wrong."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from .day import WEIGHTED, Day
from .evening import problems

THINGS = 60
_MOST_TRIES = 400
Thing = tuple[str, int]


def things_of(seed: int) -> list[Thing]:
    """What happens on the day of a seed."""
    rng = Random(f"day {seed}")
    return [(rng.choice(WEIGHTED), rng.getrandbits(16)) for _ in range(THINGS)]


def lived(
    seed: int, things: Sequence[Thing], place: Path, loop: asyncio.AbstractEventLoop
) -> tuple[Counter[str], Exception | None]:
    """The day from morning to evening: what was done on it, and what went wrong."""
    day = Day(seed, place, loop)
    try:
        for what, pick in things:
            day.happen(what, pick)
        found = problems(day)
        return day.books.done, AssertionError("\n".join(found)) if found else None
    except Exception as error:  # noqa: BLE001 - whatever it is, the day goes wrong with it
        return day.books.done, error
    finally:
        day.close()
        shutil.rmtree(place)


def shortest(seed: int, things: list[Thing], place: Path, loop: asyncio.AbstractEventLoop) -> list[Thing]:
    """As few of the things as still go wrong, whatever it is that goes wrong then."""
    tries, size = 0, len(things) // 2
    while size and tries < _MOST_TRIES:
        for start in range(len(things) - size, -1, -size):
            fewer = things[:start] + things[start + size :]
            tries += 1
            if lived(seed, fewer, place, loop)[1] is not None:
                things = fewer
        size //= 2
    return things
