"""Goods and money that come back: the repeats a cloud does not refuse by itself (docs/capillary.md 10.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from agent.sale.basket import Bill, BillLine
from agent.sale.return_values import Back, ReturnHow
from agent.simulated.cloud.books import ledger_rows
from agent.simulated.cloud.books.ledger import Ledger

from ..bills import bill, line
from .actions import PAISE_PER_POINT
from .books import Effect
from .till import LostTill

if TYPE_CHECKING:
    from .shop import Shop


@dataclass
class Left:
    """What is left of a bill: money, and pieces by line; how says which kind of return it has had."""

    how: ReturnHow
    minor: int
    pieces: dict[int, int]


def a_piece(shop: Shop, till: LostTill) -> None:
    """One piece of a line, as often as there are pieces: a repeat would be taken again."""
    found = _chosen(shop, till, ReturnHow.LINE_ITEM, lambda made, left: any(left.pieces.values()))
    if found is None:
        return
    made, left = found
    no = shop.rng.choice([no for no, pieces in left.pieces.items() if pieces])
    left.pieces[no] -= 1
    bought = made.lines[no - 1]
    _give_back(shop, till, made, left, bought.unit_price_minor, no)


def money(shop: Shop, till: LostTill) -> None:
    """The same sum off one bill several times, which only the credit note tells apart."""
    found = _chosen(shop, till, ReturnHow.AMOUNT, lambda made, left: left.minor >= _share(made))
    if found is not None:
        made, left = found
        _give_back(shop, till, made, left, _share(made), 0)


def _share(made: Bill) -> int:
    return max(made.due_minor // 5, 1)


def _chosen(
    shop: Shop, till: LostTill, how: ReturnHow, fits: Callable[[Bill, Left], bool]
) -> tuple[Bill, Left] | None:
    """A bill of this till of which something may still come back in this way."""
    found = []
    for made in shop.sold[till.cloud_options.till_code]:
        left = shop.left.get(made.number) or Left(how, made.due_minor, _pieces(made))
        if left.how is how and datetime.fromisoformat(made.at) < till.now() and fits(made, left):
            found.append((made, left))
    if not found:
        return None
    made, left = shop.rng.choice(found)
    shop.left[made.number] = left
    return made, left


def _pieces(made: Bill) -> dict[int, int]:
    return {each.no: each.qty_milli // 1000 for each in made.lines}


def _give_back(shop: Shop, till: LostTill, made: Bill, left: Left, minor: int, no: int) -> None:
    back = Back(made.number, made.at, left.how, "too small", no, interested=made.customer is not None)
    note = replace(
        bill(
            till.number(), (_line(minor, no, back),), at=till.till.stamp(), tenders=(), customer=made.customer
        ),
        kind="return",
        till_code=till.cloud_options.till_code,
        not_interested_reason=made.not_interested_reason,
    )
    before, left.minor = left.minor, left.minor - minor
    gone = before // PAISE_PER_POINT - left.minor // PAISE_PER_POINT if made.customer else 0
    (row_id,) = till.bill_done(note)

    def seen(ledger: Ledger) -> int:
        rows = ledger.find(ledger_rows.Bill, "bill_number", made.number)
        ours = [row for row in rows if row.return_kind and row.body.get("note") == note.number]
        assert all((row.amount_minor, row.return_kind) == (minor, left.how.value) for row in ours), ours
        return len(ours)

    what = f"return {note.number} of {made.number}"
    shop.books.effects.append(Effect("bill", what, till, row_id, seen, made.customer, -gone * 1000))


def _line(minor: int, no: int, back: Back) -> BillLine:
    one = line(no or 1, -minor, qty_milli=-1000, gross_minor=-minor, unit_price_minor=minor, back=back)
    return one if no else replace(one, sku="")
