"""What money goods that come back give, rounding included.

Credit notes that rounded each by itself would make money: five sweets of 0.50 cost 3.00 and came back one
by one as 5.00. So what one gives is the difference of two sums: what everything that came back of its bill
gives, and what was given before. Whatever the parts, they never give more than the bill took, and all of them
give exactly that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.sale import money
from agent.sale.basket import BY_REDEMPTION, Bill, Line, Sale, TenderType
from agent.sale.events import GoodsReturned
from agent.sale.return_values import Account, ReturnHow

_WHOLE = (ReturnHow.FULL, ReturnHow.CANCELLED)


def kept(account: Account, given_minor: int) -> dict[TenderType, int]:
    """What of this, given besides what was given before, is no money: a redemption paid for it, and comes
    back with the whole bill or not at all. Money is given first."""
    if account.took_minor is None:
        return {}
    money = max(0, account.took_minor - account.coupon_minor - account.points_minor)
    money_given = account.given_minor - account.kept_coupon_minor - account.kept_points_minor
    beyond = max(0, given_minor - max(0, money - money_given))
    coupon = min(beyond, account.coupon_minor - account.kept_coupon_minor)
    points = min(beyond - coupon, account.points_minor - account.kept_points_minor)
    return {kind: minor for kind, minor in zip(BY_REDEMPTION, (coupon, points), strict=True) if minor > 0}


def taken_minor(bill: Bill) -> int:
    """The money and redemptions a bill took for what was sold on it: of an exchange more than its due, by
    what the returned goods gave."""
    return bill.due_minor + sum(line.given_minor for line in bill.lines)


def given(account: Account | None, worth_minor: int, step_minor: int) -> int:
    """What goods of this worth give back; never negative. Rounded by itself without an account."""
    if account is None:
        return money.round_to_step(worth_minor, step_minor)
    upto = account.gone_minor + worth_minor
    in_all = money.round_to_step(upto, step_minor)
    if account.took_minor is not None:
        in_all = account.took_minor if upto >= account.whole_minor else min(account.took_minor, in_all)
    return max(0, in_all - account.given_minor)


def gives(event: GoodsReturned, sale: Sale, step_minor: int) -> tuple[int, int]:
    """What this gives in money besides what has come back of its bill in the open sale, rounding included,
    and what a redemption paid of it."""
    worth = sum(line.worth.paid_minor for line in event.lines)
    number = event.lines[0].back.number
    rung = [
        line.worth.paid_minor
        for line in sale.returns
        if line.back and line.worth and line.back.number == number
    ]
    # What those before were rounded by is given with the first.
    before = given(event.account, sum(rung), step_minor) if rung else 0
    after = given(event.account, sum(rung) + worth, step_minor)
    redeemed = sum(undo.value_minor for undo in event.undos)
    if event.account:
        no_money = (sum(kept(event.account, minor).values()) for minor in (after, before))
        redeemed += next(no_money) - next(no_money)
    return after - before - redeemed, redeemed


def given_by_line(backs: Iterable[Line], accounts: Iterable[Account], step_minor: int) -> dict[int, int]:
    """What each line that comes back gives, by its number: its worth, and to the last line of each bill falls
    what rounding makes of them together."""
    account_of = {account.number: account for account in accounts}
    found: dict[int, int] = {}
    for number, lines in _by_bill(backs).items():
        worth = {line.no: line.worth.paid_minor for line in lines if line.worth}
        in_all = sum(worth.values())
        found |= worth
        found[lines[-1].no] += given(account_of.get(number), in_all, step_minor) - in_all
    return found


def kept_by_line(
    backs: Iterable[Line], accounts: Iterable[Account], given_minor: Mapping[int, int]
) -> dict[int, dict[TenderType, int]]:
    """What of what they give is no money, told of the last line of each bill."""
    account_of = {account.number: account for account in accounts}
    return {
        lines[-1].no: kept(account_of[number], sum(given_minor[line.no] for line in lines))
        for number, lines in _by_bill(backs).items()
        if number in account_of
    }


def _by_bill(backs: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in backs:
        if line.back and line.worth:
            found.setdefault(line.back.number, []).append(line)
    return found


def told_by_line(backs: Iterable[Line], accounts: Iterable[Account]) -> Mapping[int, int]:
    """What the cloud is told that a line was sold for, by its number, where that is not its amount: in all
    no more than its bill came to, which rounding may have made less than its lines (630). Once it was told of
    all of that, even goods worth nothing are too much (633). A whole bill is told as its bill was."""
    left = {one.number: one.telling_minor for one in accounts}
    found: dict[int, int] = {}
    for line in backs:
        most = left.get(line.back.number) if line.back else None
        if line.back is None or line.worth is None or most is None or line.back.how in _WHOLE:
            continue
        told = min(most, line.worth.amount_minor)
        if told < line.worth.amount_minor or not most:
            found[line.no] = told
        left[line.back.number] = most - told
    return found


def due(sold_minor: int | None, worth_minor: int, given_minor: int, step_minor: int) -> int:
    """What a sale comes to; sold None: it is a credit note, which gives what its goods give.

    An exchange is rounded as one, so that like for like costs nothing; but it gives no more than its goods
    give, as the new ones would then have been sold for less than nothing.
    """
    if sold_minor is None:
        return -given_minor
    return max(money.round_to_step(sold_minor - worth_minor, step_minor), -given_minor)
