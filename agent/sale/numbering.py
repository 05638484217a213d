"""Bill numbers: consecutive per till and financial year, at most 16 characters (CGST Rule 46(b))."""

from __future__ import annotations

import datetime
import re

MAX_LENGTH = 16
# Letters, digits, hyphen and slash are what the rule allows; the slash is left out because bill numbers
# travel in URLs.
PREFIX_PATTERN = re.compile(r"[A-Z0-9]{1,7}")


def financial_year(date: datetime.date, first_month: int = 4) -> int:
    """The calendar year in which the financial year of this date began (India: April)."""
    return date.year if date.month >= first_month else date.year - 1


def series_name(prefix: str, year: int) -> str:
    """The fixed part of the numbers of one till in one financial year: S01T1, 2026 -> S01T126."""
    if not PREFIX_PATTERN.fullmatch(prefix):
        raise ValueError(f"a bill prefix is 1 to 7 capital letters or digits, not {prefix!r}")
    return f"{prefix}{year % 100:02d}"


def bill_number(series: str, seq: int) -> str:
    """The number itself. ValueError when the series is used up within 16 characters."""
    number = f"{series}-{seq:06d}"
    if seq < 1 or len(number) > MAX_LENGTH:
        raise ValueError(f"bill number {number} is longer than {MAX_LENGTH} characters")
    return number


def split_number(number: str) -> tuple[str, int]:
    """(series, seq) of a number made here; ValueError for any other text."""
    series, dash, seq = number.rpartition("-")
    if dash and series and seq.isascii() and seq.isdigit() and seq == f"{int(seq):06d}" and int(seq) > 0:
        return series, int(seq)
    raise ValueError(f"{number!r} is not a bill number of this till")


def satisfies(number: str, pattern: str) -> bool:
    """Whether the organisation's CONF_CLIENT_BILL_NO_REGEX takes the number as a whole; "" takes all."""
    return not pattern or re.fullmatch(pattern, number) is not None
