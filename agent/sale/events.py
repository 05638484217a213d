"""Everything that can happen to an open sale: recorded in this form, replayed in this form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.sale.basket import CouponRedemption, Customer, Discount, PointsRedemption, Product, TenderType
from agent.sale.entry import Entry
from agent.sale.plain_data import from_plain, to_plain
from agent.sale.return_values import Account, Back, Undo, Worth


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """An item was scanned or picked. It carries the product, so a replay needs no catalogue. total_minor and
    entry: as Line has them."""

    product: Product
    qty_milli: int
    unit_price_minor: int
    label: str = ""
    total_minor: int = 0
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """One line that comes back, with everything worked out: a replay looks nothing up."""

    back: Back
    product: Product
    qty_milli: int
    unit_price_minor: int
    worth: Worth


@dataclass(frozen=True, slots=True)
class GoodsReturned:
    """Something of one bill comes back. customer is whose bill it was; None for a not-interested one.
    account: how the bill stood before this sale; without one the return is rounded by itself."""

    lines: tuple[ReturnLine, ...]
    customer: Customer | None = None
    undos: tuple[Undo, ...] = ()
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class QuantitySet:
    line: int
    qty_milli: int


@dataclass(frozen=True, slots=True)
class PriceSet:
    line: int
    unit_price_minor: int
    reason: str


@dataclass(frozen=True, slots=True)
class LineDiscounted:
    """discount None takes an earlier one away."""

    line: int
    discount: Discount | None = None


@dataclass(frozen=True, slots=True)
class LineVoided:
    line: int


@dataclass(frozen=True, slots=True)
class LineRestored:
    """A void was a slip: the line is back where and as it was, with those that were voided with it."""

    line: int


@dataclass(frozen=True, slots=True)
class BillDiscounted:
    """discount None takes an earlier one away."""

    discount: Discount | None = None


@dataclass(frozen=True, slots=True)
class CustomerSet:
    customer: Customer


@dataclass(frozen=True, slots=True)
class CustomerCleared:
    pass


@dataclass(frozen=True, slots=True)
class NotInterested:
    reason: str


@dataclass(frozen=True, slots=True)
class CouponApplied:
    coupon: CouponRedemption


@dataclass(frozen=True, slots=True)
class CouponRemoved:
    pass


@dataclass(frozen=True, slots=True)
class CodeSent:
    """The customer was sent a one-time code: for points, or for the coupon of this code."""

    coupon: str = ""


@dataclass(frozen=True, slots=True)
class PointsApplied:
    points: PointsRedemption


@dataclass(frozen=True, slots=True)
class PointsRemoved:
    pass


@dataclass(frozen=True, slots=True)
class TenderBegun:
    pass


@dataclass(frozen=True, slots=True)
class TenderBack:
    pass


@dataclass(frozen=True, slots=True)
class TenderAdded:
    type: TenderType
    amount_minor: int
    reference: str = ""


@dataclass(frozen=True, slots=True)
class TenderRemoved:
    no: int


@dataclass(frozen=True, slots=True)
class Cancelled:
    reason: str


@dataclass(frozen=True, slots=True)
class Completed:
    pass


Event = (
    ItemAdded
    | GoodsReturned
    | QuantitySet
    | PriceSet
    | LineDiscounted
    | LineVoided
    | LineRestored
    | BillDiscounted
    | CustomerSet
    | CustomerCleared
    | NotInterested
    | CouponApplied
    | CouponRemoved
    | CodeSent
    | PointsApplied
    | PointsRemoved
    | TenderBegun
    | TenderBack
    | TenderAdded
    | TenderRemoved
    | Cancelled
    | Completed
)

KINDS_ON_DISK: dict[str, str] = {}
"""Events that were renamed since they were first written: name of the class now, and its kind on the disk,
which stays (agent.sale.plain_data.NAMES_ON_DISK says why)."""


def kind_of(event: type[Event]) -> str:
    """What a kind of event is called on the disk."""
    return KINDS_ON_DISK.get(event.__name__, event.__name__)


KINDS: dict[str, type[Event]] = {kind_of(event): event for event in Event.__args__}


def event_to_plain(event: Event) -> dict[str, Any]:
    """JSON-able form with the event's kind."""
    return {"kind": kind_of(type(event)), **to_plain(event)}


def event_from_plain(data: dict[str, Any]) -> Event:
    """The inverse. KeyError for a kind this version does not know."""
    return from_plain(KINDS[data["kind"]], {name: item for name, item in data.items() if name != "kind"})
