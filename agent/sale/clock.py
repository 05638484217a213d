"""How far this till's clock is from the cloud's, and what is known to be wrong with it. Pure.

The wall clock may be set at any time. What the cloud told is therefore kept against a clock that only counts
the time since the box was started (boot_ms): when the wall clock is set, the difference changes at once, with
no further answer of the cloud. All moments are milliseconds; those of a wall clock are since 1970 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent.language.sentence import Sentence

LEEWAY_MS = 300_000
"""A clock that is off by no more than this is right."""
DAY_MS = 86_400_000
_FIRST_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
_LAST_MS = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)
_MONTH_MS = 31 * DAY_MS
_UNITS = ((90 * 60_000, 60_000, "minutes"), (48 * 3_600_000, 3_600_000, "hours"))

OK, UNKNOWN, SUSPECT, WRONG = "ok", "unknown", "suspect", "wrong"


def plausible(wall_ms: int) -> bool:
    """Whether any clock may say this: from the year this program was made to the end of the century."""
    return _FIRST_MS <= wall_ms < _LAST_MS


@dataclass(frozen=True, slots=True)
class Word:
    """What one answer of the cloud told: at boot_ms its clock stood at cloud_ms, give or take within_ms."""

    cloud_ms: int
    boot_ms: int
    within_ms: int = 0

    def cloud_at(self, boot_ms: int) -> int:
        """The cloud's time at another moment of the same run of the box."""
        return self.cloud_ms + boot_ms - self.boot_ms

    def agrees(self, other: Word) -> bool:
        """Whether both may come from one clock that is right."""
        apart = abs(self.cloud_at(other.boot_ms) - other.cloud_ms)
        return apart <= LEEWAY_MS + self.within_ms + other.within_ms


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the cloud's time.

    word: what it told last, in this run of the box. doubted: an answer nothing else agrees with yet.
    floor_ms: what it told last before the box was started; it is later now, nobody knows by how much.
    """

    word: Word | None = None
    doubted: Word | None = None
    floor_ms: int = 0

    def told(self, word: Word, wall_ms: int) -> Known:
        """After another answer, with the wall clock of its moment.

        It is believed once something agrees with it: this till's clock, what was known, or the answer before.
        One server among many whose clock is wrong must not stop a shop.
        """
        own = Word(wall_ms, word.boot_ms)
        witnesses = (own, self.word, self.doubted)
        if any(one is not None and one.agrees(word) for one in witnesses):
            return replace(self, word=word, doubted=None)
        return replace(self, doubted=word)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the clock stands: ok (as the cloud's), unknown, suspect (before a bill nobody doubted) or wrong.

    ahead_ms: how far it is ahead of the cloud's, below zero behind; after a restart of the box at least that
    far behind; None where nothing is known. absurd: no bill of such a date can be meant.
    """

    state: str = UNKNOWN
    sentence: Sentence = Sentence("clock.not-compared")  # noqa: RUF009 - a value
    ahead_ms: int | None = None
    absurd: bool = False


NOT_COMPARED = Standing()
"""Of a clock nobody knows anything about."""


def standing(known: Known, wall_ms: int, boot_ms: int, last_bill_ms: int | None = None) -> Standing:
    """What is known of a clock that stands at wall_ms. The cloud's word counts more than the last bill's."""
    if not plausible(wall_ms):
        year = datetime.fromtimestamp(wall_ms / 1000, UTC).year
        ahead_ms = wall_ms - known.word.cloud_at(boot_ms) if known.word else None
        return Standing(WRONG, Sentence("clock.in-year", year=year), ahead_ms, absurd=True)
    if known.word is not None:
        ahead_ms = wall_ms - known.word.cloud_at(boot_ms)
        if abs(ahead_ms) <= LEEWAY_MS + known.word.within_ms:
            return Standing(OK, Sentence("clock.ok"), ahead_ms)
        return _wrong(ahead_ms)
    if wall_ms < known.floor_ms - LEEWAY_MS:
        return _wrong(wall_ms - known.floor_ms, least=True)
    if last_bill_ms is not None and wall_ms < last_bill_ms - LEEWAY_MS:
        return Standing(SUSPECT, Sentence("clock.before-bill"))
    return NOT_COMPARED


def unaided(now: datetime, last_bill: datetime | None) -> Standing:
    """The same for a till that no cloud has ever told the time."""
    return standing(Known(), moment_ms(now), 0, moment_ms(last_bill) if last_bill else None)


def moment_ms(at: datetime) -> int:
    """A moment with its zone in milliseconds since 1970 UTC."""
    return int(at.timestamp() * 1000)


def duration(ms: int) -> Sentence:
    """A length of time, rounded to the unit that tells most: "3 hours", "1 day"."""
    size = abs(ms)
    unit_ms, unit = next(((each, name) for below, each, name in _UNITS if size < below), (DAY_MS, "days"))
    return Sentence(f"duration.{unit}", count=(size + unit_ms // 2) // unit_ms)


def _wrong(ahead_ms: int, *, least: bool = False) -> Standing:
    far = duration(ahead_ms)
    if ahead_ms > 0:
        sentence = Sentence("clock.ahead", duration=far)
    else:
        sentence = Sentence("clock.behind-at-least" if least else "clock.behind", duration=far)
    return Standing(WRONG, sentence, ahead_ms, absurd=ahead_ms < -_MONTH_MS)
