"""What may come back of a bill, and what it is worth: never more than was sold (seeds: return, mixed).

Every figure of a returned line is its share of the original line's own figures, worked out so that any
sequence of parts gives back exactly what was paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.language.sentence import Sentence
from agent.sale import money
from agent.sale.basket import BY_REDEMPTION, Bill, BillLine, Product, TenderType
from agent.sale.events import GoodsReturned, ReturnLine
from agent.sale.refund_rounding import taken_minor
from agent.sale.refusals import Refused
from agent.sale.return_values import Account, Back, ReturnHow, Undo, Worth
from agent.sale.units import is_measured

_SETS = ("combo", "split")
_WHOLE = {ReturnHow.FULL, ReturnHow.CANCELLED}


@dataclass(frozen=True, slots=True)
class Taken:
    """Something of a bill that came back before. of_line 0: money alone. amount: its worth; given: the money
    it gave, which is settled when its sale is. All figures positive."""

    of_line: int
    how: ReturnHow
    qty_milli: int
    amount_minor: int
    given_minor: int = 0


@dataclass(frozen=True, slots=True)
class Returnable:
    """A bill with what is left of it. left_milli: by line; left_minor: of its amount; cash_minor: of what
    was paid in money, which is the most that a part of it can give back. gone_minor: worth of what came back,
    by line. account: of returns by lines. alone: money without goods was given back."""

    bill: Bill
    left_milli: Mapping[int, int]
    left_minor: int
    cash_minor: int
    hows: frozenset[ReturnHow]
    gone_minor: Mapping[int, int]
    account: Account
    alone: bool = False


def returnable(bill: Bill, before: Iterable[Taken], now: Iterable[Taken] = ()) -> Returnable:
    """What earlier returns, and those of the open sale, have left of a bill."""
    before = list(before)
    account = _account(bill, before)
    left = {line.no: line.qty_milli for line in _sold(bill)}
    gone_of = dict.fromkeys(left, 0)
    gone, hows, alone = 0, set[ReturnHow](), False
    for one in (*before, *now):
        gone += one.amount_minor
        hows.add(one.how)
        alone |= one.how is ReturnHow.AMOUNT and not one.of_line
        if one.of_line in left:
            left[one.of_line] -= one.qty_milli
            gone_of[one.of_line] += one.amount_minor
    if hows & _WHOLE:
        # Of a bill that was rounded up a little is left, which is nobody's.
        return Returnable(bill, left, 0, 0, frozenset(hows), gone_of, account)
    worth = _most(bill) - gone
    in_money = worth - sum(_redeemed(bill).values())
    return Returnable(bill, left, max(0, worth), max(0, in_money), frozenset(hows), gone_of, account, alone)


def _most(bill: Bill) -> int:
    """What may come back of a bill at most: its amount, or of an exchange what the cloud knows as sold."""
    return bill.due_minor if bill.kind == "sale" else min(taken_minor(bill), _lines_minor(bill))


def _lines_minor(bill: Bill) -> int:
    return sum(line.amount_minor for line in _sold(bill))


def _redeemed(bill: Bill) -> dict[TenderType, int]:
    """What of a bill was paid otherwise than with money."""
    paid = [(tender.type, tender.amount_minor) for tender in bill.tenders if tender.amount_minor > 0]
    return {kind: sum(minor for one, minor in paid if one is kind) for kind in BY_REDEMPTION}


def _account(bill: Bill, before: Sequence[Taken]) -> Account:
    redeemed = _redeemed(bill)
    return Account(
        bill.number,
        taken_minor(bill),
        max(0, min(_most(bill), _lines_minor(bill))),
        sum(one.amount_minor for one in before),
        sum(one.given_minor for one in before),
        redeemed[TenderType.COUPON],
        redeemed[TenderType.POINTS],
    )


def whole(found: Returnable, how: ReturnHow, reason: str, *, undone: bool) -> GoodsReturned:
    """All of a bill. undone: the organisation gives redeemed points and coupons back."""
    bill = found.bill
    if found.hows:
        # The cloud takes no whole bill after a part of it (639).
        raise _otherwise(found, "returned-before")
    if how is ReturnHow.CANCELLED and bill.customer is None:
        raise Refused("not-cancelled")
    back = _back(bill, how, reason)
    lines = tuple(
        ReturnLine(
            replace(back, line=line.no),
            _product(line),
            line.qty_milli,
            line.unit_price_minor,
            _share(line, 0, line.qty_milli, 0),
        )
        for line in _sold(bill)
    )
    # What was redeemed is undone by its own name.
    account = replace(found.account, coupon_minor=0, points_minor=0)
    return GoodsReturned(lines, bill.customer, tuple(_undos(bill, undone=undone)), account)


def by_lines(found: Returnable, wanted: Mapping[int, int], reason: str) -> GoodsReturned:
    """Some lines, by number and quantity in thousandths. Of a bill with a set they are told as money: the
    cloud takes no money after lines (635) nor a set by itself (682), which could never be given back."""
    bill = found.bill
    # Also goods worth nothing: to the cloud the bill is returned completely (633).
    if found.alone or found.left_minor <= 0:
        raise _otherwise(found, "money-before")
    as_money = any(is_set(line) for line in _sold(bill)) and ReturnHow.LINE_ITEM not in found.hows
    back = _back(bill, ReturnHow.AMOUNT if as_money else ReturnHow.LINE_ITEM, reason)
    lines = [_by_line(found, no, qty, back) for no, qty in wanted.items()]
    return GoodsReturned(tuple(_capped(found, lines)), bill.customer, account=found.account)


def by_money(found: Returnable, amount_minor: int, reason: str) -> GoodsReturned:
    """Money of a bill without goods: one line for each of its tax rates, so that the tax is right."""
    bill = found.bill
    if ReturnHow.LINE_ITEM in found.hows or found.left_minor <= 0:
        raise _otherwise(found, "lines-before")
    if amount_minor <= 0:
        raise Refused("amount-zero.back")
    _check_left(found, amount_minor)
    if amount_minor > found.cash_minor:
        raise _in_money(found)
    left = [_without(line, found.gone_minor[line.no]) for line in _sold(bill)]
    rates = sorted({line.tax_bp for line in left})
    groups = [[line for line in left if line.tax_bp == rate] for rate in rates]
    weights = [sum(line.amount_minor for line in group) for group in groups]
    if not any(weights):  # what rounding added is left, and goods worth nothing
        weights[0] = 1
    gone = _most(bill) - found.left_minor - sum(found.gone_minor.values())
    before, upto = _over_rates(weights, gone), _over_rates(weights, gone + amount_minor)
    parts = [after - done for done, after in zip(before, upto, strict=True)]
    if min(parts) < 0:  # a few paise over many rates
        parts = money.allocate(amount_minor, weights)
    back = _back(bill, ReturnHow.AMOUNT, reason)
    lines = [
        _money_line(bill, group, done, part, back)
        for group, done, part in zip(groups, before, parts, strict=True)
        if part
    ]
    # Of the money alone, up to all of it: what rounding added is given back too.
    redeemed = sum(_redeemed(bill).values())
    account = Account(
        bill.number,
        max(0, taken_minor(bill) - redeemed),
        max(0, _most(bill) - redeemed),
        found.account.gone_minor,
        found.account.given_minor,
    )
    return GoodsReturned(tuple(lines), bill.customer, account=account)


def unknown(
    product: Product,
    qty_milli: int,
    number: str,
    at: str,
    reason: str,
    worth: Worth,
    before: Iterable[Taken] = (),
) -> GoodsReturned:
    """Goods of a bill this till does not know, by the catalogue's price (no-bill return). before: what came
    back here under the same number."""
    back = Back(number, at, ReturnHow.LINE_ITEM, reason, known=False)
    before = list(before)
    account = Account(
        number,
        None,
        0,
        sum(one.amount_minor for one in before),
        sum(one.given_minor for one in before),
    )
    return GoodsReturned((ReturnLine(back, product, qty_milli, product.price_minor, worth),), account=account)


def _sold(bill: Bill) -> list[BillLine]:
    return [line for line in bill.lines if line.back is None]


def _back(bill: Bill, how: ReturnHow, reason: str) -> Back:
    buyer = bill.customer
    earned = bill.earns and buyer is not None and buyer.loyalty
    return Back(bill.number, bill.at, how, reason, interested=buyer is not None, earned=earned)


def _by_line(found: Returnable, no: int, qty_milli: int, back: Back) -> ReturnLine:
    line = next((line for line in _sold(found.bill) if line.no == no), None)
    if line is None:
        raise Refused("no-such-line.sold", number=found.bill.number, no=no)
    if is_set(line):
        raise _set(found, line)
    left = found.left_milli[no]
    if not 0 < qty_milli <= left:
        raise _more_than_left(line, left)
    done = line.qty_milli - left
    return ReturnLine(
        replace(back, line=no),
        _product(line),
        qty_milli,
        line.unit_price_minor,
        _share(line, done, qty_milli, found.gone_minor[no]),
    )


def _more_than_left(line: BillLine, left_milli: int) -> Refused:
    if left_milli <= 0:
        return Refused("more-than-left.none", name=line.name)
    if not is_measured(line.unit) and left_milli % 1000 == 0:
        return Refused("more-than-left.pieces", name=line.name, count=left_milli // 1000)
    return Refused("more-than-left.measure", name=line.name, left=f"{left_milli / 1000:g}")


def _share(line: BillLine, done_milli: int, qty_milli: int, gone_minor: int) -> Worth:
    """The figures of the next qty of a line of which done has come back already, for gone.

    What the customer gets comes first, so that equal pieces are worth the same where that can be; the tax
    follows the amount, the taxable value is the rest. A piece of one paisa may have a taxable value of -1.
    """

    def part(whole_minor: int) -> int:
        return _between(whole_minor, done_milli, done_milli + qty_milli, line.qty_milli)

    # A part that was to come back and was voided leaves the others as they were worked out.
    amount = max(0, money.divide(line.amount_minor * (done_milli + qty_milli), line.qty_milli) - gone_minor)
    cgst, sgst, igst = (
        _between(whole, gone_minor, gone_minor + amount, line.amount_minor)
        for whole in (line.cgst_minor, line.sgst_minor, line.igst_minor)
    )
    taxable = amount - cgst - sgst - igst
    # Gross less discount is what the price says of it: the amount, or what the tax came on top of.
    net = amount if line.tax_inclusive else taxable
    discount = part(line.discount_minor)
    return Worth(net + discount, discount, taxable, cgst, sgst, igst)


def _without(line: BillLine, gone_minor: int) -> BillLine:
    """The line's amount and tax without those of goods that came back, worth so much."""
    amount = line.amount_minor
    cgst, sgst, igst = (
        _between(tax, gone_minor, amount, amount)
        for tax in (line.cgst_minor, line.sgst_minor, line.igst_minor)
    )
    return replace(line, amount_minor=amount - gone_minor, cgst_minor=cgst, sgst_minor=sgst, igst_minor=igst)


