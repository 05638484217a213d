"""Who of the outbox goes next: the one rule, for the forwarder's memory, the store and what people are told.

Rows of one order_key are a chain and go in the order of their ids. A row that depends on another goes after
it, and is in no chain until that is gone. What must never be sent holds up nobody, nor does a redemption,
undo or return that waits for a person: what leans on one depends on it by itself; nor a redemption or undo
that waits to be looked up, for the look may be a while off. A bill that waits for a person, the naming of
its customer and a change of details hold up only what does not say what it leans on.

Some keep their whole chain waiting for a person, since what comes behind would fare no better: an enrolment,
a change that makes a member, and a bill parked because nobody knows its customer. Where that is the first of
its chain, their enrolment passes every bill: it is the cure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from agent.sale.queue_terms import Op, RowState

NEVER = "bill-waived"
"""Code of a parked row that must not be sent any more, since the bill it belongs to was waived."""
STRANGER = ("611", "656", "8015", "8065")
"""Codes of a parked bill whose customer the cloud does not know."""
UNTOLD, FREE, LEANED_ON = 0, -1, -2
"""What stands in depends_on where it names no row. UNTOLD: nobody noted what it leans on, as in older
versions, so it waits for all of its chain before it. FREE: on nothing. LEANED_ON: on nothing, and all that
comes after it leans on it."""
_PARKED, _UNKNOWN = RowState.PARKED, RowState.UNKNOWN
_BILL, _ENROLMENT = Op.TRANSACTION_ADD, Op.CUSTOMER_ADD
_LAST = (Op.POINTS_REDEEM, Op.COUPON_REDEEM, Op.POINTS_REVERSE, Op.COUPON_REACTIVATE)
"""Calls on which none that comes after them leans."""
_NAMED = (_BILL, Op.TRANSACTION_UPDATE, Op.CUSTOMER_UPDATE)
"""Calls on which some lean that come after them, and say so."""


class OrderedRow(Protocol):
    """What decides about a row of the outbox. depends_on: the row it must not go before, or UNTOLD, FREE,
    LEANED_ON."""

    @property
    def id(self) -> int: ...
    @property
    def op(self) -> str: ...
    @property
    def order_key(self) -> str: ...
    @property
    def depends_on(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def code(self) -> str: ...


class Place(NamedTuple):
    """Just that, as the store reads it."""

    id: int
    op: str
    order_key: str
    depends_on: int
    state: str
    code: str


R = TypeVar("R", bound=OrderedRow)


def stands_aside(row: OrderedRow) -> bool:
    """Whether nothing in its chain waits for it, but for what is UNTOLD. One that may be sent waits for
    nothing in its chain either: it had its turn."""
    if row.op in _LAST:
        return row.state in (_PARKED, _UNKNOWN)
    if row.state != _PARKED:
        return False
    return row.code == NEVER or row.op == Op.TRANSACTION_RETURN or holds_untold(row)


def holds_untold(row: OrderedRow) -> bool:
    """Whether it waits for a person and only what is UNTOLD waits behind it."""
    waits = row.state == _PARKED and row.op in _NAMED and row.code != NEVER
    if not waits or is_strangers_bill(row):
        return False
    return row.op != Op.CUSTOMER_UPDATE or row.depends_on == FREE


def is_strangers_bill(row: OrderedRow) -> bool:
    """Whether it is parked because nobody knows its customer."""
    return row.state == _PARKED and row.op == _BILL and row.code in STRANGER


def front(chain: Iterable[R]) -> R | None:
    """The row of a chain, given in order and without what stands aside or depends on an open row, whose turn
    it is; None while nobody's is. It may still be parked."""
    rows = iter(chain)
    first = next(rows, None)
    if first is None or not is_strangers_bill(first):
        return first
    stop = next((row for row in rows if row.op != _BILL), None)
    return stop if stop is not None and stop.op == _ENROLMENT else None


def waits_for(rows: Sequence[OrderedRow]) -> Mapping[int, int]:
    """For each of these rows, oldest first, the oldest of them that it waits for: of its chain, or the one it
    depends on. 0 for none."""
    known = {row.id for row in rows}
    # The first of each chain, the first that an enrolment does not pass, and the first that holds the untold.
    heads: dict[str, OrderedRow] = {}
    stops: dict[str, OrderedRow] = {}
    holding: dict[str, OrderedRow] = {}
    found: dict[int, int] = {}
    for row in rows:
        key, tied = row.order_key, row.depends_on in known
        head = heads.get(key)
        cured = row.op == _ENROLMENT and head is not None and is_strangers_bill(head)
        ahead = [stops.get(key) if cured else head]
        if row.depends_on == UNTOLD:
            ahead.append(holding.get(key))
        if row.state == _UNKNOWN and stands_aside(row):
            ahead = []
        before = [one.id for one in ahead if one]
        found[row.id] = min(before + [row.depends_on] * tied, default=0)
        if holds_untold(row):
            holding.setdefault(key, row)
        elif not tied and not stands_aside(row):
            heads.setdefault(key, row)
            if row.op != _BILL:
                stops.setdefault(key, row)
    return found
