"""Whether coupons and points may be redeemed for a customer at all; the cloud has the last word on each."""

from __future__ import annotations

from agent.sale.basket import Customer


def refused_for(customer: Customer | None) -> str:
    """Why nothing can be redeemed for this customer, as a sentence; "" when it can be asked for."""
    if customer is None or customer.source != "cache":
        return ""
    return (
        "Coupons and points cannot be redeemed now: this member is only known from before. "
        "Search again when the loyalty cloud answers."
    )
