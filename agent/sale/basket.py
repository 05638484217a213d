"""The values a sale is made of.

Units everywhere in this room: money is an integer of minor units (paise), quantity an integer of
thousandths (1500 = 1.5 kg or 1.5 pcs), points an integer of thousandths, rates an integer of basis
points (1800 = 18 %). Times are ISO 8601 text with an offset. Nothing is ever a float.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from agent.sale.entry import Entry
from agent.sale.plain_data import canonical, to_plain
from agent.sale.return_values import Account, Back, Undo, Worth
from agent.sale.same_identifier import same_identifier


@dataclass(frozen=True, slots=True)
class BundlePart:
    """One component of a bundle. kind is combo, split or addon (seeds: Product Bundle). price_minor: what all
    of it (qty) is worth within one bundle; 0 if nobody said."""

    kind: str
    sku: str
    name: str
    qty_milli: int
    price_minor: int = 0


@dataclass(frozen=True, slots=True)
class Product:
    """What the catalogue said of an item at the moment it was scanned; recorded with the line."""

    sku: str
    name: str
    price_minor: int
    tax_bp: int
    hsn: str = ""
    unit: str = "pcs"
    gtin: str = ""
    tax_inclusive: bool = True
    variant: tuple[tuple[str, str], ...] = ()
    parent_sku: str = ""
    parts: tuple[BundlePart, ...] = ()


@dataclass(frozen=True, slots=True)
class Discount:
    """A reduction, as money (minor) or as a share (bp); exactly one of the two is not zero."""

    minor: int = 0
    bp: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the open sale. Numbers start at 1 and are never reused within the sale.

    back and worth are set on a line that comes back; such a line takes its worth off the sale. total_minor:
    what a label says that all of it costs, whatever quantity times price comes to; 0 if none does. entry: how
    it came into the sale; None where nobody wrote it down, as by earlier versions, or it came back.
    """

    no: int
    product: Product
    qty_milli: int
    unit_price_minor: int
    label: str = ""
    discount: Discount | None = None
    voided: bool = False
    back: Back | None = None
    worth: Worth | None = None
    total_minor: int = 0
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class CustomerBill:
    """A past bill of a customer, as the cloud reports it. kind: the cloud's word in small letters, such as
    return; "" where it told none."""

    number: str
    at: str
    amount_minor: int
    store: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class CustomerCoupon:
    """A coupon the cloud says the customer holds."""

    code: str
    description: str = ""
    valid_till: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who the sale belongs to, and what was known of them and from where.

    source: cloud (just asked), typed (line down: identifier only), enrolled (new here, perhaps still queued),
    cache (line down: as the cloud said at known_at); of a bill read back also erased or sealed (no key).
    points_milli is None when the balance is not known; registered_at is "" when nobody said.
    """

    mobile: str = ""
    email: str = ""
    external_id: str = ""
    card: str = ""
    firstname: str = ""
    lastname: str = ""
    user_id: str = ""
    loyalty: bool = True
    tier: str = ""
    points_milli: int | None = None
    points_earned_milli: int | None = None
    points_redeemed_milli: int | None = None
    points_expired_milli: int | None = None
    lifetime_purchases_minor: int | None = None
    point_value_minor: int | None = None
    coupons: tuple[CustomerCoupon, ...] = ()
    bills: tuple[CustomerBill, ...] = ()
    source: str = "cloud"
    known_at: str = ""
    registered_at: str = ""

    @property
    def name(self) -> str:
        """First and last name as they are told people; "" if neither is known."""
        return " ".join(f"{self.firstname} {self.lastname}".split())

    @property
    def identifier(self) -> tuple[str, str]:
        """(identifierName, identifierValue) as the cloud's calls want it; mobile first (seeds)."""
        for name, value in (
            ("mobile", self.mobile),
            ("email", self.email),
            ("externalId", self.external_id),
            ("cardnumber", self.card),
        ):
            if value:
                return name, value
        return "", ""

    def is_same(self, other: Customer) -> bool:
        """Whether two answers are about one member, who may have been found by a mobile number once and by
        e-mail another time: identifiers are nobody else's (docs/capillary.md 4)."""
        if self.identifier == other.identifier:
            return True
        if self.user_id and other.user_id:
            return self.user_id == other.user_id
        names = ("mobile", "email", "external_id", "card")
        both = ((name, getattr(self, name), getattr(other, name)) for name in names)
        return any(same_identifier(name, mine, theirs) for name, mine, theirs in both)


class Use(StrEnum):
    """How a coupon or points redemption enters the bill (seeds: discount or tender)."""

    DISCOUNT = "discount"
    TENDER = "tender"


@dataclass(frozen=True, slots=True)
class CouponRedemption:
    """A coupon the cloud called redeemable for this customer, with the code the customer gave if it asks for
    one. Value either money or share of the bill."""

    code: str
    minor: int = 0
    bp: int = 0
    use: Use = Use.DISCOUNT
    description: str = ""
    checked_at: str = ""
    otp: str = ""


@dataclass(frozen=True, slots=True)
class PointsRedemption:
    """Points the cloud called redeemable, with the code the customer gave."""

    points_milli: int
    value_minor: int
    otp: str = ""
    use: Use = Use.TENDER
    checked_at: str = ""


class TenderType(StrEnum):
    """Ways to pay. Card and UPI carry the terminal's reference, never a card number."""

    CASH = "cash"
    CARD = "card"
    UPI = "upi"
    OTHER = "other"
    POINTS = "points"
    COUPON = "coupon"


