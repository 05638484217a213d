"""A bill in another currency than the organisation's, turned into its own (docs/capillary.md 5.2, 5.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from agent.simulated.cloud.books.options import CloudOptions
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import WireError, decimal_of

_BILL = ("billAmount", "grossAmount", "discount")
_LINE = ("rate", "value", "amount", "discount")


def in_own_currency(options: CloudOptions, body: dict[str, Any]) -> dict[str, Any]:
    """The v2 body with its amounts in the organisation's currency; itself unless addWithLocalCurrency is on.

    Without a currencyCode the amounts are taken as the organisation's own (warning 9606).

    Refusals 1102 for a currency without a ratio and 682 where the organisation does not convert.
    """
    if body.get("addWithLocalCurrency") not in (True, "true"):
        return body
    if not options.local_currency:
        raise Refusal("transaction", 682, "The organisation converts no currencies")
    currency = str(body.get("currencyCode") or "")
    if not currency:
        return body
    ratio = options.ratio(currency)
    if ratio is None:
        raise Refusal("transaction", 1102)
    changed: dict[str, Any] = _scaled(body, _BILL, ratio)
    for name, fields in (("lineItemsV2", _LINE), ("paymentModes", ("value",))):
        if isinstance(body.get(name), list):
            changed[name] = [_scaled(one, fields, ratio) for one in body[name]]
    return changed


def _scaled(block: Any, names: tuple[str, ...], ratio: Decimal) -> Any:
    if not isinstance(block, dict):
        return block
    return {name: _times(value, ratio) if name in names else value for name, value in block.items()}


def _times(value: Any, ratio: Decimal) -> Any:
    try:
        return decimal_of(value) * ratio
    except WireError:
        return value
