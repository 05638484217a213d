"""v1.1 transaction/get, customer/transactions, customer/redemptions: reading back
(docs/capillary.md 4.4, 4.5, 5.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from agent.simulated.cloud.api.envelope import Entity, Reply, codes_in, each, item_status, v11
from agent.simulated.cloud.api.v11_customer import brief
from agent.simulated.cloud.api.v11_customer_blocks import fields, slab
from agent.simulated.cloud.api.v11_points import bill_id
from agent.simulated.cloud.books import customers
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Bill, CouponUse, Customer, PointsRedemption
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import (
    WireError,
    minor_of,
    money,
    points,
    points_number,
    v11_text,
    v11_time,
)

_MOST = 100


def transaction_get(world: CloudWorld, call: Call) -> Reply:
    """Bills by id, or by number with till, store, date, amount, type. Item codes 600, 615, 1624.

    `type` defaults to REGULAR as the vendor's parameter table has it; ALL means every type.
    """

    def one(found: Bill | Refusal) -> Entity:
        if isinstance(found, Refusal):
            raise found
        return _transaction(world, call, found)

    def echo(_: Bill | Refusal) -> Entity:
        return {"id": call.query.get("id", ""), "number": call.query.get("number", "")}

    call.note(bill=call.query.get("number", "") or call.query.get("id", ""))
    entities = each(call, "transaction", _matching_or_why_not(world, call), one, echo)
    return v11(world.options, call, "transactions", "transaction", entities, as_list=True)


def _matching_or_why_not(world: CloudWorld, call: Call) -> list[Bill | Refusal]:
    try:
        return [*_matching(world, call)] or [Refusal("transaction", 615)]
    except Refusal as refusal:
        return [refusal]


def _matching(world: CloudWorld, call: Call) -> list[Bill]:
    query = call.query
    if query.get("id"):
        ids = [part.strip() for part in query["id"].split(",")]
        rows = [world.ledger.get(Bill, int(part)) for part in ids if part.isdigit()]
        return [row for row in rows if row is not None]
    if not query.get("number"):
        raise Refusal("transaction", 1624)
    rows_by_number = world.ledger.find(Bill, "bill_number", query["number"])
    kind = query.get("type", "REGULAR").upper()
    chosen = [row for row in rows_by_number if kind in ("ALL", row.kind) and _fits(world, call, row)]
    return chosen[: min(call.whole("limit", 20), _MOST)]


def _fits(world: CloudWorld, call: Call, row: Bill) -> bool:
    query = call.query
    try:
        return (
            query.get("till_code", "") in ("", row.till)
            and query.get("store_code", "") in ("", row.store)
            and (not query.get("amount") or minor_of(query["amount"]) == row.amount_minor)
            and (
                not query.get("date") or v11_time(query["date"], world.zone).date() == _at(world, row).date()
            )
        )
    except WireError as error:
        raise Refusal("transaction", 1624) from error


def _at(world: CloudWorld, row: Bill) -> datetime:
    return datetime.fromisoformat(row.at).astimezone(world.zone)


def _transaction(world: CloudWorld, call: Call, bill: Bill) -> Entity:
    told = {
        **brief(world, bill),
        "id": bill.id,
        "return_type": bill.return_kind,
        "outlier_status": bill.outlier,
        "delivery_status": str(bill.body.get("deliveryStatus") or "DELIVERED"),
        "notes": str(bill.body.get("note") or ""),
        "not_interested_reason": bill.reason,
        "store_code": bill.store,
        "till_code": bill.till,
        "source": "instore",
        "customer": _customer(world, call, bill),
        "custom_fields": fields(bill.body.get("customFields") or {}),
        "extended_fields": fields(bill.body.get("extendedFields") or {}),
        "line_items": {"line_item": [_line(line) for line in bill.lines]},
        "item_status": item_status("transaction", 600),
    }
    if call.flag("tenders"):
        told["payment_details"] = {"payment": [_payment(one) for one in _modes(bill)]}
    return told


def _customer(world: CloudWorld, call: Call, bill: Bill) -> Entity:
    row = world.ledger.get(Customer, bill.customer_id)
    if row is None:
        return {}
    told = {"user_id": str(row.id)} if call.flag("user_id") else {}
    names = ("mobile", "email", "external_id", "firstname", "lastname")
    return {**told, **{name: getattr(row, name) for name in names}}


def _line(line: dict[str, Any]) -> Entity:
    return {
        "serial": str(line["serial"]),
        "item_code": line["code"],
        "type": line["kind"],
        "qty": points(line["qty_milli"]),
        "amount": money(line["amount_minor"]),
    }


def _modes(bill: Bill) -> Iterable[Entity]:
    return (mode for mode in bill.body.get("paymentModes") or [] if mode)


def _payment(mode: Entity) -> Entity:
    listed = [{"name": name, "value": value} for name, value in (mode.get("attributes") or {}).items()]
    return {
        "mode": mode.get("mode", ""),
        "value": str(mode.get("value", "")),
        "notes": mode.get("notes", ""),
        "attributes": {"attribute": listed},
    }


def transactions(world: CloudWorld, call: Call) -> Reply:
    """A customer's bills, newest first. Item code 1052, or 1051 with an empty list."""

    def told(row: Customer) -> Entity:
        everything = world.ledger.find(Bill, "bills_of", row.id)
        bills = [bill for bill in everything if _chosen(world, call, bill)]
        key = "id" if call.query.get("sort") == "trans_id" else "at"
        bills.sort(key=lambda bill: (getattr(bill, key), bill.id), reverse=call.query.get("order") != "asc")
        page = _sliced(call, bills, 10)
        return {
            **_head(world, row),
            "count": str(len(bills)),
            "rows": str(len(page)),
            "transactions": {"transaction": [_listed(world, call, bill) for bill in page]},
            "item_status": item_status("customer", 1052 if page else 1051),
        }

    return _of_customer(world, call, told)


