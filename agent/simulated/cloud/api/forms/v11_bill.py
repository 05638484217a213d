"""A v1.1 transaction in v2's words, so that one set of rules judges both (docs/capillary.md 5.1, 5.3)."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.books.customers import fields_of, many
from agent.simulated.cloud.books.ledger_rows import Bill
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import WireError, decimal_of, v11_time

_TYPES = {
    "REGULAR": "REGULAR",
    "NOT_INTERESTED": "NOT_INTERESTED",
    "RETURN": "RETURN",
    "NOT_INTERESTED_RETURN": "NOT_INTERESTED_RETURN",
    "MIXED": "REGULAR",
}
_PLAIN = {
    "notes": "note",
    "not_interested_reason": "notInterestedReason",
    "delivery_status": "deliveryStatus",
    "outlier_status": "outlierStatus",
    "currency_code": "currencyCode",
    "id": "id",
    "gross_amount": "grossAmount",
    "discount": "discount",
}
_LINE = {
    "item_code": "itemCode",
    "rate": "rate",
    "value": "value",
    "amount": "amount",
    "discount_value": "discount",
    "description": "description",
    "variant": "variant",
}
_PARTS = {
    "combo_items": ("combo_item", "comboDetails"),
    "addon_items": ("addon_item", "addOnDetails"),
    "split_items": ("split_item", "splitDetails"),
}


def as_v2(world: CloudWorld, body: dict[str, Any], *, local_currency: bool = False) -> dict[str, Any]:
    """The v2 body. Refusals 605 for an unknown type, 621 for a time that is none, 601 for such a quantity."""
    kind = str(body.get("type") or "").strip().upper()
    if kind not in _TYPES:
        raise Refusal("transaction", 605)
    number = str(body.get("number") or "").strip()
    told = {new: body[old] for old, new in _PLAIN.items() if body.get(old) not in (None, "")}
    told |= {"type": _TYPES[kind], "billNumber": number, "billAmount": body.get("amount") or "0"}
    told["billingDate"] = _time(world, body.get("billing_time")) or world.now().isoformat()
    if "RETURN" in kind:
        told["returnType"] = str(body.get("return_type") or "").upper()
        told["purchaseTime"] = _purchase(world, number, body.get("purchase_time"))
    told["customFields"] = fields_of(body.get("custom_fields")) | _older_fields(body)
    told["extendedFields"] = fields_of(body.get("extended_fields"))
    told["paymentModes"] = _payments(body.get("payment_details"))
    told["redemptions"] = _redemptions(body)
    told["lineItemsV2"] = [
        _line(world, told, one, mixed=kind == "MIXED") for one in _inner(body, "line_items", "line_item")
    ]
    if local_currency:
        told["addWithLocalCurrency"] = True
    return told


def _inner(block: Any, plural: str, singular: str) -> list[Any]:
    outer = block.get(plural) if isinstance(block, dict) else None
    listed = many(outer.get(singular)) if isinstance(outer, dict) else many(outer)
    return [one for one in listed if isinstance(one, dict)]


def _time(world: CloudWorld, told: Any) -> str:
    if not told:
        return ""
    try:
        return v11_time(str(told), world.zone).isoformat()
    except WireError as error:
        raise Refusal("transaction", 621) from error


def _purchase(world: CloudWorld, number: str, told: Any) -> str:
    """When the bill to return was made. v1.1 sends the day alone: the bill of that day says when."""
    text = _time(world, told)
    if not text or len(str(told).strip()) > len("YYYY-MM-DD"):
        return text
    times = [bill.at for bill in world.ledger.find(Bill, "bill_number", number) if not bill.return_kind]
    days = (at for at in times if datetime.fromisoformat(at).date() == datetime.fromisoformat(text).date())
    return next(days, text)


def _older_fields(body: dict[str, Any]) -> dict[str, str]:
    """Custom fields as the vendor's example of a return has them."""
    rows = _inner(body, "custom_fields_data", "custom_data_item")
    return {str(one.get("field_name") or ""): str(one.get("field_value", "")) for one in rows}


def _payments(block: Any) -> list[dict[str, Any]]:
    listed = many(block.get("payment")) if isinstance(block, dict) else []
    return [paid for one in listed if isinstance(one, dict) for paid in _paid(one)]


def _paid(one: dict[str, Any]) -> list[dict[str, Any]]:
    """One payment, or several whose modes and values come as lists beside each other."""
    attributes = _attributes(one)
    pairs = zip(many(one.get("mode")), many(one.get("value")), strict=False)
    return [
        {"mode": mode, "value": value, "notes": one.get("notes") or "", "attributes": attributes}
        for mode, value in pairs
    ]


def _attributes(one: dict[str, Any]) -> dict[str, str]:
    block = one.get("attributes")
    listed = many(block.get("attribute")) if isinstance(block, dict) else []
    return {str(row.get("name")): str(row.get("value", "")) for row in listed if isinstance(row, dict)}


def _redemptions(body: dict[str, Any]) -> dict[str, list[Any]]:
    block = body.get("redemptions")
    points = block.get("points_redemptions") if isinstance(block, dict) else None
    ids = many(points.get("id")) if isinstance(points, dict) else many(points)
    coupons = body.get("coupon_redemptions")
    burnt = many(coupons.get("id")) if isinstance(coupons, dict) else many(coupons)
    return {"pointsRedemptions": ids, "couponRedemptions": burnt}


def _line(world: CloudWorld, bill: dict[str, Any], one: dict[str, Any], *, mixed: bool) -> dict[str, Any]:
    told = {new: one[old] for old, new in _LINE.items() if one.get(old) not in (None, "")}
    told["qty"] = _whole(one.get("qty"))
    told.setdefault("amount", told.get("value", "0"))
    told["attributes"] = _attributes(one)
    told["extendedFields"] = fields_of(one.get("extended_fields"))
    for plural, (singular, name) in _PARTS.items():
        parts = _inner(one, plural, singular)
        if parts:
            told[name] = [
                {"itemCode": part.get("item_code"), "quantity": part.get("quantity")} for part in parts
            ]
    if mixed and str(one.get("type") or "").upper() == "RETURN":
        original = str(one.get("transaction_number") or "")
        told |= {"type": "RETURN", "returnType": str(one.get("return_type") or "LINE_ITEM").upper()}
        told["parentBillNumber"] = original
        told["purchaseTime"] = _purchase(world, original, one.get("transaction_date"))
    elif bill["type"] == "NOT_INTERESTED_RETURN":
        told["purchaseTime"] = bill["purchaseTime"]
    return told


def _whole(value: Any) -> Decimal:
    """v1.1 keeps whole quantities: 0.003 becomes 0 (docs/capillary.md 1)."""
    try:
        return decimal_of(value or 0).quantize(Decimal(1), ROUND_HALF_UP)
    except WireError as error:
        raise Refusal("transaction", 601) from error
