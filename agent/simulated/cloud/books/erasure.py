"""A person who had their data deleted: what is kept of them, and how a question about them is known."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.books.customers import normal
from agent.simulated.cloud.books.ledger_rows import Customer
from agent.simulated.cloud.books.wire_format import WireError

MESSAGE = "The customer's PII data has been deleted"
"""The vendor publishes no text, only that it is a deletion message (docs/capillary.md 4.1)."""

_NAMES = {"mobile": "mobile", "email": "email", "external_id": "external_id", "card": "card_number"}


def erase(world: CloudWorld, row: Customer) -> Customer:
    """Forget who the customer was; the id, the points and the bills stay for the organisation's sums."""
    with world.ledger.transaction():
        for victim in world.ledger.all(Customer):
            if victim.merged_into == row.id:
                world.ledger.put(replace(_nobody(world, victim), merged_into=row.id))
        return world.ledger.put(_nobody(world, row))


def _nobody(world: CloudWorld, row: Customer) -> Customer:
    kept = [trace(name, getattr(row, field)) for field, name in _NAMES.items() if getattr(row, field)]
    return Customer(
        row.id,
        kind=row.kind,
        registered_at=row.registered_at,
        updated_at=world.now().isoformat(),
        till=row.till,
        store=row.store,
        erased=True,
        traces=[*kept, trace("id", str(row.id))],
    )


def erased(world: CloudWorld, name: str, value: str) -> Customer | None:
    """The erased customer who once had this identifier, by its v1.1 name."""
    named = "id" if name == "user_id" else "card_number" if name.startswith("card") else name
    try:
        key = trace(named, normal(named, value))
    except WireError:
        return None
    return next(iter(world.ledger.find(Customer, "trace", key)), None)


def trace(name: str, value: str) -> str:
    """An identifier as it is remembered when it must not be kept."""
    return hashlib.sha256(f"{name}/{value}".encode()).hexdigest()[:16]
