"""What the tills say happened, held against the ledger of the cloud."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.sale.basket import Customer
from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.books.customers import find_v2
from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.ledger_report import disagreements
from agent.simulated.cloud.books.ledger_rows import Bill, CouponUse, PointsRedemption
from agent.simulated.cloud.books.ledger_rows import Customer as Member

from .till import LostTill

LEDGER_OF = {"bill": Bill, "points": PointsRedemption, "coupon": CouponUse}
"""The tables whose rows are the effects of one kind; every row must be accounted for."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing the cloud must hear of once.

    seen counts how often it is in the ledger, raising AssertionError if it is there with other figures.
    points_milli is what it changes the customer's points by, firstname what the customer is called after it.
    """

    kind: str
    what: str
    till: LostTill
    row_id: int
    seen: Callable[[Ledger], int]
    customer: Customer | None = None
    points_milli: int = 0
    firstname: str = ""


@dataclass
class Books:
    """Everything the tills of the shop promised the cloud."""

    effects: list[Effect] = field(default_factory=list)
    opening_milli: dict[Customer, int] = field(default_factory=dict)
    meant_to_fail: set[tuple[str, int]] = field(default_factory=set)

    def problems(self, world: CloudWorld, tills: list[LostTill]) -> list[str]:
        """Where the ledger and the tills differ, in words; empty when every effect is there exactly once."""
        sent = {till.cloud_options.till_code: till.sent() for till in tills}
        parked = {till.cloud_options.till_code: {row.id for row in till.parked()} for till in tills}
        found: list[str] = []
        done: list[Effect] = []
        for effect in self.effects:
            code = effect.till.cloud_options.till_code
            if effect.row_id in sent[code]:
                done.append(effect)
                wanted = 1
            elif effect.row_id in parked[code]:
                wanted = 0
            else:
                found.append(f"{effect.what}: neither acknowledged nor before a person")
                continue
            found += _seen(effect, world.ledger, wanted)
        return [*found, *_strangers(done, world.ledger), *self._accounts(done, world), *_names(done, world)]

    def _accounts(self, done: list[Effect], world: CloudWorld) -> list[str]:
        """Points of every customer, counted from what the tills did."""
        changes: dict[Customer, int] = defaultdict(int)
        for effect in done:
            if effect.customer:
                changes[effect.customer] += effect.points_milli
        found = [f"movements and balance of {owner} differ" for owner in disagreements(world.ledger)]
        for customer in {*changes, *self.opening_milli}:
            row = _member(world, customer)
            held = world.ledger.balance(row.id).available_milli if row else 0
            due = self.opening_milli.get(customer, 0) + changes[customer]
            if held != due:
                found.append(f"{customer.identifier[1]} has {held} thousandths of a point instead of {due}")
        return found


def _seen(effect: Effect, ledger: Ledger, wanted: int) -> list[str]:
    try:
        times = effect.seen(ledger)
    except AssertionError as error:
        return [f"{effect.what}: {error}"]
    return [] if times == wanted else [f"{effect.what}: {times} times in the cloud instead of {wanted}"]


def _strangers(done: list[Effect], ledger: Ledger) -> list[str]:
    """Rows of the ledger that no till accounts for."""
    told = Counter(effect.kind for effect in done)
    return [
        f"{len(ledger.all(table))} rows of {kind} in the cloud, the tills account for {told[kind]}"
        for kind, table in LEDGER_OF.items()
        if len(ledger.all(table)) != told[kind]
    ]


def _names(done: list[Effect], world: CloudWorld) -> list[str]:
    """A late replay never puts an older name over a newer one."""
    latest = {effect.customer: effect for effect in done if effect.firstname and effect.customer}
    return [
        f"{effect.what}: the cloud knows {row.firstname if row else 'nobody'}"
        for customer, effect in latest.items()
        if (row := _member(world, customer)) is None or row.firstname != effect.firstname
    ]


def _member(world: CloudWorld, customer: Customer) -> Member | None:
    return find_v2(world, *customer.identifier)
