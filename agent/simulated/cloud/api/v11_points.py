"""v1.1 points/isredeemable, points/validationcode and points/redeem (docs/capillary.md 6)."""

from __future__ import annotations

from typing import Any

from agent.simulated.cloud.api.envelope import Entity, Reply, each, item_status, v11
from agent.simulated.cloud.api.v11_customer import only
from agent.simulated.cloud.books import customers, one_time_codes, points
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Bill, Customer, PointsRedemption
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import money, points_number
from agent.simulated.cloud.books.wire_format import points as points_text


def is_redeemable(world: CloudWorld, call: Call) -> Reply:
    """Whether points may be redeemed; `issue_otp` also sends the code. Item code 800, warning 876."""

    def one(query: Any) -> Entity:
        row = customers.wanted(world, call, query, "points", 802, 816)
        points.check_programme(world, call)
        asked = _asked(world, call)
        points.check(world, row, asked)
        code = call.query.get("validation_code", "")
        if code:
            points.check_code(world, row, code, skip=call.flag("skip_validation"))
        warnings = _send_code(world, row) if call.flag("issue_otp") else []
        return _redeemable(world, call, row, asked, warnings)

    def echo(query: Any) -> Entity:
        return {
            "mobile": query.get("mobile", ""),
            "points": query.get("points", ""),
            "is_redeemable": "false",
        }

    entities = each(call, "points", [dict(call.query)], one, echo)
    return v11(world.options, call, "points", "redeemable", entities)


def _asked(world: CloudWorld, call: Call) -> int:
    text = call.query.get("points", "")
    return points.from_money(world.options, text) if call.flag("currency_input") else points.read_points(text)


def _send_code(world: CloudWorld, row: Customer) -> list[int]:
    try:
        with world.ledger.transaction():
            one_time_codes.issue(world, points.entity_of(row), points.ACTION)
    except Refusal:
        return [876]
    return []


def _redeemable(world: CloudWorld, call: Call, row: Customer, asked: int, warnings: list[int]) -> Entity:
    value = money(points.value_of(world.options, asked))
    return {
        "mobile": row.mobile,
        "email": row.email,
        "external_id": row.external_id,
        "points": points_text(asked),
        "is_redeemable": "true",
        "points_redeem_value": value,
        "points_redeem_local_value": value,
        "points_currency_ratio": money(world.options.point_value_minor),
        "input_type": "currency" if call.flag("currency_input") else "points",
        "item_status": item_status("points", 800, warnings=warnings),
    }


def validation_code(world: CloudWorld, call: Call) -> Reply:
    """Send the customer the code for redeeming points. Item code 200; 860 when no more go out today."""

    def one(query: Any) -> Entity:
        row = customers.wanted(world, call, query, "points", 802, 816)
        asked = _asked(world, call)
        points.check(world, row, asked)
        if _send_code(world, row):
            raise Refusal("points", 860)
        return {
            "user_id": str(row.id),
            "mobile": row.mobile,
            "email": row.email,
            "external_id": row.external_id,
            "points": points_text(asked),
            "item_status": item_status("points", 200),
        }

    def echo(query: Any) -> Entity:
        return {"mobile": query.get("mobile", ""), "points": query.get("points", "")}

    entities = each(call, "points", [dict(call.query)], one, echo)
    return v11(world.options, call, "validation_code", "code", entities)


def redeem(world: CloudWorld, call: Call) -> Reply:
    """Spend points, once per external reference. Item code 800."""

    def one(body: Any) -> Entity:
        spent = points.redeem(world, call, body)
        if spent is None:
            raise RuntimeError("a redemption came to nothing")
        return _redeemed(world, spent)

    def echo(body: Any) -> Entity:
        shown = body if isinstance(body, dict) else {}
        return {"points_redeemed": str(shown.get("points_redeemed", ""))}

    entities = each(call, "points", only(call, "redeem"), one, echo)
    return v11(world.options, call, "responses", "points", entities)


def _redeemed(world: CloudWorld, spent: PointsRedemption) -> Entity:
    row = world.ledger.get(Customer, spent.customer_id) or Customer(0)
    number, value = points_number(spent.points_milli), money(spent.value_minor)
    return {
        "mobile": row.mobile,
        "email": row.email,
        "external_id": row.external_id,
        "user_id": str(row.id),
        "redemption_id": spent.code,
        "points_redeemed": points_text(spent.points_milli),
        "redeemed_value": value,
        "redeemed_local_value": value,
        "balance": points_number(spent.balance_milli),
        "side_effects": {
            "effect": [
                {
                    "id": spent.id,
                    "num_points": number,
                    "currency_value": value,
                    "validation_code": spent.otp,
                    "points_redemption_summary_id": str(spent.id),
                    "redeemed_on_bill_number": spent.bill_number,
                    "redeemed_on_bill_id": bill_id(world, spent.bill_number),
                    "type": "points",
                }
            ]
        },
        "item_status": item_status("points", 800, text="Points redeemed"),
    }


def bill_id(world: CloudWorld, number: str) -> int:
    """The id of the sale with this number, -1 when there is none (yet)."""
    bills = world.ledger.find(Bill, "bill_number", number) if number else []
    return next((bill.id for bill in bills if not bill.return_kind), -1)
