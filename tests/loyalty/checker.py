"""What a request to the cloud may look like: written from the documentation, not from the client.

Every fault is a sentence. Unknown fields are faults, too: the till sends only what is documented.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

CLUSTER_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
OFFSET_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
V11_IDENTIFIERS = {"mobile", "email", "external_id", "id", "card_number", "card_external_id"}
V2_IDENTIFIERS = {
    *("mobile", "email", "externalId", "id", "wechat", "martjackId", "fbId", "cardnumber", "cardExternalId")
}
Rule = Callable[[Any], bool]


def number(decimals: int) -> Rule:
    """A JSON number, not negative, with at most so many decimals."""

    def rule(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            return False
        exponent = Decimal(value).as_tuple().exponent
        return value >= 0 and isinstance(exponent, int) and -exponent <= decimals

    return rule


def text(longest: int = 1000) -> Rule:
    return lambda value: isinstance(value, str) and 0 < len(value) <= longest


def matching(pattern: re.Pattern[str]) -> Rule:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def one_of(*values: str) -> Rule:
    return lambda value: value in values


def decimal_text(decimals: int) -> Rule:
    return matching(re.compile(rf"\d+(\.\d{{1,{decimals}}})?"))


def any_text(value: Any) -> bool:
    return isinstance(value, str)


def texts(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(any_text, value.values()))


AMOUNT = number(2)
PART = {
    "itemCode": text(),
    "quantity": number(3),
    "description": text(),
    "rate": number(10),
    "value": AMOUNT,
    "comboType": one_of("COMBO_PARENT", "COMBO_ITEM", "ADD_ON_ITEM", "SPLIT"),
}
LINE = {
    "itemCode": text(),
    "qty": number(3),
    "rate": number(10),
    "value": AMOUNT,
    "discount": AMOUNT,
    "amount": AMOUNT,
    "description": text(),
    "serial": number(0),
    "attributes": lambda value: isinstance(value, dict) and all(map(any_text, value.values())),
    "customFields": texts,
    "extendedFields": texts,
    "comboDetails": list,
    "addOnDetails": list,
    "splitDetails": list,
    "type": one_of("RETURN"),
    "returnType": one_of("AMOUNT", "FULL", "LINE_ITEM", "CANCELLED"),
    "parentBillNumber": text(50),
    "purchaseTime": matching(OFFSET_TIME),
}
PAYMENT = {"mode": text(), "value": AMOUNT, "notes": text(250), "attributes": texts}
BILL = {
    "type": one_of("REGULAR", "RETURN", "NOT_INTERESTED", "NOT_INTERESTED_RETURN"),
    "billNumber": text(50),
    "billAmount": AMOUNT,
    "billingDate": matching(OFFSET_TIME),
    "grossAmount": AMOUNT,
    "discount": AMOUNT,
    "notInterestedReason": lambda value: isinstance(value, str) and len(value) <= 255,
    "deliveryStatus": one_of("PLACED", "PROCESSED", "SHIPPED", "DELIVERED", "RETURNED"),
    "customFields": texts,
    "extendedFields": texts,
    "paymentModes": list,
    "lineItemsV2": list,
    "returnType": one_of("AMOUNT", "FULL", "LINE_ITEM", "CANCELLED"),
    "purchaseTime": matching(OFFSET_TIME),
    "note": text(),
    "id": lambda value: type(value) is int and value > 0,
}
CUSTOMER = {
    "id": matching(re.compile(r"[1-9]\d*")),
    "mobile": matching(re.compile(r"[1-9]\d{6,14}")),
    "email": text(),
    "external_id": text(),
    "firstname": any_text,
    "lastname": any_text,
    "type": one_of("LOYALTY", "NON_LOYALTY", "NOT_INTERESTED"),
    "source": one_of("INSTORE"),
    "registered_on": matching(CLUSTER_TIME),
    "subscriptions": dict,
    "card_details": lambda value: set(value) == {"card_number"} and bool(value["card_number"]),
    "custom_fields": dict,
    "extended_fields": dict,
}
SUBSCRIPTION = {
    "priority": one_of("TRANS", "BULK"),
    "scope": one_of("all"),
    "channel": one_of("sms", "email"),
    "is_subscribed": one_of("0", "1"),
}
REDEEM = {
    "points_redeemed": decimal_text(3),
    "customer": dict,
    "transaction_number": text(50),
    "external_reference_number": text(),
    "validation_code": text(50),
    "redemption_time": matching(CLUSTER_TIME),
}
COUPON = {
    "code": text(),
    "customer": dict,
    "redemption_time": matching(CLUSTER_TIME),
    "transaction": list,
    "validation_code": text(50),
}
OTP = {
    "entityType": one_of("MOBILE", "EMAIL"),
    "entityValue": text(),
    "action": one_of("COUPON", "POINTS", "REGISTRATION", "GENERIC"),
    "channels": list,
    "code": text(50),
}
REVERSE = {
    "redemptionId": text(),
    "externalReferenceNumber": text(),
    "pointsToBeReversed": lambda value: number(3)(value) and value > 0,
    "identifier": dict,
}
RETRO = {
    "id": text(),
    "old_type": one_of("NOT_INTERESTED"),
    "new_type": one_of("REGULAR"),
    "customer": dict,
    "notes": text(),
}
QUERIES: dict[str, set[str]] = {
    "/v1.1/customer/get": {"user_id", "points_summary", "mlp", "expired_points", "card_details"},
    "/v1.1/customer/add": set(),
    "/v1.1/customer/update": set(),
    "/v1.1/customer/redemptions": {"type", "start_date", "limit", "points_limit", "coupons_limit"}
    | {"external_reference_number"},
    "/v1.1/customer/transactions": {"limit", "offset", "start_date", "end_date", "sort", "order"},
    "/v1.1/points/isredeemable": {"points", "program_id", "validation_code"},
    "/v1.1/points/validationcode": {"points"},
    "/v1.1/points/redeem": {"program_id"},
    "/v1.1/coupon/isredeemable": {"code", "details"},
    "/v1.1/coupon/redeem": set(),
    "/v1.1/coupon/get": {"code"},
    "/v1.1/transaction/get": {"number", "till_code", "date", "type", "user_id"},
    "/v1.1/transaction/update": set(),
    "/v2/transactions": {"identifierName", "identifierValue", "source"},
    "/v2/transactions/bulk": set(),
    "/v2/points/reverse": set(),
    "/v2/coupon/reactivate": set(),
    "/v2/otp/generate": set(),
    "/v2/otp/validate": set(),
}
ABOUT_A_CUSTOMER = {
    *("/v1.1/customer/get", "/v1.1/customer/redemptions", "/v1.1/points/isredeemable"),
    *("/v1.1/points/validationcode", "/v1.1/coupon/isredeemable", "/v1.1/customer/transactions"),
}
NEEDED = {
    "/v1.1/points/isredeemable": {"points"},
    "/v1.1/points/validationcode": {"points"},
    "/v1.1/coupon/isredeemable": {"code"},
    "/v1.1/coupon/get": {"code"},
    "/v1.1/transaction/get": {"number", "date", "type"},
    "/v2/transactions": {"source"},
}


POSTS = (
    *("/add", "/update", "/redeem", "/transactions", "/bulk", "/reverse", "/reactivate"),
    *("/generate", "/validate"),
)


def faults(method: str, target: str, body: bytes, headers: Mapping[str, str] | None = None) -> list[str]:
    """Everything about a request that the documentation does not allow. headers in lower case."""
    path, _, raw_query = target.partition("?")
    if path not in QUERIES:
        return [f"{path} is not a documented call"]
    query = dict(parse_qsl(raw_query, keep_blank_values=True))
    found = list(_query_faults(path, query))
    wanted = "POST" if path.endswith(POSTS) and path != "/v1.1/customer/transactions" else "GET"
    found += [] if method == wanted else [f"{path} is a {wanted}, not a {method}"]
    found += [] if (method == "POST") == bool(body) else ["a body where none belongs, or none where one does"]
    if path == "/v1.1/transaction/update" and not (headers or {}).get("x-cap-client-signature"):
        found.append("a retro call names its source in X-CAP-CLIENT-SIGNATURE (1629)")
    if body:
        found += BODIES[path](query, json.loads(body, parse_float=Decimal))
    return found


def _query_faults(path: str, query: dict[str, str]) -> Iterator[str]:
    who = V11_IDENTIFIERS & set(query)
    if path in ABOUT_A_CUSTOMER and len(who) != 1:
        yield f"{path} wants exactly one identifier, got {sorted(who)}"
    allowed = QUERIES[path] | (who if path in ABOUT_A_CUSTOMER else set())
    if path.startswith("/v1.1"):
        allowed |= {"format"}
        if query.get("format") != "json":
            yield "v1.1 answers XML unless format=json is asked for"
    yield from (f"{path} has no parameter {name}" for name in set(query) - allowed)
    yield from (f"{path} lacks {name}" for name in NEEDED.get(path, set()) - set(query))
    yield from (f"{name} is empty" for name, value in query.items() if not value)
    yield from (
        f"{name} has a comma: a batch" for name in who | ({"code"} & set(query)) if "," in query[name]
    )
    if "points" in query and not decimal_text(3)(query["points"]):
        yield f"points {query['points']} has more than three decimals"
    if any(name in query and not DATE.fullmatch(query[name]) for name in ("date", "start_date")):
        yield "a date is YYYY-MM-DD"


def _fields(rules: dict[str, Any], given: Any, needed: set[str], where: str) -> list[str]:
    if not isinstance(given, dict):
        return [f"{where} is not an object"]
    found = [f"{where} lacks {name}" for name in needed - set(given)]
    for name, value in given.items():
        rule = rules.get(name)
        fits = isinstance(value, rule) if isinstance(rule, type) else rule is not None and rule(value)
        found += [] if fits else [f"{where}.{name} = {value!r} is not allowed"]
    return found


def _one(body: Any, entity: str) -> tuple[dict[str, Any], list[str]]:
    rows = body.get("root", {}).get(entity) if isinstance(body, dict) else None
    if not isinstance(rows, list) or len(rows) != 1:
        return {}, [f"the body is not one {entity} under root"]
    return rows[0], []


def _customer(adding: bool) -> Callable[[dict[str, str], Any], list[str]]:
    def rule(query: dict[str, str], body: Any) -> list[str]:
        customer, found = _one(body, "customer")
        needed = {"type", "source", "registered_on"} if adding else set()
        found += _fields(CUSTOMER, customer, needed, "customer")
        found += [] if V11_IDENTIFIERS & set(customer) else ["no identifier"]
        for row in customer.get("subscriptions", {}).get("subscription", []):
            found += _fields(SUBSCRIPTION, row, set(SUBSCRIPTION), "subscription")
        own = [customer.get(kind, {}) for kind in ("custom_fields", "extended_fields")]
        for row in (row for kind in own for row in kind.get("field", [])):
            found += _fields({"name": text(), "value": text()}, row, {"name", "value"}, "own field")
        return found

    return rule


def _who(given: Any) -> list[str]:
    known = isinstance(given, dict) and len(given) == 1 and set(given) <= V11_IDENTIFIERS
    return [] if known else [f"customer {given!r} is not one identifier"]


def _points(query: dict[str, str], body: Any) -> list[str]:
    redeem, found = _one(body, "redeem")
    needed = set(REDEEM) - {"validation_code"}
    found += _fields(REDEEM, redeem, needed, "redeem") + _who(redeem.get("customer"))
    return found + ([] if Decimal(redeem.get("points_redeemed", "0")) > 0 else ["points must be above 0"])


def _coupon(query: dict[str, str], body: Any) -> list[str]:
    coupon, found = _one(body, "coupon")
    found += _fields(COUPON, coupon, set(COUPON) - {"validation_code"}, "coupon") + _who(
        coupon.get("customer")
    )
    for row in coupon.get("transaction", []):
        found += _fields({"number": text(50), "amount": decimal_text(2)}, row, {"number", "amount"}, "bill")
    return found


def _reverse(query: dict[str, str], body: Any) -> list[str]:
    found = _fields(REVERSE, body, {"identifier"}, "reverse")
    named = {"redemptionId", "externalReferenceNumber"} & set(body)
    found += [] if len(named) == 1 else ["a redemption is named by its id or its reference, never both"]
    who = body.get("identifier", {})
    found += _fields({"type": one_of(*V2_IDENTIFIERS), "value": text()}, who, {"type", "value"}, "identifier")
    return found


def _reactivate(query: dict[str, str], body: Any) -> list[str]:
    ids = body.get("redemptionIds") if set(body) == {"redemptionIds"} else None
    whole = isinstance(ids, list) and bool(ids) and all(type(one) is int and one > 0 for one in ids)
    return [] if whole else ["the body is a list of redemption ids"]


def _otp(last: str) -> Callable[[dict[str, str], Any], list[str]]:
    """Sending a code names the channels (603), asking about one the code."""

    def rule(query: dict[str, str], body: Any) -> list[str]:
        needed = {"entityType", "entityValue", "action", last}
        found = _fields({name: OTP[name] for name in needed}, body, needed, "otp")
        for row in body.get("channels", []):
            found += _fields(
                {"type": one_of("SMS", "EMAIL"), "value": text()}, row, {"type", "value"}, "channel"
            )
        return found

    return rule


def _retro(query: dict[str, str], body: Any) -> list[str]:
    change, found = _one(body, "transaction")
    needed = set(RETRO) - {"notes"}
    return found + _fields(RETRO, change, needed, "transaction") + _who(change.get("customer"))


def _bill(query: dict[str, str], body: Any) -> list[str]:
    returned = "RETURN" in str(body.get("type"))
    needed = {"type", "billNumber", "billAmount", "billingDate", "lineItemsV2"}
    needed |= {"returnType", "purchaseTime"} if returned else {"deliveryStatus"}
    found = _fields(BILL, body, needed, "bill")
    known = query.get("identifierName")
    if returned:
        found += _return(body, known)
    elif "id" in body:
        found.append("only a return has the id of its parent")
    if body.get("type") in ("REGULAR", "RETURN") and (
        known not in V2_IDENTIFIERS or not query.get("identifierValue")
    ):
        found.append("a regular bill names its customer")
    if body.get("type") == "NOT_INTERESTED" and (known or "notInterestedReason" not in body):
        found.append("a not-interested bill has a reason and no customer")
    for line in body.get("lineItemsV2", []):
        found += _fields(LINE, line, {"itemCode", "qty", "rate", "value", "amount"}, "line")
        for kind in ("comboDetails", "addOnDetails", "splitDetails"):
            for part in line.get(kind, []):
                found += _fields(PART, part, {"itemCode", "quantity", "comboType"}, kind)
        if line.get("value", 0) - line.get("discount", 0) != line.get("amount"):
            found.append("value less discount is not the amount of the line")
    for row in body.get("paymentModes", []):
        found += _fields(PAYMENT, row, {"mode", "value"}, "payment")
    if not returned and body.get("grossAmount", 0) - body.get("discount", 0) != body.get("billAmount"):
        found.append("gross less discount is not the amount of the bill")
    return found


def _bills(query: dict[str, str], body: Any) -> list[str]:
    """A bare list; what stands in the query of a single bill stands in each element, under other names."""
    if not isinstance(body, list) or not body:
        return ["a bulk body is a list of bills"]
    found = []
    for element in body:
        single = dict(element)
        who = {"identifierName": single.pop("identifierType", ""), "source": single.pop("source", "")}
        who["identifierValue"] = single.pop("identifierValue", "")
        found += [] if who["source"] == "INSTORE" else ["an element names no source"]
        found += _bill({name: value for name, value in who.items() if value}, single)
    customers = [element["identifierValue"] for element in body if "identifierValue" in element]
    return found + (["two bills of one customer"] if len(customers) != len(set(customers)) else [])


def _return(body: Any, known: str | None) -> list[str]:
    """docs/capillary.md 5.1: what a return must say of its parent, and when."""
    found = []
    if body["type"] == "NOT_INTERESTED_RETURN":
        found += ["a not-interested return has no customer"] if known else []
        found += ["CANCELLED is for members (628)"] if body.get("returnType") == "CANCELLED" else []
        if any(line.get("purchaseTime") != body.get("purchaseTime") for line in body["lineItemsV2"]):
            found.append("each line of a not-interested return has the time of the purchase")
    if not body.get("purchaseTime", "") < body.get("billingDate", ""):
        found.append("a return comes after its purchase (624)")
    if body.get("returnType") == "LINE_ITEM" and not body["lineItemsV2"]:
        found.append("a return of lines has lines")
    return found


BODIES: dict[str, Callable[[dict[str, str], Any], list[str]]] = {
    "/v1.1/customer/add": _customer(True),
    "/v1.1/customer/update": _customer(False),
    "/v1.1/points/redeem": _points,
    "/v1.1/coupon/redeem": _coupon,
    "/v1.1/transaction/update": _retro,
    "/v2/transactions": _bill,
    "/v2/transactions/bulk": _bills,
    "/v2/points/reverse": _reverse,
    "/v2/coupon/reactivate": _reactivate,
    "/v2/otp/generate": _otp("channels"),
    "/v2/otp/validate": _otp("code"),
}
