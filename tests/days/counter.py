"""Selling and paying, and what the counter must show after every step."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from agent.cloud import outbox_entries
from agent.sale import events as e
from agent.sale.basket import Discount, Phase, TenderType
from agent.till.answer import Answer

from . import people
from .model import Basket, Reduction, Sold, SoldLine, gives, tells
from .shelf import GOODS

if TYPE_CHECKING:
    from .day import Day

SELLABLE = (Phase.IDLE, Phase.SELLING)
_CREDIT = "C"


def phase(day: Day) -> Phase:
    """Where the till's sale stands; decides what a cashier can press, never what is right."""
    return day.till.open_sale.sale.phase


def compare(day: Day) -> None:
    """The open sale is what was agreed, also after a death of the daemon."""
    sale, basket = day.till.open_sale.sale, day.basket
    sold = [(line.no, line.product.sku, line.qty_milli) for line in sale.live_lines if not line.back]
    assert sold == [(line.no, line.sku, line.milli) for line in basket.live]
    back = sum(line.worth.amount_minor for line in sale.live_lines if line.worth)
    agreed = sum(each.minor for each in basket.backs)
    assert back == agreed, f"{back} comes back instead of {agreed}"
    tenders = [(str(tender.type), tender.amount_minor) for tender in sale.tenders]
    assert tenders == basket.tenders
    assert (sale.coupon.code if sale.coupon else "") == (basket.coupon.code if basket.coupon else "")
    assert (sale.points.points_milli if sale.points else 0) == basket.points_milli
    assert (sale.customer.identifier if sale.customer else ("", "")) == basket.ident
    if sale.live_lines:
        money = basket.reckon(coupon_pays=day.coupon_pays).money - sum(amount for _, amount in basket.tenders)
        shown = day.till.open_sale.open_minor()
        assert shown == (0 if money < 0 < sum(a for _, a in basket.tenders) else abs(money)), (shown, money)


# --- lines


def scan(day: Day, rng: Random) -> None:
    product = rng.choice(GOODS)
    answer = day.till.labels.scan(product.gtin.removeprefix("0"))
    # Nobody said how much of what is weighed.
    assert answer.ok == (phase(day) in SELLABLE and product.unit != "kg"), answer
    if answer.ok:
        _added(day, product.sku, product.price_minor, 1000)


def pick(day: Day, rng: Random) -> None:
    product = next(each for each in GOODS if each.unit == "kg")
    milli = rng.choice((250, 333, 1000, 1777, 12_345))
    answer = day.till.cashier.add_item(product.sku, milli, day.key())
    assert answer.ok == (phase(day) in SELLABLE), answer
    if answer.ok:
        _added(day, product.sku, product.price_minor, milli)


def _added(day: Day, sku: str, price: int, milli: int) -> None:
    day.basket.top += 1
    day.basket.lines[day.basket.top] = SoldLine(day.basket.top, sku, price, milli)
    day.done("scan")


def quantity(day: Day, rng: Random) -> None:
    line = _some_line(day, rng)
    if line is None:
        return
    milli = rng.randint(2, 7) * 1000
    if day.till.cashier.do(e.QuantitySet(line.no, milli), day.key()).ok:
        line.milli = milli
        day.done("quantity")


def discount_line(day: Day, rng: Random) -> None:
    line = _some_line(day, rng)
    if line is None:
        return
    off = _reduction(rng)
    event = e.LineDiscounted(line.no, Discount(off.minor, off.bp, "shelf is scratched"))
    if day.till.cashier.do(event, day.key()).ok:
        line.off = off
        day.done("line discount")


def discount_bill(day: Day, rng: Random) -> None:
    off = _reduction(rng)
    if day.till.cashier.do(e.BillDiscounted(Discount(off.minor, off.bp, "festival")), day.key()).ok:
        day.basket.off = off
        day.done("bill discount")


def void(day: Day, rng: Random) -> None:
    """A line that is sold or was coming back; a whole bill and sums of money of one go together."""
    live = [line.no for line in day.till.open_sale.sale.live_lines]
    if not live or phase(day) is not Phase.SELLING:
        return
    no, basket = rng.choice(live), day.basket
    assert day.till.cashier.do(e.LineVoided(no), day.key()).ok
    if no % 3 == 0:
        assert day.till.cashier.do(e.LineRestored(no), day.key()).ok
        day.done("void undone")
        return
    if no in basket.lines:
        basket.lines[no].voided = True
    else:
        gone = next(back for back in basket.backs if no in back.nos)
        together = gone.how != "LINE_ITEM"
        basket.backs = [
            back
            for back in basket.backs
            if not (back is gone or (together and back.bill is gone.bill and back.how != "LINE_ITEM"))
        ]
    day.done("void")


def _some_line(day: Day, rng: Random) -> SoldLine | None:
    live = day.basket.live
    return rng.choice(live) if live and phase(day) is Phase.SELLING else None


