"""The arithmetic of trade item numbers: check digits, UPC-E, and what their prefixes are for.

Source: GS1 General Specifications, sections on check digits (7.9), UPC-E and GS1 prefixes (1.4).
"""

from __future__ import annotations

COUPON_PREFIXES = ("05", "981", "982", "983", "984", "99")
"""Of a GTIN-13 (a UPC-A with a 0 in front): vouchers, never goods. 05 is the UPC-A that begins with 5."""

REFUND_PREFIXES = ("980",)
"""Receipts of bottle-return machines."""

RESTRICTED_PREFIXES = ("02", "04", *(str(number) for number in range(20, 30)))
"""Numbers that each shop hands out itself: they mean nothing without that shop's scheme."""

RESTRICTED_PREFIXES_8 = ("0", "2")
"""The same among the numbers of EAN-8."""


def check_digit(body: str) -> str:
    """The digit that closes `body`, a string of digits: weights 3 and 1 from the right, modulo 10."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def is_valid(number: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    return check_digit(number[:-1]) == number[-1]


def is_voucher(gtin14: str) -> bool:
    """Whether a number of 14 digits is a coupon's or a bottle refund's, which no shop may give to goods."""
    # Six zeros in front mark a number of EAN-8, among which there are none.
    return not gtin14.startswith("000000") and gtin14[1:].startswith(COUPON_PREFIXES + REFUND_PREFIXES)


def expand_upc_e(number: str) -> str | None:
    """The UPC-A (12 digits) of an 8-digit UPC-E; None if the first digit shows that it is none.

    The sixth digit of the six in the middle says which zeros were left out: 0-2, 3, 4 or 5-9.
    """
    system, body, check = number[0], number[1:7], number[7]
    if system not in "01":
        return None
    last = body[5]
    if last in "012":
        middle = body[:2] + last + "0000" + body[2:5]
    elif last == "3":
        middle = body[:3] + "00000" + body[3:5]
    elif last == "4":
        middle = body[:4] + "00000" + body[4]
    else:
        middle = body[:5] + "0000" + last
    return system + middle + check


def price_check_digit(field: str) -> str:
    """The inner check digit of a price or weight field of 4 or 5 digits (General Specifications 7.9.2-4)."""
    if len(field) == 4:
        return str(3 * _weigh(field, _TWO_MINUS, _TWO_MINUS, _THREE, _FIVE_MINUS) % 10)
    total = _weigh(field, _FIVE_PLUS, _TWO_MINUS, _FIVE_MINUS, _FIVE_PLUS, _TWO_MINUS)
    return str(_FIVE_MINUS.index(str(-total % 10)))


def _weigh(field: str, *weights: str) -> int:
    return sum(int(weight[int(digit)]) for digit, weight in zip(field, weights, strict=True))


# What each digit counts, 0 to 9: "2 minus" doubles it and takes its tens off the units, and so on.
_TWO_MINUS = "0246891357"
_THREE = "0369258147"
_FIVE_PLUS = "0516273849"
_FIVE_MINUS = "0594837261"
