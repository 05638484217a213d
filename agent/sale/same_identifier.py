"""Whether two spellings of an identifier name the same customer."""

from __future__ import annotations

_LEAST_DIGITS = 8
"""So many digits tell a number apart from all others of a country."""


def same_mobile(one: str, other: str) -> bool:
    """A mobile number may come with or without its country code, a zero in front, and blanks; the number
    proper is never left out. The longer decides: two country codes are two numbers."""
    shorter, longer = sorted((_digits(one), _digits(other)), key=len)
    return (len(shorter) >= _LEAST_DIGITS and longer.endswith(shorter)) or (
        bool(shorter) and shorter == longer
    )


def same_identifier(kind: str, one: str, other: str) -> bool:
    """kind: mobile, email, external_id, card or user_id. What is empty is nobody's."""
    if kind == "mobile":
        return same_mobile(one, other)
    return bool(one) and one.casefold() == other.casefold()


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number)).lstrip("0")
