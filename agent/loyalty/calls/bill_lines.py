"""A line of a bill as v2 wants it (docs/capillary.md 5.2).

What came back is told in positive figures with its type.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from agent.loyalty.calls.bill_fields import fields_of_line
from agent.loyalty.calls.call import Written, encode
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.wire_format import amount, thousandths
from agent.sale.basket import BillLine, BundlePart
from agent.sale.money import extended

_LONGEST_NAME = 250
_MOST_DECIMALS = 8
_BUNDLES = {
    "combo": ("comboDetails", "COMBO_ITEM"),
    "split": ("splitDetails", "SPLIT"),
    "addon": ("addOnDetails", "ADD_ON_ITEM"),
}


def line_body(options: CloudOptions, line: BillLine) -> dict[str, Any]:
    """One line. value - discount = amount holds for exclusive prices too: value then includes the tax."""
    exponent = options.currency_exponent
    qty_milli, amount_minor = abs(line.qty_milli), told_minor(line)
    discount_minor = abs(line.discount_minor) + abs(line.amount_minor) - amount_minor
    value_minor = amount_minor + discount_minor
    item: dict[str, Any] = {
        "serial": line.no,
        "itemCode": line.sku,
        "description": line.name[:_LONGEST_NAME] or line.sku,
        "qty": thousandths(qty_milli),
        "rate": _rate(value_minor, qty_milli, exponent, line.unit_price_minor),
        "value": amount(value_minor, exponent),
        "discount": amount(discount_minor, exponent),
        "amount": amount(amount_minor, exponent),
    }
    if line.variant:
        item["attributes"] = dict(line.variant)
    for part in line.parts:
        field, kind = _BUNDLES.get(part.kind, _BUNDLES["combo"])
        item.setdefault(field, []).append(_part(options, part, kind))
    return item | fields_of_line(options, line)


def told_minor(line: BillLine) -> int:
    """What the cloud is told that a line came to."""
    return abs(line.amount_minor) if line.told_minor is None else line.told_minor


@lru_cache(512)
def line_text(options: CloudOptions, line: BillLine) -> Written:
    """The same as it goes on the wire; what was written before is found by its values."""
    return Written(encode(line_body(options, line)).decode())


def _rate(value_minor: int, qty_milli: int, exponent: int, unit_price_minor: int | None = None) -> Decimal:
    """What one costs: the unit price where that times the quantity is the value, else what does, with as many
    decimals as that takes (docs/capillary.md 5.2: value = rate x qty)."""
    if not qty_milli:
        return amount(value_minor, exponent)
    if unit_price_minor is not None and extended(unit_price_minor, qty_milli) == value_minor:
        return amount(unit_price_minor, exponent)
    value, qty = amount(value_minor, exponent), Decimal(qty_milli) / 1000
    rate = value / qty
    for more in range(_MOST_DECIMALS):
        told = rate.quantize(Decimal(1).scaleb(-exponent - more), ROUND_HALF_UP)
        if 2 * abs(told * qty - value) < amount(1, exponent):
            return told
    return rate


def _part(options: CloudOptions, part: BundlePart, kind: str) -> dict[str, Any]:
    """A component, per unit of its bundle: value is what all of it is worth, rate what one of it is."""
    detail: dict[str, Any] = {
        "itemCode": part.sku,
        "description": part.name[:_LONGEST_NAME],
        "quantity": thousandths(part.qty_milli),
        "comboType": kind,
    }
    if part.price_minor:
        detail["rate"] = _rate(part.price_minor, part.qty_milli, options.currency_exponent)
        detail["value"] = amount(part.price_minor, options.currency_exponent)
    return detail
