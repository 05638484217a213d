"""What the open sale comes to: discounts shared out, tax worked out, rounding, paid, balance, change.

Lines that come back count with their own figures, negative; no discount, coupon or points of this sale
touches them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from agent.sale import money, refund_rounding
from agent.sale.basket import BillLine, Discount, Line, Sale, Tender, TenderType, Use
from agent.sale.units import articles

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pricing:
    """How this till works out money. step_minor: the total is rounded to a multiple of it."""

    step_minor: int = 100
    interstate: bool = False


@dataclass(frozen=True, slots=True)
class LineTotal:
    """A live line with its amounts; the meanings are those of basket.BillLine. The sum of its tax and
    its articles stand beside it, as every picture of the sale adds up those of all lines."""

    line: Line
    gross_minor: int
    discount_minor: int
    tax: money.TaxSplit
    tax_minor: int
    amount_minor: int
    articles_milli: int
    given_minor: int = 0
    told_minor: int | None = None
    kept: Mapping[TenderType, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sold:
    """A line as it was worked out last: its gross, what its own discount takes off, what of the bill's
    discounts fell on it, and what it came to."""

    line: Line
    gross_minor: int
    own_minor: int
    net_minor: int
    share_minor: int = 0
    total: LineTotal | None = None


class Worked:
    """What a sale and its lines came to the last time: what did not change is not worked out again. Neither
    ever changes but is replaced, so it is known by being the same object. Threads may share one: what it
    holds is right or not there."""

    def __init__(self) -> None:
        self._whole: tuple[Sale, Pricing, Totals] | None = None
        self._pricing: Pricing | None = None
        self._sold: dict[int, _Sold] = {}
        self._pictures: dict[int, tuple[Line, LineTotal | None, Any]] = {}
        self._billed: dict[int, tuple[LineTotal, BillLine]] = {}

    def whole(self, sale: Sale, pricing: Pricing, work_out: Callable[[], Totals]) -> Totals:
        """The sale, under this pricing."""
        known = self._whole
        if known is None or known[0] is not sale or known[1] is not pricing:
            known = self._whole = sale, pricing, work_out()
        return known[2]

    def sold(self, pricing: Pricing) -> dict[int, _Sold]:
        """By line, under this pricing alone."""
        if self._pricing != pricing:
            self._pricing, self._sold = pricing, {}
        return self._sold

    def pictures(
        self,
        lines: Iterable[Line],
        priced: Mapping[int, LineTotal],
        draw: Callable[[Line, LineTotal | None], T],
    ) -> list[T]:
        """Each line with what it comes to as draw shows it, which must always show the same alike."""
        drawn = []
        for line in lines:
            total, known = priced.get(line.no), self._pictures.get(line.no)
            if known is None or known[0] is not line or known[1] is not total:
                known = self._pictures[line.no] = (line, total, draw(line, total))
            drawn.append(known[2])
        return drawn

    def billed(
        self, lines: Iterable[LineTotal], make: Callable[[int, LineTotal], BillLine]
    ) -> tuple[BillLine, ...]:
        """The lines as make has them on a bill, from number 1 on."""
        made = []
        for no, line in enumerate(lines, 1):
            known = self._billed.get(no)
            if known is None or known[0] is not line:
                known = self._billed[no] = (line, make(no, line))
            made.append(known[1])
        return tuple(made)


@dataclass(frozen=True, slots=True)
class Totals:
    """All amounts of a sale. coupon/points minor: what the redemption is worth on this basket.

    paid counts redemptions; tendered is what the cashier took or, negative, gave; cash what of it is cash.
    tenders are those of the cashier and the redemptions. What these leave of due is what the cashier settles:
    above zero it is paid, below zero given back. points_most is the most that points may be worth, by use.
    """

    lines: tuple[LineTotal, ...]
    gross_minor: int
    discount_minor: int
    taxable_minor: int
    tax_minor: int
    rounding_minor: int
    due_minor: int
    coupon_minor: int
    points_minor: int
    paid_minor: int
    tendered_minor: int
    cash_minor: int
    points_most: Mapping[Use, int]
    tenders: tuple[Tender, ...] = ()

    @property
    def settled_minor(self) -> int:
        """What the cashier's tenders must come to; negative when money is given back."""
        return self.due_minor - (self.paid_minor - self.tendered_minor)

    @property
    def balance_minor(self) -> int:
        """Still to pay; never negative."""
        return max(0, self.settled_minor - self.tendered_minor) if self.settled_minor >= 0 else 0

    @property
    def change_minor(self) -> int:
        """To give back of what was handed over; only cash is ever given back."""
        return max(0, self.tendered_minor - self.settled_minor) if self.settled_minor >= 0 else 0

    @property
    def refund_minor(self) -> int:
        """Still to give back for what was returned; never negative."""
        return max(0, self.tendered_minor - self.settled_minor) if self.settled_minor < 0 else 0


