"""Bills and customers for the tests: one by hand, and any by hypothesis."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from agent.sale.basket import (
    Bill,
    BillLine,
    BundlePart,
    CouponRedemption,
    Customer,
    PointsRedemption,
    Tender,
    TenderType,
)

AT = "2026-03-31T23:30:15+05:30"
TOM = Customer(mobile="919876543210", firstname="Tom", user_id="77")
POINTS = PointsRedemption(points_milli=100_000, value_minor=5_000, otp="4PZGXC")
COUPON = CouponRedemption(code="DIWALI10", minor=2_000)


def line(no: int, amount_minor: int, discount_minor: int = 0, **more: Any) -> BillLine:
    """A line of one piece at an inclusive price."""
    gross = amount_minor + discount_minor
    known: dict[str, Any] = {
        "no": no,
        "sku": f"SKU{no}",
        "gtin": "",
        "name": f"Article {no}",
        "hsn": "6109",
        "unit": "pcs",
        "qty_milli": 1000,
        "unit_price_minor": gross,
        "gross_minor": gross,
        "discount_minor": discount_minor,
        "amount_minor": amount_minor,
        "taxable_minor": amount_minor,
        "tax_bp": 0,
        "cgst_minor": 0,
        "sgst_minor": 0,
        "igst_minor": 0,
        "tax_inclusive": True,
    }
    return BillLine(**(known | more))


def bill(number: str = "S01T1-25-000017", lines: tuple[BillLine, ...] = (), **more: Any) -> Bill:
    """A paid bill of the lines given, or of one line over 250.00."""
    lines = lines or (line(1, 25_000),)
    due = sum(each.amount_minor for each in lines) + more.get("rounding_minor", 0)
    known: dict[str, Any] = {
        "number": number,
        "series": "S01T1",
        "seq": 17,
        "sale_id": "sale-17",
        "at": AT,
        "business_date": "2026-03-31",
        "store_code": "S01",
        "till_code": "T1",
        "cashier": "Asha",
        "kind": "sale",
        "lines": lines,
        "tenders": (Tender(1, TenderType.CASH, due),),
        "gross_minor": sum(each.gross_minor for each in lines),
        "discount_minor": sum(each.discount_minor for each in lines),
        "taxable_minor": due,
        "tax_minor": 0,
        "rounding_minor": 0,
        "due_minor": due,
        "change_minor": 0,
        "customer": TOM,
    }
    return Bill(**(known | more))


MONEY = st.integers(0, 10_000_000_00)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300)
PARTS = st.builds(
    BundlePart,
    kind=st.sampled_from(["combo", "split", "addon"]),
    sku=st.just("PART"),
    name=NAMES,
    qty_milli=st.integers(1, 100_000),
    price_minor=MONEY,
)


@st.composite
def bill_lines(draw: st.DrawFn, no: int) -> BillLine:
    """Any line, inclusive or exclusive of tax."""
    qty = draw(st.integers(1, 5_000_000))
    gross, tax = draw(MONEY), draw(st.integers(0, 1_000_00))
    discount = draw(st.integers(0, gross))
    inclusive = draw(st.booleans())
    return line(
        no,
        gross - discount + (0 if inclusive else tax),
        discount,
        qty_milli=qty,
        gross_minor=gross,
        unit_price_minor=gross * 1000 // qty,
        tax_inclusive=inclusive,
        name=draw(NAMES),
        variant=draw(st.sampled_from([(), (("size", "M"), ("colour", "blue"))])),
        parts=tuple(draw(st.lists(PARTS, max_size=3))),
    )


@st.composite
def bills(draw: st.DrawFn) -> Bill:
    """Any completed bill, paid by several tenders with change out of the cash."""
    lines = tuple(draw(bill_lines(no)) for no in range(1, draw(st.integers(1, 5)) + 1))
    rounding = draw(st.integers(-50, 50))
    rounding = rounding if sum(each.amount_minor for each in lines) + rounding >= 0 else 0
    made = bill(lines=lines, rounding_minor=rounding)
    by_card = draw(st.integers(0, made.due_minor))
    change = draw(st.integers(0, 50_000))
    tenders = (
        Tender(1, TenderType.CARD, by_card, "terminal 8812"),
        Tender(2, TenderType.CASH, made.due_minor - by_card + change),
    )
    customer = draw(st.sampled_from([None, TOM, Customer(email="a@x.in"), Customer(card="99"), Customer()]))
    reason = draw(st.sampled_from(["in a hurry", "", "x" * 300]))
    return replace(
        made,
        customer=customer,
        not_interested_reason=reason,
        tenders=tenders,
        change_minor=change,
        points=draw(st.sampled_from([None, POINTS])),
        coupon=draw(st.sampled_from([None, COUPON])),
    )
