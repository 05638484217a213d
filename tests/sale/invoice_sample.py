"""One bill worked out by hand, for the tests of the ticket: inclusive, weighed, discounted, exclusive."""

from __future__ import annotations

from typing import Any

from agent.sale.basket import Bill, BillLine, Customer, Tender, TenderType
from agent.sale.invoice import Shop, receipt, to_text

SHOP = Shop(
    name="Malgudi Stores",
    address=("4 Market Road", "Malgudi 570001"),
    gstin="29ABCDE1234F1Z5",
    state_code="29",
    phone="0821 555 0100",
    footer=("Exchange within 7 days with this bill.",),
)


def line(no: int, name: str, **fields: Any) -> BillLine:
    plain: dict[str, Any] = {
        "sku": f"S{no}",
        "gtin": "",
        "hsn": "",
        "unit": "pcs",
        "qty_milli": 1000,
        "discount_minor": 0,
        "tax_bp": 0,
        "cgst_minor": 0,
        "sgst_minor": 0,
        "igst_minor": 0,
        "tax_inclusive": True,
    }
    return BillLine(no=no, name=name, **(plain | fields))


DAL = line(
    1,
    "Toor Dal 1 kg",
    hsn="0713",
    qty_milli=2000,
    unit_price_minor=14500,
    gross_minor=29000,
    amount_minor=29000,
    taxable_minor=27620,
    tax_bp=500,
    cgst_minor=690,
    sgst_minor=690,
)
TOMATO = line(
    2,
    "टमाटर",
    hsn="0702",
    unit="kg",
    qty_milli=455,
    unit_price_minor=4000,
    gross_minor=1820,
    amount_minor=1820,
    taxable_minor=1820,
)
KURTA = line(
    3,
    "Cotton Kurta Hand Block Printed Long Sleeve",
    hsn="6205",
    unit_price_minor=129900,
    gross_minor=129900,
    discount_minor=12990,
    amount_minor=116910,
    taxable_minor=104384,
    tax_bp=1200,
    cgst_minor=6263,
    sgst_minor=6263,
    variant=(("size", "M"), ("colour", "Indigo")),
)
CABLE = line(
    4,
    "USB-C Cable",
    hsn="8544",
    unit_price_minor=30000,
    gross_minor=30000,
    amount_minor=35400,
    taxable_minor=30000,
    tax_bp=1800,
    cgst_minor=2700,
    sgst_minor=2700,
    tax_inclusive=False,
)
ASHA = Customer(
    mobile="919876543210",
    firstname="Asha",
    lastname="Rao",
    points_milli=1_250_500,
    known_at="2026-11-23T10:12:40+05:30",
)
BILL = Bill(
    number="0001T126-000042",
    series="0001T126",
    seq=42,
    sale_id="s-1",
    at="2026-11-23T10:15:07+05:30",
    business_date="2026-11-23",
    store_code="0001",
    till_code="T1",
    cashier="Meera",
    kind="sale",
    lines=(DAL, TOMATO, KURTA, CABLE),
    tenders=(Tender(1, TenderType.UPI, 100000, "632812004512"), Tender(2, TenderType.CASH, 100000)),
    gross_minor=190720,
    discount_minor=12990,
    taxable_minor=163824,
    tax_minor=19306,
    rounding_minor=-30,
    due_minor=183100,
    change_minor=16900,
    customer=ASHA,
)
NOTE = "Points for this bill will be added when it reaches the loyalty system."


def printed(bill: Bill, shop: Shop = SHOP, columns: int = 48, **more: Any) -> str:
    return to_text(receipt(bill, shop, columns=columns, **more), columns)


def line_with(text: str, start: str) -> str:
    return next(found for found in text.splitlines() if found.strip().startswith(start))
