"""A bill as v2 tells it (docs/capillary.md 5.4)."""

from __future__ import annotations

from typing import Any

from agent.simulated.cloud.api.envelope import Entity
from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.books.ledger_rows import Bill
from agent.simulated.cloud.books.wire_format import money_number, points_number


def bill_shown(world: CloudWorld, bill: Bill) -> Entity:
    """The whole bill as a row of an answer."""
    account = world.options.account(bill.till)
    maker = {"code": bill.till, "name": bill.till, "type": "TILL"}
    return {
        "id": bill.id,
        "type": bill.kind,
        "customerId": bill.customer_id or -1,
        "source": "instore",
        "deliveryStatus": str(bill.body.get("deliveryStatus") or "DELIVERED"),
        "outlierStatus": bill.outlier,
        "attribution": {"createDate": bill.received_at, "createdBy": maker},
        "billDetails": {
            "amount": money_number(bill.amount_minor),
            "billNumber": bill.number,
            "billingStore": {
                "code": bill.store,
                "name": account.store_name if account else "",
                "type": "STORE",
            },
            "billingTime": bill.at,
            "billingTimeInputOffset": bill.input_offset,
            "discount": money_number(bill.discount_minor),
            "grossAmount": money_number(bill.gross_minor),
            "note": str(bill.body.get("note") or ""),
        },
        "customFields": bill.body.get("customFields") or {},
        "extendedFields": bill.body.get("extendedFields") or {},
        "paymentModes": [mode for mode in bill.body.get("paymentModes") or [] if mode],
        "lineItems": [_line(line) for line in bill.lines],
        "basketSize": len(bill.lines),
        "returnDetails": {"returnType": bill.return_kind} if bill.return_kind else {},
        "warnings": [],
    }


def _line(line: dict[str, Any]) -> Entity:
    return {
        "details": {
            "serial": line["serial"],
            "itemCode": line["code"],
            "qty": points_number(line["qty_milli"]),
            "amount": money_number(line["amount_minor"]),
        },
        "type": line["kind"],
    }
