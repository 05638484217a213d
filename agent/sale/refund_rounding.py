"""What money goods that come back give, rounding included.

Credit notes that rounded each by itself would make money: five sweets of 0.50 cost 3.00 and came back one
by one as 5.00. So what one gives is the difference of two sums: what everything that came back of its bill
gives, and what was given before. Whatever the parts, they never give more than the bill took, and all of them
give exactly that.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.sale import money
from agent.sale.basket import Bill, Line, TenderType
from agent.sale.return_values import Account


def kept(account: Account, given_minor: int) -> dict[TenderType, int]:
    """What of this, given besides what was given before, is no money: a redemption paid for it, and comes
    back with the whole bill or not at all. Money is given first."""
    if account.took_minor is None:
        return {}
    money = max(0, account.took_minor - account.coupon_minor - account.points_minor)

    def upto(given: int) -> tuple[int, int]:
        beyond = max(0, given - money)
        coupon = min(account.coupon_minor, beyond)
        return coupon, min(account.points_minor, beyond - coupon)

    before, after = upto(account.given_minor), upto(account.given_minor + given_minor)
    kinds = (TenderType.COUPON, TenderType.POINTS)
    return {kind: more - less for kind, less, more in zip(kinds, before, after, strict=True) if more > less}


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


def given_by_line(backs: Iterable[Line], accounts: Iterable[Account], step_minor: int) -> dict[int, int]:
    """What each line that comes back gives, by its number: its worth, and to the last line of each bill falls
    what rounding makes of them together."""
    account_of = {account.number: account for account in accounts}
    parents: dict[str, list[Line]] = {}
    for line in backs:
        if line.back and line.worth:
            parents.setdefault(line.back.number, []).append(line)
    found: dict[int, int] = {}
    for number, lines in parents.items():
        worth = {line.no: line.worth.amount_minor for line in lines if line.worth}
        in_all = sum(worth.values())
        found |= worth
        found[lines[-1].no] += given(account_of.get(number), in_all, step_minor) - in_all
    return found


def due(sold_minor: int | None, worth_minor: int, given_minor: int, step_minor: int) -> int:
    """What a sale comes to; sold None: it is a credit note, which gives what its goods give.

    An exchange is rounded as one, so that like for like costs nothing; but it gives no more than its goods
    give, as the new ones would then have been sold for less than nothing.
    """
    if sold_minor is None:
        return -given_minor
    return max(money.round_to_step(sold_minor - worth_minor, step_minor), -given_minor)
