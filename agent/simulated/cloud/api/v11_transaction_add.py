"""v1.1 transaction/add, with or without another currency: the call that also enrols
(docs/capillary.md 5.1, 5.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.simulated.cloud.api.envelope import Entity, Reply, each, item_status, v11
from agent.simulated.cloud.api.forms.v2_bill import read_bill
from agent.simulated.cloud.api.forms.v11_bill import as_v2
from agent.simulated.cloud.api.v2_transaction import side_effects
from agent.simulated.cloud.api.v11_customer import brief, posted
from agent.simulated.cloud.api.v11_customer_blocks import summary
from agent.simulated.cloud.api.v11_transaction_update import account
from agent.simulated.cloud.books import customers
from agent.simulated.cloud.books.bills import booking, rejected_bills
from agent.simulated.cloud.books.bills.bill_form import BillForm
from agent.simulated.cloud.books.bills.booking import Taken
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.customers import Enrolment
from agent.simulated.cloud.books.ledger_rows import Customer
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import points

_CUSTOMER_CODE = {1001: 649, 1002: 646, 1003: 652, 1007: 606, 1016: 647, 1032: 648, 1033: 653}
"""A refusal of the customer's part as transaction/add says it."""
_V11_CODE = {631: 677, 8015: 611, 1635: 679}
"""A refusal of v2 that v1.1 says otherwise (docs/capillary.md 9.3)."""
_V11_TEXT = {679: "There are no line items to return"}


def add(world: CloudWorld, call: Call) -> Reply:
    """Each bill of the body, its customer registered or updated with it. Item code 600."""
    return _added(world, call, local_currency=False)


def add_with_local_currency(world: CloudWorld, call: Call) -> Reply:
    """As `add`, with amounts in the bill's `currency_code`. Refusals 1102 and 682 besides."""
    return _added(world, call, local_currency=True)


def _added(world: CloudWorld, call: Call, *, local_currency: bool) -> Reply:
    items = posted(call, "transaction")
    if len(items) > world.options.bulk_limit:
        raise Refusal("transaction", 672)

    def one(body: Any) -> Entity:
        if not isinstance(body, dict):
            raise Refusal("transaction", 609)
        try:
            return _told(world, body, _taken(world, call, body, local_currency=local_currency))
        except Refusal as refusal:
            said = _as_v11(refusal)
            rejected_bills.keep(world, call, body, said)
            raise said from refusal

    entities = each(call, "transaction", items, one, _echo)
    return v11(world.options, call, "transactions", "transaction", entities, as_list=True)


def _as_v11(refusal: Refusal) -> Refusal:
    code = _V11_CODE.get(refusal.code, refusal.code)
    return refusal if code == refusal.code else Refusal("transaction", code, _V11_TEXT.get(code, ""))


def _echo(body: Any) -> Entity:
    shown = body if isinstance(body, dict) else {}
    return {name: str(shown.get(name) or "") for name in ("number", "type", "bill_client_id")}


def _taken(world: CloudWorld, call: Call, body: dict[str, Any], *, local_currency: bool) -> Taken:
    """The bill and its customer in one commit: a refused bill leaves no new customer behind.

    The vendor does not say whether it would.
    """
    form = read_bill(world, as_v2(world, body, local_currency=local_currency))
    call.note(bill=form.number)
    block = body.get("customer")
    person = block if isinstance(block, dict) else {}
    with world.ledger.transaction():
        form, row = _customer(world, call, form, person)
        return booking.put(world, call, form, row)


def _customer(
    world: CloudWorld, call: Call, form: BillForm, block: dict[str, Any]
) -> tuple[BillForm, Customer | None]:
    """Whose bill it is. Refusals 606, 611, 618 and the customer's part of the codes (646 to 653)."""
    if form.kind.startswith("NOT_INTERESTED"):
        return form, None
    name, value = customers.named(block)
    call.note(customer=value)
    row = customers.find(world, name, value)
    if row is not None and row.fraud:
        raise Refusal("transaction", 618)
    if form.kind == "RETURN":
        if row is None:
            raise Refusal("transaction", 611 if name else 606)
        return form, row
    try:
        return form, _registered(world, call, row, block)
    except Refusal as refusal:
        if world.options.unnamed_to_not_interested:
            return replace(form, kind="NOT_INTERESTED"), None
        raise Refusal("transaction", _CUSTOMER_CODE.get(refusal.code, 610)) from refusal


def _registered(world: CloudWorld, call: Call, row: Customer | None, block: dict[str, Any]) -> Customer:
    """An unknown identifier registers, a known one is updated, and merged with others it brings (5.3)."""
    told: Enrolment = customers.read_enrolment(world, block)
    if row is None and not told.identifiers:
        raise Refusal("customer", 1007)
    if row is not None:
        return customers.joined(world, row, told)[0]
    return customers.enrolled(world, call, told)[0]


def _told(world: CloudWorld, body: dict[str, Any], taken: Taken) -> Entity:
    bill = taken.bill
    row = world.ledger.get(Customer, bill.customer_id)
    warnings = sorted({669 if code == 91016 else code for code, _ in taken.warnings})
    told: Entity = {
        **brief(world, bill),
        "id": bill.id,
        "shipping_source_till_code": "",
        "bill_client_id": str(body.get("bill_client_id") or ""),
        "delivery_status": str(bill.body.get("deliveryStatus") or "DELIVERED"),
        "parent_bill_number": bill.number if bill.parent_id else "",
        "outlier_status": bill.outlier,
        "return_type": bill.return_kind,
        "source": "instore",
        "customer": _standing(world, row) if row else {},
        "side_effects": {"effect": [_effect(one) for one in side_effects(world, taken)]},
        "points_deducted": points(max(-taken.points_milli, 0)),
        "points_balance": points(world.ledger.balance(row.id).available_milli) if row else "",
        "item_status": item_status("transaction", 600, text="Transaction added", warnings=warnings),
    }
    return told


def _standing(world: CloudWorld, row: Customer) -> Entity:
    held = world.ledger.balance(row.id)
    figures = summary(world, held)
    return {
        **account(world, row),
        "current_slab": figures["currentSlab"],
        "tier_expiry_date": figures["slabExpiryDate"],
        "points_summaries": {"points_summary": [figures]},
    }


def _effect(effect: Entity) -> Entity:
    if effect["type"] == "points":
        return {"type": "points", "awarded_points": effect["awardedPoints"]}
    return {
        "id": effect["id"],
        "coupon_type": effect["couponType"],
        "coupon_code": effect["couponCode"],
        "valid_till": effect["validTill"],
        "description": effect["description"],
        "discount_code": effect["discountCode"],
        "type": "coupon",
    }