def _reduction(rng: Random) -> Reduction:
    shares = (Reduction(bp=1_000), Reduction(bp=333), Reduction(bp=10_000))
    return rng.choice((*shares, Reduction(700), Reduction(1_999)))


# --- paying


def pay(day: Day, rng: Random) -> None:
    """Everything that is due, some ways of paying, and the bill."""
    if _begun(day):
        while not _covered(day):
            _tender(day, rng)
        _complete(day, rng)


def pay_half(day: Day, rng: Random) -> None:
    """Begun, perhaps one payment, perhaps taken back."""
    if not _begun(day):
        return
    if not _covered(day):
        _tender(day, rng)
    if rng.random() < 0.5:
        for tender in day.till.open_sale.sale.tenders:
            assert day.till.cashier.do(e.TenderRemoved(tender.no), day.key()).ok
        day.basket.tenders = []
        assert day.till.cashier.do(e.TenderBack(), day.key()).ok


def _begun(day: Day) -> bool:
    now = phase(day)
    if now is not Phase.SELLING:
        return now in (Phase.TENDERING, Phase.COVERED)
    answer = day.till.cashier.do(e.TenderBegun(), day.key())
    due = day.basket.reckon(coupon_pays=day.coupon_pays)
    if answer.code == "coupon-worthless":
        assert day.basket.coupon and not due.coupon, due
        assert day.till.cashier.do(e.CouponRemoved(), day.key()).ok
        day.basket.coupon = None
        day.done("coupon kept")
        return _begun(day)
    assert not (answer.ok and day.basket.coupon and not due.coupon), "a coupon is used for nothing"
    fits = bool(day.basket.live or day.basket.backs) and due.points == day.basket.points_milli // 10
    assert answer.ok == fits, answer
    return answer.ok


def _open(day: Day) -> int:
    due = day.basket.reckon(coupon_pays=day.coupon_pays)
    return due.money - sum(amount for _, amount in day.basket.tenders)


def _covered(day: Day) -> bool:
    """Whether all is paid or given back, by the books; the till must think so too."""
    left = _open(day)
    gives = day.basket.reckon(coupon_pays=day.coupon_pays).money < 0
    covered = left == 0 or (left < 0 and not gives)
    assert covered == (phase(day) is Phase.COVERED), (left, phase(day))
    return covered


def _tender(day: Day, rng: Random) -> None:
    left = _open(day)
    part = abs(left) if rng.random() < 0.8 else rng.randint(1, abs(left))
    kind = rng.choice((TenderType.CASH, TenderType.CASH, TenderType.CARD, TenderType.UPI))
    if kind is TenderType.CASH and left > 0:
        part += rng.choice((0, 0, 5_000, 77))
    reference = "" if kind is TenderType.CASH else "T123"
    assert day.till.cashier.do(e.TenderAdded(kind, part, reference), day.key()).ok
    day.basket.tenders.append((str(kind), part if left > 0 else -part))


def _complete(day: Day, rng: Random) -> None:
    basket, key = day.basket, day.key()
    answer = day.till.cashier.do(e.Completed(), key)
    assert answer.ok, answer
    if rng.random() < 0.15:
        # The page never saw the answer and asks again, of the next daemon even.
        day.till.restart()
    if rng.random() < 0.3:
        again = day.till.cashier.do(e.Completed(), key)
        assert again.ok and again.data == answer.data, again
    day.basket = Basket()
    _booked(day, basket, answer)


def _booked(day: Day, basket: Basket, answer: Answer) -> None:
    due = basket.reckon(coupon_pays=day.coupon_pays)
    paid = sum(amount for _, amount in basket.tenders)
    change = max(0, paid - due.money) if due.money >= 0 else 0
    assert answer.data["due_minor"] == due.due, (answer, due)
    assert answer.data["change_minor"] == change, (answer, due, paid)
    number = str(answer.data["bill_number"])
    _next_number(day, number, credit=not basket.live)
    for kind, amount in basket.tenders:
        day.books.drawer[kind] += amount
    day.books.drawer["cash"] -= change
    lines = dict(enumerate(basket.live, 1))
    bill = Sold(number, due.due, basket.member, lines, basket.backs, ident=basket.ident)
    bill.points_milli, bill.points_minor = basket.points_milli, due.points
    bill.coupon = basket.coupon
    bill.coupon_minor = due.coupon if day.coupon_pays else 0
    for parent, backs in basket.parents():
        backs[-1].given = gives(parent, backs)
        for back, told in zip(backs, tells(parent, backs), strict=True):
            back.told = told
    day.books.bills[number] = bill
    _read_lines(day, bill)
    _exchanged(day, bill)
    for back in basket.backs:
        back.number = number
        back.bill.returns.append(back)
        _within(back.bill)
    day.done("mixed bill" if lines and basket.backs else "bill" if lines else "credit note")
    day.done("bill with points") if bill.points_milli else None
    day.done("bill with coupon") if bill.coupon else None


