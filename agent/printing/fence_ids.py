"""What names one attempt to print in the printer's answers."""

from __future__ import annotations

import secrets
from string import ascii_letters

_FENCE_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def fence(job_id: int, attempt: int) -> str:
    """Four characters unlike those of any recent attempt; derived, so no counter can be lost."""
    number = job_id * 8 + attempt % 8
    digits = []
    for _ in range(4):
        number, digit = divmod(number, len(_FENCE_DIGITS))
        digits.append(_FENCE_DIGITS[digit])
    return "".join(reversed(digits))


def passing() -> str:
    """Four letters for what is on no disk: a sheet, or a question."""
    return "".join(map(secrets.choice, [ascii_letters] * 4))
