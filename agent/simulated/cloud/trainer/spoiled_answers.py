"""Answers spoiled on purpose: the looseness of the vendor's own samples, and values no parser may trust."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

_NUMBER_NAMES = {
    "code",
    "id",
    "points",
    "balance",
    "points_redeemed",
    "loyalty_points",
    "lifetime_points",
    "amount",
    "coupon_value",
    "redemptionId",
}
_BOOLEAN_NAMES = {"success", "status", "is_redeemable", "redeemed", "is_absolute"}
_EMPTY: tuple[Any, ...] = ([], "", None)
_ITEM_NAMES = {
    "customer",
    "transaction",
    "coupon",
    "point",
    "redeemable",
    "effect",
    "field",
    "points_summary",
    "tender",
    "config",
    "line_item",
    "warning",
}


def shaped(document: Any, rng: random.Random) -> Any:
    """The same answer in another of the vendor's shapes; what it says does not change (docs/capillary.md 3).

    v1.1: codes, amounts and booleans as text or not, one element as object or list, empty objects as [],
    "" or null, the outer `response` sometimes missing. v2: numbers as text, empty lists as null.
    """
    if isinstance(document, dict) and "response" in document and isinstance(document["response"], dict):
        inner = _loosened(document["response"], rng)
        return inner if rng.random() < 0.5 else {"response": inner}
    return _loosened_v2(document, rng)


def _loosened(value: Any, rng: random.Random, name: str = "") -> Any:
    if isinstance(value, dict):
        if not value:
            return rng.choice(_EMPTY)
        loose = {key: _loosened(item, rng, key) for key, item in value.items()}
        return [loose] if name in _ITEM_NAMES and rng.random() < 0.3 else loose
    if isinstance(value, list):
        return _loosened_list(value, rng, name)
    if name in _BOOLEAN_NAMES and value in ("true", "false", True, False):
        return rng.choice((str(value).lower(), str(value).lower() == "true"))
    return _retyped(value, rng) if name in _NUMBER_NAMES else value


def _loosened_list(value: list[Any], rng: random.Random, name: str) -> Any:
    if not value:
        return rng.choice(_EMPTY)
    loose = [_loosened(item, rng) for item in value]
    return loose[0] if len(loose) == 1 and name in _ITEM_NAMES and rng.random() < 0.6 else loose


def _retyped(value: Any, rng: random.Random) -> Any:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return rng.choice((value, int(value)))
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return rng.choice((value, format(value, "f") if isinstance(value, Decimal) else str(value)))
    return value


def _loosened_v2(value: Any, rng: random.Random, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _loosened_v2(item, rng, key) for key, item in value.items()}
    if isinstance(value, list):
        if not value:
            return rng.choice(([], None)) if name in ("errors", "warnings", "sideEffects") else value
        return [_loosened_v2(item, rng) for item in value]
    if name in {"createdId", "code", "awardedPoints", "rawAwardedPoints", "amount", "entityId"}:
        return _retyped(value, rng)
    return value


_CUSTOMERS = {
    "mobile": "919999999999",
    "email": "somebody@example.com",
    "external_id": "SOMEBODY",
    "user_id": "999999999",
}
_THINGS = {
    "code": "OTHER",
    "number": "OTHER-1",
    "billNumber": "OTHER-1",
    "transaction_number": "OTHER-1",
    "redeemed_on_bill_number": "OTHER-1",
    "points_redeemed": "0.001",
    "pointsReversed": "0.001",
}
_STATUSES = ("status", "item_status", "errors", "warnings")


def other(document: Any) -> Any:
    """The answer about somebody else and something else: every name in it another, its codes as they were."""
    if isinstance(document, list):
        return [other(item) for item in document]
    if not isinstance(document, dict):
        return document
    names = _CUSTOMERS | _THINGS
    return {
        key: names[key] if key in names and item else item if key in _STATUSES else other(item)
        for key, item in document.items()
    }


def contradictory(document: Any) -> Any:
    """The answer of a call that was done, in an envelope that says that nothing was."""
    failed = {"code": 500, "message": "All requests have failed due to errors"}
    response = document.get("response")
    if isinstance(response, dict):
        return {"response": response | {"status": {"success": "false", **failed}}}
    if isinstance(response, list):
        return document | {"failureCount": document.get("totalCount", len(response))}
    return document | {"errors": [{"status": False, **failed}]}


def denied(document: Any, code: int, text: str) -> Any:
    """The answer of a call that was done, saying of every item that it was not, with this code."""
    error = {"status": False, "code": code, "message": text}
    if isinstance(document, dict) and isinstance(document.get("response"), dict):
        return {"response": _denied(document["response"], error)}
    if isinstance(document, dict) and isinstance(document.get("response"), list):
        items = [{**item, "entityId": None, "errors": [error]} for item in document["response"]]
        return {**document, "response": items, "failureCount": len(items)}
    return {"errors": [error]}


def _denied(value: Any, error: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_denied(item, error) for item in value]
    if not isinstance(value, dict):
        return value
    status = {**error, "status": "false", "success": "false"}
    items = {name: status if name == "item_status" else _denied(item, error) for name, item in value.items()}
    outer = value.get("status")
    if isinstance(outer, dict):
        items["status"] = {**outer, "success": "false", "code": 500}
    return items


def mistyped(document: Any, rng: random.Random) -> Any:
    """An answer with values of wrong types in the places that matter: still JSON, no longer an answer."""
    spoilers: tuple[Callable[[Any], Any], ...] = (
        lambda _: [],
        lambda _: "OK",
        lambda _: 600,
        lambda _: None,
        lambda doc: _spoiled(doc, "createdId", {"id": []}),
        lambda doc: _spoiled(doc, "item_status", "fine"),
        lambda doc: _spoiled(doc, "status", ["200"]),
        lambda doc: _spoiled(doc, "code", "six hundred"),
        lambda doc: _spoiled(doc, "response", 1),
    )
    usable = [spoil for spoil in spoilers if spoil(copy.deepcopy(document)) != document]
    return rng.choice(usable)(copy.deepcopy(document))


def _spoiled(value: Any, name: str, wrong: Any) -> Any:
    if isinstance(value, dict):
        return {key: wrong if key == name else _spoiled(item, name, wrong) for key, item in value.items()}
    return [_spoiled(item, name, wrong) for item in value] if isinstance(value, list) else value
