"""What the simulated organisation is like: its tills, its rules and the choices the vendor left open."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

MAX_BODY_BYTES = 16_777_215
"""Largest transaction body the vendor keeps (transaction seed: 16 MiB)."""


class OptionError(ValueError):
    """An option does not exist or cannot have this value."""


@dataclass(frozen=True, slots=True)
class TillAccount:
    """A till that may log in: the code is its user name, the password is sent as MD5 in lower-case hex."""

    code: str
    password: str
    store: str
    store_name: str = ""


@dataclass(frozen=True, slots=True)
class TenderType:
    """A way to pay the organisation set up; `name` is what a bill's `mode` has to carry."""

    name: str
    canonical_name: str
    description: str = ""


DEFAULT_TENDERS = (
    TenderType("Cash", "CASH", "notes and coins"),
    TenderType("Card", "CARD", "card terminal"),
    TenderType("UPI", "UPI", "UPI collect or code"),
    TenderType("Points", "POINTS", "loyalty points"),
    TenderType("Coupon", "DISCOUNT_COUPON", "loyalty coupon"),
    TenderType("Other", "OTHER", "anything else"),
)


@dataclass(frozen=True, slots=True)
class CloudOptions:
    """All switches; defaults are a lenient organisation in India. Frozen: `changed` makes another one."""

    org_id: int = 1
    seed: int = 0
    accounts: tuple[TillAccount, ...] = (
        TillAccount("till01", "training", "ST01", "Training Store"),
        TillAccount("till02", "training", "ST01", "Training Store"),
        TillAccount("till03", "training", "ST02", "Second Training Store"),
    )
    oauth_clients: tuple[tuple[str, str], ...] = (("training-key", "training-secret"),)
    oauth_ttl_s: int = 300
    program_id: int = 501
    cluster_offset_minutes: int = 330
    tenders: tuple[TenderType, ...] = DEFAULT_TENDERS
    custom_fields: tuple[str, ...] = ("occupation", "paymentmode", "cashier", "city")
    extended_fields: tuple[str, ...] = ("gender", "dob", "city", "anniversary", "nationality", "birthday")

    bill_number_required: bool = True
    bill_scope: Literal["org", "store", "till", "off"] = "org"
    bill_days: int = 0
    """Window of the uniqueness check in days; 0 means for ever."""
    bill_regex: str = ""
    bill_min_minor: int = 0
    bill_max_minor: int = 0
    line_min_minor: int = 0
    line_max_minor: int = 0
    zero_bill_allowed: bool = True
    zero_bill_outlier: bool = True
    future_days: str = ""
    """CONF_MAX_TRANSACTION_FUTURE_DAYS as text, since a nonsense value is part of its rules."""
    oldest_bill: str = ""
    further_keys: str = ""
    """More of the organisation's keys, KEY=value one a line, told as they are and over its own: also
    nonsense, and rules that only a till keeps."""
    outlier_basket_size: int = 0
    """A bill of more lines is an outlier; 0 means none."""
    outlier_items: str = ""
    """Item codes, with commas, whose lines are outliers."""
    outlier_prefix: str = ""
    pointless_prefix: str = ""
    """Bills whose number begins so are outliers, or are plain and earn nothing."""
    unnamed_to_not_interested: bool = False
    """v1.1 keeps a loyalty bill without a usable identifier as a not-interested one."""
    simulation: bool = False
    rejected_kept: bool = True
    local_currency: bool = True
    currencies: str = "INR=1\nUSD=83\nEUR=90\nAED=22.6"
    """What one unit of a currency is worth in the organisation's own, the first; one a line."""
    bill_gift: str = ""
    """Code of a coupon series given out by every bill that earns points."""
    bulk_limit: int = 100
    coupon_batch: int = 100
    """Coupons in one bulk redemption: 100 in 2025, 50 on the newest page (docs/capillary.md 12.19)."""
    shuffle_bulk: bool = False

    ni_returns: bool = True
    retro_enabled: bool = True
    retro_max_age_days: int = 0
    """Oldest bill that may be tagged to a customer afterwards; 0 means any."""
    retro_delay_hours: int = -1
    """How long before the customer was registered a bill may lie; -1 means any time."""
    unknown_bill_returns: bool = False
    returns_without_original: bool = False
    points_returned: bool = True

    earn_minor_per_point: int = 10_000
    point_value_minor: int = 100
    points_step_milli: int = 0
    points_min_milli: int = 0
    points_max_milli: int = 0
    program_id_required: bool = False
    points_signature_required: bool = False
    points_reversal: bool = True
    group_redemption: bool = False
    missed_call: bool = False
    otp_required: bool = True
    otp_length: int = 6
    otp_minutes: int = 15
    otp_daily: int = 10
    skip_validation_allowed: bool = False
    duplicate_reference: Literal["original", "error"] = "original"

    mobile_updates: bool = False
    email_updates: bool = False
    external_id_updates: bool = False
    erased_answer: Literal["refused", "found"] = "refused"
    """How customer/get speaks of an erased customer: as an item that failed, or as one found without a name.
    The vendor says only that the message tells of the deletion (docs/capillary.md 4.1)."""
    skip_secondary_on_mismatch: bool = False
    lock_customers: bool = True
    v11_failed_http: int = 200
    v2_failed_http: int = 400
    rate_per_minute: int = 0
    customer_rate_per_minute: int = 0
    """Writing calls about one customer; one more is refused with 517."""
    retry_after_s: int = 0
    """Seconds a refusal for too many calls asks to wait; 0 sends no Retry-After
    (docs/capillary.md 10.3: open)."""

    @property
    def future_days_in_force(self) -> int:
        """Days a bill may lie ahead: default 1, at least 1, at most 45, nonsense is 1 (transaction seed)."""
        if not re.fullmatch(r"\d{1,9}", self.future_days):
            return 1
        return min(max(int(self.future_days), 1), 45)

    def account(self, code: str) -> TillAccount | None:
        """The till with this code."""
        return next((till for till in self.accounts if till.code == code), None)

    def may_change(self, field: str) -> bool:
        """Whether adding again may replace an identifier that is there already."""
        return {
            "mobile": self.mobile_updates,
            "email": self.email_updates,
            "external_id": self.external_id_updates,
        }.get(field, False)

    def ratio(self, currency: str) -> Decimal | None:
        """What one unit of a currency is worth in the organisation's own; None for one not set up."""
        rows = (line.partition("=") for line in self.currencies.splitlines())
        told = next((ratio for name, _, ratio in rows if name.strip() == currency), "")
        return Decimal(told) if told else None

    def configs(self) -> list[tuple[str, str, str]]:
        """The organisation's keys as (key, value type, value as text), as organization/configs tells them."""
        unique = self.bill_scope
        pairs: list[tuple[str, Any]] = [
            ("CONF_LOYALTY_IS_BILL_NUMBER_REQUIRED", self.bill_number_required),
            ("CONF_CLIENT_BILL_NO_REGEX", self.bill_regex),
            ("CONF_LOYALTY_IS_BILL_NUMBER_UNIQUE", unique == "org"),
            ("CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_STORE", unique == "store"),
            ("CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_TILL", unique == "till"),
            ("CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS", self.bill_days or 36_500),
            ("CONF_LOYALTY_MIN_BILL_AMOUNT", _rupees(self.bill_min_minor)),
            ("CONF_LOYALTY_MAX_BILL_AMOUNT", _rupees(self.bill_max_minor)),
            ("CONF_LOYALTY_MIN_BILL_LINEITEM_AMOUNT", _rupees(self.line_min_minor)),
            ("CONF_LOYALTY_MAX_BILL_LINEITEM_AMOUNT", _rupees(self.line_max_minor)),
            ("CONF_CLIENT_IS_BILL_AMOUNT_ZERO", self.zero_bill_allowed),
            ("CONF_MARK_ZERO_BILL_AS_OUTLIER", self.zero_bill_outlier),
            ("CONF_MAX_TRANSACTION_FUTURE_DAYS", self.future_days),
            ("CONF_MIN_BILLING_DATE", self.oldest_bill),
            ("CONF_ALLOW_NOT_EXISTING_BILL_RETURN", self.unknown_bill_returns),
            ("CONF_RETURN_WITHOUT_ORIGINAL_BILL_PROCESSING", self.returns_without_original),
            ("BILL_OUTLIER_BASKET_SIZE_LIMIT", self.outlier_basket_size or ""),
            ("CONF_OUTLIER_ITEM_SKU", self.outlier_items),
            ("MARK_BILLS_OUTLIER_STARTING_WITH", self.outlier_prefix),
            ("IGNORE_POINTS_FOR_BILL_NUMBER_STARTS_WITH", self.pointless_prefix),
            ("ENHANCE BILL CAPTURE", self.unnamed_to_not_interested),
            ("CONF_ENABLE_SIMULATION_API_MODE", self.simulation),
            ("Allow_points_redemption_reversal", self.points_reversal),
            ("ENABLE_GROUP_PROGRAMS_REDEMPTION", self.group_redemption),
            ("CONFIG_SKIP_SECONDARY_ID_ON_PRIMARY_MISMATCH", self.skip_secondary_on_mismatch),
            ("CONF_RETRO_TRANSACTION_ENABLE", self.retro_enabled),
            ("CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS", self.retro_max_age_days or ""),
            (
                "CONF_CLIENT_RETRO_DELAY_SINCE_REGISTRATION_HOURS",
                "" if self.retro_delay_hours < 0 else self.retro_delay_hours,
            ),
            ("CONF_POINTS_RETURN_ENABLED", self.points_returned),
            ("CONF_ALLOW_MOBILE_UPDATE", self.mobile_updates),
            ("CONF_ALLOW_EMAIL_UPDATE", self.email_updates),
            ("CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE", self.external_id_updates),
        ]
        told = {key: _config_value(value) for key, value in pairs if value != ""}
        told |= {key: ("TEXT", value) for key, value in self._further()}
        return [(key, *typed) for key, typed in told.items()]

    def _further(self) -> list[tuple[str, str]]:
        parts = (line.partition("=") for line in self.further_keys.splitlines())
        return [(key.strip(), value.strip()) for key, _, value in parts if key.strip()]

    def changed(self, **changes: Any) -> CloudOptions:
        """These options with some simple ones changed. OptionError on an unknown name or a wrong type."""
        for name, value in changes.items():
            now = getattr(self, name, None) if name in self.__slots__ else None
            if isinstance(now, tuple) or now is None:
                raise OptionError(f"no switch is called {name!r}")
            if type(value) is not type(now):
                raise OptionError(f"{name} takes {type(now).__name__}, not {value!r}")
            _check_choice(name, value)
        return replace(self, **changes)


