"""v1.1 customer/update_identity: another mobile, e-mail or external id for the same person
(docs/capillary.md 4.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.simulated.cloud.api.envelope import Entity, Reply, each, item_status, v11
from agent.simulated.cloud.api.v11_customer import posted
from agent.simulated.cloud.books import customers
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Customer
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import WireError

_CHANGEABLE = ("mobile", "email", "external_id")


def update_identity(world: CloudWorld, call: Call) -> Reply:
    """Each change of the body. Item codes 1040, 1042, 1012, and 1032, 1016, 1033 for somebody else's.

    The vendor accepts a request and says nothing of when it is carried out; here it is at once.
    """

    def one(body: Any) -> Entity:
        asked = body if isinstance(body, dict) else {}
        _changed(world, call, asked)
        return {**_echo(asked), "updated": "true", "item_status": item_status("customer", 1040)}

    def echo(body: Any) -> Entity:
        return {**_echo(body if isinstance(body, dict) else {}), "updated": "false"}

    entities = each(call, "customer", posted(call, "customer"), one, echo)
    return v11(world.options, call, "customers", "customer", entities)


def _echo(body: dict[str, Any]) -> Entity:
    return {name: str(body.get(name) or "") for name in ("identifier", "old_value", "new_value")}


def _changed(world: CloudWorld, call: Call, body: dict[str, Any]) -> Customer:
    name, old, new = _echo(body).values()
    if name not in _CHANGEABLE:
        raise Refusal("customer", 1042)
    with world.ledger.transaction():
        row = customers.wanted(world, call, {name: old}, "customer", 1015, 1012)
        try:
            value = customers.normal(name, new) if new else ""
        except WireError as error:
            raise Refusal("customer", 1042) from error
        if not value:
            raise Refusal("customer", 1042)
        owner = customers.find(world, name, value)
        if owner is not None and owner.id != row.id:
            raise Refusal("customer", customers.TAKEN[name])
        changed: dict[str, Any] = {name: value}
        return world.ledger.put(replace(row, **changed, updated_at=world.now().isoformat()))
