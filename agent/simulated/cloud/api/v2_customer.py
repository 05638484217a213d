"""v2 customers: details, balance and bills of one (docs/capillary.md 4.1, 4.4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from agent.simulated.cloud.api.envelope import Entity, Reply
from agent.simulated.cloud.api.v2_bill_document import bill_shown
from agent.simulated.cloud.api.v11_customer_blocks import NO_EXPIRY, slab
from agent.simulated.cloud.books import customers
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Bill, Customer, Movement
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import WireError, money_number, points_number, v2_time

_MOST_BILLS = 1000


def details(world: CloudWorld, call: Call) -> Reply:
    """GET /v2/customers/lookup/customerDetails, its blocks by `embed`. Refusals 400, 8015."""
    row = _looked_up(world, call)
    blocks = {part.strip().lower() for part in call.query.get("embed", "").split(",")}
    told: Entity = {
        "id": row.id,
        "profiles": [_profile(row)],
        "loyaltyInfo": {"loyaltyType": "loyalty" if row.loyal else "non_loyalty"},
        "segments": {},
        "extendedFields": dict(row.extended),
        "customFields": dict(row.custom),
    }
    for name, block in _BLOCKS.items():
        if name.lower() in blocks:
            told[_AS.get(name, name)] = block(world, row)
    return Reply({**told, "warnings": []})


def _looked_up(world: CloudWorld, call: Call) -> Customer:
    name, value = call.query.get("identifierName", ""), call.query.get("identifierValue", "")
    call.note(customer=value)
    row = customers.find_v2(world, name, value)
    if row is None:
        raise Refusal("customer", 8015)
    return row


def _by_id(world: CloudWorld, call: Call) -> Customer:
    told = call.path.get("id", "")
    call.note(customer=told)
    row = customers.find(world, "id", told)
    if row is None:
        raise Refusal("customer", 8015)
    return row


def _profile(row: Customer) -> Entity:
    named = {"mobile": row.mobile, "email": row.email, "externalId": row.external_id, "cardnumber": row.card}
    return {
        "firstName": row.firstname,
        "lastName": row.lastname,
        "identifiers": [{"type": name, "value": value} for name, value in named.items() if value],
        "commChannels": [],
        "fields": {},
        "source": row.source,
        "accountId": "",
        "userId": row.id,
        "autoUpdateTime": row.updated_at,
    }


def programme(world: CloudWorld, row: Customer) -> Entity:
    """How a customer stands in the organisation's programme, as v2 tells it."""
    held = world.ledger.balance(row.id)
    name, number, following = slab(held)
    return {
        "redeemed": points_number(held.redeemed_milli),
        "expired": points_number(held.expired_milli),
        "returned": points_number(held.returned_milli),
        "adjusted": points_number(held.adjusted_milli),
        "lifetimePoints": points_number(held.lifetime_milli),
        "loyaltyPoints": points_number(held.available_milli),
        "cumulativePurchases": money_number(held.purchases_minor),
        "loyaltyId": row.id,
        "currentSlab": name,
        "nextSlab": following,
        "nextSlabSerialNumber": number + 1 if following else 0,
        "nextSlabDescription": following,
        "slabSNo": number,
        "slabExpiryDate": NO_EXPIRY.replace(" ", "T") + world.now().isoformat()[-6:],
        "programId": world.options.program_id,
        "delayedPoints": 0,
        "delayedReturnedPoints": 0,
        "totalAvailablePoints": points_number(held.available_milli),
        "totalReturnedPoints": points_number(held.returned_milli),
        "programTitle": "Training programme",
        "programDescription": "",
        "programPointsToCurrencyRatio": money_number(world.options.point_value_minor),
    }


def _programmes(world: CloudWorld, row: Customer) -> list[Entity]:
    return [programme(world, row)]


def _none(_world: CloudWorld, _row: Customer) -> list[Entity]:
    """Points here neither lapse by a calendar nor come as a promotion."""
    return []


def _subscriptions(_world: CloudWorld, row: Customer) -> list[Entity]:
    return [
        {"channel": channel, "priority": priority, "scope": "ALL", "value": value}
        for (channel, _, priority), value in ((key.partition("/"), one) for key, one in row.consents.items())
    ]


def _expired(world: CloudWorld, row: Customer) -> list[Entity]:
    moves = world.ledger.find(Movement, "movements_of", row.id)
    programme_id = world.options.program_id
    return [
        {"points": points_number(-one.points_milli), "expiryDate": one.at[:10], "programId": programme_id}
        for one in moves
        if one.kind == "expired"
    ]


_BLOCKS = {
    "points": _programmes,
    "mlp": _programmes,
    "subscriptions": _subscriptions,
    "promotionalPoints": _none,
    "expirySchedules": _none,
    "expiredPoints": _expired,
}
_AS = {"points": "loyaltyProgramDetails", "mlp": "loyaltyProgramDetails"}


def balance(world: CloudWorld, call: Call) -> Reply:
    """GET /v2/customers/{id}/points/balance and its older spelling. Refusal 8015."""
    return _balance(world, _by_id(world, call))


def balance_lookup(world: CloudWorld, call: Call) -> Reply:
    """GET /v2/customers/lookup/points/balance. Refusals 400, 8015."""
    return _balance(world, _looked_up(world, call))


def _balance(world: CloudWorld, row: Customer) -> Reply:
    """The vendor shows no answer of it: the programme's figures under the customer's id are a guess."""
    return Reply({"id": row.id, "loyaltyProgramDetails": [programme(world, row)], "warnings": []})


def transactions(world: CloudWorld, call: Call) -> Reply:
    """GET /v2/customers/{id}/transactions. Refusals 8015, 1109, 400."""
    return _transactions(world, call, _by_id(world, call))


def transactions_lookup(world: CloudWorld, call: Call) -> Reply:
    """GET /v2/customers/lookup/transactions. Refusals 400, 8015, 1109."""
    return _transactions(world, call, _looked_up(world, call))


def _transactions(world: CloudWorld, call: Call, row: Customer) -> Reply:
    limit, skip = call.whole("limit", 20), call.whole("offset", 0)
    if limit > _MOST_BILLS:
        raise Refusal("transaction", 1109)
    start, end = _bound(world, call, "startDate"), _bound(world, call, "endDate")
    rows = [
        bill
        for bill in world.ledger.find(Bill, "bills_of", row.id)
        if (start is None or datetime.fromisoformat(bill.at) >= start)
        and (end is None or datetime.fromisoformat(bill.at) <= end)
    ]
    rows.sort(
        key=lambda bill: (bill.at, bill.id), reverse=call.query.get("sortOrder", "DESC").upper() != "ASC"
    )
    embed = call.query.get("embed", "").upper()
    data: list[Any] = []
    for bill in rows[skip : skip + limit]:
        told = bill_shown(world, bill)
        if "BILL_POINTS" in embed:
            told["points"] = {"awarded": points_number(bill.points_milli)}
        data.append(told)
    page = {"limit": limit, "offset": skip, "total": len(rows)}
    return Reply({"pagination": page, "data": data, "warnings": [], "errors": []})


def _bound(world: CloudWorld, call: Call, name: str) -> datetime | None:
    text = call.query.get(name, "")
    if not text:
        return None
    try:
        return v2_time(text, UTC).astimezone(world.zone)
    except WireError as error:
        raise Refusal("request", 400, f"{name} is not a time") from error
