"""How money, quantities, points and times are written to the cloud and read back. Never through a float."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

_CLUSTER_FORMAT = "%Y-%m-%d %H:%M:%S"
_LARGEST_ADJUSTED = 15
"""Figures of 10^16 and more are not money; they are refused before they are scaled."""


def amount(minor: int, exponent: int) -> Decimal:
    """Minor units as the decimal the cloud wants, with exactly the currency's decimals."""
    return Decimal(f"{minor}E-{exponent}")


def amount_text(minor: int, exponent: int) -> str:
    """Like amount, as text: v1.1 calls carry amounts as strings (docs/capillary.md 3)."""
    return format(amount(minor, exponent), "f")


def thousandths(milli: int) -> Decimal:
    """Quantities and points kept in thousandths, without idle zeros: 1500 is 1.5, 2000 is 2."""
    return Decimal(thousandths_text(milli))


def thousandths_text(milli: int) -> str:
    """Like thousandths, as text."""
    return format(Decimal(f"{milli}E-3"), "f").rstrip("0").rstrip(".")


def to_minor(value: Decimal | None, exponent: int, rounding: str = ROUND_HALF_UP) -> int | None:
    """Whole minor units of what the cloud said, half up unless told; None for what cannot be money."""
    if value is None or not value.is_finite() or value.adjusted() > _LARGEST_ADJUSTED:
        return None
    return int(value.scaleb(exponent).to_integral_value(rounding))


def is_amount(told: Decimal | None, minor: str, exponent: int) -> bool:
    """Whether an amount the cloud tells is ours: whole, or with fewer decimals, the rest cut off or rounded
    as an organisation may have it (AMOUNT_ROUNDING_OFF_TO_DECIMAL_PLACES, docs/capillary.md 3)."""
    found = to_minor(told, exponent)
    if found is None or not minor:
        return False
    ours, units = int(minor), [10**places for places in range(exponent + 1)]
    return any(found in (ours // unit * unit, (2 * ours + unit) // (2 * unit) * unit) for unit in units)


def to_milli(value: Decimal | None) -> int | None:
    """Whole thousandths of what the cloud said, half up; None for what cannot be a quantity."""
    return to_minor(value, 3)


def aware(at: str) -> datetime:
    """The moment an ISO 8601 text with offset names, to the second. Raises ValueError without an offset."""
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError(f"time without offset: {at!r}")
    return moment.replace(microsecond=0)


def offset_time(at: str) -> str:
    """ISO 8601 with offset and seconds, as v2 wants it (docs/capillary.md 3: no offset would mean UTC)."""
    return aware(at).isoformat()


def cluster_time(at: str, zone: tzinfo) -> str:
    """The cluster's local time, as v1.1 wants it (docs/capillary.md 3: v1.1 ignores offsets)."""
    return aware(at).astimezone(zone).strftime(_CLUSTER_FORMAT)


def cluster_date(at: str, zone: tzinfo) -> str:
    """The cluster's local date of a moment."""
    return cluster_time(at, zone)[:10]


def read_time(text: str, zone: tzinfo) -> datetime | None:
    """A time the cloud wrote: with offset, or else in the cluster's zone; None if it is neither."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def read_iso(text: str, zone: tzinfo) -> str:
    """Like read_time, as ISO 8601 text with offset; empty if the cloud wrote no time."""
    moment = read_time(text, zone)
    return moment.isoformat() if moment else ""