def _next_number(day: Day, number: str, *, credit: bool) -> None:
    """Consecutive in its series, none reused; credit notes have a series of their own."""
    series, seq = number[:-6], int(number[-6:])
    assert series.endswith(_CREDIT if credit else "-"), number
    assert seq == day.books.last.get(series, 0) + 1, (number, day.books.last)
    day.books.last[series] = seq


def _read_lines(day: Day, bill: Sold) -> None:
    """What the counter says each line cost, which must sum up to what was paid, less the rounding."""
    if not bill.lines:
        return
    told = day.till.returning.look(bill.number)
    assert told.ok, told
    bill.at = told.data["at"]
    for row in told.data["lines"]:
        line = bill.lines[row["no"]]
        assert (row["qty_milli"], row["left_milli"]) == (line.milli, line.milli), row
        line.amount = row["amount_minor"]
        assert 0 <= line.amount <= line.net
    assert len(told.data["lines"]) == len(bill.lines)
    # What of a bill that was rounded down is paid with is no more than was paid for it.
    total = sum(line.amount for line in bill.lines.values()) - sum(back.told or 0 for back in bill.backs)
    least = bill.due == -sum(back.given for back in bill.backs)
    assert abs(total - bill.due) <= 50 or least, (bill.number, total, bill.due)


def _exchanged(day: Day, bill: Sold) -> None:
    """Which goods the bill's own call takes back, and what it tells the bill is worth: its new goods
    (docs/loyalty.md)."""
    if not bill.lines:
        return
    sold = sum(line.amount for line in bill.lines.values())
    single = [
        back
        for back in bill.backs
        if back.how == "LINE_ITEM"
        and back.told is not None
        and back.interested
        and _moment(back.bill.at) < _moment(bill.at)
        and (back.bill.ident == bill.ident or _erased(day, back.bill))
    ]
    worth = sum(back.told or 0 for back in single)
    if bill.member and sold >= worth:
        for back in single:
            back.exchanged = True
    bill.told = sold if bill.backs else bill.due


def _erased(day: Day, bill: Sold) -> bool:
    """Whether the till does not know any more whose bill it was: then it is whose return it is."""
    known = outbox_entries.parent(day.till.store.connection, bill.number)
    return known is not None and not (known.customer and known.customer.identifier[1])


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at)


def _within(bill: Sold) -> None:
    """What came back of a bill never exceeds what was sold: by line, in sum, and in what money paid."""
    gone = dict.fromkeys(bill.lines, 0)
    milli = dict(gone)
    for back in bill.returns:
        if back.line:
            gone[back.line] += back.minor
            milli[back.line] += back.milli
    for no, line in bill.lines.items():
        assert milli[no] <= line.milli and gone[no] <= line.amount, (bill.number, no, gone, milli)
        near = line.amount * milli[no] / line.milli
        assert abs(gone[no] - near) <= 4, (bill.number, no, gone[no], near)
        if milli[no] == line.milli:
            assert gone[no] == line.amount, (bill.number, no, gone[no], line.amount)
    full = any(back.how in ("FULL", "CANCELLED") for back in bill.returns)
    if full:
        assert len(bill.returns) == 1
        assert bill.came_back == bill.sold
        assert bill.gave == bill.took
    else:
        assert bill.came_back <= bill.sold, bill.number
        assert sum(back.told or 0 for back in bill.returns) <= bill.worth, bill.number
        assert bill.gave <= bill.took, bill.number
        if any(back.how == "AMOUNT" for back in bill.returns):
            assert bill.gave <= bill.money, bill.number
        # All that was paid in money has come back with the last piece, whatever points and coupon paid.
        if all(milli[no] == line.milli for no, line in bill.lines.items()):
            assert bill.gave == bill.took, (bill.number, bill.gave, bill.took)


# --- whole sales


def whole_sale(day: Day, rng: Random) -> None:
    """A customer from the first label to the bill, as most are."""
    if phase(day) not in SELLABLE:
        return
    for _ in range(rng.randint(1, 3)):
        (pick if rng.random() < 0.2 else scan)(day, rng)
    if rng.random() < 0.3:
        quantity(day, rng)
    if rng.random() < 0.6:
        people.find(day, rng)
        people.points(day, rng) if rng.random() < 0.3 else None
        people.coupon(day, rng) if rng.random() < 0.3 else None
    pay(day, rng)


def cancel(day: Day, rng: Random) -> None:
    del rng
    if phase(day) is Phase.IDLE or day.basket.tenders:
        return
    assert day.till.cashier.do(e.Cancelled("changed their mind"), day.key()).ok
    day.basket = Basket()
    day.books.cancelled += 1
