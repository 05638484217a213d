"""A checked transaction as a row of the ledger, and what it earns."""

from __future__ import annotations

from typing import Any

from agent.simulated.cloud.books.bills.bill_form import BillForm
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Bill
from agent.simulated.cloud.books.options import CloudOptions


def earned_milli(options: CloudOptions, amount_minor: int) -> int:
    """The earn rule: one whole point for every full `earn_minor_per_point`."""
    return amount_minor // options.earn_minor_per_point * 1000


def as_bill(world: CloudWorld, call: Call, form: BillForm, customer_id: int) -> Bill:
    """The form as a row, not yet put anywhere and without effects."""
    return Bill(
        world.ledger.new_id(),
        form.number,
        form.kind,
        form.at.isoformat(),
        world.now().isoformat(),
        call.till.code,
        call.till.store,
        form.amount_minor,
        form.gross_minor or form.amount_minor,
        form.discount_minor,
        customer_id,
        reason=form.reason,
        input_offset=form.input_offset,
        lines=[line.kept() for line in form.lines],
        body=plain(form.body),
    )


def plain(value: Any) -> Any:
    """A body as it may be kept: exact decimals as text where JSON would need a fraction."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | bool) else format(value, "f")
