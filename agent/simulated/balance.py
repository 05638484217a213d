"""The books at both ends of the wire: a till's bills, points and coupons against the cloud's ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from agent.sale.money import plain_text
from agent.simulated.world import World


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, here and in the cloud."""

    what: str
    here: str
    cloud: str

    @property
    def equal(self) -> bool:
        """Both ends say the same."""
        return self.here == self.cloud


@dataclass(frozen=True, slots=True)
class Books:
    """All figures that were compared."""

    rows: tuple[Row, ...]

    @property
    def balanced(self) -> bool:
        """Every figure is the same at both ends."""
        return all(row.equal for row in self.rows)


def compare(world: World, numbers: tuple[str, ...]) -> Books:
    """Compare the bills of a till, with everything redeemed on them, with the cloud's ledger."""
    till = world.get("status")["till"]["till_code"]
    ledger = world.cloud("ledger")
    here = {number: json.loads(world.pos("bill", "show", number, "--json")) for number in numbers}
    told = [row for row in ledger["bills"] if row["till"] == till and not row["number"].startswith("OLD/")]
    # An exchange is a bill of its new goods and an entry on the old one for what came back.
    own = [row | {"exchanged": _exchanged(row, told)} for row in told if not row["mixed_into"]]
    there = {_number(bill): bill for bill in own}
    rows = [Row("bills and returns", str(len(here)), str(len(own)))]
    for number in numbers:
        rows += _bill_rows(number, here[number], there.get(number), ledger)
    rows.append(Row("books of the cloud balanced", "yes", "yes" if ledger["totals"]["balanced"] else "no"))
    return Books(tuple(rows))


def _number(row: dict[str, Any]) -> str:
    """What the till calls it: a return is told under the number of its bill, with our credit note as note."""
    return str(row["body"].get("note", "")) if row["return_kind"] else str(row["number"])


def _bill_rows(
    number: str, bill: dict[str, Any], row: dict[str, Any] | None, ledger: dict[str, Any]
) -> list[Row]:
    if row is None:
        return [Row(f"{number}", plain_text(bill["due_minor"]), "missing")]
    customer = (bill["customer"] or {}).get("mobile", "")
    rows = [
        Row(f"{number} amount", plain_text(_told_minor(bill)), plain_text(_signed(row))),
        Row(f"{number} customer", customer or "not interested", row["mobile"] or "not interested"),
    ]
    points = sum(r["points_milli"] for r in ledger["redemptions"] if r["bill_number"] == number)
    redeemed = bill["points"]["points_milli"] if bill["points"] else 0
    if points or redeemed:
        rows.append(Row(f"{number} points redeemed", _milli(redeemed), _milli(points)))
    used = [
        coupon["code"]
        for coupon in ledger["coupons"]
        for use in coupon["uses"]
        if use["bill_number"] == number
    ]
    coupon = bill["coupon"]["code"] if bill["coupon"] else ""
    if used or coupon:
        rows.append(Row(f"{number} coupon", coupon or "none", ", ".join(used) or "none"))
    return rows


def _told_minor(bill: dict[str, Any]) -> int:
    """What the cloud was told a bill comes to: of an exchange the goods, not the rounding of the cash."""
    rounding = int(bill.get("rounding_minor", 0)) if bill["kind"] == "mixed" else 0
    return int(bill["due_minor"]) - rounding


def _exchanged(row: dict[str, Any], told: list[dict[str, Any]]) -> int:
    """What came back with a bill, booked on its originals."""
    return sum(int(one["amount_minor"]) for one in told if one["mixed_into"] == row["id"])


def _signed(row: dict[str, Any]) -> int:
    if row["return_kind"]:
        return -int(row["amount_minor"])
    return int(row["amount_minor"]) - int(row["exchanged"])


def _milli(value: int) -> str:
    return plain_text(value, 3)