def totals(sale: Sale, pricing: Pricing, worked: Worked | None = None) -> Totals:
    """Work out a sale. Pure; the same sale and pricing give the same figures for ever. worked: kept from one
    look at the sale to the next."""
    worked = worked or Worked()
    return worked.whole(sale, pricing, partial(_totals, sale, pricing, worked))


def _totals(sale: Sale, pricing: Pricing, worked: Worked) -> Totals:
    live = sale.live_lines
    sold, coupon, points, priceable = _sold(
        sale, [line for line in live if line.worth is None], pricing, worked
    )
    priced = (*sold, *_taken_back(sale, [line for line in live if line.worth], pricing))
    amount = sum([line.amount_minor for line in priced])
    due = _due(priced, pricing)
    coupon, points = _redeemed(sale, due, coupon, points)
    payable = max(0, due) - (coupon if _is_tender(sale) else 0)
    tenders = _all_tenders(sale, priced, coupon, points)
    return Totals(
        lines=priced,
        # Lists and not generators: of a long bill each step of one would be a call.
        gross_minor=sum([line.gross_minor for line in priced]),
        discount_minor=sum([line.discount_minor for line in priced]),
        taxable_minor=sum([line.tax.taxable_minor for line in priced]),
        tax_minor=sum([line.tax_minor for line in priced]),
        rounding_minor=due - amount,
        due_minor=due,
        coupon_minor=coupon,
        points_minor=points,
        paid_minor=sum(tender.amount_minor for tender in tenders),
        tendered_minor=sum(tender.amount_minor for tender in sale.tenders),
        cash_minor=sum(t.amount_minor for t in sale.tenders if t.type is TenderType.CASH),
        points_most={Use.TENDER: payable, Use.DISCOUNT: priceable},
        tenders=tenders,
    )


def _sold(
    sale: Sale, lines: Sequence[Line], pricing: Pricing, worked: Worked
) -> tuple[list[LineTotal], int, int, int]:
    """The lines that are sold, what coupon and points take off them, and how much points may."""
    known = worked.sold(pricing)
    found = []
    for line in lines:
        last = known.get(line.no)
        found.append(last if last and last.line is line else _own(line))
    net = [one.net_minor for one in found]
    off_bill, coupon, points = _off_bill(sale, sum(net))
    made = []
    for one, share in zip(found, money.allocate(off_bill, net), strict=True):
        if one.total is None or one.share_minor != share:
            one = replace(one, share_minor=share, total=_line_total(one, share, pricing))  # noqa: PLW2901
        known[one.line.no] = one
        made.append(one.total)
    return [total for total in made if total], coupon, points, sum(net) - off_bill + points


def _own(line: Line) -> _Sold:
    gross = line.total_minor or money.extended(line.unit_price_minor, line.qty_milli)
    own = _reduction(line.discount, gross)
    return _Sold(line, gross, own, gross - own)


def _line_total(one: _Sold, share_minor: int, pricing: Pricing) -> LineTotal:
    product = one.line.product
    tax = money.split_tax(
        one.net_minor - share_minor,
        product.tax_bp,
        inclusive=product.tax_inclusive,
        interstate=pricing.interstate,
    )
    discount = one.own_minor + share_minor
    count = articles(product.unit, one.line.qty_milli)
    return LineTotal(one.line, one.gross_minor, discount, tax, tax.tax_minor, tax.amount_minor, count)


