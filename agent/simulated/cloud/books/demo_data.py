"""Invented people, points, coupons and bills to begin a training with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.ledger_rows import Bill, Coupon, Customer, Series

STORE, TILL = "ST01", "till01"


@dataclass(frozen=True, slots=True)
class _Person:
    mobile: str
    firstname: str
    lastname: str
    email: str = ""
    external_id: str = ""
    card: str = ""
    kind: str = "LOYALTY"
    bills_minor: tuple[int, ...] = ()
    expired_milli: int = 0


PEOPLE = (
    _Person(
        "919000000001",
        "Asha",
        "Demo",
        "asha.demo@example.com",
        "DEMO-0001",
        "9900000000017",
        bills_minor=(250_000, 499_900, 120_050),
        expired_milli=10_000,
    ),
    _Person("919000000002", "Bala", "Sample", "bala.sample@example.com", bills_minor=(1_250_000,)),
    _Person("919000000003", "Chitra", "Training", external_id="DEMO-0003", bills_minor=(35_000, 64_900)),
    _Person("919000000004", "Deepak", "Example", "deepak.example@example.com", kind="NON_LOYALTY"),
    _Person("919000000005", "Esha", "Pretend", bills_minor=(6_000_000,)),
)
"""Mobiles of the form +91 90000 0000n, names that say what they are, mail at a reserved domain."""


def seed_demo(ledger: Ledger, now: datetime) -> None:
    """Fill an empty ledger; one that has customers is left as it is. Earns as the default options do."""
    if ledger.all(Customer):
        return
    with ledger.transaction():
        rows = [_enrol(ledger, person, now) for person in PEOPLE]
        for person, row in zip(PEOPLE, rows, strict=True):
            _history(ledger, person, row, now)
        _coupons(ledger, rows, now)


def _enrol(ledger: Ledger, person: _Person, now: datetime) -> Customer:
    joined = (now - timedelta(days=400)).isoformat()
    return ledger.put(
        Customer(
            ledger.new_id(),
            person.mobile,
            person.email,
            person.external_id,
            person.card,
            person.firstname,
            person.lastname,
            person.kind,
            registered_at=joined,
            updated_at=joined,
            till=TILL,
            store=STORE,
            consents={"SMS/TRANS": "1", "SMS/BULK": "0"},
        )
    )


def _history(ledger: Ledger, person: _Person, row: Customer, now: datetime) -> None:
    for index, amount in enumerate(person.bills_minor, start=1):
        at = (now - timedelta(days=40 * (len(person.bills_minor) - index + 1))).isoformat()
        number = f"OLD/{person.mobile[-2:]}/{index:04d}"
        earned = amount // 10_000 * 1000
        line = {"serial": 1, "code": "OLD-ITEM", "qty_milli": 1000, "amount_minor": amount, "kind": "REGULAR"}
        ledger.put(
            Bill(
                ledger.new_id(),
                number,
                "REGULAR",
                at,
                at,
                TILL,
                STORE,
                amount,
                amount,
                customer_id=row.id,
                points_milli=earned,
                lines=[line],
            )
        )
        ledger.purchase(row.id, amount)
        ledger.move(row.id, "earned", earned, at, number)
    if person.expired_milli:
        ledger.move(row.id, "expired", -person.expired_milli, (now - timedelta(days=5)).isoformat())


def _coupons(ledger: Ledger, rows: list[Customer], now: datetime) -> None:
    later, over = (now + timedelta(days=90)).isoformat(), (now - timedelta(days=3)).isoformat()
    flat = _series(ledger, "Flat 100 off", "FLAT100", "ABS", 10_000, later)
    tenth = _series(ledger, "10 percent off", "TEN", "PERC", 1_000, later)
    many = _series(ledger, "50 off, again and again", "FIFTY", "ABS", 5_000, later, uses=-1)
    elsewhere = _series(ledger, "Second store only", "ELSEWHERE", "ABS", 20_000, later, stores=["ST02"])
    guarded = _series(ledger, "250 off with a code", "GUARD", "ABS", 25_000, later, needs_code=True)
    lapsed = _series(ledger, "Last season", "OLD", "ABS", 10_000, later)
    asha, bala, chitra = rows[0].id, rows[1].id, rows[2].id
    for series, code, holder in (
        (flat, "FLAT100A", asha),
        (flat, "FLAT100B", bala),
        (tenth, "TENOFF", asha),
        (tenth, "TENOFF3", chitra),
        (many, "FIFTY", 0),
        (elsewhere, "ONLYST02", 0),
        (guarded, "GUARDED", bala),
        (lapsed, "LAPSED", asha),
    ):
        issued = (now - timedelta(days=30)).isoformat()
        valid_till = over if series is lapsed else series.valid_till
        ledger.put(Coupon(ledger.new_id(), code, series.id, issued, valid_till, holder))


def _series(
    ledger: Ledger,
    name: str,
    discount_code: str,
    kind: str,
    value: int,
    valid_till: str,
    *,
    uses: int = 1,
    stores: list[str] | None = None,
    needs_code: bool = False,
) -> Series:
    return ledger.put(
        Series(
            ledger.new_id(),
            name,
            discount_code,
            kind,
            value,
            valid_till,
            uses,
            stores=stores or [],
            needs_code=needs_code,
        )
    )
