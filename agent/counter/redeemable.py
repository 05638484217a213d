"""Whether coupons and points may be redeemed for a customer at all, of which the cloud has the last word on
each; and what is said once they are."""

from __future__ import annotations

from agent.language.figures import Figure
from agent.language.sentence import Sentence
from agent.sale.basket import CouponRedemption, Customer
from agent.sale.money import plain_text


def refused_for(customer: Customer | None) -> Sentence | None:
    """Why nothing can be redeemed for this customer; None when it can be asked for."""
    return Sentence("known-from-before") if customer and customer.source == "cache" else None


def coupon_applied(coupon: CouponRedemption, before: CouponRedemption | None) -> Sentence:
    """What is said of a coupon that is on the bill now; before: the one it took the place of."""
    if before is None or before.code.casefold() == coupon.code.casefold():
        return Sentence("coupon-applied.alone", code=coupon.code)
    return Sentence("coupon-applied.instead", code=coupon.code, before=before.code)


def points_applied(points_milli: int) -> Sentence:
    """What is said of points that are on the bill now."""
    if points_milli % 1000 == 0:
        return Sentence("points-applied.whole", count=points_milli // 1000)
    return Sentence("points-applied.parts", points=Figure(plain_text(points_milli, 3).rstrip("0")))
