"""What is hardly meant, such as a barcode typed as an amount: it is asked about once more, never refused."""

from __future__ import annotations

from agent.language.figures import Figure
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import Product, Sale, TenderType
from agent.sale.money import plain_text
from agent.sale.totals import Pricing, totals
from agent.sale.units import unlikely_milli

_NOTES = 5
"""Nobody hands over so many of the largest notes more than is to pay."""
_TIMES = 20
"""Hardly anything is sold for more than so many times its listed price, and so many of the largest notes."""


def doubt(event: e.Event, sale: Sale, pricing: Pricing, largest_note_minor: int) -> Sentence | None:
    """What to ask before an event that a person typed is believed; None if nothing is strange about it."""
    match event:
        case e.TenderAdded(type=TenderType.CASH, amount_minor=amount):
            return _of_cash(amount, totals(sale, pricing).balance_minor, _NOTES * largest_note_minor)
        case e.ItemAdded(product=product, qty_milli=qty_milli):
            return _of_quantity(product, qty_milli)
        case e.QuantitySet(line=no, qty_milli=qty_milli):
            lines = (line for line in sale.live_lines if line.no == no)
            return next((_of_quantity(line.product, qty_milli) for line in lines), None)
        case e.PriceSet(line=no, unit_price_minor=price_minor):
            lines = (line for line in sale.live_lines if line.no == no)
            return next((_of_price(line.product, price_minor, largest_note_minor) for line in lines), None)
        case _:
            return None


def doubt_times(qty_milli: int) -> Sentence | None:
    """What to ask before a number typed for the next item is believed."""
    if qty_milli < unlikely_milli("pcs"):
        return None
    return Sentence("unlikely.times", quantity=quantity_text(qty_milli))


def quantity_text(qty_milli: int) -> Figure:
    """Thousandths without needless zeros."""
    return Figure(plain_text(qty_milli, 3).rstrip("0").rstrip("."))


def _of_cash(amount_minor: int, balance_minor: int, most_minor: int) -> Sentence | None:
    change = amount_minor - balance_minor
    if not balance_minor or change < most_minor:
        return None
    return Sentence("unlikely.cash", amount=plain_text(amount_minor), change=plain_text(change))


def _of_price(product: Product, price_minor: int, largest_note_minor: int) -> Sentence | None:
    if price_minor <= _TIMES * max(product.price_minor, largest_note_minor):
        return None
    return Sentence("unlikely.price", price=plain_text(price_minor), name=product.name)


def _of_quantity(product: Product, qty_milli: int) -> Sentence | None:
    if qty_milli < unlikely_milli(product.unit):
        return None
    quantity = quantity_text(qty_milli)
    return Sentence("unlikely.quantity", quantity=quantity, unit=product.unit, name=product.name)