CHOICES: dict[str, set[Any]] = {
    "bill_scope": {"org", "store", "till", "off"},
    "duplicate_reference": {"original", "error"},
    "erased_answer": {"refused", "found"},
    "v11_failed_http": {200, 400, 500},
    "v2_failed_http": {200, 400, 500},
}


def _check_choice(name: str, value: Any) -> None:
    if name in CHOICES and value not in CHOICES[name]:
        raise OptionError(f"{name} is one of {sorted(map(str, CHOICES[name]))}, not {value!r}")
    if name == "currencies":
        _check_currencies(value)
    if name == "oldest_bill" and value:
        try:
            datetime.fromisoformat(value).replace(tzinfo=UTC)
        except ValueError as error:
            raise OptionError(f"oldest_bill is a date, not {value!r}") from error


def _check_currencies(value: str) -> None:
    for line in value.splitlines():
        name, _, ratio = line.partition("=")
        try:
            usable = bool(name.strip()) and Decimal(ratio) > 0
        except InvalidOperation:
            usable = False
        if not usable:
            raise OptionError(f"currencies are lines such as USD=83, not {line!r}")


def _config_value(value: Any) -> tuple[str, str]:
    if isinstance(value, bool):
        return "NUMERIC", "1" if value else "0"
    return ("NUMERIC", str(value)) if isinstance(value, int) else ("TEXT", value)


def _rupees(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}" if minor else ""
