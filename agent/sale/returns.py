"""What may come back of a bill, and what it is worth: never more than was sold (seeds: return, mixed).

Every figure of a returned line is its share of the original line's own figures (agent.sale.return_shares),
so that any sequence of parts gives back exactly what was paid. A bill that was rounded down paid less than
its lines come to: what is given and what the cloud is told stop there, the lines and their tax do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from agent.language.sentence import Sentence
from agent.sale import money
from agent.sale.basket import Bill, BillLine, Product, TenderType
from agent.sale.events import GoodsReturned, ReturnLine
from agent.sale.refund_rounding import taken_minor
from agent.sale.refusals import Refused
from agent.sale.return_shares import of_amount, of_quantity
from agent.sale.return_values import Account, Back, ReturnHow, Undo, Worth
from agent.sale.returnable import WHOLE, Returnable, Taken, most_of, redeemed_of, sold_lines
from agent.sale.units import is_measured

_SETS = ("combo", "split")


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
            found.left[line.no],
        )
        for line in sold_lines(bill)
    )
    # What was redeemed is undone by its own name.
    account = replace(found.account, coupon_minor=0, points_minor=0)
    return GoodsReturned(lines, bill.customer, tuple(_undos(bill, undone=undone)), account)


def by_lines(found: Returnable, wanted: Mapping[int, int], reason: str) -> GoodsReturned:
    """Some lines, by number and quantity in thousandths. Of a bill with a set they are told as money: the
    cloud takes no money after lines (635) nor a set by itself (682), which could never be given back."""
    bill = found.bill
    if found.alone or not any(left > 0 for left in found.left_milli.values()):
        raise _otherwise(found, "money-before")
    as_money = any(is_set(line) for line in sold_lines(bill)) and ReturnHow.LINE_ITEM not in found.hows
    back = _back(bill, ReturnHow.AMOUNT if as_money else ReturnHow.LINE_ITEM, reason)
    lines = [_by_line(found, no, qty, back) for no, qty in wanted.items()]
    return GoodsReturned(tuple(lines), bill.customer, account=found.account)


def by_money(found: Returnable, amount_minor: int, reason: str) -> GoodsReturned:
    """Money of a bill without goods: one line for each of its tax rates, so that the tax is right."""
    bill = found.bill
    if not _money_goes(found):
        raise _otherwise(found, "lines-before")
    if found.cash_minor <= 0:
        raise _in_money(found)
    if amount_minor <= 0:
        raise Refused("amount-zero.back")
    _check_left(found, amount_minor)
    if amount_minor > found.cash_minor:
        raise _in_money(found)
    # The last of it is all that is left, so that the tax is that of the bill; what rounding added has none.
    goods = sum(left.amount_minor for left in found.rates.values())
    later = found.later_minor
    if amount_minor < found.left_minor:
        goods = min(goods, amount_minor)
        later = min(later, amount_minor - goods)
    parts = money.allocate(goods, [left.amount_minor for left in found.rates.values()])
    back = _back(bill, ReturnHow.AMOUNT, reason)
    worths = {
        rate: of_amount(left, part) for (rate, left), part in zip(found.rates.items(), parts, strict=True)
    }
    last = max(worths, key=lambda rate: (worths[rate].amount_minor > 0, rate))
    worths[last] = replace(worths[last], later_minor=later)
    lines = [_money_line(bill, rate, worth, back) for rate, worth in worths.items() if worth.paid_minor]
    # Of the money alone, up to all of it: what rounding added is given back too.
    redeemed, account = sum(redeemed_of(bill).values()), found.account
    took, later_in_all = account.took_minor or 0, (account.took_minor or 0) - taken_minor(bill)
    kept = account.kept_coupon_minor + account.kept_points_minor
    account = replace(
        account,
        took_minor=max(0, took - redeemed),
        whole_minor=min(most_of(bill) + later_in_all - redeemed + kept, account.whole_minor),
        given_minor=account.given_minor - kept,
        coupon_minor=0,
        points_minor=0,
        kept_coupon_minor=0,
        kept_points_minor=0,
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
        sum(one.worth.paid_minor for one in before),
        sum(one.given_minor for one in before),
    )
    return GoodsReturned((ReturnLine(back, product, qty_milli, product.price_minor, worth),), account=account)


def _back(bill: Bill, how: ReturnHow, reason: str) -> Back:
    buyer = bill.customer
    earned = bill.earns and buyer is not None and buyer.loyalty
    return Back(bill.number, bill.at, how, reason, interested=buyer is not None, earned=earned)


def _by_line(found: Returnable, no: int, qty_milli: int, back: Back) -> ReturnLine:
    line = next((line for line in sold_lines(found.bill) if line.no == no), None)
    if line is None:
        raise Refused("no-such-line.sold", number=found.bill.number, no=no)
    if is_set(line):
        raise _set(found, line)
    left = found.left_milli[no]
    if not 0 < qty_milli <= left:
        raise _more_than_left(line, left)
    worth = of_quantity(found.left[no], qty_milli, left, tax_inclusive=line.tax_inclusive)
    return ReturnLine(replace(back, line=no), _product(line), qty_milli, line.unit_price_minor, worth)


def _more_than_left(line: BillLine, left_milli: int) -> Refused:
    if left_milli <= 0:
        return Refused("more-than-left.none", name=line.name)
    if not is_measured(line.unit) and left_milli % 1000 == 0:
        return Refused("more-than-left.pieces", name=line.name, count=left_milli // 1000)
    return Refused("more-than-left.measure", name=line.name, left=f"{left_milli / 1000:g}")


def _check_left(found: Returnable, amount_minor: int) -> None:
    if amount_minor > found.left_minor:
        left = money.plain_text(found.left_minor)
        raise Refused("more-than-left.money", number=found.bill.number, left=left)


def _in_money(found: Returnable) -> Refused:
    """More money than was paid as such."""
    number = found.bill.number
    if found.left_minor <= 0:
        goods = not found.hows or (single(found) and not found.alone)
        return Refused("nothing-left.money" if goods else "nothing-left", number=number)
    if found.cash_minor <= 0:
        return Refused("paid-by-redemption.all", number=number)
    return Refused("paid-by-redemption.most", number=number, left=money.plain_text(found.cash_minor))


def _otherwise(found: Returnable, code: str) -> Refused:
    """Why a bill of which something came back does not come back in the way that was wanted, and the way that
    is left: the cloud takes no mixture of lines and money (632, 635)."""
    number = found.bill.number
    left = [line for line in sold_lines(found.bill) if found.left_milli[line.no] > 0]
    if not left or (found.alone and found.left_minor <= 0):
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


def ways(found: Returnable) -> set[ReturnHow]:
    """The ways in which a bill may still come back."""
    ways = set(ReturnHow)
    if found.hows:
        ways -= WHOLE
    if found.bill.customer is None:
        ways.discard(ReturnHow.CANCELLED)
    if not _money_goes(found) or found.cash_minor <= 0:
        ways.discard(ReturnHow.AMOUNT)
    if found.alone or not single(found):
        ways.discard(ReturnHow.LINE_ITEM)
    return ways


def _money_goes(found: Returnable) -> bool:
    """Whether money alone may be given back: after lines only what was paid when all goods were back, of
    which the cloud hears nothing."""
    return ReturnHow.LINE_ITEM not in found.hows or not any(left > 0 for left in found.left_milli.values())


def all_back(found: Returnable) -> bool:
    """Whether the customer has nothing of a bill any more that anything was paid for."""
    if not any(left > 0 for left in found.left_milli.values()):
        return True
    return bool(found.hows) and not found.alone and not found.left_minor and bool(found.account.whole_minor)


def single(found: Returnable) -> bool:
    """Whether any line of a bill may come back by itself."""
    left = (line for line in sold_lines(found.bill) if found.left_milli[line.no] > 0)
    return any(not is_set(line) for line in left)


def is_set(line: BillLine) -> bool:
    """Whether it comes back with its whole bill alone: the cloud takes no part of that (682)."""
    return any(part.kind in _SETS for part in line.parts)


def _money_line(bill: Bill, tax_bp: int, worth: Worth, back: Back) -> ReturnLine:
    """Money of one rate of tax."""
    product = Product("", f"Money back on bill {bill.number}", worth.gross_minor, tax_bp)
    return ReturnLine(back, product, 1000, worth.gross_minor, worth)


def _undos(bill: Bill, *, undone: bool) -> Iterable[Undo]:
    paid = redeemed_of(bill)
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
