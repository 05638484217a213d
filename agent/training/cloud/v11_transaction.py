"""v1.1 transaction/update: a bill's fields, or its type afterwards (docs/capillary.md 5.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.training.cloud import retro
from agent.training.cloud.customers import fields_of, known_custom, known_extended
from agent.training.cloud.envelope import Entity, each, item_status, v11
from agent.training.cloud.records import Bill, Customer
from agent.training.cloud.refusal import Refusal
from agent.training.cloud.v11_customer import brief, posted
from agent.training.cloud.wire import money, points
from agent.training.cloud.world import Ask, Reply, World


def update(world: World, ask: Ask) -> Reply:
    """Each bill of the body: retro tagging (item code 1630) or changed fields (600)."""

    def one(body: Any) -> Entity:
        if not isinstance(body, dict):
            raise Refusal("transaction", 609)
        return _tagged(world, ask, body) if retro.asked_for(body) else _changed(world, ask, body)

    entities = each(ask, "transaction", posted(ask, "transaction"), one, _echo)
    return v11(world.options, ask, "transactions", "transaction", entities, as_list=True)


def _echo(body: Any) -> Entity:
    shown = body if isinstance(body, dict) else {}
    return {"id": str(shown.get("id") or ""), "number": str(shown.get("number") or "")}


def _tagged(world: World, ask: Ask, body: dict[str, Any]) -> Entity:
    bill, customer = retro.convert(world, ask, body)
    return {
        **brief(world, bill),
        "id": bill.id,
        "old_id": bill.retro_of,
        "customer": account(world, customer),
        "side_effects": {"effect": []},
        "item_status": item_status("transaction", 1630),
    }


def account(world: World, row: Customer) -> Entity:
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


def _changed(world: World, ask: Ask, body: dict[str, Any]) -> Entity:
    """Notes and fields of a bill by id. Refusals 619 and 620; a field nobody set up is warning 669."""
    bill = _by_id(world, str(body.get("id") or "").strip())
    ask.note(bill=bill.number)
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


def _by_id(world: World, told: str) -> Bill:
    if not told:
        raise Refusal("transaction", 619)
    row = world.ledger.get(Bill, int(told)) if told.isascii() and told.isdigit() else None
    if row is None or row.retro_into:
        raise Refusal("transaction", 620)
    return row