def _of_customer(world: CloudWorld, call: Call, told: Any) -> Reply:
    """An answer about one customer, whose block stands directly under `response`."""

    def one(query: Any) -> Entity:
        entity: Entity = told(customers.wanted(world, call, query, "customer", 1015, 1012))
        return entity

    entities = each(call, "customer", [dict(call.query)], one, lambda _: {})
    reply = v11(world.options, call, "holder", "customer", entities)
    inner = reply.document["response"]
    return Reply({"response": {"status": inner["status"], **inner["holder"]}}, reply.http, codes_in(entities))


def _chosen(world: CloudWorld, call: Call, bill: Bill) -> bool:
    query = call.query
    return (
        query.get("number", "") in ("", bill.number)
        and query.get("transaction_id", "") in ("", str(bill.id))
        and query.get("store_code", "") in ("", bill.store)
        and _between(world, call, bill.at)
    )


def _between(world: CloudWorld, call: Call, at: str) -> bool:
    start, end = call.query.get("start_date", ""), call.query.get("end_date", "")
    moment = datetime.fromisoformat(at)
    try:
        if start and moment < v11_time(start, world.zone):
            return False
        if not end:
            return True
        # A bare end date includes its day.
        return (
            moment.date() <= v11_time(end, world.zone).date()
            if len(end) == 10
            else moment <= v11_time(end, world.zone)
        )
    except WireError as error:
        raise Refusal("request", 400, "a date is not valid") from error


def _sliced(call: Call, rows: list[Any], default: int) -> list[Any]:
    skip = call.whole("offset", 0)
    return rows[skip : skip + call.whole("limit", default)]


def _head(world: CloudWorld, row: Customer) -> Entity:
    account = world.ledger.balance(row.id)
    return {
        "mobile": row.mobile,
        "email": row.email,
        "external_id": row.external_id,
        "firstname": row.firstname,
        "lastname": row.lastname,
        "lifetime_points": points(account.lifetime_milli),
        "lifetime_purchases": money(account.purchases_minor),
        "loyalty_points": points(account.available_milli),
        "current_slab": slab(account)[0],
    }


