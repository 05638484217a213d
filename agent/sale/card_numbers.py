"""Numbers of payment cards, which are never stored, sent or printed (docs/capillary.md 8), however they
are written."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"\d+")
_BETWEEN = re.compile("[ -]{1,3}")


def looks_like_card_number(text: str) -> bool:
    """True if 13 to 19 digits in text, grouped or not, pass Luhn."""
    return _found(text) is not None


def without_card_numbers(text: str) -> str:
    """The text with every such number cut to its last four digits."""
    while found := _found(text):
        start, end = found
        text = f"{text[:start]}…{text[end - 4 : end]}{text[end:]}"
    return text


def _found(text: str) -> tuple[int, int] | None:
    """Where the first one stands: whole groups of digits, with little between them."""
    groups = list(_DIGITS.finditer(text))
    for first, group in enumerate(groups):
        digits, end = "", group.start()
        for following in groups[first:]:
            if digits and not _BETWEEN.fullmatch(text[end : following.start()]):
                break
            digits, end = digits + following.group(), following.end()
            if 13 <= len(digits) <= 19 and _luhn(digits):
                return group.start(), end
    return None


def _luhn(digits: str) -> bool:
    values = (int(digit) for digit in reversed(digits))
    return (
        sum(value * 2 - 9 * (value > 4) if index % 2 else value for index, value in enumerate(values)) % 10
        == 0
    )
