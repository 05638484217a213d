"""The rest of the calls of docs/capillary.md, those this till does not send, for the tests of the simulated
cloud."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from .checker import CLUSTER_TIME, V2_IDENTIFIERS, any_text, decimal_text, matching, number, one_of, text

Rules = dict[str, Any]
LOOKUP = {"source", "identifierName", "identifierValue"}
PART = {"item_code": text(), "quantity": text(), "rate": text(), "value": text(), "description": any_text}
LINE = {
    "serial": text(),
    "item_code": text(),
    "qty": decimal_text(3),
    "rate": decimal_text(2),
    "value": decimal_text(2),
    "amount": decimal_text(2),
    "discount_value": decimal_text(2),
    "description": any_text,
    "variant": text(),
    "type": one_of("regular", "return"),
    "return_type": one_of("FULL", "LINE_ITEM", "AMOUNT"),
    "transaction_number": text(50),
    "transaction_date": text(),
}
BILL = {
    "type": one_of("regular", "not_interested", "return", "not_interested_return", "mixed"),
    "number": text(50),
    "amount": decimal_text(2),
    "gross_amount": decimal_text(2),
    "discount": decimal_text(2),
    "billing_time": matching(CLUSTER_TIME),
    "currency_code": matching(re.compile("[A-Z]{3}")),
    "customer": dict,
    "line_items": dict,
}
IDENTITY = {"identifier": one_of("mobile", "email", "external_id"), "old_value": text(), "new_value": text()}
REDEMPTION = {
    "redemptionType": one_of("POINTS"),
    "points": number(3),
    "transactionNumber": text(50),
    "validationCode": text(50),
    "source": one_of("INSTORE"),
    "commit": bool,
    "externalReferenceNumber": text(),
}
RELABEL = {
    "redemptionId": text(),
    "externalReferenceNumber": text(),
    "billNumber": text(50),
    "billId": number(0),
    "purpose": text(255),
    "entity": dict,
}
ENTITY = {
    "type": one_of("CUSTOMER"),
    "identifierType": one_of(*V2_IDENTIFIERS),
    "identifierValue": text(),
}
OTP = {"entityType": one_of("MOBILE", "EMAIL"), "entityValue": text(), "action": text(), "channels": list}
COUPONS = {
    "redemptionRequestList": list,
    "user": dict,
    "transactionNumber": any_text,
    "billAmount": decimal_text(2),
    "redemptionTime": text(),
}

CALLS: dict[tuple[str, str], tuple[set[str], Rules | None]] = {
    ("POST", "/v1.1/customer/update_identity"): ({"format"}, IDENTITY),
    ("POST", "/v1.1/transaction/add"): ({"format"}, BILL),
    ("POST", "/v1.1/transaction/add_with_local_currency"): ({"format"}, BILL),
    ("GET", "/v1.1/organization/configs"): ({"format"}, None),
    ("GET", "/v1.1/organization/tenders"): ({"format"}, None),
    ("PUT", "/v2/transactions"): (
        set(),
        {"id": number(0), "number": text(50), "tillCode": text(), "deliveryStatus": text()},
    ),
    ("POST", "/v2/simulation/transactions"): (LOOKUP, {}),
    ("GET", "/v2/transactions/getByBillNumber/*"): (set(), None),
    ("GET", "/v2/transactions/*"): ({"type", "tenders"}, None),
    ("GET", "/v2/organization/configkeyvalue"): ({"name"}, None),
    ("GET", "/v2/organization/rejectedTransactions"): (set(), None),
    ("GET", "/v2/customers/lookup/customerDetails"): (LOOKUP | {"embed"}, None),
    ("GET", "/v2/customers/lookup/points/balance"): (LOOKUP, None),
    ("GET", "/v2/customers/lookup/transactions"): (LOOKUP | {"limit", "offset", "embed"}, None),
    ("GET", "/v2/customers/points/balance/*"): (set(), None),
    ("GET", "/v2/customers/*/points/balance"): (set(), None),
    ("GET", "/v2/customers/*/transactions"): ({"limit", "offset", "embed"}, None),
    ("POST", "/v2/customers/*/redemptions"): (set(), REDEMPTION),
    ("POST", "/v2/otp/generate"): (set(), OTP),
    ("POST", "/v2/otp/validate"): (set(), OTP | {"code": text(50)}),
    ("PUT", "/v2/points/updateRedemption"): (set(), RELABEL),
    ("GET", "/v2/coupon/is_redeemable"): ({"code", "mobile", "email", "externalId", "id"}, None),
    ("POST", "/v2/coupon/redeem"): (set(), COUPONS),
    ("POST", "/v2/coupon/bulk/redeem"): ({"is_redeemable"}, COUPONS),
    ("POST", "/v3/oauth/token/generate"): (set(), {"key": text(), "secret": text()}),
}


def faults(method: str, target: str, body: bytes, headers: Mapping[str, str] | None = None) -> list[str]:
    """As `checker.faults`, for the calls of this file. headers are not looked at: none of these needs one."""
    path, _, raw_query = target.partition("?")
    known = next((rules for (verb, like), rules in CALLS.items() if verb == method and _is(path, like)), None)
    if known is None:
        return [f"{method} {path} is not a documented call"]
    allowed, rules = known
    query = dict(parse_qsl(raw_query, keep_blank_values=True))
    found = [f"{path} has no parameter {name}" for name in set(query) - allowed]
    if (rules is None) != (not body):
        return [*found, "a body where none belongs, or none where one does"]
    given = json.loads(body, parse_float=Decimal) if body else {}
    if path.startswith("/v1.1") and rules is not None:
        return found + _under_root(given, rules)
    return found + (_fields(rules, given) if rules else [])


def _is(path: str, like: str) -> bool:
    return re.fullmatch(re.escape(like).replace(r"\*", "[^/]+"), path) is not None


def _under_root(given: Any, rules: Rules) -> list[str]:
    entity = "customer" if rules is IDENTITY else "transaction"
    found = []
    for one in given["root"][entity]:
        found += _fields(rules, one)
        for line in one.get("line_items", {}).get("line_item", []):
            found += _fields(LINE, line)
    return found


def _fields(rules: Rules, given: dict[str, Any]) -> list[str]:
    found = []
    for name, value in given.items():
        rule = rules.get(name)
        fits = isinstance(value, rule) if isinstance(rule, type) else rule is not None and rule(value)
        found += [] if fits else [f"{name} = {value!r} is not allowed"]
    if isinstance(given.get("entity"), dict):
        found += _fields(ENTITY, given["entity"])
    for coupon in given.get("redemptionRequestList", []):
        found += [] if set(coupon) == {"code"} else ["a coupon is named by its code"]
    return found
