"""A v2 transaction body checked field by field into whole numbers and times (docs/capillary.md 5.2)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from agent.simulated.cloud.api.forms.bill_warnings import bill_warnings
from agent.simulated.cloud.api.forms.currency_conversion import in_own_currency
from agent.simulated.cloud.books.bills.bill_form import (
    DELIVERIES,
    OUTLIERS,
    RETURN_KINDS,
    RETURNS,
    SALES,
    BillForm,
    LineForm,
)
from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.books.options import CloudOptions, TillAccount
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import WireError, decimal_of, milli_of, minor_of, v2_time

_PARTS = {"comboDetails": 679, "addOnDetails": 680, "splitDetails": 681}
_PART_TYPES = ("", "COMBO_PARENT", "COMBO_ITEM", "ADD_ON_ITEM", "SPLIT")
_OFFSET = re.compile(r"T.*([+-]\d{2}):?(\d{2})$")


def read_bill(world: CloudWorld, body: Any) -> BillForm:
    """Check a body's form and the organisation's rules on it.

    Refusals 605, 628, 602, 601, 665, 666, 661 to 664, 627, 678 to 681, 621, 643, 644, 685, 671, 1102, 1636.
    """
    if not isinstance(body, dict):
        raise Refusal("request", 400)
    options = world.options
    body = in_own_currency(options, body)
    kind = str(body.get("type") or "").upper()
    if kind not in SALES + RETURNS:
        raise Refusal("transaction", 605)
    at, offset = _billing_date(world, body.get("billingDate"))
    reason = str(body.get("notInterestedReason") or "")
    if len(reason) > 255:
        raise Refusal("transaction", 685, "notInterestedReason is longer than 255")
    return BillForm(
        kind,
        _number(options, body, kind),
        at,
        _bill_amount(options, body, kind),
        _not_negative(body, "grossAmount", 665),
        _not_negative(body, "discount", 666),
        reason,
        _lines(world, body.get("lineItemsV2")),
        _return_kind(body, kind),
        _parent_id(body),
        optional_time(world, body.get("purchaseTime")),
        offset,
        _outlier(body),
        _made_at(options, body),
        body,
        bill_warnings(options, body),
    )


def _number(options: CloudOptions, body: dict[str, Any], kind: str) -> str:
    raw = body.get("billNumber")
    number = str(raw).strip() if isinstance(raw, str | int) else ""
    if kind in RETURNS:
        return number
    if not number and not options.bill_number_required:
        return ""
    if not number or len(number) > 50 or not _fits(options.bill_regex, number):
        raise Refusal("transaction", 602)
    return number


def _fits(pattern: str, number: str) -> bool:
    try:
        return not pattern or re.fullmatch(pattern, number) is not None
    except re.error:
        # A pattern that does not compile must not stop a shop (docs/capillary.md 8).
        return True


def _bill_amount(options: CloudOptions, body: dict[str, Any], kind: str) -> int:
    amount = _amount(body.get("billAmount"), 601)
    if amount < 0:
        raise Refusal("transaction", 601)
    if kind in SALES:
        within(amount, options.bill_min_minor, options.bill_max_minor)
        if amount == 0 and not options.zero_bill_allowed:
            raise Refusal("transaction", 601)
    return amount


def within(amount: int, low: int, high: int) -> None:
    """Refusal 601 outside the limits; 0 is no limit."""
    if amount < low or (high and amount > high):
        raise Refusal("transaction", 601)


def _amount(value: Any, code: int) -> int:
    try:
        return minor_of(value)
    except WireError as error:
        raise Refusal("transaction", code) from error


def _not_negative(body: dict[str, Any], name: str, code: int) -> int:
    value = body.get(name)
    amount = 0 if value in (None, "") else _amount(value, 601)
    if amount < 0:
        raise Refusal("transaction", code)
    return amount


def _billing_date(world: CloudWorld, told: Any) -> tuple[datetime, str]:
    """The billing time in the cluster's zone, and the offset it was sent with."""
    now = world.now()
    if not told:
        return now, ""
    try:
        at = v2_time(str(told), world.zone)
        sent = _OFFSET.search(str(told).strip())
        offset = f"{sent[1]}:{sent[2]}" if sent else "+00:00"
    except WireError as error:
        raise Refusal("transaction", 621) from error
    if at > now + timedelta(days=world.options.future_days_in_force):
        raise Refusal("transaction", 643)
    oldest = world.options.oldest_bill
    if oldest and at < datetime.fromisoformat(oldest).replace(tzinfo=world.zone):
        raise Refusal("transaction", 644)
    return at, offset