def _between(whole_minor: int, start: int, end: int, of: int) -> int:
    """The part of an amount from start to end: of the parts of a whole none is lost, whatever their sizes."""
    return money.divide(whole_minor * end, of) - money.divide(whole_minor * start, of) if of else 0


def _capped(found: Returnable, lines: list[ReturnLine]) -> list[ReturnLine]:
    """The lines, but not worth more than what is left of the bill: a bill rounded down paid a little less."""
    excess = sum(line.worth.amount_minor for line in lines) - found.left_minor
    if 0 < excess <= _lines_minor(found.bill) - _most(found.bill):
        lines[-1] = replace(lines[-1], worth=_less(lines[-1], excess))
    _check_left(found, sum(line.worth.amount_minor for line in lines))
    return lines


def _less(line: ReturnLine, minor: int) -> Worth:
    """The worth without so much, off the goods first and then off the tax; as a discount, where the price
    holds what goes off, so that gross less discount stays what it is."""
    worth, off = line.worth, 0
    for name in ("taxable_minor", "igst_minor", "sgst_minor", "cgst_minor"):
        part = min(minor, max(0, getattr(worth, name)))
        worth, minor = replace(worth, **{name: getattr(worth, name) - part}), minor - part
        off += part if line.product.tax_inclusive or name == "taxable_minor" else 0
    return replace(worth, discount_minor=worth.discount_minor + off)


