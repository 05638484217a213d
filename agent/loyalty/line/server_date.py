"""The cloud's own clock, from the Date header of its answers (RFC 9110, 6.6.1)."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from agent.sale.clock import Word, plausible

_SECOND_MS = 1000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) GMT",
    re.ASCII,
)


def boottime_ms() -> int:
    """Milliseconds since the box was started, asleep or not; nobody can set this clock."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def cloud_ms(headers: Mapping[str, str]) -> int | None:
    """The cloud's time in the headers of an answer, in milliseconds since 1970 UTC; None where it tells none.

    An answer from a cache on the way (it has an Age) tells none.
    """
    if headers.get("age", "0").strip() != "0":
        return None
    return date_ms(headers.get("date", ""))


def word_of(told_ms: int, boot_ms: int, spent_ms: int) -> Word:
    """The cloud's time told_ms, from an exchange that was over at boot_ms of the box and took spent_ms.

    The cloud wrote it at some moment of the exchange, and cut it to the second: the middle of both spans is
    taken, with half of both as the error.
    """
    return Word(told_ms + _SECOND_MS // 2, boot_ms - spent_ms // 2, (spent_ms + _SECOND_MS) // 2)


@lru_cache(2)
def date_ms(text: str) -> int | None:
    """A Date header in milliseconds since 1970 UTC; None unless it is plausible and in today's form."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    day, month, year, hour, minute, second = found.groups()
    try:
        at = datetime(
            int(year), 1 + _MONTHS.index(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
    except ValueError:
        return None
    told_ms = int(at.timestamp() * 1000)
    return told_ms if plausible(told_ms) else None
