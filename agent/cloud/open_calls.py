"""What this till knows before the cloud shows it: redemptions promised or just taken, customers enrolled."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from agent.loyalty.outcomes.retry import SHOWN_S
from agent.sale.basket import Bill, Customer
from agent.sale.queue_terms import Op
from agent.sale.same_identifier import same_identifier
from agent.store import bills, customers, delivery, outbox, redeemed
from agent.store.errors import UNREADABLE, RowDamaged
from agent.till.outbox_tally import OutboxTally
from agent.till.till import Till


class CouponUses(NamedTuple):
    """How often bills of this till used a coupon without the cloud surely showing it, whoever's they are; and
    in all but those another customer's bill used and the cloud has acknowledged."""

    all: int
    but_others: int


class OpenCalls:
    """Any thread may ask. What nobody can open can never be sent either, so it counts for nothing. A damaged
    bill is nobody's but its own customer's, who is refused (RowDamaged): what it gave is not known. changed
    is told of rows that are not what they were."""

    def __init__(self, till: Till, tally: OutboxTally, changed: Callable[[Iterable[int]], None]) -> None:
        self._till = till
        self._tally = tally
        self._changed = changed

    def points_milli(self, customer: Customer) -> int:
        """Points of the customer that bills of this till gave and the cloud may not have taken off yet: those
        of calls that wait, that may have arrived, that are owed, and that it acknowledged just now: what it
        shows may be older (docs/capillary.md 10.3)."""
        waiting = self._waiting(Op.POINTS_REDEEM)

        def work(tx: sqlite3.Connection) -> int:
            given = [
                (bill.points, bill.customer)
                for bill in self._bills(tx, waiting | self._lately(tx, Op.POINTS_REDEEM), customer)
            ]
            return sum(
                points.points_milli for points, buyer in given if points and buyer and buyer.is_same(customer)
            )

        return self._till.read(work)

    def coupon_uses(self, code: str, customer: Customer) -> CouponUses:
        """How often bills of this till used a coupon of which the cloud may not know yet, as points_milli."""
        wanted, waiting = code.strip().casefold(), self._waiting(Op.COUPON_REDEEM)

        def used(tx: sqlite3.Connection, bill_ids: Iterable[int]) -> list[Bill]:
            found = self._bills(tx, bill_ids, customer)
            return [bill for bill in found if bill.coupon and bill.coupon.code.casefold() == wanted]

        def work(tx: sqlite3.Connection) -> CouponUses:
            open_uses = len(used(tx, waiting))
            taken = used(tx, self._lately(tx, Op.COUPON_REDEEM) - waiting)
            own = sum(bill.customer is not None and bill.customer.is_same(customer) for bill in taken)
            return CouponUses(open_uses + len(taken), open_uses + own)

        return self._till.read(work)

    def enrolment(self, kind: str, value: str) -> Customer | None:
        """Who was enrolled here under this identifier, as it is sent, and still waits for the cloud. One the
        cloud refused, which waits for a person, made nobody a customer."""

        def work(tx: sqlite3.Connection) -> Customer | None:
            found = (one for one in self._enrolled(tx) if same_identifier(kind, getattr(one, kind), value))
            return next(found, None)

        return self._till.read(work)

    def overtake(self, *known_as: Customer) -> None:
        """The cloud has acknowledged a change of this customer's details, who is known by any of these: what
        waits about them is older."""

        def work(tx: sqlite3.Connection) -> list[int]:
            return delivery.overtake(tx, [row_id for row_id, whose in self._details(tx) if is_theirs(whose)])

        def is_theirs(whose: Customer) -> bool:
            return any(one.is_same(whose) for one in known_as)

        if any(map(self._tally.of, outbox.DETAILS)):
            self._changed(self._till.write(work))

    def _details(self, tx: sqlite3.Connection) -> Iterator[tuple[int, Customer]]:
        """Calls about customers' details, each with the one identifier it names the customer by."""
        from agent.loyalty.calls.call import Call
        from agent.loyalty.calls.customer_calls import named_by

        for op in outbox.DETAILS:
            for row_id in self._tally.of(op):
                with suppress(*UNREADABLE):
                    for payload in outbox.payloads(tx, [row_id]).values():
                        yield row_id, named_by(Call.from_bytes(payload))

    def _waiting(self, op: Op) -> set[int]:
        """The bills of open calls. To be asked before the store is read: a call leaves here only once the
        store has it among those that are done."""
        return {self._tally.bill_of(row_id) for row_id in self._tally.of(op)}

    def _lately(self, tx: sqlite3.Connection, op: Op) -> set[int]:
        return redeemed.lately(tx, op, self._till.now_ms(), round(SHOWN_S * 1000))

    def _bills(self, tx: sqlite3.Connection, bill_ids: Iterable[int], asked: Customer) -> Iterator[Bill]:
        for bill_id in sorted(bill_ids):
            try:
                bill = bills.load(tx, bill_id)
            except RowDamaged as error:
                sale_id, column = bills.customer_column(tx, bill_id)
                if column and customers.shown(tx, sale_id, column).is_same(asked):
                    raise
                self._till.damaged(error.sentence)
                continue
            if bill:
                yield bill

    def _enrolled(self, tx: sqlite3.Connection) -> Iterator[Customer]:
        from agent.loyalty.calls.call import Call
        from agent.loyalty.calls.customer_calls import enrolled

        for row_id in self._tally.of(Op.CUSTOMER_ADD):
            if self._tally.is_parked(row_id):
                continue
            with suppress(*UNREADABLE):
                for payload in outbox.payloads(tx, [row_id]).values():
                    yield enrolled(Call.from_bytes(payload))
