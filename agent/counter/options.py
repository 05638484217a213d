"""What the counter must be told of the till it serves."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from agent.sale.barcode import LabelRules
from agent.sale.basket import Use
from agent.sale.totals import Pricing


@dataclass(frozen=True, slots=True)
class CounterOptions:
    """One till. prefix is the fixed part of its bill numbers before the financial year."""

    store_code: str
    till_code: str
    cashier: str
    prefix: str
    zone: ZoneInfo
    currency: str = "INR"
    fiscal_month: int = 4
    number_pattern: str = ""
    pricing: Pricing = field(default_factory=Pricing)
    coupon_use: Use = Use.DISCOUNT
    points_use: Use = Use.TENDER
    default_reason: str = "Customer not interested"
    labels: LabelRules = field(default_factory=LabelRules)
    max_minor: int = 0
    has_printer: bool = True
    not_interested_returns: bool = True
    unknown_returns: bool = False
    undo_redemptions: bool = False
    sell_outside: bool = False
    largest_note_minor: int = 50_000
