"""Who of the outbox goes next: the one rule, for the forwarder's memory, the store and what people are told.

Rows of one order_key are a chain and go in the order of their ids; a row that depends on another goes after
it. Two exceptions. What must never be sent holds up no one in its chain, nor does a redemption or its undo
that waits for a person or to be looked up: nothing that comes after it leans on it, and the look may be a
while off. Nor does a return that waits for a person: its undo depends on it by itself. And where the first
of a chain is a bill parked because nobody knows its customer, their enrolment passes every bill that is not
parked for another reason, with what depends on those: it is the cure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from agent.sale.queue_terms import Op, RowState

NEVER = "bill-waived"
"""Code of a parked row that must not be sent any more, since the bill it belongs to was waived."""
STRANGER = ("611", "656", "8015", "8065")
"""Codes of a parked bill whose customer the cloud does not know."""
_PARKED, _UNKNOWN = RowState.PARKED, RowState.UNKNOWN
_BILL, _ENROLMENT = Op.TRANSACTION_ADD, Op.CUSTOMER_ADD
_LAST = (Op.POINTS_REDEEM, Op.COUPON_REDEEM, Op.POINTS_REVERSE, Op.COUPON_REACTIVATE)
"""Calls on which none that comes after them leans."""


class OrderedRow(Protocol):
    """What decides about a row of the outbox. depends_on is 0 for none."""

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
    """Whether nothing in its chain waits for it. One that may be sent waits for nothing in its chain either:
    it had its turn."""
    if row.op in _LAST:
        return row.state in (_PARKED, _UNKNOWN)
    return row.state == _PARKED and (row.code == NEVER or row.op == Op.TRANSACTION_RETURN)


def is_strangers_bill(row: OrderedRow) -> bool:
    """Whether it is parked because nobody knows its customer."""
    return row.state == _PARKED and row.op == _BILL and row.code in STRANGER


def front(chain: Iterable[R], by_id: Callable[[int], OrderedRow | None]) -> R | None:
    """The row of a chain, given in order and without what stands aside, whose turn it is; None while
    nobody's is. It may still be parked or depend on another."""
    rows = iter(chain)
    first = next(rows, None)
    if first is None or not is_strangers_bill(first):
        return first
    stop = next((row for row in rows if not _is_passed(row, by_id)), None)
    return stop if stop is not None and stop.op == _ENROLMENT else None


def waits_for(rows: Sequence[OrderedRow]) -> Mapping[int, int]:
    """For each of these rows, oldest first, the oldest of them that it waits for: of its chain, or the one it
    depends on. 0 for none."""
    known = {row.id: row for row in rows}
    # The first of each chain, and the first that an enrolment does not pass.
    heads: dict[str, OrderedRow] = {}
    stops: dict[str, OrderedRow] = {}
    found: dict[int, int] = {}
    for row in rows:
        head = heads.get(row.order_key)
        cured = row.op == _ENROLMENT and head is not None and is_strangers_bill(head)
        ahead = stops.get(row.order_key) if cured else head
        if row.state == _UNKNOWN and stands_aside(row):
            ahead = None
        own = row.depends_on if row.depends_on in known else 0
        found[row.id] = min(filter(None, (own, ahead.id if ahead else 0)), default=0)
        if not stands_aside(row):
            heads.setdefault(row.order_key, row)
            if not _is_passed(row, known.get):
                stops.setdefault(row.order_key, row)
    return found


def _is_passed(row: OrderedRow, by_id: Callable[[int], OrderedRow | None]) -> bool:
    parent = by_id(row.depends_on) if row.depends_on else None
    return _lets_pass(row) or (parent is not None and _lets_pass(parent))


def _lets_pass(row: OrderedRow) -> bool:
    """A bill that waits for an enrolment, and if for a person then for no other reason."""
    return row.op == _BILL and (row.state != _PARKED or row.code in STRANGER)
