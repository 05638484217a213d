"""A v2 transaction from its body to the ledger: checked, its customer found, booked (docs/capillary.md
5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from agent.simulated.cloud.api.forms.v2_bill import read_bill
from agent.simulated.cloud.books import customers
from agent.simulated.cloud.books.bills import booking, rejected_bills
from agent.simulated.cloud.books.bills.bill_form import BillForm
from agent.simulated.cloud.books.bills.booking import Taken
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Customer
from agent.simulated.cloud.books.refusal import Refusal


def take(world: CloudWorld, call: Call, body: Any, who: Mapping[str, Any]) -> Taken:
    """Add one v2 transaction. `who`: identifierName and identifierValue of the query or of the bulk element.

    Refusals of `forms.v2_bill.read_bill` and of `booking.put`, and for the customer 606, 8015, 400, 618.
    """
    try:
        form = read_bill(world, body)
        call.note(bill=form.number)
        customer = _customer(world, call, form, who)
        with world.ledger.transaction():
            return booking.put(world, call, form, customer)
    except Refusal as refusal:
        rejected_bills.keep(world, call, body, refusal)
        raise


class _Rehearsed(Exception):
    """Takes a commit back once its effects are known."""


def rehearsed(world: CloudWorld, call: Call, body: Any, who: Mapping[str, Any]) -> Taken:
    """What `take` would do and refuse; the ledger stays as it was."""
    form = read_bill(world, body)
    customer = _customer(world, call, form, who)
    taken: Taken | None = None
    with suppress(_Rehearsed), world.ledger.transaction():
        taken = booking.put(world, call, form, customer)
        raise _Rehearsed
    if taken is None:
        raise RuntimeError("a rehearsal came to nothing")
    return taken


def _customer(world: CloudWorld, call: Call, form: BillForm, who: Mapping[str, Any]) -> Customer | None:
    """The customer of a REGULAR bill or return; a not-interested one has none, whatever was sent along."""
    if form.kind.startswith("NOT_INTERESTED"):
        return None
    name, value = str(who.get("name") or ""), str(who.get("value") or "").strip()
    call.note(customer=value)
    if name == "mobile" and not value:
        raise Refusal("request", 400, "the mobile is empty")
    if not name or not value:
        raise Refusal("transaction", 606)
    row = customers.find_v2(world, name, value)
    if row is None:
        raise Refusal("transaction", 8015)
    if row.fraud:
        raise Refusal("transaction", 618)
    return row