def _check_left(found: Returnable, amount_minor: int) -> None:
    if amount_minor > found.left_minor:
        left = money.plain_text(found.left_minor)
        raise Refused("more-than-left.money", number=found.bill.number, left=left)


def _in_money(found: Returnable) -> Refused:
    """More money than was paid as such."""
    number = found.bill.number
    if found.cash_minor <= 0:
        return Refused("paid-by-redemption.all", number=number)
    return Refused("paid-by-redemption.most", number=number, left=money.plain_text(found.cash_minor))


def _otherwise(found: Returnable, code: str) -> Refused:
    """Why a bill of which something came back does not come back in the way that was wanted, and the way that
    is left: the cloud takes no mixture of lines and money (632, 635)."""
    number = found.bill.number
    left = [line for line in _sold(found.bill) if found.left_milli[line.no] > 0]
    if found.left_minor <= 0 or not left:
        return Refused("nothing-left", number=number)
    if found.alone and found.cash_minor:
        return Refused(Sentence("money-before", number=number).under(code))
    if found.alone:
        return _in_money(found)
    if not single(found):
        return _set(found, left[0])
    return Refused(Sentence("lines-before", number=number).under(code))


def _set(found: Returnable, line: BillLine) -> Refused:
    if ReturnHow.LINE_ITEM in found.hows:
        return Refused("set.late", name=line.name)
    if not found.hows:
        return Refused("set.first" if found.cash_minor > 0 else "set.whole", name=line.name)
    return Refused("set.money", name=line.name) if found.cash_minor > 0 else _in_money(found)


