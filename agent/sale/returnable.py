"""What is left of a bill of which something came back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from agent.sale import money
from agent.sale.basket import BY_REDEMPTION, Bill, BillLine, TenderType, Use
from agent.sale.refund_rounding import taken_minor
from agent.sale.return_shares import sold_for, summed, without
from agent.sale.return_values import Account, ReturnHow, Worth

WHOLE = {ReturnHow.FULL, ReturnHow.CANCELLED}


@dataclass(frozen=True, slots=True)
class Taken:
    """Something of a bill that came back before. of_line 0: money alone, at this rate of tax. given: what it
    gave, which is settled when its sale is; kept: what of that was no money, by the redemption that had paid
    for it. All figures positive."""

    of_line: int
    how: ReturnHow
    qty_milli: int
    worth: Worth
    given_minor: int = 0
    tax_bp: int = 0
    kept_coupon_minor: int = 0
    kept_points_minor: int = 0


@dataclass(frozen=True, slots=True)
class Returnable:
    """A bill with what is left of it. left_milli and left: by line, its quantity and its worth; left_minor:
    of what was paid for it, later_minor of that afterwards; cash_minor: of what was paid in money, which is
    the most that a part of it can give back. rates: the worth that is left, by rate of tax. account: of
    returns by lines. alone: money without goods was given back."""

    bill: Bill
    left_milli: Mapping[int, int]
    left: Mapping[int, Worth]
    left_minor: int
    cash_minor: int
    hows: frozenset[ReturnHow]
    rates: Mapping[int, Worth]
    account: Account
    later_minor: int = 0
    alone: bool = False


def returnable(
    bill: Bill, before: Iterable[Taken], now: Iterable[Taken] = (), later_minor: int = 0
) -> Returnable:
    """What earlier returns, and those of the open sale, have left of a bill. later: what was paid for it
    afterwards, as the cloud refused what it had as a discount."""
    before, now = list(before), list(now)
    every = [*before, *now]
    hows = frozenset(one.how for one in every)
    left, left_milli = _by_line(bill, every)
    redeemed, kept = redeemed_of(bill), _kept(before)
    # What was kept for a redemption that is money by now was paid afterwards too.
    owing = sum(minor for kind, minor in kept.items() if not redeemed[kind])
    kept = {kind: min(minor, redeemed[kind]) for kind, minor in kept.items()}
    no_money = sum(redeemed.values()) - sum(kept.values())
    whole = _whole_minor(bill) + later_minor
    account = Account(
        bill.number,
        taken_minor(bill) + later_minor,
        whole,
        _gone(bill, before) - owing,
        sum(one.given_minor for one in before) - owing,
        redeemed[TenderType.COUPON],
        redeemed[TenderType.POINTS],
        max(0, _whole_minor(bill) - sum(one.worth.amount_minor for one in before)),
        kept[TenderType.COUPON],
        kept[TenderType.POINTS],
    )
    gone = _gone(bill, every) - owing
    later_left = later_minor + owing - sum(one.worth.later_minor for one in every)
    worth = most_of(bill) + later_minor - gone
    if hows & WHOLE or gone >= whole:
        # With the last goods all is given, and what rounding added is nobody's; but for what was paid since.
        worth = 0 if hows & WHOLE or now else taken_minor(bill) + later_minor - account.given_minor
        later_left = max(0, worth - no_money)
        account = account if now else replace(account, gone_minor=whole - later_left)
    return Returnable(
        bill,
        left_milli,
        _with_later(left, {no for no, milli in left_milli.items() if milli > 0}, later_left),
        max(0, worth),
        max(0, worth - no_money),
        hows,
        _by_rate(bill, left, every),
        account,
        later_left,
        any(one.how is ReturnHow.AMOUNT and not one.of_line for one in every),
    )


def _gone(bill: Bill, taken: Iterable[Taken]) -> int:
    """What of what was paid was for what came back: lines of a bill that was rounded down come to more."""
    taken = list(taken)
    goods = min(_whole_minor(bill), sum(one.worth.amount_minor for one in taken))
    return goods + sum(one.worth.later_minor for one in taken)


def _by_line(bill: Bill, every: Iterable[Taken]) -> tuple[dict[int, Worth], dict[int, int]]:
    """(worth, quantity) that is left of each line."""
    left = {line.no: sold_for(line) for line in sold_lines(bill)}
    left_milli = {line.no: line.qty_milli for line in sold_lines(bill)}
    for one in every:
        if one.of_line in left:
            left_milli[one.of_line] -= one.qty_milli
            left[one.of_line] = without(left[one.of_line], one.worth)
    return left, left_milli


def _by_rate(bill: Bill, left: Mapping[int, Worth], every: Iterable[Taken]) -> dict[int, Worth]:
    """The worth that is left by rate of tax, also after money that was given back without goods."""
    alone = [one for one in every if not one.of_line]
    rates: dict[int, Worth] = {}
    for rate in sorted({line.tax_bp for line in sold_lines(bill)}):
        goods = summed(left[line.no] for line in sold_lines(bill) if line.tax_bp == rate)
        rates[rate] = without(goods, summed(one.worth for one in alone if one.tax_bp == rate))
    return rates


def _kept(before: Iterable[Taken]) -> dict[TenderType, int]:
    """What credit notes kept for redemptions of their bill."""
    before = list(before)
    return {
        TenderType.COUPON: sum(one.kept_coupon_minor for one in before),
        TenderType.POINTS: sum(one.kept_points_minor for one in before),
    }


def _with_later(left: Mapping[int, Worth], nos: set[int], later_minor: int) -> dict[int, Worth]:
    """The worth of each line with its share of what was paid afterwards, of those that may still come back:
    what was no discount after all was one in proportion to what they come to."""
    for weight in (lambda one: one.amount_minor, lambda one: one.gross_minor, lambda _: 1):
        weights = [weight(worth) if no in nos else 0 for no, worth in left.items()]
        if any(weights):
            shares = money.allocate(later_minor, weights)
            return {
                no: replace(worth, later_minor=share)
                for (no, worth), share in zip(left.items(), shares, strict=True)
            }
    return dict(left)


def as_paid(bill: Bill, paid: Collection[str]) -> tuple[Bill, int]:
    """A bill of which the customer paid these redemptions (points, coupon) in money after all: they are
    money, and what was a discount was paid on top of the bill."""
    tenders = tuple(replace(t, type=TenderType.CASH) if t.type.value in paid else t for t in bill.tenders)
    later = 0
    if bill.coupon and bill.coupon.use is Use.DISCOUNT and "coupon" in paid:
        later += bill.coupon_value_minor
    if bill.points and bill.points.use is Use.DISCOUNT and "points" in paid:
        later += bill.points.value_minor
    return replace(bill, tenders=tenders), later


def most_of(bill: Bill) -> int:
    """What may come back of a bill at most: its amount, or of an exchange what the cloud knows as sold."""
    return bill.due_minor if bill.kind == "sale" else min(taken_minor(bill), _lines_minor(bill))


def _whole_minor(bill: Bill) -> int:
    """The worth of what came back of a bill at which all of it did: rounded down it paid a little less."""
    return max(0, min(most_of(bill), _lines_minor(bill)))


def _lines_minor(bill: Bill) -> int:
    return sum(line.amount_minor for line in sold_lines(bill))


def redeemed_of(bill: Bill) -> dict[TenderType, int]:
    """What of a bill was paid otherwise than with money."""
    paid = [(tender.type, tender.amount_minor) for tender in bill.tenders if tender.amount_minor > 0]
    return {kind: sum(minor for one, minor in paid if one is kind) for kind in BY_REDEMPTION}


def sold_lines(bill: Bill) -> list[BillLine]:
    """What was sold on a bill."""
    return [line for line in bill.lines if line.back is None]
