"""v1.1 transaction/update: a bill's fields, or its type afterwards (docs/capillary.md 5.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.simulated.cloud.api.envelope import Entity, Reply, each, item_status, v11
from agent.simulated.cloud.api.v11_customer import brief, posted
from agent.simulated.cloud.books.bills import retro
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.customers import fields_of, known_custom, known_extended
from agent.simulated.cloud.books.ledger_rows import Bill, Customer
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import money, points


def update(world: CloudWorld, call: Call) -> Reply:
    """Each bill of the body: retro tagging (item code 1630) or changed fields (600)."""

    def one(body: Any) -> Entity:
        if not isinstance(body, dict):
            raise Refusal("transaction", 609)
        return _tagged(world, call, body) if retro.asked_for(body) else _changed(world, call, body)

    entities = each(call, "transaction", posted(call, "transaction"), one, _echo)
    return v11(world.options, call, "transactions", "transaction", entities, as_list=True)


def _echo(body: Any) -> Entity:
    shown = body if isinstance(body, dict) else {}
    return {"id": str(shown.get("id") or ""), "number": str(shown.get("number") or "")}


def _tagged(world: CloudWorld, call: Call, body: dict[str, Any]) -> Entity:
    bill, customer = retro.convert(world, call, body)
    return {
        **brief(world, bill),
        "id": bill.id,
        "old_id": bill.retro_of,
        "customer": account(world, customer),
        "side_effects": {"effect": []},
        "item_status": item_status("transaction", 1630),
    }


def account(world: CloudWorld, row: Customer) -> Entity:
    """Whose bill it is and how the customer's account stands after it."""
    held = world.ledger.balance(row.id)
    return {
        "user_id": str(row.id),
        "mobile": row.mobile,
        "firstname": row.firstname,
        "lastname": row.lastname,
        "email": row.email,
        "external_id": row.external_id,
        "lifetime_points": points(held.lifetime_milli),
        "loyalty_points": points(held.available_milli),
        "lifetime_purchases": money(held.purchases_minor),
        "type": row.kind,
        "source": row.source.lower(),
    }


def _changed(world: CloudWorld, call: Call, body: dict[str, Any]) -> Entity:
    """Notes and fields of a bill by id. Refusals 619 and 620; a field nobody set up is warning 669."""
    bill = _by_id(world, str(body.get("id") or "").strip())
    call.note(bill=bill.number)
    custom, extended = fields_of(body.get("custom_fields")), fields_of(body.get("extended_fields"))
    known = {name: value for name, value in custom.items() if known_custom(world.options, name)}
    further = {name: value for name, value in extended.items() if known_extended(world.options, name)}
    kept = {
        **bill.body,
        "customFields": {**(bill.body.get("customFields") or {}), **known},
        "extendedFields": {**(bill.body.get("extendedFields") or {}), **further},
    }
    if body.get("notes"):
        kept["note"] = str(body["notes"])
    with world.ledger.transaction():
        bill = world.ledger.put(replace(bill, body=kept))
    missed = len(known) + len(further) < len(custom) + len(extended)
    status = item_status("transaction", 600, text="Transaction updated", warnings=[669] if missed else [])
    return {**brief(world, bill), "id": bill.id, "item_status": status}


def _by_id(world: CloudWorld, told: str) -> Bill:
    if not told:
        raise Refusal("transaction", 619)
    row = world.ledger.get(Bill, int(told)) if told.isascii() and told.isdigit() else None
    if row is None or row.retro_into:
        raise Refusal("transaction", 620)
    return row
