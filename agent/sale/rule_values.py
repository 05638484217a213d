"""The organisation's settings as text, read strictly: a value, or a sentence about what is wrong with it.

Values come as text (docs/capillary.md 8). Nothing is guessed: text that is not clearly a value is nonsense,
and the caller falls back to the default.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from datetime import date
from typing import Any

Reader = Callable[[str], Any]
"""Makes a value of a text that is not empty. Raises ValueError, with what was expected, on nonsense."""

# Of rules that the till shows and need not look at: why.
ALWAYS_NUMBERED = "holds always: every bill has a number"
ALWAYS_UNIQUE = "holds always: this till never uses a number again"
RETURN_UNIQUE = "holds always: credit notes have a series of their own, and no number is used again"
RETURN_NUMBERED = "holds always: every return names its bill, also one of another till (677)"
RETURN_BY_HAND = "shown only: no more is documented of it than code 677, and every return names its bill"
PLACES = (
    "shown only: the cloud cuts amounts by itself, to the currency's decimals where they are more, and those "
    "are what the till sends; bills rounded finer than this are a warning"
)

LARGEST_MINOR = 10**12
_LARGEST = 10**6


def yes_no(text: str) -> bool:
    """1, true, yes, on and their opposites."""
    word = text.lower()
    if word in ("1", "true", "yes", "y", "on"):
        return True
    if word in ("0", "false", "no", "n", "off"):
        return False
    raise ValueError("expected 1 or 0")


def count(text: str) -> int:
    """A whole number from 0; days, hours, pieces. 30.0 is 30."""
    number, rest = divmod(_thousandths(text), 1000)
    if rest or number > _LARGEST:
        raise ValueError(f"expected a whole number from 0 to {_LARGEST}")
    return number


def future_days(text: str) -> int:
    """CONF_MAX_TRANSACTION_FUTURE_DAYS: at least 1, above 45 is 45 (transaction seed)."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise ValueError("expected a number of days from 1 to 45")
    return min(int(text), 45)


def money(text: str) -> int:
    """An amount in minor units, two decimals at most, not negative."""
    minor, rest = divmod(_thousandths(text), 10)
    if rest or minor > LARGEST_MINOR:
        raise ValueError("expected an amount such as 100000 or 99.50")
    return minor


def pattern(text: str) -> str:
    """A regular expression that compiles here, however oddly it is written."""
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"expected a regular expression ({error})") from error
    return text


def day(text: str) -> date:
    """A date, with or without a time after it."""
    found = re.match(r"\d{4}-\d{2}-\d{2}(?=$|[T ])", text)
    if found is None:
        raise ValueError("expected a date such as 2020-01-31")
    try:
        return date.fromisoformat(found[0])
    except ValueError as error:
        raise ValueError("expected a date such as 2020-01-31") from error


def words(text: str) -> tuple[str, ...]:
    """Several texts with commas between them, in brackets and quotes or without."""
    parts = (part.strip().strip("\"'").strip() for part in text.strip("[]").split(","))
    return tuple(part for part in parts if part)


def places(text: str) -> int:
    """Decimal places, 0 to 4."""
    number = count(text)
    if number > 4:
        raise ValueError("expected 0 to 4 decimal places")
    return number


def _thousandths(text: str) -> int:
    """A plain decimal number from 0, exact to three places; ValueError for anything else."""
    found = re.fullmatch(r"([0-9]{1,13})(?:\.([0-9]{1,3})0*)?", text)
    if found is None:
        raise ValueError("expected a number")
    return int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0"))