def optional_time(world: CloudWorld, told: Any) -> datetime | None:
    """A time that may be left out. Refusal 621 when it is given and nonsense."""
    if not told:
        return None
    try:
        return v2_time(str(told), world.zone)
    except WireError as error:
        raise Refusal("transaction", 621) from error


def _outlier(body: dict[str, Any]) -> str:
    """The status a caller gives a bill itself. Refusals 1636 for one, or a delivery, that does not exist."""
    delivery = str(body.get("deliveryStatus") or "DELIVERED").upper()
    status = str(body.get("outlierStatus") or "NORMAL").upper()
    if delivery not in DELIVERIES or status not in OUTLIERS:
        raise Refusal("transaction", 1636)
    return status


def _made_at(options: CloudOptions, body: dict[str, Any]) -> TillAccount | None:
    """The till a bill is posted for, where it names another. Refusal 671 for one that does not exist."""
    block = body.get("attribution")
    maker = block.get("createdBy") if isinstance(block, dict) else None
    if not isinstance(maker, dict) or not maker.get("code"):
        return None
    by_store = str(maker.get("type") or "TILL").upper() != "TILL"
    code = str(maker["code"])
    found = next((one for one in options.accounts if code == (one.store if by_store else one.code)), None)
    if found is None:
        raise Refusal("transaction", 671)
    return found


def _return_kind(body: dict[str, Any], kind: str) -> str:
    if kind not in RETURNS:
        return ""
    named = str(body.get("returnType") or "").upper()
    allowed = RETURN_KINDS if kind == "RETURN" else RETURN_KINDS[:3]
    if named not in allowed:
        raise Refusal("transaction", 628)
    return named


def _parent_id(body: dict[str, Any]) -> int:
    value = body.get("id")
    return int(value) if isinstance(value, str | int) and str(value).isdigit() else 0


def _lines(world: CloudWorld, block: Any) -> list[LineForm]:
    if block in (None, ""):
        return []
    if not isinstance(block, list):
        raise Refusal("request", 400, "lineItemsV2 is not a list")
    return [_line(world, index, one) for index, one in enumerate(block, start=1)]


def _line(world: CloudWorld, index: int, one: Any) -> LineForm:
    if not isinstance(one, dict):
        raise Refusal("request", 400, "a line is not an object")
    code = str(one.get("itemCode") or "")
    if not code:
        raise Refusal("transaction", 678)
    for name, refused in (("value", 662), ("rate", 663), ("discount", 664)):
        if one.get(name) not in (None, "") and _decimal(one[name]) < 0:
            raise Refusal("transaction", refused)
    qty, amount = _milli(one.get("qty")), _amount(one.get("amount"), 601)
    if qty < 0:
        raise Refusal("transaction", 627)
    if amount < 0:
        raise Refusal("transaction", 661)
    within(amount, world.options.line_min_minor, world.options.line_max_minor)
    _check_parts(one)
    returned = str(one.get("type") or "").upper() == "RETURN"
    return LineForm(
        index,
        code,
        qty,
        amount,
        "RETURN" if returned else "REGULAR",
        bool(one.get("comboDetails") or one.get("splitDetails")),
        str(one.get("returnType") or "").upper() if returned else "",
        str(one.get("parentBillNumber") or "") if returned else "",
        optional_time(world, one.get("purchaseTime")),
    )


def _check_parts(line: dict[str, Any]) -> None:
    """Refusals 679 to 681 for a bundle with a part that has no code or an unknown type."""
    for name, code in _PARTS.items():
        parts = line.get(name) or []
        if not isinstance(parts, list) or not all(_is_part(part) for part in parts):
            raise Refusal("transaction", code)


def _is_part(part: Any) -> bool:
    known = isinstance(part, dict) and str(part.get("comboType") or "").upper() in _PART_TYPES
    return known and bool(part.get("itemCode"))


def _decimal(value: Any) -> Any:
    try:
        return decimal_of(value)
    except WireError as error:
        raise Refusal("transaction", 601) from error


def _milli(value: Any) -> int:
    try:
        return milli_of(value)
    except WireError as error:
        raise Refusal("transaction", 601) from error
