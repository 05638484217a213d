"""Everything that happens in the shop, as one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import actions, returning, undoing
from .till import LostTill

if TYPE_CHECKING:
    from .shop import Shop


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a cashier does; weight is how often it happens beside the others."""

    name: str
    weight: int
    do: Callable[[Shop, LostTill], None]


ACTIONS: tuple[Action, ...] = (
    Action("a member's bill", 25, actions.plain),
    Action("a bill of nobody", 10, actions.nobody),
    Action("a bill with points", 20, actions.with_points),
    Action("a bill with a coupon", 20, actions.with_coupon),
    Action("a bill with points and a coupon", 15, actions.with_both),
    Action("the line is away and the shop goes on", 6, actions.outage),
    Action("an enrolment", 15, actions.enrol),
    Action("an update", 10, actions.update),
    Action("a piece comes back", 12, returning.a_piece),
    Action("money comes back", 6, returning.money),
    Action("a bill comes back whole", 5, undoing.whole),
    Action("an exchange", 5, undoing.exchange),
    Action("a bill of nobody is given to a member", 5, undoing.retro),
    Action("more points than there are", 2, actions.points_nobody_has),
    Action("one coupon on two bills", 1, actions.one_coupon_at_two_tills),
)
"""To widen the proof, add an action here and, for a new kind of effect, its table to books.LEDGER_OF."""
