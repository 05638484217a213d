"""Credit notes as what came back of a bill."""

from __future__ import annotations

from agent.sale.basket import BillLine
from agent.sale.return_values import Back, Worth
from agent.sale.returnable import Taken


def came_back(line: BillLine, back: Back) -> Taken:
    """What the store remembers of a line of a credit note."""
    figures = ("gross", "discount", "taxable", "cgst", "sgst", "igst", "later")
    worth = Worth(*(-getattr(line, f"{name}_minor") for name in figures))
    kept = line.kept_coupon_minor, line.kept_points_minor
    return Taken(back.line, back.how, -line.qty_milli, worth, line.given_minor, line.tax_bp, *kept)