def _listed(world: CloudWorld, call: Call, bill: Bill) -> Entity:
    returned = sum(one.points_milli for one in world.ledger.find(Bill, "returns_of", bill.id))
    spent = world.ledger.find(PointsRedemption, "redemptions_of", bill.customer_id)
    redeemed = sum(one.points_milli for one in spent if one.bill_number == bill.number)
    own = {"custom_fields": fields(bill.body.get("customFields") or {})} if call.flag("custom_fields") else {}
    notes = {"credit_notes": ""} if call.flag("credit_notes") else {}
    return {
        **own,
        **notes,
        **brief(world, bill),
        "return_type": bill.return_kind,
        "outlier_status": bill.outlier,
        "store_code": bill.store,
        "points": {
            "issued": points(max(bill.points_milli, 0)),
            "redeemed": points(redeemed),
            "returned": points(-returned),
            "expired": "0",
            "expiry_date": "",
            "program_id": str(world.options.program_id),
        },
        "coupons": "",
        "basket_size": str(len(bill.lines)),
    }


def redemptions(world: CloudWorld, call: Call) -> Reply:
    """What a customer redeemed, newest first; by reference for reading back. Item code 1000."""

    def told(row: Customer) -> Entity:
        kind = call.query.get("type", "BOTH").upper()
        spent = _spent(world, call, row) if kind != "COUPONS" else []
        burnt = _burnt(world, call, row) if kind != "POINTS" else []
        return {
            **{
                name: getattr(row, name)
                for name in ("mobile", "email", "external_id", "firstname", "lastname")
            },
            **({"user_id": str(row.id)} if call.flag("user_id") else {}),
            "rows": str(len(spent) + len(burnt)),
            "points_count": str(len(spent)),
            "coupons_count": str(len(burnt)),
            "redemptions": {
                "points": {"point": [_point(world, one) for one in spent]},
                "coupons": {"coupon": [_coupon(world, one) for one in burnt]},
            },
            "item_status": item_status("customer", 1000, text="Redemptions found"),
        }

    return _of_customer(world, call, told)


def _spent(world: CloudWorld, call: Call, row: Customer) -> list[PointsRedemption]:
    reference = call.query.get("external_reference_number", "")
    call.note(reference=reference)
    rows = world.ledger.find(PointsRedemption, "redemptions_of", row.id)
    chosen = [one for one in rows if reference in ("", one.reference) and _between(world, call, one.at)]
    return sorted(chosen, key=lambda one: (one.at, one.id), reverse=True)[: _limit(call, "points_limit")]


def _burnt(world: CloudWorld, call: Call, row: Customer) -> list[CouponUse]:
    rows = world.ledger.find(CouponUse, "uses_of", row.id)
    chosen = [one for one in rows if not one.undone and _between(world, call, one.at)]
    return sorted(chosen, key=lambda one: (one.at, one.id), reverse=True)[: _limit(call, "coupons_limit")]


def _limit(call: Call, name: str) -> int:
    return call.whole(name, call.whole("limit", 10))


def _point(world: CloudWorld, spent: PointsRedemption) -> Entity:
    """The documented row names neither the reference nor the id of the answer (docs/capillary.md 4.5)."""
    return {
        "id": spent.id,
        "program_id": world.options.program_id,
        "points_redeemed": points_number(spent.points_milli),
        "transaction_number": spent.bill_number,
        "bill_id": str(bill_id(world, spent.bill_number)),
        "validation_code": spent.otp,
        "redeemed_time": v11_text(spent.at, world.zone),
        "redeemed_at": spent.till,
        "notes": spent.notes,
        "redeemed_store": {"code": spent.store, "name": spent.store},
        "redeemed_till": {"code": spent.till, "name": spent.till},
        "custom_fields": {"field": []},
        "reversals": [{"points": points(spent.reversed_milli)}] if spent.reversed_milli else [],
    }


def _coupon(world: CloudWorld, use: CouponUse) -> Entity:
    coupon = world.ledger.coupon_of(use)
    series = world.ledger.series_of(coupon)
    return {
        "id": str(use.id),
        "code": coupon.code,
        "series_id": str(series.id),
        "description": series.name,
        "discount_code": series.discount_code,
        "discount_type": series.kind,
        "discount_value": money(series.value),
        "transaction_number": use.bill_number,
        "bill_id": str(bill_id(world, use.bill_number)),
        "redeemed_time": v11_text(use.at, world.zone),
        "redeemed_at": use.till,
        "redeemed_store": {"code": use.store, "name": use.store},
        "redeemed_till": {"code": use.till, "name": use.till},
    }
