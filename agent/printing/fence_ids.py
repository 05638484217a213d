"""What names one attempt to print in the printer's answers."""

from __future__ import annotations

_FENCE_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def fence(job_id: int, attempt: int) -> str:
    """Four characters unlike those of any recent attempt; derived, so no counter can be lost."""
    number = job_id * 8 + attempt % 8
    digits = []
    for _ in range(4):
        number, digit = divmod(number, len(_FENCE_DIGITS))
        digits.append(_FENCE_DIGITS[digit])
    return "".join(reversed(digits))
