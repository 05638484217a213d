"""Arithmetic of money in integer minor units: rounding, shares, and India's GST split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.language.figures import Figure

BP = 10_000
MILLI = 1_000


def divide(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest integer, halves away from zero. denominator > 0."""
    if numerator < 0:
        return -divide(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def extended(unit_price_minor: int, qty_milli: int) -> int:
    """Price of a quantity: minor units times thousandths, rounded once."""
    return divide(unit_price_minor * qty_milli, MILLI)


def share(amount_minor: int, bp: int) -> int:
    """bp basis points of an amount."""
    return divide(amount_minor * bp, BP)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split total over non-negative weights in proportion; the parts sum to total exactly.

    The units that rounding leaves over go to the largest remainders, first come first served on ties.
    With all weights zero the whole total must be zero.
    """
    if total == 0:
        return [0] * len(weights)
    whole = sum(weights)
    if whole == 0:
        raise ValueError("nothing to allocate to")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def round_to_step(amount_minor: int, step_minor: int) -> int:
    """The multiple of step nearest to amount, halves up: cash rounding (100 = whole rupees)."""
    return divide(amount_minor, step_minor) * step_minor


def plain_text(minor: int, exponent: int = 2) -> Figure:
    """An amount as decimal text without symbol or grouping: 123450 -> 1234.50, -5 -> -0.05. A sentence
    groups it."""
    sign = "-" if minor < 0 else ""
    if exponent == 0:
        return Figure(f"{sign}{abs(minor)}")
    whole, part = divmod(abs(minor), 10**exponent)
    return Figure(f"{sign}{whole}.{part:0{exponent}d}")


@dataclass(frozen=True, slots=True)
class TaxSplit:
    """taxable + cgst + sgst + igst = amount, always."""

    taxable_minor: int
    cgst_minor: int = 0
    sgst_minor: int = 0
    igst_minor: int = 0

    @property
    def tax_minor(self) -> int:
        return self.cgst_minor + self.sgst_minor + self.igst_minor

    @property
    def amount_minor(self) -> int:
        return self.taxable_minor + self.tax_minor


def split_tax(price_minor: int, rate_bp: int, *, inclusive: bool, interstate: bool = False) -> TaxSplit:
    """GST of a line: CGST and SGST in equal halves within the state, IGST across states.

    inclusive: price_minor contains the tax; otherwise the tax comes on top of it.
    """
    base = BP + rate_bp if inclusive else BP
    if interstate:
        igst = divide(price_minor * rate_bp, base)
        return TaxSplit(price_minor - igst if inclusive else price_minor, igst_minor=igst)
    half = divide(price_minor * rate_bp, 2 * base)
    return TaxSplit(price_minor - 2 * half if inclusive else price_minor, cgst_minor=half, sgst_minor=half)
