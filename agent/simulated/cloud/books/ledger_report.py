"""The ledger as one JSON document, for the control page and for comparing books with a till's."""

from __future__ import annotations

from typing import Any

from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.ledger_rows import (
    Bill,
    Coupon,
    CouponUse,
    Customer,
    Movement,
    Otp,
    OtpDay,
    PointsRedemption,
    Product,
    shown,
)


def ledger_report(ledger: Ledger) -> dict[str, Any]:
    """Customers with their balances, bills, points, coupons, codes and totals, in paise and thousandths."""
    with ledger.lock:
        people = {row.id: row for row in ledger.all(Customer)}
        return {
            "revision": ledger.revision,
            "customers": [_customer(ledger, row) for row in people.values()],
            "bills": [_bill(row, people) for row in _living(ledger)],
            "points": [
                shown(row) | {"mobile": _mobile(people, row.customer_id)} for row in ledger.all(Movement)
            ],
            "redemptions": [
                shown(row) | {"mobile": _mobile(people, row.customer_id)}
                for row in ledger.all(PointsRedemption)
            ],
            "coupons": [_coupon(ledger, row, people) for row in ledger.all(Coupon)],
            "products": [shown(row) for row in ledger.all(Product)],
            "otps": [shown(row) | {"mobile": _otp_mobile(people, row.entity)} for row in ledger.all(Otp)],
            "codes_sent": [
                shown(row) | {"mobile": _otp_mobile(people, row.entity)} for row in ledger.all(OtpDay)
            ],
            "totals": totals(ledger),
        }


def totals(ledger: Ledger) -> dict[str, Any]:
    """Counts and sums over the whole ledger; `balanced` says that movements and balances agree."""
    with ledger.lock:
        bills = _living(ledger)
        sales = [row for row in bills if not row.return_kind]
        returns = [row for row in bills if row.return_kind]
        movements = ledger.all(Movement)
        return {
            "customers": sum(not row.merged_into for row in ledger.all(Customer)),
            "bills": len(sales),
            "bills_amount_minor": sum(row.amount_minor for row in sales),
            "returns": len(returns),
            "returns_amount_minor": sum(row.amount_minor for row in returns),
            "points_available_milli": sum(row.points_milli for row in movements),
            "points_earned_milli": _sum(movements, "earned"),
            "points_redeemed_milli": -_sum(movements, "redeemed") - _sum(movements, "reversed"),
            "points_expired_milli": -_sum(movements, "expired"),
            "points_returned_milli": -_sum(movements, "returned"),
            "points_redemptions": len(ledger.all(PointsRedemption)),
            "coupons": len(ledger.all(Coupon)),
            "coupon_uses": sum(not row.undone for row in ledger.all(CouponUse)),
            "balanced": not disagreements(ledger),
        }


def disagreements(ledger: Ledger) -> dict[int, tuple[int, int]]:
    """Customers whose movements do not add up to the balance: id -> (sum of movements, balance)."""
    with ledger.lock:
        found = {}
        for row in ledger.all(Customer):
            moved = sum(move.points_milli for move in ledger.find(Movement, "movements_of", row.id))
            held = ledger.balance(row.id).available_milli
            if moved != held:
                found[row.id] = (moved, held)
        return found


def _living(ledger: Ledger) -> list[Bill]:
    """Every bill but those that live on under a new id since they were tagged to a customer."""
    return [row for row in ledger.all(Bill) if not row.retro_into]


def _sum(movements: list[Movement], kind: str) -> int:
    return sum(row.points_milli for row in movements if row.kind == kind)


def _mobile(people: dict[int, Customer], customer_id: int) -> str:
    person = people.get(customer_id)
    return person.mobile if person else ""


def _otp_mobile(people: dict[int, Customer], entity: str) -> str:
    kind, _, value = entity.partition(":")
    return _mobile(people, int(value)) if kind == "customer" else value


def _customer(ledger: Ledger, row: Customer) -> dict[str, Any]:
    account = shown(ledger.balance(row.id))
    del account["id"]
    return shown(row) | {"balance": account}


def _bill(row: Bill, people: dict[int, Customer]) -> dict[str, Any]:
    return shown(row) | {"mobile": _mobile(people, row.customer_id)}


def _coupon(ledger: Ledger, row: Coupon, people: dict[int, Customer]) -> dict[str, Any]:
    uses = ledger.find(CouponUse, "uses_of_coupon", row.id)
    return shown(row) | {
        "mobile": _mobile(people, row.customer_id),
        "series": shown(ledger.series_of(row)),
        "uses": [shown(use) for use in uses],
    }
