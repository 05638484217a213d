"""The evening: the line is calm, everything is sent, and the cloud's ledger must be what was agreed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.language.language import in_english
from agent.loyalty.calls.call import Call
from agent.simulated.cloud.books import ledger_rows
from agent.simulated.cloud.books.customers import find_v2
from agent.simulated.cloud.books.ledger_report import disagreements
from agent.store import bills, journal, outbox
from tests.loyalty.lost.line import LATE_MS

from .model import PAISE_PER_POINT, Back, Member, Sold
from .weather import Sky

if TYPE_CHECKING:
    from .day import Day

_ROUNDS = 3


@dataclass
class Open:
    """Rows that are still in the outbox, by what they are about."""

    rows: list[tuple[outbox.Row, Call]]

    def has(self, op: str, number: str, note: str = "") -> bool:
        """Whether the cloud has not acknowledged it."""
        return any(
            call.op == op and call.fact("number") == number and call.fact("note") == note
            for _, call in self.rows
        )


def problems(day: Day) -> list[str]:
    """Where the till, its books and the cloud differ, in words."""
    _settle(day)
    left = Open([(row, Call.from_bytes(row.payload)) for row in day.till.rows()])
    return [
        *_stored(day),
        *_undelivered(day, left),
        *_bills(day, left),
        *_returns(day, left),
        *_redemptions(day, left),
        *_coupons(day, left),
        *_points(day, left),
        *_strangers(day),
    ]


def _settle(day: Day) -> None:
    till, line = day.till, day.line
    line.world.faults.clear()
    line.weather(Sky.FINE)
    till.reaper.resting = True
    till.pass_by(LATE_MS[1])
    till.drain(400)
    for _ in range(_ROUNDS):
        if not till.parked():
            break
        till.retried_by_hand()
        till.drain(400)
    till.pass_by(LATE_MS[1])


def _stored(day: Day) -> list[str]:
    """The store: every bill that was answered and no other, the money by tender, the journal's chain."""
    connection = day.till.store.connection
    found = list(map(in_english, journal.verify(connection)))
    drawer = Counter[str]()
    numbers = []
    for bill_id, _, _ in bills.newest(connection, 10_000):
        bill = bills.load(connection, bill_id)
        assert bill is not None
        numbers.append(bill.number)
        for tender in bill.tenders:
            if tender.type not in ("points", "coupon"):
                drawer[str(tender.type)] += tender.amount_minor
        drawer["cash"] -= bill.change_minor
    if sorted(numbers) != sorted(day.books.bills):
        found.append(f"bills in the store {sorted(numbers)}, answered {sorted(day.books.bills)}")
    if +drawer != +day.books.drawer or -drawer != -day.books.drawer:
        found.append(f"the drawer has {dict(drawer)}, agreed was {dict(day.books.drawer)}")
    return found


def _undelivered(day: Day, left: Open) -> list[str]:
    """Only what the cloud cannot give any more waits for a person, and what leans on it."""
    found, stuck = [], set[int]()
    for row, call in left.rows:
        if row.depends_on in stuck or (row.state == "parked" and _cannot_be(day, call)):
            stuck.add(row.id)
        else:
            found.append(f"{row.op} of {call.fact('number')} is {row.state}: {row.code} {row.text}")
    return found


def _cannot_be(day: Day, call: Call) -> bool:
    bill = day.books.bills.get(call.fact("number"))
    if bill is None or bill.member is None:
        return False
    if call.op == "points_redeem":
        row = find_v2(day.line.world, "mobile", bill.member.mobile)
        return row is None or day.line.ledger.balance(row.id).available_milli < bill.points_milli
    if call.op == "coupon_redeem" and bill.coupon:
        living = [use for use in _uses(day, bill.coupon.code) if not use.undone]
        return bill.coupon.uses >= 0 and len(living) >= bill.coupon.uses
    if call.op == "coupon_reactivate" and bill.coupon:
        # The cloud tells of one use alone: when that is another bill's, nobody can tell what became of ours.
        return any(use.bill_number != bill.number for use in _uses(day, bill.coupon.code))
    return False


def _uses(day: Day, code: str) -> list[ledger_rows.CouponUse]:
    ledger = day.line.ledger
    (row,) = ledger.find(ledger_rows.Coupon, "coupon_code", code)
    return ledger.find(ledger_rows.CouponUse, "uses_of_coupon", row.id)


# --- what the cloud has


def _rows(day: Day, number: str) -> list[ledger_rows.Bill]:
    return day.line.ledger.find(ledger_rows.Bill, "bill_number", number)


def _bills(day: Day, left: Open) -> list[str]:
    found = []
    for bill in day.books.bills.values():
        rows = [row for row in _rows(day, bill.number) if not row.return_kind]
        wanted = int(bool(bill.lines) and not left.has("transaction_add", bill.number))
        if len(rows) != wanted:
            found.append(f"bill {bill.number}: {len(rows)} times in the cloud instead of {wanted}")
            continue
        for row in rows:
            owner = _member_row(day, bill.member or _told_tagged(bill, left))
            if (row.amount_minor, row.customer_id) != (bill.told, owner.id if owner else 0):
                found.append(f"bill {bill.number}: {bill.told} of {owner}, the cloud has {row}")
            if bool(row.retro_of) != bool(_told_tagged(bill, left)):
                found.append(f"bill {bill.number}: given to {bill.tagged}, the cloud has {row}")
    return found


