"""v2 transactions, single and in bulk, changed, rehearsed and read back (docs/capillary.md 5.2, 5.4)."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from agent.simulated.cloud.api.envelope import Entity, Reply, let_through, v2_error, v2_notice
from agent.simulated.cloud.api.forms.bill_warnings import bill_warnings
from agent.simulated.cloud.api.v2_bill_document import bill_shown
from agent.simulated.cloud.api.v2_customer import programme
from agent.simulated.cloud.api.v2_transaction_add import rehearsed, take
from agent.simulated.cloud.books.bills.bill_form import DELIVERIES
from agent.simulated.cloud.books.bills.bill_row import plain
from agent.simulated.cloud.books.bills.booking import Taken
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Bill, Customer
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import points_number


def add(world: CloudWorld, call: Call) -> Reply:
    """POST /v2/transactions: one bill, its customer named in the query. Refusals of `take`."""
    let_through(call, "transaction", 0, 1)
    who = {"name": call.query.get("identifierName"), "value": call.query.get("identifierValue")}
    taken = take(world, call, call.body, who)
    later = "true" in (call.query.get("use_async"), call.query.get("use_asynch"))
    return Reply(
        {"createdId": taken.bill.id} | _told(world, call, taken, later=later), 200, _codes(call, taken)
    )


def rehearse(world: CloudWorld, call: Call) -> Reply:
    """POST /v2/simulation/transactions: what a bill would bring, without an id since nothing is written.

    Refusals 403 where the organisation does not have it, and those of `add`.
    """
    if not world.options.simulation:
        raise Refusal("request", 403, "CONF_ENABLE_SIMULATION_API_MODE is off")
    who = {"name": call.query.get("identifierName"), "value": call.query.get("identifierValue")}
    taken = rehearsed(world, call, call.body, who)
    return Reply(_told(world, call, taken, later=False), 200, _codes(call, taken))


def _told(world: CloudWorld, call: Call, taken: Taken, *, later: bool) -> Entity:
    """The answer about a bill; side effects are left out of one whose loyalty events wait (687)."""
    later = later or _replayed(call)
    effects = [] if later else side_effects(world, taken)
    notices = [*taken.warnings, *([(687, "the points are queued")] if _replayed(call) else [])]
    told: Entity = {
        "warnings": [v2_notice(*one) for one in notices],
        "errors": [],
        "sideEffects": effects,
        "loyaltyDetails": [],
    }
    if call.flag("rawSideEffects"):
        told["rawSideEffects"] = effects
    if taken.customer:
        told["customerInfo"] = {
            "firstName": taken.customer.firstname,
            "lastName": taken.customer.lastname,
        }
    return told


def _codes(call: Call, taken: Taken) -> tuple[int, ...]:
    return (200, *(code for code, _ in taken.warnings), *([687] if _replayed(call) else []))


def _replayed(call: Call) -> bool:
    return call.headers.get("x-cap-direct-replay", "").lower() == "true"


def side_effects(world: CloudWorld, taken: Taken) -> list[Entity]:
    """One net entry of points, negative when an exchange takes back more than it earns; a coupon given."""
    effects: list[Entity] = []
    if taken.points_milli:
        moved = points_number(taken.points_milli)
        effects.append(
            {"entityType": "USER", "rawAwardedPoints": moved, "awardedPoints": moved, "type": "points"}
        )
    if taken.gift:
        series = world.ledger.series_of(taken.gift)
        effects.append(
            {
                "id": taken.gift.id,
                "couponType": "PE",
                "couponCode": taken.gift.code,
                "validTill": taken.gift.valid_till,
                "description": series.name,
                "discountCode": series.discount_code,
                "type": "coupon",
            }
        )
    return effects


def change(world: CloudWorld, call: Call) -> Reply:
    """PUT /v2/transactions: delivery status and fields of a bill. Refusals 619, 620, 1636."""
    body = call.body if isinstance(call.body, dict) else {}
    bill = _named(world, body)
    call.note(bill=bill.number)
    status = str(body.get("deliveryStatus") or "").upper()
    if status and status not in DELIVERIES:
        raise Refusal("transaction", 1636)
    told = {**bill.body, **({"deliveryStatus": status} if status else {})}
    for name in ("customFields", "extendedFields"):
        block = body.get(name)
        if isinstance(block, dict):
            told[name] = {**(bill.body.get(name) or {}), **plain(block)}
    with world.ledger.transaction():
        world.ledger.put(replace(bill, body=told))
    row = world.ledger.get(Customer, bill.customer_id)
    standing = [programme(world, row)] if row else []
    warnings = [v2_notice(*one) for one in bill_warnings(world.options, {**body, "paymentModes": []})]
    return Reply({"warnings": warnings, "errors": [], "loyaltyDetails": standing})


def _named(world: CloudWorld, body: dict[str, Any]) -> Bill:
    """The bill meant, by id, or by number and the till that made it."""
    told, number, till = (str(body.get(name) or "") for name in ("id", "number", "tillCode"))
    if not told and not number:
        raise Refusal("transaction", 619)
    if told:
        found = world.ledger.get(Bill, int(told)) if told.isascii() and told.isdigit() else None
        rows = [found] if found and not found.retro_into else []
    else:
        rows = [row for row in world.ledger.find(Bill, "bill_number", number) if not row.return_kind]
    rows = [row for row in rows if number in ("", row.number) and (told or till in ("", row.till))]
    if len(rows) != 1:
        raise Refusal("transaction", 620)
    return rows[0]


def add_bulk(world: CloudWorld, call: Call) -> Reply:
    """POST /v2/transactions/bulk: each element judged by itself, the order of the answer not promised."""
    if not isinstance(call.body, list) or not call.body:
        raise Refusal("request", 400, "the body is a list of transactions")
    if len(call.body) > world.options.bulk_limit:
        raise Refusal("request", 1060)
    answers = [_bulk_item(world, call, index, one) for index, one in enumerate(call.body)]
    failed = sum(bool(one["errors"]) for one in answers)
    code_list = tuple(error["code"] for one in answers for error in one["errors"])
    if world.options.shuffle_bulk:
        random.Random(world.options.seed).shuffle(answers)
    document = {"response": answers, "totalCount": len(answers), "failureCount": failed}
    return Reply(document, 200, code_list or (200,))


def _bulk_item(world: CloudWorld, call: Call, index: int, body: Any) -> Entity:
    shown: Entity = dict(body) if isinstance(body, dict) else {}
    who = {"name": shown.get("identifierType"), "value": shown.get("identifierValue")}
    try:
        let_through(call, "transaction", index, len(call.body))
        taken = take(world, call, body, who)
    except Refusal as refusal:
        return {"entityId": None, "result": shown, "errors": [v2_error(refusal)], "warnings": []}
    return {
        "entityId": taken.bill.id,
        "result": {**shown, "sideEffects": side_effects(world, taken)},
        "errors": [],
        "warnings": [v2_notice(*one) for one in taken.warnings],
    }


def get(world: CloudWorld, call: Call) -> Reply:
    """GET /v2/transactions/{id}. Refusal 603."""
    key = call.path.get("id", "")
    row = world.ledger.get(Bill, int(key)) if key.isascii() and key.isdigit() else None
    if row is None:
        raise Refusal("transaction", 603)
    return Reply({**bill_shown(world, row), "warnings": [], "errors": []})


def by_number(world: CloudWorld, call: Call) -> Reply:
    """GET /v2/transactions/getByBillNumber/{number}: every bill and return of a number, newest last.

    An unknown number is an empty list, which the vendor does not say either way.
    """
    number = call.path.get("number", "")
    call.note(bill=number)
    rows = [bill_shown(world, row) for row in world.ledger.find(Bill, "bill_number", number)]
    page = {"limit": 100, "offset": 0, "total": len(rows)}
    return Reply({"pagination": page, "data": rows[:100], "warnings": [], "errors": []})


def rejected(world: CloudWorld, _ask: Call) -> Reply:
    """GET /v2/organization/rejectedTransactions: the last hundred refused bills, newest first.

    The vendor shows no answer: this shape is a guess.
    """
    rows = list(world.rejected)[::-1][:100]
    page = {"limit": 100, "offset": 0, "total": len(world.rejected)}
    return Reply({"pagination": page, "data": rows, "warnings": [], "errors": []})
