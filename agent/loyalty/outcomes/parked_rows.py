"""What a person may do about a call that waits, and what of it may be shown. Pure."""

from __future__ import annotations

import re
from typing import Any

from agent.loyalty.answers import codes
from agent.loyalty.calls.call import Call, decode
from agent.loyalty.calls.customer.identifiers import hidden
from agent.loyalty.calls.redemption_calls import points_redeem_anew, redeem_with_code
from agent.sale.queue_terms import Op, RowState

_CODE_LACKING: dict[str, tuple[str, ...]] = {
    Op.POINTS_REDEEM: ("808", "824"),
    Op.COUPON_REDEEM: ("705", "725"),
}
_HARMLESS = frozenset(
    (
        *("format", "source", "type", "registered_on", "program_id", "user_id"),
        *("channel", "priority", "scope", "is_subscribed"),
        *("points_redeemed", "transaction_number", "external_reference_number", "redemption_time"),
        *("number", "amount", "billNumber", "billingDate", "billAmount", "discount", "grossAmount"),
        *("deliveryStatus", "serial", "itemCode", "description", "qty", "rate", "value", "mode"),
        *("identifierName", "comboType", "quantity"),
    )
)
"""Fields shown as they are. Whatever is not listed here may name a person, and shows its end alone."""
_OWNER = re.compile(r"(belongs to ).*( already)", re.DOTALL)
_NAMED_VALUES = frozenset(("extended_fields", "custom_fields", "extendedFields", "customFields"))
"""In these, value belongs to whatever name stands beside it: a birthday as well as a size."""


def needs_new_reference(op: str, state: str, code: str, attempts: int, *, unsure: bool = False) -> bool:
    """Whether the cloud's rule forbids a row's key: a redemption it refused (docs/capillary.md 10.1).

    One that still waits has its next reference already. A call it did not process (521, 429, 517) and one
    that may have arrived (unsure) keep theirs.
    """
    if op != Op.POINTS_REDEEM or state != RowState.PARKED or attempts == 0 or unsure:
        return False
    if not code.isdigit() or codes.meaning("points", int(code)).sense == "untouched":
        return False
    listed = codes.listed()
    return ("points", int(code)) in listed or ("customer", int(code)) not in listed


def lacks_code(op: str, state: str, code: str) -> bool:
    """Whether a redemption was refused for the want of a one-time code, or for one that was wrong or over."""
    return state == RowState.PARKED and code in _CODE_LACKING.get(op, ())


def anew(payload: bytes, otp: str = "") -> tuple[str, bytes]:
    """(key, payload) of a stored points redemption under its next reference, with a fresh code if one is
    given. Raises ValueError."""
    call = points_redeem_anew(Call.from_bytes(payload))
    return with_code(call.to_bytes(), otp) if otp else (call.key, call.to_bytes())


def with_code(payload: bytes, otp: str) -> tuple[str, bytes]:
    """(key, payload) of a stored redemption with a fresh one-time code. Raises ValueError."""
    call = redeem_with_code(Call.from_bytes(payload), otp)
    return call.key, call.to_bytes()


def request(payload: bytes, *, masked: bool = True) -> dict[str, Any]:
    """A stored call as JSON-able data: method, path, query, body. Raises ValueError for what is no call."""
    call = Call.from_bytes(payload)
    body = decode(call.body) if call.body else None
    query = [[name, _shown(name, value, masked=masked)] for name, value in call.query]
    return {
        "method": call.method,
        "path": call.path,
        "query": query,
        "body": _masked("", body) if masked else _plain(body),
    }


def told(text: str) -> str:
    """Why a call waits, without the name of whoever an identifier belongs to: earlier versions kept it."""
    return _OWNER.sub(r"\1…\2", text)


def _shown(name: str, value: str, *, masked: bool) -> str:
    return hidden(value) if masked and value and name not in _HARMLESS else value


def _masked(name: str, value: Any, *, named: bool = False) -> Any:
    """The value with every text that may name a person cut to its end."""
    if isinstance(value, dict):
        return {key: _masked(key, inner, named=named or key in _NAMED_VALUES) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(name, inner, named=named) for inner in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    shown = name == "name" if named else name in _HARMLESS
    return str(value) if shown else hidden(str(value))


def _plain(value: Any) -> Any:
    """Decimals as the texts they were sent as."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, (bool, int)) else str(value)
