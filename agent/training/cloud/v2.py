"""v2 transactions, single and in bulk, their read-backs, codes and undoing (API.md 5.2, 5.4, 6, 7)."""

from __future__ import annotations

import random
from typing import Any

from agent.training.cloud import bills, codes, coupons, points
from agent.training.cloud.bills import Taken
from agent.training.cloud.customers import find_v2
from agent.training.cloud.envelope import Entity, let_through, v2_error, v2_notice
from agent.training.cloud.records import Bill
from agent.training.cloud.refusal import Refusal
from agent.training.cloud.wire import money_number, points_number
from agent.training.cloud.world import Ask, Reply, World


def add(world: World, ask: Ask) -> Reply:
    """POST /v2/transactions: one bill, its customer named in the query. Refusals of `bills.take`."""
    let_through(ask, "transaction", 0, 1)
    who = {"name": ask.query.get("identifierName"), "value": ask.query.get("identifierValue")}
    taken = bills.take(world, ask, ask.body, who)
    quiet = "true" in (ask.query.get("use_async"), ask.query.get("use_asynch"))
    document = {
        "createdId": taken.bill.id,
        "warnings": [v2_notice(*one) for one in taken.warnings],
        "errors": [],
        "sideEffects": [] if quiet else _side_effects(taken),
        "loyaltyDetails": [],
    }
    if taken.customer:
        names = {"firstName": taken.customer.firstname, "lastName": taken.customer.lastname}
        document["customerInfo"] = names
    return Reply(document, 200, (200, *(code for code, _ in taken.warnings)))


def _side_effects(taken: Taken) -> list[Entity]:
    """One net entry of points, negative when an exchange takes back more than it earns."""
    if not taken.points_milli:
        return []
    moved = points_number(taken.points_milli)
    return [{"entityType": "USER", "rawAwardedPoints": moved, "awardedPoints": moved, "type": "points"}]


def add_bulk(world: World, ask: Ask) -> Reply:
    """POST /v2/transactions/bulk: each element judged by itself, the order of the answer not promised."""
    if not isinstance(ask.body, list) or not ask.body:
        raise Refusal("request", 400, "the body is a list of transactions")
    if len(ask.body) > world.options.bulk_limit:
        raise Refusal("request", 1060)
    answers = [_bulk_item(world, ask, index, one) for index, one in enumerate(ask.body)]
    failed = sum(bool(one["errors"]) for one in answers)
    code_list = tuple(error["code"] for one in answers for error in one["errors"])
    if world.options.shuffle_bulk:
        random.Random(world.options.seed).shuffle(answers)
    document = {"response": answers, "totalCount": len(answers), "failureCount": failed}
    return Reply(document, 200, code_list or (200,))


def _bulk_item(world: World, ask: Ask, index: int, body: Any) -> Entity:
    shown: Entity = dict(body) if isinstance(body, dict) else {}
    who = {"name": shown.get("identifierType"), "value": shown.get("identifierValue")}
    try:
        let_through(ask, "transaction", index, len(ask.body))
        taken = bills.take(world, ask, body, who)
    except Refusal as refusal:
        return {"entityId": None, "result": shown, "errors": [v2_error(refusal)], "warnings": []}
    return {
        "entityId": taken.bill.id,
        "result": {**shown, "sideEffects": _side_effects(taken)},
        "errors": [],
        "warnings": [v2_notice(*one) for one in taken.warnings],
    }


def get(world: World, ask: Ask) -> Reply:
    """GET /v2/transactions/{id}. Refusal 603."""
    key = ask.path.get("id", "")
    row = world.ledger.get(Bill, int(key)) if key.isascii() and key.isdigit() else None
    if row is None:
        raise Refusal("transaction", 603)
    return Reply({**_shown(world, row), "warnings": [], "errors": []})


def by_number(world: World, ask: Ask) -> Reply:
    """GET /v2/transactions/getByBillNumber/{number}: every bill and return of a number, newest last.

    An unknown number is an empty list, which the vendor does not say either way.
    """
    number = ask.path.get("number", "")
    ask.note(bill=number)
    rows = [_shown(world, row) for row in world.ledger.find(Bill, "bill_number", number)]
    page = {"limit": 100, "offset": 0, "total": len(rows)}
    return Reply({"pagination": page, "data": rows[:100], "warnings": [], "errors": []})


def _shown(world: World, bill: Bill) -> Entity:
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


# --- codes


def otp_generate(world: World, ask: Ask) -> Reply:
    """POST /v2/otp/generate: a code for an action, by mobile or e-mail. Refusals 600 to 602, 429."""
    body = _otp_body(ask)
    with world.ledger.transaction():
        row = codes.issue(world, _entity(world, body), body["action"])
    return Reply({"createdId": row.id, "warnings": []})


def otp_validate(world: World, ask: Ask) -> Reply:
    """POST /v2/otp/validate: whether the code is the living one; asking does not use it up."""
    body = _otp_body(ask)
    right = codes.matches(world, _entity(world, body), body["action"], str(ask.body.get("code") or ""))
    return Reply({"entity": right, "warnings": []})


def _otp_body(ask: Ask) -> dict[str, str]:
    body = ask.body if isinstance(ask.body, dict) else {}
    told = {name: str(body.get(name) or "") for name in ("action", "entityType", "entityValue")}
    for name, code in (("action", 600), ("entityType", 601), ("entityValue", 602)):
        if not told[name]:
            raise Refusal("otp", code)
    return told | {"action": told["action"].upper()}


def _entity(world: World, body: dict[str, str]) -> str:
    kind = body["entityType"].lower()
    if kind not in ("mobile", "email"):
        raise Refusal("otp", 601)
    row = find_v2(world, kind, body["entityValue"])
    return points.entity_of(row) if row else f"{kind}:{body['entityValue']}"


# --- undoing


def points_reverse(world: World, ask: Ask) -> Reply:
    """POST /v2/points/reverse: give redeemed points back, all or some. Refusals 901, 3802."""
    body = ask.body if isinstance(ask.body, dict) else {}
    code, reference = str(body.get("redemptionId") or ""), str(body.get("externalReferenceNumber") or "")
    if bool(code) == bool(reference):
        raise Refusal("points", 901, "either redemptionId or externalReferenceNumber")
    told = body.get("pointsToBeReversed")
    row, back = points.reverse(world, code, reference, points.read_points(told) if told else 0)
    ask.note(reference=row.reference)
    given = points_number(back)
    details = {"available": given, "expired": 0}
    return Reply({"reversalId": f"R{row.code}", "pointsReversed": given, "pointsReversedDetails": details})


def coupon_reactivate(world: World, ask: Ask) -> Reply:
    """POST /v2/coupon/reactivate: make burnt coupons usable again. Refusal 510 for an unknown id."""
    ids = ask.body.get("redemptionIds") if isinstance(ask.body, dict) else None
    if not isinstance(ids, list) or not ids or not all(type(one) is int for one in ids):
        raise Refusal("coupon", 510)
    coupons.reactivate(world, ids)
    return Reply({"success": True})