BY_REDEMPTION = (TenderType.COUPON, TenderType.POINTS)
"""Ways to pay that are no money."""


@dataclass(frozen=True, slots=True)
class Tender:
    """Money given. amount_minor is what the customer handed over (cash may exceed the balance)."""

    no: int
    type: TenderType
    amount_minor: int
    reference: str = ""


class Phase(StrEnum):
    """Where the open sale stands; agent.sale.state_machine moves between them."""

    IDLE = "idle"
    SELLING = "selling"
    TENDERING = "tendering"
    COVERED = "covered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Voided:
    """Lines that were voided together. Of goods that came back also the lines of the same bill that stayed,
    what they undid, how their bill stood, and whose it was."""

    lines: tuple[int, ...]
    beside: tuple[int, ...] = ()
    undos: tuple[Undo, ...] = ()
    accounts: tuple[Account, ...] = ()
    customer: Customer | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """The open sale: everything the cashier has done since the last bill.

    codes_sent: what customers were sent a one-time code for: coupons by their code in small letters, points
    as "". None of it is applied without one. voids: what is voided, the newest last.
    """

    id: str
    phase: Phase = Phase.IDLE
    lines: tuple[Line, ...] = ()
    bill_discount: Discount | None = None
    customer: Customer | None = None
    not_interested_reason: str = ""
    coupon: CouponRedemption | None = None
    points: PointsRedemption | None = None
    tenders: tuple[Tender, ...] = ()
    undos: tuple[Undo, ...] = ()
    accounts: tuple[Account, ...] = ()
    codes_sent: tuple[str, ...] = ()
    voids: tuple[Voided, ...] = ()

    @property
    def returns(self) -> tuple[Line, ...]:
        """The live lines that come back."""
        return tuple([line for line in self.lines if line.back and not line.voided])

    @property
    def live_lines(self) -> tuple[Line, ...]:
        """The lines that count: voided ones stay on record but not on the bill."""
        return tuple([line for line in self.lines if not line.voided])


@dataclass(frozen=True)
class BillLine:
    """One line of a completed bill, every amount worked out and final.

    gross = qty x unit price, or what a label or a scale said that all of it costs: then the unit price is
    what one of it comes to, rounded. discount is the line's own plus its share of everything taken off the
    bill; amount = what the customer pays for the line, tax included; taxable + cgst + sgst + igst = amount.
    A line that came back (back) has its quantity and all its amounts negative; given is the money it gave
    back, rounding included, which is told of the lines of one bill together; kept: what of that is no money,
    as a redemption had paid for it; later: as Worth has it; told: what the cloud is told of its amount, where
    that is less (refund_rounding). entry: as Line has it.
    """

    no: int
    sku: str
    gtin: str
    name: str
    hsn: str
    unit: str
    qty_milli: int
    unit_price_minor: int
    gross_minor: int
    discount_minor: int
    amount_minor: int
    taxable_minor: int
    tax_bp: int
    cgst_minor: int
    sgst_minor: int
    igst_minor: int
    tax_inclusive: bool
    variant: tuple[tuple[str, str], ...] = ()
    parent_sku: str = ""
    parts: tuple[BundlePart, ...] = ()
    back: Back | None = None
    given_minor: int = 0
    entry: Entry | None = None
    later_minor: int = 0
    told_minor: int | None = None
    kept_coupon_minor: int = 0
    kept_points_minor: int = 0

    def __hash__(self) -> int:
        """Of what tells most lines apart: rows, paper and call are found by a line, each time it is met."""
        return hash((self.no, self.sku, self.amount_minor))

    @cached_property
    def told(self) -> bytes:
        """What its bill's hash covers of it."""
        return canonical(to_plain(self))


@dataclass(frozen=True, slots=True)
class Bill:
    """A completed sale. Never changes once it exists; everything printed or sent is derived from it.

    gross - discount + tax added on top (exclusive prices) + rounding = due; paid = sum of tenders;
    change = paid - due. kind is sale, return (a credit note: only lines that came back) or mixed. A due
    below zero was given back: its tenders are negative and there is no change. By the organisation's rules of
    that moment, earns False: the bill gets no points; points_kept: points of what came back stay; loyalty
    False: the cloud does not hear of it, nor of what comes back of it.
    """

    number: str
    series: str
    seq: int
    sale_id: str
    at: str
    business_date: str
    store_code: str
    till_code: str
    cashier: str
    kind: str
    lines: tuple[BillLine, ...]
    tenders: tuple[Tender, ...]
    gross_minor: int
    discount_minor: int
    taxable_minor: int
    tax_minor: int
    rounding_minor: int
    due_minor: int
    change_minor: int
    currency: str = "INR"
    customer: Customer | None = None
    not_interested_reason: str = ""
    coupon: CouponRedemption | None = None
    coupon_value_minor: int = 0
    points: PointsRedemption | None = None
    clock_state: str = "ok"
    undos: tuple[Undo, ...] = ()
    earns: bool = True
    points_kept: bool = False
    loyalty: bool = True

    @property
    def later_minor(self) -> int:
        """What of the rounding gives back what was paid afterwards, as its lines have it."""
        return sum(line.later_minor for line in self.lines)

    @property
    def settled_minor(self) -> int:
        """What was paid in money, change taken off, or, negative, given back: due without redemptions."""
        return self.due_minor - sum(one.amount_minor for one in self.tenders if one.type in BY_REDEMPTION)
