"""What comes back, and bills given to a member afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from agent.till.answer import Answer

from . import counter
from .model import Back, Sold

if TYPE_CHECKING:
    from .day import Day


def line(day: Day, rng: Random) -> None:
    """One line, some of it or what is left."""
    bill = _bill(day, rng)
    if bill is None or not bill.lines:
        return
    no = rng.choice(list(bill.lines))
    left = bill.lines[no].milli - sum(back.milli for back in _of(day, bill) if back.line == no)
    milli = max(1, left) if rng.random() < 0.6 else rng.randint(1, max(2, left))
    milli = milli if bill.lines[no].sku == "RICE" else -(-milli // 1000) * 1000
    answer = day.till.returning.lines(bill.number, {no: milli}, "too small", day.key())
    assert not (answer.ok and milli > left), answer
    assert answer.code != "paid-by-redemption", "what was paid in money does not come back"
    if answer.ok:
        _taken(day, bill, answer, "LINE_ITEM", milli, no)


def piece_by_piece(day: Day, rng: Random) -> None:
    """A line comes back in parts until nothing of it is left: the parts are worth the whole."""
    bill = _bill(day, rng)
    several = [no for no, each in bill.lines.items() if each.milli > 1000] if bill else []
    if bill is None or not several:
        return
    no = rng.choice(several)
    while left := bill.lines[no].milli - sum(back.milli for back in _of(day, bill) if back.line == no):
        milli = min(left, rng.choice((1000, 1000, 2000)))
        answer = day.till.returning.lines(bill.number, {no: milli}, "one more", day.key())
        if not answer.ok:
            return
        _taken(day, bill, answer, "LINE_ITEM", milli, no)
    day.done("piece by piece")


def whole(day: Day, rng: Random) -> None:
    """The whole bill, as a return or cancelled before delivery."""
    bill = _bill(day, rng)
    if bill is None or not bill.lines:
        return
    cancelled = rng.random() < 0.3
    before = _of(day, bill)
    answer = day.till.returning.whole(bill.number, "does not want it", day.key(), cancelled=cancelled)
    assert not (answer.ok and before), answer
    if answer.ok:
        _taken(day, bill, answer, "CANCELLED" if cancelled else "FULL")


def money(day: Day, rng: Random) -> None:
    """Money without goods."""
    bill = _bill(day, rng)
    if bill is None or not bill.lines:
        return
    minor = rng.randint(1, max(1, bill.worth))
    minor = minor if rng.random() < 0.5 else max(1, bill.worth // 5)
    answer = day.till.returning.money(bill.number, minor, "scratched", day.key())
    left = bill.worth - sum(back.minor for back in _of(day, bill))
    assert not (answer.ok and minor > left), answer
    if answer.ok:
        before = sum(back.minor for back in _of(day, bill))
        _taken(day, bill, answer, "AMOUNT")
        # The last of it is all that its lines come to, however the bill was rounded.
        rest = bill.sold - before
        assert day.basket.backs[-1].minor == (rest if minor == left else min(minor, rest))


def tag(day: Day, rng: Random) -> None:
    """An anonymous bill, a member found afterwards."""
    bill, member = _bill(day, rng), rng.choice(day.books.members)
    nobodys = [each for each in day.books.bills.values() if each.owner is None and each.lines]
    bill = rng.choice(nobodys) if nobodys and rng.random() < 0.7 else bill
    if bill is None:
        return
    key = day.key()
    answer = day.till.retro.give(bill.number, "mobile", member.mobile, key)
    if not answer.ok:
        return
    assert bill.owner is None, "the bill had a member"
    assert not bill.returns, "goods of the bill came back"
    bill.tagged, bill.ident = member, ("mobile", member.mobile)
    day.done("retro")
    if rng.random() < 0.3:
        assert day.till.retro.give(bill.number, "mobile", member.mobile, key).ok


def _bill(day: Day, rng: Random) -> Sold | None:
    """One of the last bills more often than one of long ago."""
    bills = [bill for bill in day.books.bills.values() if not _lied(day, bill)]
    return rng.choice(bills[-6:] if rng.random() < 0.7 else bills) if bills else None


def _lied(day: Day, bill: Sold) -> bool:
    """Whether somebody would have to claim a bill whose member is erased here: then the cloud refuses it
    (668), and a person is asked. Nobody does."""
    made = datetime.fromisoformat(bill.at) if bill.at else day.till.now()
    old = day.till.now() - made > timedelta(days=29)
    return old and day.basket.member not in (None, bill.owner)


def _of(day: Day, bill: Sold) -> list[Back]:
    """Everything that came back of it, the open sale's included."""
    return [*bill.returns, *(back for back in day.basket.backs if back.bill is bill)]


def _taken(day: Day, bill: Sold, answer: Answer, how: str, milli: int = 0, line: int = 0) -> None:
    basket, sale = day.basket, day.till.open_sale.sale
    rung = [each for each in sale.lines if each.no > basket.top]
    minor = sum(each.worth.amount_minor for each in rung if each.worth)
    new = tuple(each.no for each in rung)
    basket.top = max(new)
    # A coupon whose use the cloud never named cannot be undone, and the till says so.
    kept = answer.text.partition("cannot be given back")[0].partition(" Its ")[2]
    basket.backs.append(
        Back(bill, how, minor, milli, line, new, interested=bill.owner is not None, kept=kept)
    )
    if bill.owner and basket.member is None:
        basket.member, basket.ident = bill.owner, sale.customer.identifier if sale.customer else ("", "")
    # Who says that an erased member's bill is theirs is who stands there.
    if basket.member is not None and bill.owner is not None and bill.owner is not basket.member:
        raise AssertionError(f"{bill.number} of another member came back")
    day.done(how)
    assert counter.phase(day) in counter.SELLABLE
