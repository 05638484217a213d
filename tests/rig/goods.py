"""Hypothesis strategies for what a sale is made of: goods, customers, discounts, redemptions."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from agent.sale.basket import (
    BundlePart,
    CouponRedemption,
    Customer,
    CustomerBill,
    CustomerCoupon,
    Discount,
    PointsRedemption,
    Product,
    Use,
)

GST_RATES = (0, 25, 300, 500, 1200, 1800, 2800)
# Scripts and shapes a receipt meets: joined letters, right to left, wide, composed, invisible, a nul.
WORLD = (
    "आटा ५ किलो",
    "தேங்காய்",
    "خبز بالسمسم",
    "茶叶 500克",
    "cafe\u0301",
    "₹",
    "👨\u200d👩\u200d👧",
    "a\u0000b",
    "'; --",
    "",
)

texts = st.sampled_from(WORLD) | st.text(max_size=20)
words = st.text(min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
rates = st.sampled_from(GST_RATES) | st.integers(0, 10_000)
prices = st.integers(0, 20_000) | st.integers(0, 1_000_000)
int64s = st.integers(-(2**63), 2**63 - 1)

parts = st.builds(
    BundlePart,
    kind=st.sampled_from(("combo", "split", "addon")),
    sku=words,
    name=texts,
    qty_milli=st.integers(1, 10_000),
    price_minor=prices,
)
variants = st.lists(st.tuples(words, texts), max_size=3).map(tuple)
# A plain item, one of a family of sizes, and a bundle of each kind: drawn whole, for the sake of speed.
DRESSES: tuple[dict[str, Any], ...] = (
    {},
    {"variant": (("size", "M"), ("रंग", "लाल")), "parent_sku": "SHIRT"},
    {"parts": (BundlePart("combo", "TEA", "चाय", 1000, 900), BundlePart("combo", "CUP", "Cup", 2000))},
    {"parts": (BundlePart("split", "LEFT", "Left shoe", 1000),), "parent_sku": "SHOES"},
    {"parts": (BundlePart("addon", "WRAP", "Gift wrap", 1000, 2500),)},
)
products = st.builds(
    lambda dress, *plain: Product(*plain, **dress),
    st.sampled_from(DRESSES),
    words,  # sku
    texts,  # name
    prices,
    rates,
    st.sampled_from(("", "1905", "220210")),  # hsn
    st.sampled_from(("pcs", "kg")),
    st.sampled_from(("", "08901234567894")),  # gtin
    st.booleans(),  # tax_inclusive
)


def quantity(unit: str, milli: int) -> int:
    """Thousandths, rounded up to whole pieces where the unit asks for them."""
    return -(-milli // 1000) * 1000 if unit == "pcs" else milli


quantities = st.integers(1, 50_000)
discounts = st.builds(Discount, minor=st.integers(1, 200_000), reason=words) | st.builds(
    Discount, bp=st.integers(1, 10_000), reason=words
)
amounts_known = st.none() | st.integers(0, 10**9)
customers = st.builds(
    Customer,
    mobile=st.sampled_from(("919812345678", "6591234567")),
    email=texts,
    external_id=texts,
    card=texts,
    firstname=texts,
    lastname=texts,
    user_id=texts,
    loyalty=st.booleans(),
    tier=texts,
    points_milli=amounts_known,
    lifetime_purchases_minor=amounts_known,
    point_value_minor=amounts_known,
    coupons=st.lists(st.builds(CustomerCoupon, code=words, description=texts), max_size=2).map(tuple),
    bills=st.lists(st.builds(CustomerBill, number=words, at=texts, amount_minor=prices), max_size=2).map(
        tuple
    ),
    source=st.sampled_from(("cloud", "typed", "enrolled")),
)
uses = st.sampled_from(Use)
coupons = st.builds(
    CouponRedemption, code=words, minor=st.integers(1, 200_000), use=uses, description=texts
) | st.builds(CouponRedemption, code=words, bp=st.integers(1, 10_000), use=uses)
points = st.builds(
    PointsRedemption,
    points_milli=st.integers(1, 10**6),
    value_minor=st.integers(0, 30_000) | st.integers(0, 3_000_000),
    otp=st.sampled_from(("", "123456")),
    use=uses,
)
