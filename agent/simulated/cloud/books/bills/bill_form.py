"""A transaction whose form was found right: the only thing that is booked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.simulated.cloud.books.options import TillAccount

SALES = ("REGULAR", "NOT_INTERESTED")
RETURNS = ("RETURN", "NOT_INTERESTED_RETURN")
RETURN_KINDS = ("AMOUNT", "FULL", "LINE_ITEM", "CANCELLED")
DELIVERIES = ("PLACED", "PROCESSED", "SHIPPED", "DELIVERED", "RETURNED")
OUTLIERS = ("NORMAL", "INTERNAL", "FRAUD", "OUTLIER", "TEST", "DELETED", "FAILED", "OTHER")


@dataclass(frozen=True, slots=True)
class LineForm:
    """One line: kind REGULAR or RETURN, the last three fields for a return inside an exchange."""

    serial: int
    code: str
    qty_milli: int
    amount_minor: int
    kind: str = "REGULAR"
    bundle: bool = False
    return_kind: str = ""
    parent_number: str = ""
    purchase_time: datetime | None = None

    def kept(self) -> dict[str, Any]:
        """The line as the ledger keeps it."""
        return {
            "serial": self.serial,
            "code": self.code,
            "qty_milli": self.qty_milli,
            "amount_minor": self.amount_minor,
            "kind": self.kind,
            "bundle": self.bundle,
        }


@dataclass(frozen=True, slots=True)
class BillForm:
    """A transaction that is right in form; whether it fits the ledger is still open."""

    kind: str
    number: str
    at: datetime
    amount_minor: int
    gross_minor: int
    discount_minor: int
    reason: str
    lines: list[LineForm]
    return_kind: str = ""
    parent_id: int = 0
    purchase_time: datetime | None = None
    input_offset: str = ""
    outlier: str = "NORMAL"
    till: TillAccount | None = None
    body: dict[str, Any] = field(default_factory=dict)
    warnings: list[tuple[int, str]] = field(default_factory=list)
