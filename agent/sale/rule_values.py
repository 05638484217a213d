"""The organisation's settings as text, read strictly: a value, or a sentence about what is wrong with it.

Values come as text (docs/capillary.md 8). Nothing is guessed: text that is not clearly a value is nonsense,
and the caller falls back to the default.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from agent.language.sentence import Sentence
from agent.sale.numbering import MAX_LENGTH
from agent.sale.patterns import is_quick, unusable

Reader = Callable[[str], Any]
"""Makes a value of a text that is not empty. Raises Nonsense, with what was expected."""

# Of rules that the till shows and need not look at: why.
ALWAYS_NUMBERED = Sentence("rules.note.always-numbered")
ALWAYS_UNIQUE = Sentence("rules.note.always-unique")
RETURN_UNIQUE = Sentence("rules.note.return-unique")
RETURN_NUMBERED = Sentence("rules.note.return-numbered")
RETURN_BY_HAND = Sentence("rules.note.return-by-hand")
PLACES = Sentence("rules.note.places")

LARGEST_MINOR = 10**12
_LARGEST = 10**6


class Nonsense(ValueError):
    """The text is no value of its rule; expected says what is."""

    def __init__(self, expected: Sentence) -> None:
        self.expected = expected
        super().__init__(expected.id)


def yes_no(text: str) -> bool:
    """1, true, yes, on and their opposites."""
    word = text.lower()
    if word in ("1", "true", "yes", "y", "on"):
        return True
    if word in ("0", "false", "no", "n", "off"):
        return False
    raise Nonsense(Sentence("rules.expected.flag"))


def count(text: str) -> int:
    """A whole number from 0; days, hours, pieces. 30.0 is 30."""
    number, rest = divmod(_thousandths(text), 1000)
    if rest or number > _LARGEST:
        raise Nonsense(Sentence("rules.expected.whole", most=_LARGEST))
    return number


def future_days(text: str) -> int:
    """CONF_MAX_TRANSACTION_FUTURE_DAYS: at least 1, above 45 is 45 (transaction seed)."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise Nonsense(Sentence("rules.expected.future-days"))
    return min(int(text), 45)


def money(text: str) -> int:
    """An amount in minor units, two decimals at most, not negative."""
    minor, rest = divmod(_thousandths(text), 10)
    if rest or minor > LARGEST_MINOR:
        raise Nonsense(Sentence("rules.expected.amount"))
    return minor


def pattern(text: str) -> str:
    """A regular expression for the numbers of bills, which is decided at once."""
    if found := unusable(text):
        raise Nonsense(found)
    if not is_quick(text, MAX_LENGTH):
        raise Nonsense(Sentence("rules.expected.quick-pattern"))
    return text


def day(text: str) -> date:
    """A date, with or without a time after it."""
    found = re.match(r"\d{4}-\d{2}-\d{2}(?=$|[T ])", text)
    if found is None:
        raise Nonsense(Sentence("rules.expected.date"))
    try:
        return date.fromisoformat(found[0])
    except ValueError as error:
        raise Nonsense(Sentence("rules.expected.date")) from error


def words(text: str) -> tuple[str, ...]:
    """Several texts with commas between them, in brackets and quotes or without."""
    parts = (part.strip().strip("\"'").strip() for part in text.strip("[]").split(","))
    return tuple(part for part in parts if part)


def places(text: str) -> int:
    """Decimal places, 0 to 4."""
    number = count(text)
    if number > 4:
        raise Nonsense(Sentence("rules.expected.places"))
    return number


def _thousandths(text: str) -> int:
    """A plain decimal number from 0, exact to three places; Nonsense for anything else."""
    found = re.fullmatch(r"([0-9]{1,13})(?:\.([0-9]{1,3})0*)?", text)
    if found is None:
        raise Nonsense(Sentence("rules.expected.number"))
    return int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0"))
