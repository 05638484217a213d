"""The blocks of a customer that customer/get adds when a flag asks for them (docs/capillary.md 4.1)."""

from __future__ import annotations

from collections.abc import Callable

from agent.simulated.cloud.api.envelope import Entity
from agent.simulated.cloud.books.cloud_world import Call, CloudWorld
from agent.simulated.cloud.books.ledger_rows import Balance, Customer, Movement
from agent.simulated.cloud.books.wire_format import money, points, v11_text

_SLABS = (("Bronze", 0), ("Silver", 1_000_000), ("Gold", 5_000_000))
"""Tier and the lifetime purchases in paise from which it begins."""
NO_EXPIRY = "2099-12-31 23:59:59"


def asked_blocks(world: CloudWorld, call: Call, row: Customer) -> Entity:
    """Every block whose flag is on. Those about what this organisation does not have are empty."""
    account = world.ledger.balance(row.id)
    told: Entity = {}
    if any(call.flag(name) for name in ("points_summary", "mlp", "program_summary")):
        told["points_summaries"] = {"points_summary": [summary(world, account)]}
    if call.flag("expired_points"):
        told["expired_points"] = {"item": _expired(world, row)}
    if call.flag("subscriptions"):
        told["subscriptions"] = {"subscription": subscriptions(row)}
    if call.flag("card_details"):
        told["card_details"] = {"card": [{"number": row.card}] if row.card else []}
    if call.flag("next_slab"):
        told["next_slab"] = slab(account)[2]
    if call.flag("tier_upgrade_criteria"):
        told["tier_upgrade_criteria"] = _gap(account)
    for name, block in _EMPTY.items():
        if call.flag(name):
            told[name] = block()
    return told | _of_programme(call, account)


_EMPTY: dict[str, Callable[[], Entity | str]] = {
    "expiry_schedule": lambda: {"schedule": []},
    "promotion_points": lambda: {"promotion_point": []},
    "ndnc_status": lambda: {"status": "NONE"},
    "optin_status": lambda: {"status": "NONE"},
    "user_group": dict,
    "segments": lambda: {"segment": []},
    "customer_image": str,
}


def _of_programme(call: Call, account: Balance) -> Entity:
    """What needs `mlp` as well: the tiers so far, and what is missing for the next one or to keep this."""
    told: Entity = {}
    if not call.flag("mlp"):
        return told
    if call.flag("slab_history"):
        told["slab_history"] = {"slab": [{"name": slab(account)[0]}]}
    if call.query.get("gap_to_upgrade_for", "").isdigit():
        told["gap_to_upgrade"] = _gap(account)
    if call.query.get("gap_to_renew_for", "").isdigit():
        told["gap_to_renew"] = {"purchases": "0"}
    return told


def _gap(account: Balance) -> Entity:
    """Purchases missing for the next tier, '' in the highest."""
    _, number, following = slab(account)
    missing = money(max(_SLABS[number][1] - account.purchases_minor, 0)) if following else ""
    return {"slab": following, "purchases": missing}


def fields(values: dict[str, str]) -> Entity:
    """A mapping in the v1.1 form."""
    return {"field": [{"name": name, "value": value} for name, value in values.items()]}


def slab(account: Balance) -> tuple[str, int, str]:
    """The tier by lifetime purchases: its name, its number from 1, the name of the next or ''."""
    number = max(
        index for index, (_, floor) in enumerate(_SLABS) if account.purchases_minor >= floor or not index
    )
    following = _SLABS[number + 1][0] if number + 1 < len(_SLABS) else ""
    return _SLABS[number][0], number + 1, following


def summary(world: CloudWorld, account: Balance) -> Entity:
    """One programme's figures: earned, redeemed, expired, returned and what is left (seed UC1.3)."""
    name, number, following = slab(account)
    return {
        "programId": str(world.options.program_id),
        "redeemed": points(account.redeemed_milli),
        "expired": points(account.expired_milli),
        "returned": points(account.returned_milli),
        "adjusted": points(account.adjusted_milli),
        "lifetimePoints": points(account.lifetime_milli),
        "loyaltyPoints": points(account.available_milli),
        "cumulativePurchases": money(account.purchases_minor),
        "currentSlab": name,
        "nextSlab": following,
        "nextSlabSerialNumber": str(number + 1) if following else "",
        "nextSlabDescription": following,
        "slabSNo": str(number),
        "slabExpiryDate": NO_EXPIRY,
        "totalPoints": "",
        "delayed_points": "0",
        "total_available_points": points(account.available_milli),
        "program_points_to_currency_ratio": money(world.options.point_value_minor),
    }


def _expired(world: CloudWorld, row: Customer) -> list[Entity]:
    moves = world.ledger.find(Movement, "movements_of", row.id)
    return [
        {"points": points(-move.points_milli), "expired_on": v11_text(move.at, world.zone)}
        for move in moves
        if move.kind == "expired"
    ]


def subscriptions(row: Customer) -> list[Entity]:
    """The consents in the v1.1 form."""
    return [
        {"channel": channel, "priority": priority, "scope": "ALL", "status": status}
        for (channel, _, priority), status in (
            (key.partition("/"), value) for key, value in row.consents.items()
        )
    ]
