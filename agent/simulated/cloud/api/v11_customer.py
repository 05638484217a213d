"""v1.1 customer/get, customer/add and customer/update (docs/capillary.md 4.1 to 4.3)."""

from __future__ import annotations

from typing import Any

from agent.simulated.cloud.api.envelope import Entity, Reply, each, item_status, v11
from agent.simulated.cloud.api.v11_customer_blocks import (
    NO_EXPIRY,
    asked_blocks,
    fields,
    slab,
    subscriptions,
    summary,
)
from agent.simulated.cloud.books import coupons, customers
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.erasure import MESSAGE as DELETED
from agent.simulated.cloud.books.erasure import erased
from agent.simulated.cloud.books.ledger_rows import Bill, Coupon, Customer
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import money, points, v11_text

RECENT_BILLS = 10


def get(world: CloudWorld, call: Call) -> Reply:
    """Customers by one kind of identifier, several with commas. Item codes 1000, 1011, 1012, 1015."""
    name, value = customers.named(dict(call.query))
    asked = [part.strip() for part in value.split(",") if part.strip()] or [""]

    def one(text: str) -> Entity:
        if not text:
            raise Refusal("customer", 1015)
        call.note(customer=text)
        row = customers.find(world, name, text)
        if row is None:
            return _nobody(world, call, name, text)
        status = item_status("customer", 1000)
        status["warnings"] = []
        return {**profile(world, call, row), "item_status": status}

    entities = each(call, "customer", asked, one, lambda text: {name: text} if name else {})
    return v11(world.options, call, "customers", "customer", entities, counted=True)


def _nobody(world: CloudWorld, call: Call, name: str, text: str) -> Entity:
    """Refusal 1011 or 1012; of an erased customer with the message that tells of it, or as found (4.1)."""
    code = 1011 if name in ("id", "card_number") else 1012
    row = erased(world, name, text)
    if row is None:
        raise Refusal("customer", code)
    if world.options.erased_answer == "refused":
        raise Refusal("customer", code, DELETED)
    return {**profile(world, call, row), "item_status": item_status("customer", 1000, text=DELETED)}


def add(world: CloudWorld, call: Call) -> Reply:
    """Enrol, or fill in, each customer of the body (docs/capillary.md 4.2: an upsert). Item code 1000."""

    def one(body: Any) -> Entity:
        row, warnings = customers.enrol(world, call, body)
        call.note(customer=row.mobile or row.email or row.external_id)
        return _written(world, row, warnings, "Customer enrolled")

    entities = each(call, "customer", posted(call, "customer"), one, _echo)
    return v11(world.options, call, "customers", "customer", entities, counted=True)


def update(world: CloudWorld, call: Call) -> Reply:
    """Change one customer (docs/capillary.md 4.3). Item code 1000."""

    def one(body: Any) -> Entity:
        row, warnings = customers.update(world, call, body)
        return _written(world, row, warnings, "Customer updated")

    entities = each(call, "customer", only(call, "customer"), one, _echo)
    return v11(world.options, call, "customers", "customer", entities, counted=True)


def posted(call: Call, entity: str) -> list[Any]:
    """The items of `{"root": {entity: [...]}}`, list or single. Refusal 400 when there is none."""
    root = call.body.get("root") if isinstance(call.body, dict) else None
    items = customers.many(root.get(entity)) if isinstance(root, dict) else []
    if not items:
        raise Refusal("request", 400, f"root.{entity} is missing")
    return items


def only(call: Call, entity: str) -> list[Any]:
    """As `posted`, for the calls that take one item. Refusal 1060 for more."""
    items = posted(call, entity)
    if len(items) > 1:
        raise Refusal("request", 1060)
    return items


def _echo(body: Any) -> Entity:
    if not isinstance(body, dict):
        return {}
    return {name: str(body.get(name) or "") for name in ("mobile", "email", "external_id")}


