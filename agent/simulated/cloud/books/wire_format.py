"""Numbers, times and identifiers between the vendor's wire forms and the ledger's integers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any

V11_TIME = "%Y-%m-%d %H:%M:%S"
_V11 = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T+](\d{2}:\d{2}:\d{2}))?(?:\.\d+)?\s*(Z|[+-]\d{1,2}:?\d{2})?")
_MOBILE = re.compile(r"[0-9]{7,15}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")


class WireError(ValueError):
    """A value on the wire is not what its field may hold."""


def cluster_zone(offset_minutes: int) -> timezone:
    """The cluster's fixed zone (docs/capillary.md 12.23: the quoted clusters have no summer time)."""
    return timezone(timedelta(minutes=offset_minutes))


def load(raw: bytes) -> Any:
    """JSON with every fraction as an exact Decimal; WireError when it is not JSON."""
    try:
        return json.loads(raw, parse_float=_fraction, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise WireError(f"not JSON: {error}") from error


def _fraction(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > 40:
        raise WireError(f"{text[:20]} is out of range")
    return number


def _no_constant(name: str) -> Any:
    raise WireError(f"{name} is not JSON")


def dump(document: Any) -> bytes:
    """Compact UTF-8 JSON; a Decimal is written as a JSON number."""
    text = json.dumps(document, default=_plain, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", errors="replace")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")


def decimal_of(value: object) -> Decimal:
    """A finite number sent as a JSON number or as text (both occur in the samples)."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise WireError(f"{value!r} is not a number")
    try:
        number = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)
    except InvalidOperation as error:
        raise WireError(f"{value!r} is not a number") from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise WireError(f"{value!r} is out of range")
    return number


def minor_of(value: object) -> int:
    """Money to paise, surplus decimals cut off as the organisation's rounding setting does
    (docs/capillary.md 3)."""
    return int((decimal_of(value) * 100).to_integral_value(ROUND_DOWN))


def milli_of(value: object) -> int:
    """Quantity or points to thousandths, surplus decimals cut off."""
    return int((decimal_of(value) * 1000).to_integral_value(ROUND_DOWN))


def _trimmed(units: int, scale: int) -> str:
    number = Decimal(units) / scale
    return format(number.quantize(Decimal(1)) if units % scale == 0 else number.normalize(), "f")


def money(minor: int) -> str:
    """Paise as the v1.1 text form, without needless zeros."""
    return _trimmed(minor, 100)


def points(milli: int) -> str:
    """Thousandths as the v1.1 text form, without needless zeros."""
    return _trimmed(milli, 1000)


def money_number(minor: int) -> Decimal:
    """Paise as a v2 JSON number."""
    return Decimal(minor) / 100


def points_number(milli: int) -> Decimal:
    """Thousandths as a v2 JSON number."""
    return Decimal(milli) / 1000


def v11_text(at: str, zone: tzinfo) -> str:
    """A stored ISO time in the v1.1 form, in the cluster's zone."""
    return datetime.fromisoformat(at).astimezone(zone).strftime(V11_TIME)


def v11_time(text: str, zone: tzinfo) -> datetime:
    """A v1.1 time: cluster-local, an offset is ignored (docs/capillary.md 3); a bare date is midnight."""
    day, clock, _ = _v11_parts(text)
    return _at(f"{day}T{clock or '00:00:00'}", zone)


def v11_redemption_time(text: str, zone: tzinfo) -> datetime:
    """As `v11_time`, but `Z` is converted and any other offset loses the time of day
    (docs/capillary.md 3)."""
    day, clock, offset = _v11_parts(text)
    if offset == "Z":
        return _at(f"{day}T{clock or '00:00:00'}", UTC).astimezone(zone)
    return _at(f"{day}T{'00:00:00' if offset else clock or '00:00:00'}", zone)


def _v11_parts(text: str) -> tuple[str, str, str]:
    match = _V11.fullmatch(text.strip())
    if match is None:
        raise WireError(f"{text!r} is not a time")
    return match[1], match[2] or "", match[3] or ""


def _at(text: str, zone: tzinfo) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError as error:
        raise WireError(f"{text!r} is not a time") from error


def v2_time(text: str, zone: tzinfo) -> datetime:
    """An ISO 8601 time converted to the cluster's zone; without an offset it means UTC
    (docs/capillary.md 3)."""
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise WireError(f"{text!r} is not an ISO 8601 time") from error
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(zone)


def mobile_of(text: str, country: str = "91") -> str:
    """A mobile as digits with its country code; ten digits alone get the country's. WireError otherwise."""
    digits = re.sub(r"[\s().+-]", "", text)
    if _MOBILE.fullmatch(digits) is None:
        raise WireError("not a mobile number")
    return country + digits if len(digits) == 10 else digits


def email_of(text: str) -> str:
    """An e-mail address in lower case; WireError when it cannot be one."""
    if _EMAIL.fullmatch(text.strip()) is None:
        raise WireError("not an e-mail address")
    return text.strip().lower()
