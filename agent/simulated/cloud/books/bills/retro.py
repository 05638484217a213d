"""A not-interested bill given to a customer afterwards: when it may be, and what it does
(docs/capillary.md 5.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agent.simulated.cloud.books import customers
from agent.simulated.cloud.books.bills.bill_row import earned_milli
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Bill, Customer
from agent.simulated.cloud.books.refusal import Refusal

SIGNATURE = "x-cap-client-signature"


def asked_for(body: Any) -> bool:
    """Whether an element of transaction/update wants a change of type rather than of fields."""
    return isinstance(body, dict) and bool(body.get("old_type") or body.get("new_type"))


def convert(world: CloudWorld, call: Call, body: dict[str, Any]) -> tuple[Bill, Customer]:
    """Make a not-interested bill the customer's, under a new id, as if it had been a loyalty bill at once.

    Refusals 1629, 1625, 1626, 1631, 619, 1628, 1627, 606, 611, 618, 1633, 1632. That a bill of which goods
    came back stays what it is (1626) is a guess: the vendor says nothing of it.
    """
    _permitted(world, call, body)
    old = _wanted(world, body)
    call.note(bill=old.number)
    customer = customers.wanted(world, call, body.get("customer"), "transaction", 606, 611)
    if customer.fraud:
        raise Refusal("transaction", 618)
    _check_window(world, old, customer)
    with world.ledger.transaction():
        return _converted(world, old, customer, str(body.get("notes") or "")), customer


def _permitted(world: CloudWorld, call: Call, body: dict[str, Any]) -> None:
    if not call.headers.get(SIGNATURE, "").strip():
        raise Refusal("transaction", 1629)
    if not body.get("new_type"):
        raise Refusal("transaction", 1625)
    types = (str(body.get("old_type") or "").upper(), str(body["new_type"]).upper())
    if types != ("NOT_INTERESTED", "REGULAR"):
        raise Refusal("transaction", 1626)
    if not world.options.retro_enabled:
        raise Refusal("transaction", 1631)


def _wanted(world: CloudWorld, body: dict[str, Any]) -> Bill:
    told = str(body.get("id") or "").strip()
    if not told:
        raise Refusal("transaction", 619)
    row = world.ledger.get(Bill, int(told)) if told.isascii() and told.isdigit() else None
    if row is None:
        raise Refusal("transaction", 1628)
    if row.retro_into or row.retro_of:
        raise Refusal("transaction", 1627)
    if row.kind != "NOT_INTERESTED" or world.ledger.find(Bill, "returns_of", row.id):
        raise Refusal("transaction", 1626)
    return row


def _check_window(world: CloudWorld, old: Bill, customer: Customer) -> None:
    """Neither older than the organisation allows nor too long before the customer was registered."""
    options, at = world.options, datetime.fromisoformat(old.at)
    if options.retro_max_age_days and world.now() - at > timedelta(days=options.retro_max_age_days):
        raise Refusal("transaction", 1633)
    if options.retro_delay_hours < 0 or not customer.registered_at:
        return
    if at < datetime.fromisoformat(customer.registered_at) - timedelta(hours=options.retro_delay_hours):
        raise Refusal("transaction", 1632)


def _converted(world: CloudWorld, old: Bill, customer: Customer, notes: str) -> Bill:
    ledger = world.ledger
    sold = old.amount_minor
    earned = earned_milli(world.options, sold) if customer.loyal and old.outlier == "NORMAL" else 0
    new = replace(
        old,
        id=ledger.new_id(),
        kind="REGULAR",
        customer_id=customer.id,
        points_milli=earned,
        retro_of=old.id,
        body={**old.body, **({"note": notes} if notes else {})},
    )
    ledger.purchase(customer.id, sold)
    if earned:
        ledger.move(customer.id, "earned", earned, old.at, old.number)
    ledger.put(replace(old, retro_into=new.id))
    return ledger.put(new)
