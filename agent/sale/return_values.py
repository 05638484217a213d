"""The values of what comes back: from where, sold for how much, and what its bill has given for it already.

Units as in agent.sale.basket.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReturnHow(StrEnum):
    """How a bill comes back (the cloud's returnType): whole, by lines, as money, or before delivery. Lines of
    a bill with a set are told as money, as the set can be after them."""

    FULL = "FULL"
    LINE_ITEM = "LINE_ITEM"
    AMOUNT = "AMOUNT"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Back:
    """Where something returned comes from: the original bill, its time, its line (0: no line of its own).

    interested False: the original was a not-interested bill. known False: no bill of this till. earned False:
    the original got no points, being nobody's who collects them or by a rule of that moment.
    """

    number: str
    at: str
    how: ReturnHow
    reason: str
    line: int = 0
    interested: bool = True
    known: bool = True
    earned: bool = True

    @property
    def money_alone(self) -> bool:
        """Whether no goods come back with it."""
        return self.how is ReturnHow.AMOUNT and not self.line


@dataclass(frozen=True, slots=True)
class Worth:
    """What a returned line was sold for, in positive amounts: its share of the original line's figures.

    later: what was paid for it afterwards, as the cloud had refused the coupon or the points that were its
    discount; no invoice has that, and no tax.
    """

    gross_minor: int
    discount_minor: int
    taxable_minor: int
    cgst_minor: int
    sgst_minor: int
    igst_minor: int
    later_minor: int = 0

    @property
    def amount_minor(self) -> int:
        """What it was sold for, tax included."""
        return self.taxable_minor + self.cgst_minor + self.sgst_minor + self.igst_minor

    @property
    def paid_minor(self) -> int:
        """What the customer paid for it, and gets back."""
        return self.amount_minor + self.later_minor


@dataclass(frozen=True, slots=True)
class Account:
    """How a bill of which something comes back stood before this sale, in minor units.

    took: what its parts can give back in all; None: nobody knows, the bill is not this till's. whole: the
    worth of what came back at which all of took is given. gone: worth of what came back; given: what was
    given for it. coupon, points: how much of took was paid with them, which parts give nobody; what was paid
    in money is given first. kept: how much of given they were. telling: the most that the cloud may still be
    told to have come back (630); None: nobody knows.
    """

    number: str
    took_minor: int | None
    whole_minor: int
    gone_minor: int = 0
    given_minor: int = 0
    coupon_minor: int = 0
    points_minor: int = 0
    telling_minor: int | None = None
    kept_coupon_minor: int = 0
    kept_points_minor: int = 0


@dataclass(frozen=True, slots=True)
class Undo:
    """A redemption of a bill that comes back whole. kind is points or coupon; value_minor what it paid for.

    given_back False: the organisation does not undo redemptions, so nobody gets it back. reference: what the
    cloud knows the redemption by. owed: the cloud never took it, so there is nothing to give back, and with
    the goods nothing is owed any more.
    """

    kind: str
    number: str
    value_minor: int
    points_milli: int = 0
    code: str = ""
    given_back: bool = True
    reference: str = ""
    owed: bool = False
