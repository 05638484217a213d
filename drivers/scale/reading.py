"""What a scale says of its plate, and how its figures are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_FIGURE = re.compile(r" *([0-9]{1,6})(?:\.([0-9]{1,6}))? *")


class State(StrEnum):
    """WEIGHT alone is one to sell by: stable, above zero, as the scale itself shows it."""

    WEIGHT = "weight"
    ZERO = "zero"
    NOTHING = "nothing"
    """The scale is well, and said nothing of its plate."""
    MOTION = "motion"
    OVERLOAD = "overload"
    UNDER_ZERO = "under-zero"
    UNZEROED = "unzeroed"
    """It was switched on with something on its plate and wants to be zeroed."""
    NOT_EMPTIED = "not-emptied"
    """The plate was not empty since the last weight was given out."""
    OTHER_UNIT = "other-unit"
    PRICE = "price"
    """It does not take this price for a kilogram."""
    FAULT = "fault"
    LOCKED = "locked"
    """It wants to see the checksums of a certified program before it gives out a weight."""
    UNREADABLE = "unreadable"
    SILENT = "silent"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Reading:
    """milli: thousandths of the unit; unit: kg, g, lb or oz, "" where the scale does not tell it.
    amount_minor: what the goods cost by the scale's own reckoning, where it reckons."""

    state: State
    milli: int = 0
    unit: str = ""
    amount_minor: int | None = None


def weight(figure: str, unit: str = "") -> Reading:
    """A stable weight from the figure as the scale shows it. What is no figure, or finer than a thousandth of
    the unit, is unreadable: nothing is rounded. A figure without its point is one of grams alone: of
    kilograms nobody knows where the point was lost."""
    found = _FIGURE.fullmatch(figure)
    if not found or (found[2] is None and unit != "g"):
        return Reading(State.UNREADABLE)
    whole, part = found[1], (found[2] or "").rstrip("0")
    if len(part) > 3:
        return Reading(State.UNREADABLE)
    milli = int(whole) * 1000 + int(part.ljust(3, "0"))
    return Reading(State.WEIGHT if milli else State.ZERO, milli, unit)


def nothing_in(answer: bytes) -> Reading:
    """Of an answer that is none: silence, or what nobody can read."""
    return Reading(State.UNREADABLE if answer else State.SILENT)
