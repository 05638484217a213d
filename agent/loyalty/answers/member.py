"""A customer as the cloud describes them, read into the values the till shows (seeds, customer fetch)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.calls import fields
from agent.loyalty.calls.fields import Json
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.wire_format import read_iso, to_milli, to_minor
from agent.sale.basket import Customer, CustomerBill, CustomerCoupon

_MOST = 10
"""Recent bills and coupons shown; the cloud sends ten bills (docs/capillary.md 4.1)."""


def read_customer(options: CloudOptions, item: Json, known_at: str) -> Customer:
    """The customer of a customer/get or customer/add answer. Missing figures stay None, never zero."""
    summary = _summary(options, item)
    exponent = options.currency_exponent
    ratio = fields.decimal(summary, "program_points_to_currency_ratio")
    return Customer(
        mobile=fields.text(item, "mobile"),
        email=fields.text(item, "email"),
        external_id=fields.text(item, "external_id"),
        card=next(iter(cards(item)), ""),
        firstname=fields.text(item, "firstname"),
        lastname=fields.text(item, "lastname"),
        user_id=fields.text(item, "user_id") or fields.text(item, "id"),
        loyalty=fields.text(item, "type").upper() in ("", "LOYALTY"),
        tier=fields.text(item, "current_slab") or fields.text(summary, "currentSlab"),
        points_milli=to_milli(_first(item, summary, "loyalty_points", "loyaltyPoints")),
        points_earned_milli=to_milli(_first(item, summary, "lifetime_points", "lifetimePoints")),
        points_redeemed_milli=to_milli(fields.decimal(summary, "redeemed")),
        points_expired_milli=to_milli(fields.decimal(summary, "expired")),
        lifetime_purchases_minor=to_minor(
            _first(item, summary, "lifetime_purchases", "cumulativePurchases"), exponent
        ),
        point_value_minor=to_minor(ratio, exponent) if ratio else None,
        coupons=_coupons(options, item),
        bills=_bills(options, item),
        source="cloud",
        known_at=known_at,
        registered_at=read_iso(fields.text(item, "registered_on"), options.zone),
    )


@dataclass(frozen=True, slots=True)
class PastBill:
    """A bill of a customer's history. Points are those it earned and took; None where none are told."""

    number: str
    at: str
    amount_minor: int
    store: str = ""
    kind: str = ""
    points_earned_milli: int | None = None
    points_redeemed_milli: int | None = None


def read_history(options: CloudOptions, item: Json) -> tuple[PastBill, ...]:
    """The bills of a customer/transactions answer, newest first as the cloud sends them
    (docs/capillary.md 4.4)."""
    return tuple(
        PastBill(
            number=bill.number,
            at=bill.at,
            amount_minor=bill.amount_minor,
            store=bill.store,
            kind=bill.kind,
            points_earned_milli=to_milli(fields.decimal(row, "points", "issued")),
            points_redeemed_milli=to_milli(fields.decimal(row, "points", "redeemed")),
        )
        for row in fields.inner_rows(item, "transactions", "transaction")
        if (bill := _bill(options, row)).number
    )


def tells_of_deletion(verdict: Verdict) -> bool:
    """Whether customer/get speaks of someone whose data were deleted: only its message does
    (docs/capillary.md 4.1)."""
    said = verdict.message if isinstance(verdict.message, str) else ""
    return verdict.outcome is not Outcome.UNKNOWN and "deleted" in said.lower()


def is_somebody(customer: Customer) -> bool:
    """Whether an answer names anyone: a customer whose data were deleted comes back without identifiers."""
    return bool(customer.identifier[1] or customer.user_id)


def differs(known: str, typed: str) -> bool:
    """Whether two first names are of two people: both there, and not the same."""
    return bool(known and typed) and known.casefold() != typed.casefold()


def _summary(options: CloudOptions, item: Json) -> Json:
    """The figures of the configured programme, or of the first one."""
    found = fields.inner_rows(item, "points_summaries", "points_summary")
    wanted = (row for row in found if fields.text(row, "programId") == options.points_program_id)
    return next(wanted, found[0] if found else fields.NOTHING)


def _first(item: Json, summary: Json, name: str, summary_name: str) -> Decimal | None:
    """A figure of the programme where it has one, else of the customer as a whole."""
    own = fields.decimal(summary, summary_name)
    return own if own is not None else fields.decimal(item, name)


def cards(item: Json) -> tuple[str, ...]:
    """The customer's cards, as far as the answer tells them in full, in either shape of card_details."""
    listed = fields.inner_rows(item, "card_details", "card")
    told = [fields.text(row, "card_number") or fields.text(row, "number") for row in listed]
    told.append(fields.text(item, "card_number"))
    return tuple(card for card in told if card and "*" not in card)


def _valid_till(options: CloudOptions, text: str) -> str:
    """The moment a coupon ends, with its offset; a bare day is valid until it is over."""
    return read_iso(f"{text} 23:59:59" if len(text) == len("2026-12-31") else text, options.zone)


def _coupons(options: CloudOptions, item: Json) -> tuple[CustomerCoupon, ...]:
    held = (
        row
        for row in fields.inner_rows(item, "coupons", "coupon")
        if fields.text(row, "code") and not fields.flag(row, "redeemed")
    )
    return tuple(
        CustomerCoupon(
            fields.text(row, "code"),
            fields.text(row, "description"),
            _valid_till(options, fields.text(row, "valid_till")),
        )
        for row, _ in zip(held, range(_MOST), strict=False)
    )


def _bills(options: CloudOptions, item: Json) -> tuple[CustomerBill, ...]:
    found = fields.inner_rows(item, "transactions", "transaction")[:_MOST]
    return tuple(bill for row in found if (bill := _bill(options, row)).number)


def _bill(options: CloudOptions, row: Json) -> CustomerBill:
    return CustomerBill(
        number=fields.text(row, "number"),
        at=read_iso(fields.text(row, "billing_time"), options.zone),
        amount_minor=to_minor(fields.decimal(row, "amount"), options.currency_exponent) or 0,
        store=fields.text(row, "store") or fields.text(row, "store_code"),
        kind=fields.text(row, "type").lower(),
    )