def _all_tenders(
    sale: Sale, priced: Sequence[LineTotal], coupon_minor: int, points_minor: int
) -> tuple[Tender, ...]:
    """The cashier's tenders and, after them, redemptions that count as tenders: those of this sale, and,
    negative, those that paid for what comes back."""
    extra = [(TenderType(undo.kind), -undo.value_minor, undo.code) for undo in sale.undos]
    extra += [(kind, -minor, "") for line in priced for kind, minor in line.kept.items()]
    if sale.coupon and sale.coupon.use is Use.TENDER:
        extra.append((TenderType.COUPON, coupon_minor, sale.coupon.code))
    if sale.points and sale.points.use is Use.TENDER:
        extra.append((TenderType.POINTS, points_minor, ""))
    first = max((tender.no for tender in sale.tenders), default=0) + 1
    return sale.tenders + tuple(
        Tender(first + index, kind, amount, reference)
        for index, (kind, amount, reference) in enumerate(row for row in extra if row[1])
    )


def _taken_back(sale: Sale, lines: Sequence[Line], pricing: Pricing) -> Iterable[LineTotal]:
    given = refund_rounding.given_by_line(lines, sale.accounts, pricing.step_minor) if lines else {}
    kept = refund_rounding.kept_by_line(lines, sale.accounts, given) if lines else {}
    told = refund_rounding.told_by_line(lines, sale.accounts) if lines else {}
    for line in lines:
        if worth := line.worth:
            tax = money.TaxSplit(
                -worth.taxable_minor, -worth.cgst_minor, -worth.sgst_minor, -worth.igst_minor
            )
            gross, discount = -worth.gross_minor, -worth.discount_minor
            minor = given.get(line.no, 0)
            count = articles(line.product.unit, line.qty_milli)
            yield LineTotal(
                line,
                gross,
                discount,
                tax,
                tax.tax_minor,
                tax.amount_minor,
                count,
                minor,
                told.get(line.no),
                kept.get(line.no, {}),
            )


def _due(priced: Sequence[LineTotal], pricing: Pricing) -> int:
    sold = [line.amount_minor for line in priced if line.line.worth is None]
    back = [line for line in priced if line.line.worth]
    if not back:
        return money.round_to_step(sum(sold), pricing.step_minor)
    return refund_rounding.due(
        sum(sold) if sold else None,
        sum(_credit(line) for line in back),
        sum(line.given_minor for line in back),
        pricing.step_minor,
    )


def _credit(line: LineTotal) -> int:
    """What goods that come back are worth for new ones: no more than was paid."""
    later = line.line.worth.later_minor if line.line.worth else 0
    return later + (-line.amount_minor if line.told_minor is None else line.told_minor)


def _reduction(discount: Discount | None, amount_minor: int) -> int:
    if discount is None:
        return 0
    return min(amount_minor, discount.minor or money.share(amount_minor, discount.bp))


def _off_bill(sale: Sale, net_minor: int) -> tuple[int, int, int]:
    """(all that comes off the bill, coupon's part, points' part); each is worked on what the last left."""
    off = _reduction(sale.bill_discount, net_minor)
    coupon = points = 0
    if sale.coupon and sale.coupon.use is Use.DISCOUNT:
        coupon = _reduction(Discount(sale.coupon.minor, sale.coupon.bp), net_minor - off)
    if sale.points and sale.points.use is Use.DISCOUNT:
        points = min(sale.points.value_minor, net_minor - off - coupon)
    return off + coupon + points, coupon, points


def _redeemed(sale: Sale, due_minor: int, coupon: int, points: int) -> tuple[int, int]:
    """Worth of the redemptions; as tenders they pay at most what is due."""
    due_minor = max(0, due_minor)
    if sale.coupon and sale.coupon.use is Use.TENDER:
        coupon = _reduction(Discount(sale.coupon.minor, sale.coupon.bp), due_minor)
    if sale.points and sale.points.use is Use.TENDER:
        points = min(sale.points.value_minor, due_minor - (coupon if _is_tender(sale) else 0))
    return coupon, points


def _is_tender(sale: Sale) -> bool:
    return sale.coupon is not None and sale.coupon.use is Use.TENDER