def single(found: Returnable) -> bool:
    """Whether any line of a bill may come back by itself."""
    left = (line for line in _sold(found.bill) if found.left_milli[line.no] > 0)
    return found.left_minor > 0 and any(not is_set(line) for line in left)


def is_set(line: BillLine) -> bool:
    """Whether it comes back with its whole bill alone: the cloud takes no part of that (682)."""
    return any(part.kind in _SETS for part in line.parts)


def _over_rates(weights: Sequence[int], amount_minor: int) -> list[int]:
    """An amount over tax rates of these weights; the largest takes what rounding leaves over."""
    parts = [money.divide(amount_minor * weight, sum(weights)) for weight in weights]
    parts[weights.index(max(weights))] += amount_minor - sum(parts)
    return parts


def _money_line(
    bill: Bill, group: Sequence[BillLine], done_minor: int, amount_minor: int, back: Back
) -> ReturnLine:
    """Money of one tax rate of which done was given before. What rounding added to the bill has no tax."""
    whole_minor = sum(line.amount_minor for line in group)
    start, end = min(done_minor, whole_minor), min(done_minor + amount_minor, whole_minor)

    def part(name: str) -> int:
        return _between(sum(getattr(line, name) for line in group), start, end, whole_minor)

    cgst, sgst, igst = part("cgst_minor"), part("sgst_minor"), part("igst_minor")
    worth = Worth(amount_minor, 0, amount_minor - cgst - sgst - igst, cgst, sgst, igst)
    product = Product("", f"Money back on bill {bill.number}", amount_minor, group[0].tax_bp)
    return ReturnLine(back, product, 1000, amount_minor, worth)


def _undos(bill: Bill, *, undone: bool) -> Iterable[Undo]:
    paid = _redeemed(bill)
    if bill.points:
        points = bill.points.points_milli
        yield Undo("points", bill.number, paid[TenderType.POINTS], points_milli=points, given_back=undone)
    if bill.coupon:
        code = bill.coupon.code
        yield Undo("coupon", bill.number, paid[TenderType.COUPON], code=code, given_back=undone)


def _product(line: BillLine) -> Product:
    return Product(
        sku=line.sku,
        name=line.name,
        price_minor=line.unit_price_minor,
        tax_bp=line.tax_bp,
        hsn=line.hsn,
        unit=line.unit,
        gtin=line.gtin,
        tax_inclusive=line.tax_inclusive,
        variant=line.variant,
        parent_sku=line.parent_sku,
        parts=line.parts,
    )