def _written(world: CloudWorld, row: Customer, warnings: list[int], text: str) -> Entity:
    return {
        "user_id": str(row.id),
        **_core(world, row),
        "tier_expiry_date": NO_EXPIRY,
        "points_summaries": {"points_summary": [summary(world, world.ledger.balance(row.id))]},
        "fraud_status": "MARKED" if row.fraud else "NONE",
        "custom_fields": fields(row.custom),
        "extended_fields": fields(row.extended),
        "subscriptions": {"subscription": subscriptions(row)},
        "side_effects": [],
        "item_status": item_status("customer", 1000, text=text, warnings=warnings),
    }


def _core(world: CloudWorld, row: Customer) -> Entity:
    account = world.ledger.balance(row.id)
    return {
        "firstname": row.firstname,
        "lastname": row.lastname,
        "mobile": row.mobile,
        "email": row.email,
        "external_id": row.external_id,
        "lifetime_points": points(account.lifetime_milli),
        "lifetime_purchases": money(account.purchases_minor),
        "loyalty_points": points(account.available_milli),
        "current_slab": slab(account)[0],
        "registered_on": v11_text(row.registered_at, world.zone) if row.registered_at else "",
        "updated_on": v11_text(row.updated_at, world.zone) if row.updated_at else "",
        "type": row.kind,
        "source": row.source.lower(),
    }


def profile(world: CloudWorld, call: Call, row: Customer) -> Entity:
    """A customer as customer/get tells it; blocks that a flag asks for only come with the flag."""
    told: Entity = {"user_id": str(row.id)} if call.flag("user_id") else {}
    told |= _core(world, row) | {
        "identifiers": [],
        "gender": row.extended.get("gender", ""),
        "registered_by": "",
        "registered_store": {"code": row.store, "name": row.store},
        "registered_till": {"code": row.till, "name": row.till},
        "fraud_details": {"status": "MARKED" if row.fraud else "NONE", "marked_by": [], "modified_on": []},
        "trackers": [],
        "current_nps_status": [],
        "custom_fields": fields(row.custom),
        "extended_fields": fields(row.extended),
        "transactions": {"transaction": [brief(world, bill) for bill in recent(world, row)]},
        "coupons": [_held(world, coupon) for coupon in _page(call, world, row)],
        "notes": [],
    }
    return told | asked_blocks(world, call, row)


def recent(world: CloudWorld, row: Customer) -> list[Bill]:
    """The customer's newest bills, ten at most."""
    bills = world.ledger.find(Bill, "bills_of", row.id)
    return sorted(bills, key=lambda bill: (bill.at, bill.id), reverse=True)[:RECENT_BILLS]


def brief(world: CloudWorld, bill: Bill) -> Entity:
    """A bill in the short form of a profile."""
    return {
        "id": str(bill.id),
        "number": bill.number,
        "type": bill.kind,
        "amount": money(bill.amount_minor),
        "gross_amount": money(bill.gross_minor),
        "discount": money(bill.discount_minor),
        "billing_time": v11_text(bill.at, world.zone),
        "store": bill.store,
        "created_date": v11_text(bill.received_at, world.zone),
    }


def _page(call: Call, world: CloudWorld, row: Customer) -> list[Coupon]:
    held = world.ledger.find(Coupon, "coupons_of", row.id)
    key = "valid_till" if call.query.get("coupon_order_by") == "valid_till" else "issued_at"
    held.sort(
        key=lambda one: (getattr(one, key), one.id), reverse=call.query.get("coupon_sort_order") == "desc"
    )
    skip = call.whole("coupon_offset", 0)
    return held[skip : skip + call.whole("coupon_limit", 20)]


def _held(world: CloudWorld, coupon: Coupon) -> Entity:
    return {
        "id": str(coupon.id),
        "series_id": str(coupon.series_id),
        "code": coupon.code,
        "description": world.ledger.series_of(coupon).name,
        "created_date": v11_text(coupon.issued_at, world.zone),
        "valid_till": v11_text(coupon.valid_till, world.zone),
        "redeemed": "true" if coupons.uses_of(world, coupon) else "false",
    }
