"""The rows of the cloud's ledger. Every field is plain JSON data, so a row is kept and shown as it is.

Money in paise, points in thousandths, quantities in thousandths, times ISO 8601 with offset.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Customer:
    """A person the organisation knows. kind: LOYALTY or NON_LOYALTY; a merged account names its survivor.

    An erased one keeps its id, points and bills, and nothing that says who it was.
    """

    id: int
    mobile: str = ""
    email: str = ""
    external_id: str = ""
    card: str = ""
    firstname: str = ""
    lastname: str = ""
    kind: str = "LOYALTY"
    source: str = "INSTORE"
    registered_at: str = ""
    updated_at: str = ""
    till: str = ""
    store: str = ""
    consents: dict[str, str] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    extended: dict[str, str] = field(default_factory=dict)
    fraud: bool = False
    merged_into: int = 0
    erased: bool = False
    traces: list[str] = field(default_factory=list)
    """Of an erased customer: digests of the identifiers, by which a question about them is still known."""

    @property
    def loyal(self) -> bool:
        """Whether the customer is in the loyalty programme."""
        return self.kind == "LOYALTY"


@dataclass(frozen=True, slots=True)
class Balance:
    """The running account of one customer, its id the customer's. Movements must always add up to it."""

    id: int
    available_milli: int = 0
    lifetime_milli: int = 0
    redeemed_milli: int = 0
    expired_milli: int = 0
    returned_milli: int = 0
    adjusted_milli: int = 0
    purchases_minor: int = 0


@dataclass(frozen=True, slots=True)
class Movement:
    """One signed change of points. kind: earned, redeemed, expired, returned, reversed or adjusted."""

    id: int
    customer_id: int
    kind: str
    points_milli: int
    at: str
    bill_number: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class PointsRedemption:
    """Points spent. code is the vendor-style redemption id, reference the caller's permanent key."""

    id: int
    code: str
    customer_id: int
    points_milli: int
    value_minor: int
    balance_milli: int
    at: str
    bill_number: str = ""
    reference: str = ""
    otp: str = ""
    till: str = ""
    store: str = ""
    notes: str = ""
    reversed_milli: int = 0
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """What a family of coupons gives. kind ABS: value in paise; PERC: in basis points. -1 is no limit."""

    id: int
    name: str
    discount_code: str
    kind: str
    value: int
    valid_till: str
    uses: int = 1
    per_customer: int = -1
    stores: list[str] = field(default_factory=list)
    min_bill_minor: int = 0
    needs_code: bool = False


@dataclass(frozen=True, slots=True)
class Coupon:
    """One code of a series; customer_id 0 means whoever brings it."""

    id: int
    code: str
    series_id: int
    issued_at: str
    valid_till: str
    customer_id: int = 0


@dataclass(frozen=True, slots=True)
class CouponUse:
    """A coupon burnt on a bill; `undone` when it was reactivated since."""

    id: int
    coupon_id: int
    customer_id: int
    bill_number: str
    amount_minor: int
    value_minor: int
    at: str
    till: str = ""
    store: str = ""
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    """A transaction as it was accepted, with the body it came in.

    kind: REGULAR, NOT_INTERESTED, RETURN or NOT_INTERESTED_RETURN. A return carries the number of its
    parent; one made inside an exchange names the new bill in mixed_into. points_milli is signed.
    A bill tagged to a customer afterwards is a new row that names the old one in retro_of; the old one
    names it in retro_into and is found by its id only.
    lines: {serial, code, qty_milli, amount_minor, kind, bundle}.
    """

    id: int
    number: str
    kind: str
    at: str
    received_at: str
    till: str
    store: str
    amount_minor: int
    gross_minor: int = 0
    discount_minor: int = 0
    customer_id: int = 0
    points_milli: int = 0
    return_kind: str = ""
    parent_id: int = 0
    mixed_into: int = 0
    retro_of: int = 0
    retro_into: int = 0
    outlier: str = "NORMAL"
    reason: str = ""
    input_offset: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Product:
    """An item code some bill had, and the variants of it that came later."""

    id: int
    code: str
    variants: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Otp:
    """A one-time code. entity is `customer:<id>` or `mobile:<number>`, action what it permits."""

    id: int
    entity: str
    action: str
    code: str
    issued_at: str
    valid_till: str
    used: bool = False


@dataclass(frozen=True, slots=True)
class OtpDay:
    """How many codes were sent to an entity on one day of the cluster's calendar."""

    id: int
    entity: str
    day: str
    sent: int


Record = (
    Customer
    | Balance
    | Movement
    | PointsRedemption
    | Series
    | Coupon
    | CouponUse
    | Bill
    | Product
    | Otp
    | OtpDay
)


def shown(row: Record) -> dict[str, Any]:
    """A row as JSON data. Not a deep copy: what is inside is the row's own and only to be read."""
    return {name: getattr(row, name) for name in type(row).__slots__}


TABLES: dict[str, type[Any]] = {
    "customer": Customer,
    "balance": Balance,
    "movement": Movement,
    "points_redemption": PointsRedemption,
    "series": Series,
    "coupon": Coupon,
    "coupon_use": CouponUse,
    "bill": Bill,
    "product": Product,
    "otp": Otp,
    "otp_day": OtpDay,
}
