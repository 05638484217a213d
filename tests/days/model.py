"""The oracle's own books: what was agreed at the counter, in plain arithmetic of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

STEP = 100
PAISE_PER_POINT = 10_000


def half_up(numerator: int, denominator: int) -> int:
    """To the nearest whole number, halves away from zero."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


@dataclass(frozen=True)
class Reduction:
    """Money or a share off something."""

    minor: int = 0
    bp: int = 0

    def of(self, amount: int) -> int:
        return min(amount, self.minor or half_up(amount * self.bp, 10_000))


NOTHING_OFF = Reduction()


@dataclass
class Member:
    """A person; opening is what the cloud says they had before anything happened here."""

    mobile: str
    card: str = ""
    points_milli: int = 0
    enrolled: bool = False


@dataclass
class SoldLine:
    """A line of the open sale or of a bill. amount and came_back are set once it is on a bill."""

    no: int
    sku: str
    price: int
    milli: int
    off: Reduction = NOTHING_OFF
    voided: bool = False
    amount: int = 0
    back_milli: int = 0
    back_minor: int = 0

    @property
    def net(self) -> int:
        gross = half_up(self.price * self.milli, 1000)
        return gross - self.off.of(gross)


@dataclass
class Back:
    """Something that comes back of a bill: line is 0 for all of it or for money alone."""

    bill: Sold
    how: str
    minor: int
    milli: int = 0
    line: int = 0
    nos: tuple[int, ...] = ()
    interested: bool = True
    given: int = 0
    """The money it gave, once it is on a bill; of the backs of one bill together, on the last of them."""
    told: int | None = None
    """What the cloud is told of its worth, once it is on a bill; None when all of that is told already."""
    number: str = ""
    exchanged: bool = False
    kept: str = ""


@dataclass
class Coupon:
    """A coupon and what its series gives."""

    code: str
    off: Reduction
    uses: int


@dataclass
class Sold:
    """A completed bill as the counter answered it. note: a credit note, which sells nothing."""

    number: str
    due: int
    member: Member | None
    lines: dict[int, SoldLine]
    backs: list[Back]
    told: int = 0
    """What the cloud is told the bill is worth: of an exchange, the new goods."""
    ident: tuple[str, str] = ("", "")
    """The identifier its member was found by, under which it is told."""
    points_milli: int = 0
    points_minor: int = 0
    coupon: Coupon | None = None
    coupon_minor: int = 0
    tagged: Member | None = None
    at: str = ""
    """When it was made, as the counter says; ISO 8601 with offset."""
    returns: list[Back] = field(default_factory=list)

    @property
    def took(self) -> int:
        """What was taken for what it sold, redemptions included: an exchange also took what came back."""
        return self.due + sum(back.given for back in self.backs)

    @property
    def sold(self) -> int:
        """What its sold lines come to."""
        return sum(line.amount for line in self.lines.values())

    @property
    def worth(self) -> int:
        """What may come back of it at most."""
        return min(self.took, self.sold) if self.backs else self.due

    @property
    def money(self) -> int:
        """What of it was paid with money: the most its parts can give."""
        return max(0, self.took - self.points_minor - self.coupon_minor)

    @property
    def gave(self) -> int:
        return sum(back.given for back in self.returns)

    def money_of(self, value: int) -> int:
        """What of this value is money: that goes back first, and redemptions with the whole bill alone."""
        return min(value, self.money)

    @property
    def owner(self) -> Member | None:
        return self.member or self.tagged

    @property
    def came_back(self) -> int:
        return sum(back.minor for back in self.returns)


@dataclass
class Basket:
    """The open sale."""

    lines: dict[int, SoldLine] = field(default_factory=dict)
    backs: list[Back] = field(default_factory=list)
    top: int = 0
    off: Reduction = NOTHING_OFF
    member: Member | None = None
    ident: tuple[str, str] = ("", "")
    coupon: Coupon | None = None
    points_milli: int = 0
    tenders: list[tuple[str, int]] = field(default_factory=list)

    @property
    def live(self) -> list[SoldLine]:
        return [line for line in self.lines.values() if not line.voided]

    @property
    def net(self) -> int:
        return sum(line.net for line in self.live)

    @property
    def back(self) -> int:
        """What new goods are paid with: of a bill that was rounded down no more than was paid."""
        return sum(told or 0 for bill, backs in self.parents() for told in tells(bill, backs))

    def reckon(self, *, coupon_pays: bool) -> Due:
        """What the sale comes to; coupon_pays: coupons are a tender here and not a discount."""
        net = self.net
        off = self.off.of(net)
        if self.coupon and not coupon_pays:
            coupon = self.coupon.off.of(net - off)
            off += coupon
        given = sum(gives(bill, backs) for bill, backs in self.parents())
        # An exchange is rounded as one, and gives no more than what comes back gives.
        due = max(half_up(net - off - self.back, STEP) * STEP, -given) if self.live else -given
        if self.coupon and coupon_pays:
            coupon = self.coupon.off.of(max(0, due))
        elif not self.coupon:
            coupon = 0
        paid = coupon if coupon_pays else 0
        points = min(self.points_milli // 10, max(0, due) - paid)
        undone = sum(not_money(bill, backs) for bill, backs in self.parents())
        return Due(due, coupon, points, due - paid - points + undone, net - off)

    def parents(self) -> list[tuple[Sold, list[Back]]]:
        """What comes back, by the bill it comes from."""
        bills = {back.bill.number: back.bill for back in self.backs}
        return [(bill, [back for back in self.backs if back.bill is bill]) for bill in bills.values()]


def gives(bill: Sold, backs: list[Back]) -> int:
    """The worth these give now: rounded over all that came back, so that all of it gives what was taken."""
    if backs[0].how in ("FULL", "CANCELLED"):
        return bill.took
    upto = bill.came_back + sum(back.minor for back in backs)
    if backs[0].how == "AMOUNT":
        most, whole = bill.money, min(bill.worth - bill.points_minor - bill.coupon_minor, bill.sold)
    else:
        most, whole = bill.took, min(bill.worth, bill.sold)
    in_all = most if upto >= whole else min(most, half_up(upto, STEP) * STEP)
    return max(0, in_all - bill.gave)


def tells(bill: Sold, backs: list[Back]) -> list[int | None]:
    """What the cloud is told of each: in all no more than the purchase, and nothing once that is told."""
    if backs[0].how in ("FULL", "CANCELLED"):
        return [back.minor for back in backs]
    left, told = min(bill.worth, bill.sold) - bill.came_back, list[int | None]()
    for back in backs:
        told.append(min(left, back.minor) if left > 0 else None)
        left -= back.minor
    return told


def not_money(bill: Sold, backs: list[Back]) -> int:
    """What of it nobody gets in money: what points and coupon paid."""
    if backs[0].how in ("FULL", "CANCELLED"):
        return bill.points_minor + bill.coupon_minor
    given = gives(bill, backs)
    return given - (bill.money_of(bill.gave + given) - bill.money_of(bill.gave))


@dataclass(frozen=True)
class Due:
    """due: of the bill; coupon, points: what each takes off or pays; money: to pay, below zero to give back;
    sold: what the sold lines come to."""

    due: int
    coupon: int
    points: int
    money: int
    sold: int


@dataclass
class Books:
    """Everything that was agreed at this till."""

    bills: dict[str, Sold] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    coupons: list[Coupon] = field(default_factory=list)
    drawer: Counter[str] = field(default_factory=Counter)
    last: dict[str, int] = field(default_factory=dict)
    cancelled: int = 0
    done: Counter[str] = field(default_factory=Counter)
    """How often each thing was done and not refused."""
