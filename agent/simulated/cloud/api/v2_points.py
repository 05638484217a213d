"""v2 points: redeemed, given back, and put to another bill (docs/capillary.md 6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.simulated.cloud.api.envelope import Reply
from agent.simulated.cloud.api.v11_points import bill_id
from agent.simulated.cloud.books import points
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.customers import find_v2
from agent.simulated.cloud.books.ledger_rows import Bill, Customer, PointsRedemption
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import money_number, points_number

_LONGEST_PURPOSE = 255


def redeem(world: CloudWorld, call: Call) -> Reply:
    """POST /v2/customers/{id}/redemptions: spend points, once per reference. Refusals of `points.redeem`.

    The vendor shows no answer: the fields of v1.1 in v2's spelling are a guess. So is it that `commit`
    false checks only.
    """
    body = call.body if isinstance(call.body, dict) else {}
    if str(body.get("redemptionType") or "").upper() != "POINTS":
        raise Refusal("request", 400, "redemptionType is POINTS")
    spent = points.redeem(world, call, _as_v11(call, body), commit=body.get("commit") is not False)
    if spent is None:
        return Reply({"warnings": [], "errors": [], "redeemable": True}, 200, (800,))
    document = {
        "redemptionId": spent.code,
        "externalReferenceNumber": spent.reference,
        "pointsRedeemed": points_number(spent.points_milli),
        "redeemedValue": money_number(spent.value_minor),
        "balance": points_number(spent.balance_milli),
        "transactionNumber": spent.bill_number,
        "billId": bill_id(world, spent.bill_number),
        "warnings": [],
        "errors": [],
    }
    return Reply(document, 200, (800,))


def _as_v11(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "points_redeemed": body.get("points"),
        "customer": {"id": call.path.get("id", "")},
        "transaction_number": body.get("transactionNumber"),
        "external_reference_number": body.get("externalReferenceNumber"),
        "validation_code": body.get("validationCode"),
        "notes": body.get("notes"),
    }


def reverse(world: CloudWorld, call: Call) -> Reply:
    """POST /v2/points/reverse: give redeemed points back, all or some. Refusals 901, 904, 905, 3802."""
    body = call.body if isinstance(call.body, dict) else {}
    code, reference = _either(body, 901)
    told, block = body.get("pointsToBeReversed"), body.get("identifier")
    owner = _owner(world, block, "type", "value", 904) if isinstance(block, dict) else None
    row, back = points.reverse(world, code, reference, points.read_points(told) if told else 0, owner)
    call.note(reference=row.reference)
    given = points_number(back)
    details = {"available": given, "expired": 0}
    return Reply({"reversalId": f"R{row.code}", "pointsReversed": given, "pointsReversedDetails": details})


def _either(body: dict[str, Any], code: int) -> tuple[str, str]:
    """The redemption's id or its reference, one empty."""
    told = str(body.get("redemptionId") or ""), str(body.get("externalReferenceNumber") or "")
    if bool(told[0]) == bool(told[1]):
        raise Refusal("points", code, "either redemptionId or externalReferenceNumber")
    return told


def _owner(world: CloudWorld, block: dict[str, Any], name: str, value: str, code: int) -> Customer:
    row = find_v2(world, str(block.get(name) or ""), str(block.get(value) or ""))
    if row is None:
        raise Refusal("points", code)
    return row


def relabel(world: CloudWorld, call: Call) -> Reply:
    """PUT /v2/points/updateRedemption: another bill or purpose for a redemption.

    Refusals 749, 748, 902, 811, 1212, 1219. The vendor shows no answer: this one is a guess.
    """
    body = call.body if isinstance(call.body, dict) else {}
    code, reference = _either(body, 749)
    changes = _changes(world, body)
    if not changes:
        raise Refusal("points", 748)
    found = points.redemption(world, code, reference)
    if found is None:
        raise Refusal("points", 902)
    _check_entity(world, body.get("entity"), found)
    with world.ledger.transaction():
        number, purpose = changes.get("bill_number", found.bill_number), changes.get("purpose", found.purpose)
        row = world.ledger.put(replace(found, bill_number=number, purpose=purpose))
    call.note(bill=row.bill_number, reference=row.reference)
    document = {
        "redemptionId": row.code,
        "externalReferenceNumber": row.reference,
        "billNumber": row.bill_number,
        "billId": bill_id(world, row.bill_number),
        "purpose": row.purpose,
        "warnings": [],
        "errors": [],
    }
    return Reply(document, 200, (200,))


def _changes(world: CloudWorld, body: dict[str, Any]) -> dict[str, str]:
    number, told = str(body.get("billNumber") or ""), str(body.get("billId") or "")
    purpose = str(body.get("purpose") or "")
    if len(purpose) > _LONGEST_PURPOSE:
        raise Refusal("request", 400, "purpose is longer than 255")
    if len(number) > 50:
        raise Refusal("points", 811)
    if told:
        bill = world.ledger.get(Bill, int(told)) if told.isascii() and told.isdigit() else None
        if bill is None or number not in ("", bill.number):
            raise Refusal("points", 811)
        number = bill.number
    return {name: value for name, value in (("bill_number", number), ("purpose", purpose)) if value}


def _check_entity(world: CloudWorld, block: Any, found: PointsRedemption) -> None:
    if not isinstance(block, dict):
        raise Refusal("points", 1212)
    if str(block.get("type") or "").upper() != "CUSTOMER":
        raise Refusal("points", 1212)
    if _owner(world, block, "identifierType", "identifierValue", 1219).id != found.customer_id:
        raise Refusal("points", 1219)
