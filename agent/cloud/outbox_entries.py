"""Between the bills of the store and the calls about them: rows for the outbox, what the counter may undo."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from agent.counter.returning import Redeemed
from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.sale.basket import Bill, BillLine, Customer
from agent.sale.queue_terms import Op
from agent.sale.send_rule import FREE, LEANED_ON, UNTOLD
from agent.store import bills, customers, outbox, returned, waived
from agent.store.errors import RowDamaged
from agent.store.order_key import order_key
from agent.store.sealing import Vault

if TYPE_CHECKING:
    from agent.loyalty.calls.call import Call
    from agent.loyalty.calls.options import CloudOptions

T = TypeVar("T")


class Read(Protocol):
    """Till.read."""

    def __call__(self, work: Callable[[sqlite3.Connection], T]) -> T: ...


class OutboxEntries:
    """What the cloud must hear, as entries of the outbox. The loyalty room is imported with the first."""

    def __init__(
        self, options: CloudOptions, vault: Vault, read: Read, text_of: Callable[[Sentence], str] = in_english
    ) -> None:
        self._options = options
        self._vault = vault
        self._read = read
        self._text_of = text_of

    def write_ahead(self, lines: Sequence[BillLine], customer: Customer | None) -> None:
        """Work out what the bill's call will say of lines that are sold, and whose chain it will be in. What
        cannot be written is told by the call."""
        from agent.loyalty.calls.bill_lines import line_text
        from agent.loyalty.calls.call import chain_of

        for line in lines:
            with suppress(ValueError, ArithmeticError):
                line_text(self._options, line)
        if customer:
            with suppress(ValueError):
                order_key(self._vault, chain_of(*customer.identifier))

    def of_bill(self, bill: Bill, points_otp: str = "", coupon_otp: str = "") -> Sequence[outbox.Entry]:
        """The bill first, redemptions only once it is acknowledged. Asked in a turn."""
        from agent.loyalty.calls.bill_calls import calls_of_bill

        if bill.points and points_otp:
            bill = replace(bill, points=replace(bill.points, otp=points_otp))
        if bill.coupon and coupon_otp:
            bill = replace(bill, coupon=replace(bill.coupon, otp=coupon_otp))
        calls = calls_of_bill(self._options, bill, self._parent)
        return entries(self._vault, calls, self._text_of, lambda call: self._leans_on(bill, call))

    def of_retro(self, bill: Bill, customer: Customer, cloud_id: str) -> Sequence[outbox.Entry]:
        """The call that gives a not-interested bill to a member."""
        from agent.loyalty.calls.retro_call import retro

        call = retro(self._options, cloud_id, bill.number, bill.at, bill.due_minor, customer)
        return entries(self._vault, [call], self._text_of, lambda _: self._told_by(bill.number))

    def of_call(self, call: Any, key: str) -> Sequence[outbox.Entry]:
        """A call that got no verdict while the customer stood there."""
        from agent.loyalty.calls.customer_calls import makes_member
        from agent.loyalty.outcomes.retry import ENROL_PAUSE_S

        wait_ms = int(ENROL_PAUSE_S * 1000)
        chain = order_key(self._vault, call.chain)
        leaned = LEANED_ON if makes_member(call) else FREE
        return [outbox.Entry(str(call.op), chain, key, call.to_bytes(), wait_ms=wait_ms, depends_on=leaned)]

    def redeemed(self, bill_id: int) -> list[Redeemed]:
        """How the redemptions of a bill stand in the cloud; asked in a turn."""
        return [redeemed(row) for row in self._read(lambda tx: returned.redemptions(tx, bill_id))]

    def _leans_on(self, bill: Bill, call: Call) -> int:
        """What must be told before this call of a bill: the bills of which it tells that something comes
        back. Of several that still wait no row can name all, so it stays behind all of its customer's."""
        from agent.loyalty.calls.return_calls import exchanged

        numbers: set[str] = set()
        if call.op == Op.TRANSACTION_RETURN:
            numbers = {call.fact("number")}
        elif call.op == Op.TRANSACTION_ADD:
            numbers = {line.back.number for line in exchanged(bill, self._parent) if line.back}
        waiting = {self._told_by(number) for number in numbers} - {FREE}
        return UNTOLD if len(waiting) > 1 else next(iter(waiting), FREE)

    def _told_by(self, number: str) -> int:
        """The open call that tells of the bill of this number, the newest; FREE where none waits."""

        def work(tx: sqlite3.Connection) -> int:
            bill_id = bills.find(tx, number)
            return outbox.about(tx, bill_id) if bill_id else 0

        return self._read(work) or FREE

    def _parent(self, number: str) -> Bill | None:
        return self._read(partial(parent, number=number))


def redeemed(row: returned.Redemption) -> Redeemed:
    """Points are undone by our own reference where the cloud surely knows it, a coupon by the cloud's id."""
    if row.op == Op.POINTS_REDEEM:
        from agent.loyalty.calls.redemption_calls import known_by

        reference = known_by(row.key.partition(":")[2], row.server_ref)
        reference = reference if row.done else ""
        return Redeemed("points", reference, waits=not row.done, settled=row.settled, owed=row.owed)
    from agent.loyalty.calls.undo_calls import is_whole

    # One that the call cannot carry is as good as none: the cashier is told before money goes back.
    reference = row.server_ref if is_whole(row.server_ref) else ""
    return Redeemed("coupon", reference, waits=not row.done, settled=row.settled, owed=row.owed)


def entries(
    vault: Vault,
    calls: Sequence[Call],
    text_of: Callable[[Sentence], str],
    leans_on: Callable[[Call], int],
) -> list[outbox.Entry]:
    """Outbox entries of a bill's calls: what redeems or undoes waits for the transaction of its own bill, and
    any other for what leans_on says; what could not be written waits for a person."""
    from agent.loyalty.outcomes.parked_reasons import problem_of

    found: list[outbox.Entry] = []
    told: dict[str, int] = {}
    for index, call in enumerate(calls):
        number, transaction = call.fact("number"), call.path == "/v2/transactions"
        after = None if transaction else told.get(number)
        held = ("payload", text_of(problem)) if (problem := problem_of(call)) else None
        chain = order_key(vault, call.chain)
        tie = FREE if after is not None else leans_on(call)
        found.append(
            outbox.Entry(str(call.op), chain, call.key, call.to_bytes(), after, held, depends_on=tie)
        )
        if transaction:
            told[number] = index
    return found


def parent(connection: sqlite3.Connection, number: str) -> Bill | None:
    """A bill of this till with the customer it has now, and without loyalty if it was waived: the cloud never
    heard of it. Asked in a turn. None also for one that cannot be read."""
    bill_id = bills.find(connection, number)
    try:
        bill = bills.load(connection, bill_id) if bill_id else None
    except RowDamaged:
        return None
    if bill is None or bill_id is None:
        return None
    if waived.is_untold(connection, bill_id):
        bill = replace(bill, loyalty=False)
    found = bill if bill.customer else replace(bill, customer=customers.tagged(connection, bill_id))
    return None if found.customer and found.customer.source == "damaged" else found
