"""Bill numbers: consecutive per till and financial year, at most 16 characters (CGST Rule 46(b))."""

from __future__ import annotations

import datetime
import re

MAX_LENGTH = 16
# Letters, digits, hyphen and slash are what the rule allows; the slash is left out because bill numbers
# travel in URLs.
PREFIX_PATTERN = re.compile(r"[A-Z0-9]{1,7}")
_CREDIT = "C"
# A series of bills ends with the year's digits, so the letter behind them is never part of a prefix.
_NUMBER = re.compile(r"(?:(?P<bills>.+)-|(?P<credits>.*[0-9]C))(?P<seq>[0-9]{6,})")


def financial_year(date: datetime.date, first_month: int = 4) -> int:
    """The calendar year in which the financial year of this date began (India: April)."""
    return date.year if date.month >= first_month else date.year - 1


def series_name(prefix: str, year: int) -> str:
    """The fixed part of the numbers of one till in one financial year: S01T1, 2026 -> S01T126."""
    if not PREFIX_PATTERN.fullmatch(prefix):
        raise ValueError(f"a bill prefix is 1 to 7 capital letters or digits, not {prefix!r}")
    return f"{prefix}{year % 100:02d}"


def credit_series(series: str) -> str:
    """The series of the credit notes beside a series of bills (CGST Rule 53 numbers them on their own)."""
    return f"{series}{_CREDIT}"


def bill_number(series: str, seq: int) -> str:
    """The number itself: S01T126-000001, of a credit note S01T126C000001. ValueError when the series is used
    up within 16 characters."""
    number = f"{series}{'' if series.endswith(_CREDIT) else '-'}{seq:06d}"
    if seq < 1 or len(number) > MAX_LENGTH:
        raise ValueError(f"bill number {number} is longer than {MAX_LENGTH} characters")
    return number


def split_number(number: str) -> tuple[str, int]:
    """(series, seq) of a number made here; ValueError for any other text."""
    found = _NUMBER.fullmatch(number)
    if found and len(number) <= MAX_LENGTH and int(found["seq"]) > 0:
        series, seq = found["bills"] or found["credits"], int(found["seq"])
        if bill_number(series, seq) == number:
            return series, seq
    raise ValueError(f"{number!r} is not a bill number of this till")


def satisfies(number: str, pattern: str) -> bool:
    """Whether the organisation's CONF_CLIENT_BILL_NO_REGEX takes the number as a whole; "" takes all."""
    return not pattern or re.fullmatch(pattern, number) is not None
