"""What a part of goods that were sold is worth, figure by figure.

A part is a share of what is left, and the last part is all of it: so whatever comes back, is voided and
comes back again, all parts together are the line that was sold, to the paisa and tax by tax.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.sale import money
from agent.sale.basket import BillLine
from agent.sale.return_values import Worth

NOTHING = Worth(0, 0, 0, 0, 0, 0)


def sold_for(line: BillLine) -> Worth:
    """The figures of a line of a bill."""
    return Worth(
        line.gross_minor,
        line.discount_minor,
        line.taxable_minor,
        line.cgst_minor,
        line.sgst_minor,
        line.igst_minor,
    )


def summed(worths: Iterable[Worth]) -> Worth:
    """All of them together."""
    found = NOTHING
    for one in worths:
        found = Worth(*(getattr(found, name) + getattr(one, name) for name in _FIGURES))
    return found


def without(worth: Worth, gone: Worth) -> Worth:
    """What is left after so much came back; nothing below zero."""
    cgst, sgst, igst, discount, later = (
        max(0, getattr(worth, name) - getattr(gone, name))
        for name in ("cgst_minor", "sgst_minor", "igst_minor", "discount_minor", "later_minor")
    )
    taxable = max(0, worth.amount_minor - gone.amount_minor) - cgst - sgst - igst
    gross = worth.gross_minor - gone.gross_minor
    return Worth(gross, discount, taxable, cgst, sgst, igst, later)


def of_quantity(left: Worth, qty: int, of: int, *, tax_inclusive: bool) -> Worth:
    """The worth of qty, where so much is left and of as many.

    What the customer gets comes first, so that equal pieces are worth the same where that can be; the tax
    follows the amount, the taxable value is the rest. A piece of one paisa may have a taxable value of -1.
    """
    discount, later = (money.divide(minor * qty, of) for minor in (left.discount_minor, left.later_minor))
    return _of(left, money.divide(left.amount_minor * qty, of), discount, later, tax_inclusive=tax_inclusive)


def of_amount(left: Worth, amount_minor: int) -> Worth:
    """So much money of it, without goods: no price and no discount."""
    return _of(left, amount_minor, 0, 0, tax_inclusive=True)


def _of(left: Worth, amount: int, discount: int, later: int, *, tax_inclusive: bool) -> Worth:
    whole = left.amount_minor
    cgst, sgst, igst = (
        money.divide(tax * amount, whole) if whole else 0
        for tax in (left.cgst_minor, left.sgst_minor, left.igst_minor)
    )
    taxable = amount - cgst - sgst - igst
    # Gross less discount is what the price says of it: the amount, or what the tax came on top of.
    net = amount if tax_inclusive else taxable
    return Worth(net + discount, discount, taxable, cgst, sgst, igst, later)


_FIGURES = tuple(Worth.__dataclass_fields__)