def _told_tagged(bill: Sold, left: Open) -> Member | None:
    return None if left.has("transaction_update", bill.number) else bill.tagged


def _member_row(day: Day, member: Member | None) -> ledger_rows.Customer | None:
    return find_v2(day.line.world, "mobile", member.mobile) if member else None


def _returns(day: Day, left: Open) -> list[str]:
    found = []
    for bill in day.books.bills.values():
        rows = [row for row in _rows(day, bill.number) if row.return_kind]
        came = Counter[tuple[str, str, int]]()
        for note, how, minor in _expected(bill, left):
            came[note, how, minor] += 1
        seen = Counter((_note(day, row), row.return_kind, row.amount_minor) for row in rows)
        if seen != came:
            found.append(f"returns of {bill.number}: {dict(came)}, the cloud has {dict(seen)}")
    return found


def _expected(bill: Sold, left: Open) -> list[tuple[str, str, int]]:
    """One return entry for each credit note: all lines of it that are of this bill go together."""
    found = []
    for note in dict.fromkeys(back.number for back in bill.returns):
        backs = [back for back in bill.returns if back.number == note]
        for part in ([b for b in backs if b.exchanged], [b for b in backs if not b.exchanged]):
            if any(back.told is not None for back in part) and _delivered(part[0], left):
                minor = sum(back.told or 0 for back in part)
                whole = part[0].how in ("FULL", "CANCELLED")
                found.append((note, part[0].how, bill.told if whole else minor))
    return found


def _delivered(back: Back, left: Open) -> bool:
    if back.exchanged:
        return not left.has("transaction_add", back.number)
    return not left.has("transaction_return", back.bill.number, back.number)


def _note(day: Day, row: ledger_rows.Bill) -> str:
    if row.mixed_into:
        whole = day.line.ledger.get(ledger_rows.Bill, row.mixed_into)
        return whole.number if whole else ""
    return str(row.body.get("note") or "")


def _redemptions(day: Day, left: Open) -> list[str]:
    found = []
    rows = day.line.ledger.all(ledger_rows.PointsRedemption)
    for bill in day.books.bills.values():
        seen = [(row.points_milli, row.reversed_milli) for row in rows if row.bill_number == bill.number]
        wanted = _redeemed(bill, left)
        if seen != wanted:
            found.append(f"points of {bill.number}: {wanted}, the cloud has {seen}")
    return found


def _redeemed(bill: Sold, left: Open) -> list[tuple[int, int]]:
    if not bill.points_milli or left.has("points_redeem", bill.number):
        return []
    kept = any("points" in back.kept for back in bill.returns)
    undone = _whole(bill) and not kept and not left.has("points_reverse", bill.number)
    return [(bill.points_milli, bill.points_milli if undone else 0)]


def _whole(bill: Sold) -> bool:
    return any(back.how in ("FULL", "CANCELLED") for back in bill.returns)


def _coupons(day: Day, left: Open) -> list[str]:
    found = []
    rows = day.line.ledger.all(ledger_rows.CouponUse)
    for bill in day.books.bills.values():
        seen = [(row.amount_minor, row.undone) for row in rows if row.bill_number == bill.number]
        wanted = []
        if bill.coupon and not left.has("coupon_redeem", bill.number):
            kept = any("coupon" in back.kept for back in bill.returns)
            wanted = [(bill.told, _whole(bill) and not kept)]
            if left.has("coupon_reactivate", bill.number):
                wanted = [(bill.told, any(undone for _, undone in seen))]
        if seen != wanted:
            found.append(f"coupon of {bill.number}: {wanted}, the cloud has {seen}")
    return found


def _points(day: Day, left: Open) -> list[str]:
    """Points of every member: what they had, what they keep of their bills earned, less what they spent."""
    found = [f"movements and balance of {owner} differ" for owner in disagreements(day.line.ledger)]
    for member in day.books.members:
        row = find_v2(day.line.world, "mobile", member.mobile)
        due = member.points_milli
        for bill in day.books.bills.values():
            due += _earned(bill, left) if (bill.member or _told_tagged(bill, left)) is member else 0
            if bill.member is member:
                due -= sum(spent - back for spent, back in _redeemed(bill, left))
        held = day.line.ledger.balance(row.id).available_milli if row else 0
        if held != due:
            found.append(f"{member.mobile} has {held} thousandths of a point instead of {due}")
    return found


def _earned(bill: Sold, left: Open) -> int:
    """One point for every full hundred rupees the member keeps of the bill; a bill of nothing earns none."""
    if not bill.lines or not bill.told or left.has("transaction_add", bill.number):
        return 0
    gone = sum(minor for _, _, minor in _expected(bill, left))
    return (bill.told - gone) // PAISE_PER_POINT * 1000


def _strangers(day: Day) -> list[str]:
    """Nothing in the cloud that no bill accounts for, and nobody twice."""
    ledger, known = day.line.ledger, set(day.books.bills)
    found = [f"{row.number} is not ours" for row in ledger.all(ledger_rows.Bill) if row.number not in known]
    names = Counter(row.mobile for row in ledger.all(ledger_rows.Customer) if not row.merged_into)
    return found + [f"{mobile} is {count} customers" for mobile, count in names.items() if count > 1]
