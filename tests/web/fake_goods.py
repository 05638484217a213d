"""What the in-memory till of these tests sells, and whom it knows."""

from __future__ import annotations

from agent.sale.basket import BundlePart, Customer, CustomerBill, CustomerCoupon, Product

HOSTILE = '<img src=x onerror="window.hacked=1"><b>Bold</b> & "quoted"'


def _item(sku: str, name: str, price: int, gtin: str, **more: object) -> Product:
    return Product(sku=sku, name=name, price_minor=price, tax_bp=1800, gtin=gtin, hsn="6109", **more)  # type: ignore[arg-type]


GOODS = (
    _item("RICE-5", "Basmati Rice 5 kg", 64900, "8901234567894"),
    _item("TEA-250", "Assam Tea 250 g", 18550, "8901234567900"),
    _item("SOAP-3", "Sandal Soap, pack of 3", 11400, "8901234567917"),
    _item("MANGO", "Alphonso Mango", 24000, "", unit="kg"),
    _item("SHIRT-M", "Cotton Shirt", 129900, "8901234567924", variant=(("Size", "M"), ("Colour", "Blue"))),
    _item(
        "COMBO-1",
        "Breakfast combo",
        39900,
        "8901234567931",
        parts=(
            BundlePart("combo", "TEA-250", "Assam Tea 250 g", 1000),
            BundlePart("combo", "OATS", "Rolled Oats", 2000),
        ),
    ),
    _item(
        "LONG",
        "Stainless Steel Pressure Cooker with Inner Lid and Two Separators, 5 Litre",
        349900,
        "8901234567948",
    ),
    _item("BAG", "Paper Bag", 500, "8901234567955"),
    _item("EVIL", HOSTILE, 1000, "8901234567962"),
    _item("हिन्दी", "चाय मसाला 100 ग्राम", 8700, "8901234567979"),
    _item("URDU", "زیتون 9 عدد", 64000, "8901234567986", unit="kg"),
    _item("TV", "Television 98 inch", 123456700, "8901234567993"),
)

ASHA = Customer(
    mobile="919876543210",
    email="asha@example.org",
    external_id="EXT-77",
    firstname="Asha",
    lastname="Rao",
    user_id="1",
    tier="Gold",
    points_milli=1240000,
    points_earned_milli=2000000,
    points_redeemed_milli=700000,
    points_expired_milli=60000,
    lifetime_purchases_minor=4567800,
    point_value_minor=25,
    coupons=(
        CustomerCoupon("DIWALI50", "₹50 off your next bill", "2026-12-31T23:59:59+05:30"),
        CustomerCoupon("TEA10", "10 % off tea", ""),
        CustomerCoupon("MONSOON", "Last season", "2026-09-30T23:59:59+05:30"),
    ),
    bills=(
        CustomerBill("BLR1-2627-000112", "2026-11-04T09:10:00+05:30", 30000, "BLR-1", "return"),
        CustomerBill("BLR1-2627-000112", "2026-11-02T18:20:00+05:30", 88200, "BLR-1", "regular"),
        CustomerBill("BLR1-2627-000087", "2026-10-11T11:05:00+05:30", 121900, "BLR-1", "regular"),
    ),
    known_at="2026-11-23T10:15:00+05:30",
)

EVE = Customer(
    mobile="911111111111", firstname=HOSTILE, tier="<i>tier</i>", points_milli=0, point_value_minor=25
)

PEOPLE = (ASHA, EVE)
