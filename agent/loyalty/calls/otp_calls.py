"""The code a guarded coupon asks for: have it sent; is this it, as the customer read it out
(docs/capillary.md 6)."""

from __future__ import annotations

from typing import Any

from agent.loyalty.calls.call import Call, encode
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op

_COUPON = "COUPON"


def otp_generate(customer: Customer) -> Call:
    """Send the customer the code for a coupon; the same one again while it holds. Raises ValueError for a
    customer without mobile number and e-mail."""
    kind, value = _entity(customer)
    channel = {"type": "SMS" if kind == "MOBILE" else "EMAIL", "value": value}
    body = {"entityType": kind, "entityValue": value, "action": _COUPON, "channels": [channel]}
    return _post(Op.OTP_GENERATE, "/v2/otp/generate", body)


def otp_validate(customer: Customer, code: str) -> Call:
    """Is this the code the customer was sent. Raises ValueError as otp_generate does."""
    kind, value = _entity(customer)
    body = {"entityType": kind, "entityValue": value, "action": _COUPON, "code": code}
    return _post(Op.OTP_VALIDATE, "/v2/otp/validate", body)


def _entity(customer: Customer) -> tuple[str, str]:
    if customer.mobile:
        return "MOBILE", customer.mobile
    if customer.email:
        return "EMAIL", customer.email
    raise ValueError("a code is sent to a mobile number or an e-mail, and the customer has neither")


def _post(op: Op, path: str, body: dict[str, Any]) -> Call:
    return Call(op=op, method="POST", path=path, body=encode(body), family="otp")
