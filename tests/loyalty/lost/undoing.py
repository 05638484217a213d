"""Bills that come back whole, with what was redeemed on them; exchanges; bills given to a member."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from agent.loyalty.calls.redemption_calls import known_by
from agent.sale.basket import Bill, BillLine
from agent.sale.return_values import Back, ReturnHow, Undo
from agent.simulated.cloud.books import ledger_rows
from agent.simulated.cloud.books.customers import find_v2
from agent.simulated.cloud.books.ledger import Ledger

from ..bills import bill, line
from .actions import PAISE_PER_POINT, regular
from .books import Effect
from .returning import Left
from .till import LostTill

if TYPE_CHECKING:
    from .shop import Shop


def whole(shop: Shop, till: LostTill) -> None:
    """A whole bill, with its redemptions where the cloud has acknowledged them."""
    made = _untouched(shop, till, lambda made: True)
    if made is None:
        return
    cancelled = made.customer is not None and shop.rng.random() < 0.3
    how = ReturnHow.CANCELLED if cancelled else ReturnHow.FULL
    undos = tuple(_undos(shop, till, made))
    note = _note(till, made, tuple(_back(made, each, how) for each in made.lines), undos=undos)
    row_id, *undone = till.bill_done(note)
    shop.left[made.number] = Left(how, 0, dict.fromkeys((each.no for each in made.lines), 0))
    earned = made.due_minor // PAISE_PER_POINT * 1000 if made.customer else 0
    seen = _return_seen(made, note.number, made.due_minor, how)
    what = f"return {note.number} of {made.number}"
    shop.books.effects.append(Effect("bill", what, till, row_id, seen, made.customer, -earned))
    given_back = [undo for undo in undos if undo.given_back]
    for undo, undo_id in zip(given_back, undone, strict=True):
        check = _reversed(undo) if undo.kind == "points" else _reactivated(undo)
        what = f"undo of {undo.kind} of {made.number}"
        shop.books.effects.append(
            Effect("undo", what, till, undo_id, check, made.customer, undo.points_milli)
        )


def exchange(shop: Shop, till: LostTill) -> None:
    """A whole line for something dearer: one bill, and a return entry that the cloud makes of it."""
    made = _untouched(shop, till, lambda made: made.customer is not None)
    if made is None:
        return
    given, more = made.lines[0], shop.rng.randint(0, 30_000)
    back, price = _back(made, given, ReturnHow.LINE_ITEM), given.amount_minor + more
    lines = (line(9, price), back)
    note = replace(_note(till, made, lines), kind="mixed", due_minor=more)
    (row_id,) = till.bill_done(note)
    left = made.due_minor - given.amount_minor
    pieces = {each.no: each.qty_milli // 1000 * (each is not given) for each in made.lines}
    shop.left[made.number] = Left(ReturnHow.LINE_ITEM, left, pieces)
    gone = made.due_minor // PAISE_PER_POINT - left // PAISE_PER_POINT
    earned = price // PAISE_PER_POINT

    def sold(ledger: Ledger) -> int:
        rows = ledger.find(ledger_rows.Bill, "bill_number", note.number)
        assert all(row.amount_minor == price for row in rows), rows
        return len(rows)

    def came(ledger: Ledger) -> int:
        new = {row.id for row in ledger.find(ledger_rows.Bill, "bill_number", note.number)}
        rows = ledger.find(ledger_rows.Bill, "bill_number", made.number)
        ours = [row for row in rows if row.mixed_into in new and row.mixed_into]
        assert all(row.amount_minor == given.amount_minor for row in ours), ours
        return len(ours)

    for what, seen, points in (("exchange", sold, earned), ("exchanged goods", came, -gone)):
        told = f"{what} {note.number}"
        shop.books.effects.append(Effect("bill", told, till, row_id, seen, made.customer, points * 1000))


def retro(shop: Shop, till: LostTill) -> None:
    """A bill of nobody that the cloud knows is given to a member; it is theirs from then on."""
    made = _untouched(shop, till, lambda made: made.customer is None)
    if made is None:
        return
    known = shop.line.ledger.find(ledger_rows.Bill, "bill_number", made.number)
    if len(known) != 1 or not _acknowledged(shop, till, made, "bill"):
        return
    member = regular(shop, till)
    found = find_v2(shop.line.world, *member.identifier)
    if found is None:  # enrolled here, and the cloud has not heard of it yet
        return
    # As the counter finds a member: with the cloud's id, by which a card's owner is known in a bill.
    asked = replace(member, user_id=str(found.id))
    (row_id,) = till.queued(till.entries.of_retro(made, asked, str(known[0].id)))
    sold = shop.sold[till.cloud_options.till_code]
    sold[sold.index(made)] = replace(made, customer=member, not_interested_reason="")

    def seen(ledger: Ledger) -> int:
        rows = ledger.find(ledger_rows.Bill, "bill_number", made.number)
        return sum(bool(row.retro_of) and bool(row.customer_id) for row in rows)

    earned = made.due_minor // PAISE_PER_POINT * 1000
    what = f"{made.number} given to {member.identifier[1]}"
    shop.books.effects.append(Effect("bill", what, till, row_id, seen, member, earned))


def _untouched(shop: Shop, till: LostTill, fits: Callable[[Bill], bool]) -> Bill | None:
    """A bill of this till of which nothing came back yet."""
    found = [
        made
        for made in shop.sold[till.cloud_options.till_code]
        if made.number not in shop.left and datetime.fromisoformat(made.at) < till.now() and fits(made)
    ]
    return shop.rng.choice(found) if found else None


def _back(made: Bill, each: BillLine, how: ReturnHow) -> BillLine:
    back = Back(made.number, made.at, how, "too small", each.no, interested=made.customer is not None)
    names = ("qty_milli", "gross_minor", "discount_minor", "amount_minor", "taxable_minor")
    return replace(each, back=back, **{name: -getattr(each, name) for name in names})


def _note(till: LostTill, made: Bill, lines: tuple[BillLine, ...], undos: tuple[Undo, ...] = ()) -> Bill:
    note = bill(till.number(), lines, at=till.till.stamp(), tenders=(), customer=made.customer, undos=undos)
    reason = made.not_interested_reason
    return replace(note, kind="return", till_code=till.cloud_options.till_code, not_interested_reason=reason)


def _undos(shop: Shop, till: LostTill, made: Bill) -> Iterator[Undo]:
    if made.points:
        key = _acknowledged(shop, till, made, "points")[0:1]
        reference = known_by(key[0][0].partition(":")[2], key[0][1]) if key else ""
        milli = made.points.points_milli
        yield Undo("points", made.number, 0, milli, given_back=bool(key), reference=reference)
    # Of a coupon that many use nobody can tell whether this use of it was undone.
    if made.coupon and made.coupon.code != "ALWAYS":
        known = _acknowledged(shop, till, made, "coupon")
        reference = known[0][1] if known else ""
        code = made.coupon.code
        # A read-back does not always tell by what name the cloud knows the redemption.
        yield Undo("coupon", made.number, 0, code=code, given_back=bool(reference), reference=reference)


def _acknowledged(shop: Shop, till: LostTill, made: Bill, kind: str) -> list[tuple[str, str]]:
    """(key, the cloud's reference) of an effect of the bill, once it is done."""
    what = f"{kind} {made.number}" if kind == "bill" else f"{kind} of {made.number}"
    ids = [effect.row_id for effect in shop.books.effects if effect.what == what and effect.till is till]
    return till.store.connection.execute(
        "SELECT idem_key, server_ref FROM sent WHERE id = ?", (ids[0],)
    ).fetchall()


def _return_seen(made: Bill, note: str, minor: int, how: ReturnHow) -> Callable[[Ledger], int]:
    def seen(ledger: Ledger) -> int:
        rows = ledger.find(ledger_rows.Bill, "bill_number", made.number)
        ours = [row for row in rows if row.return_kind and row.body.get("note") == note]
        assert all((row.amount_minor, row.return_kind) == (minor, how.value) for row in ours), ours
        return len(ours)

    return seen


def _reversed(undo: Undo) -> Callable[[Ledger], int]:
    def seen(ledger: Ledger) -> int:
        rows = [row for row in ledger.all(ledger_rows.PointsRedemption) if row.bill_number == undo.number]
        assert all(row.reversed_milli in (0, undo.points_milli) for row in rows), rows
        return sum(row.reversed_milli == undo.points_milli for row in rows)

    return seen


def _reactivated(undo: Undo) -> Callable[[Ledger], int]:
    def seen(ledger: Ledger) -> int:
        rows = [row for row in ledger.all(ledger_rows.CouponUse) if row.bill_number == undo.number]
        return sum(row.undone for row in rows)

    return seen
