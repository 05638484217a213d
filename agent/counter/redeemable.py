"""Whether coupons and points may be redeemed for a customer at all; the cloud has the last word on each."""

from __future__ import annotations

from agent.language.sentence import Sentence
from agent.sale.basket import Customer


def refused_for(customer: Customer | None) -> Sentence | None:
    """Why nothing can be redeemed for this customer; None when it can be asked for."""
    return Sentence("known-from-before") if customer and customer.source == "cache" else None
