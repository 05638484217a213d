"""Redemptions made before their bill, which names them (docs/capillary.md 5.2 and 12.14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.simulated.cloud.books.bills.bill_form import BillForm
from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.books.customers import many
from agent.simulated.cloud.books.ledger_rows import CouponUse, Customer, PointsRedemption
from agent.simulated.cloud.books.refusal import Refusal


def link(world: CloudWorld, form: BillForm, customer: Customer | None) -> None:
    """Tie the redemptions a bill names to its number. Must run inside a transaction.

    Refusal 640 for one that is unknown, somebody else's or another bill's.
    """
    block = form.body.get("redemptions")
    if not isinstance(block, dict):
        return
    for told in _ids(block.get("pointsRedemptions")):
        spent = next(iter(world.ledger.find(PointsRedemption, "redemption_code", told)), None) or (
            world.ledger.get(PointsRedemption, int(told)) if told.isdigit() else None
        )
        _put(world, spent, form.number, customer)
    for told in _ids(block.get("couponRedemptions")):
        use = world.ledger.get(CouponUse, int(told)) if told.isdigit() else None
        _put(world, None if use is None or use.undone else use, form.number, customer)


def _ids(block: Any) -> list[str]:
    """Ids as they are, or inside objects."""
    listed = [one.get("id") if isinstance(one, dict) else one for one in many(block)]
    return [str(one) for one in listed if one not in (None, "")]


def _put(
    world: CloudWorld, row: PointsRedemption | CouponUse | None, number: str, customer: Customer | None
) -> None:
    own = row is not None and customer is not None and row.customer_id == customer.id
    if row is None or not own or row.bill_number not in ("", number):
        raise Refusal("transaction", 640)
    world.ledger.put(replace(row, bill_number=number))
