"""What the organisation does not know of a bill; it is taken all the same
(docs/capillary.md 9.3, class warning)."""

from __future__ import annotations

from typing import Any

from agent.simulated.cloud.books.customers import known_custom, known_extended
from agent.simulated.cloud.books.options import CloudOptions
from agent.simulated.cloud.books.refusal import Refusal

Warnings = list[tuple[int, str]]


def bill_warnings(options: CloudOptions, body: dict[str, Any]) -> Warnings:
    """Warnings 9607, 669, 91016, 1105, 9606. Refusals 400 for a block of a wrong type, 685 for long notes."""
    found = _tenders(options, body)
    if body.get("addWithLocalCurrency") in (True, "true") and not body.get("currencyCode"):
        found.append((9606, "no currency is passed"))
    custom, extended = _mapping(body, "customFields"), _mapping(body, "extendedFields")
    found += [(669, f"no custom field {name!r}") for name in custom if not known_custom(options, name)]
    found += _extended(options, extended)
    for line in body.get("lineItemsV2") or []:
        if isinstance(line, dict):
            found += _extended(options, _mapping(line, "extendedFields"))
            found += _returnable(line)
    return found


def _tenders(options: CloudOptions, body: dict[str, Any]) -> Warnings:
    found: Warnings = []
    names = {tender.name.lower() for tender in options.tenders}
    modes = body.get("paymentModes") or []
    if not isinstance(modes, list):
        raise Refusal("request", 400, "paymentModes is not a list")
    for mode in modes:
        if not isinstance(mode, dict) or not mode:
            continue
        if len(str(mode.get("notes") or "")) > 250:
            raise Refusal("transaction", 685, "the notes of a payment are longer than 250")
        if str(mode.get("mode") or "").lower() not in names:
            found.append((9607, f"no tender is called {mode.get('mode')!r}"))
    return found


def _extended(options: CloudOptions, block: dict[str, Any]) -> Warnings:
    unknown = [name for name in block if not known_extended(options, name)]
    return [(91016, f"no extended field {name!r}") for name in unknown]


def _returnable(line: dict[str, Any]) -> Warnings:
    days = line.get("returnableDays")
    if isinstance(days, int) and not isinstance(days, bool) and days < -1:
        return [(1105, "returnableDays must be more than -1")]
    return []


def _mapping(body: dict[str, Any], name: str) -> dict[str, Any]:
    block = body.get(name) or {}
    if not isinstance(block, dict):
        raise Refusal("request", 400, f"{name} is not an object")
    return block
