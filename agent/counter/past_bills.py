"""Bills of this till that are looked up by their number: what one was, and a copy of it on paper."""

from __future__ import annotations

from sqlite3 import Connection

from agent.counter.options import CounterOptions
from agent.language.sentence import Sentence
from agent.sale.basket import Bill
from agent.sale.money import plain_text
from agent.sale.refusals import Refused
from agent.store import bills, journal, spool
from agent.store.errors import RowDamaged
from agent.till.answer import Answer
from agent.till.board import Board
from agent.till.last_bill import LastBill
from agent.till.till import Till


class PastBills:
    """Its methods may be called on any thread and take a turn."""

    def __init__(self, till: Till, board: Board, last_bill: LastBill, options: CounterOptions) -> None:
        self._till = till
        self._board = board
        self._last_bill = last_bill
        self._options = options

    def print_copy(self, number: str, key: str = "", most: int | None = None) -> Answer:
        """Queue a copy of a bill, marked as one; refused if there are `most` already."""
        return self._till.once(key, lambda: self._print_copy(number, most))

    def describe_bill(self, number: str) -> Answer:
        """Say what a bill was."""
        return self._till.once("", lambda: self._describe_bill(number))

    def _print_copy(self, number: str, most: int | None) -> Answer:
        bill_id = self._till.read(lambda tx: bills.find(tx, number))
        if bill_id is None:
            raise no_such_bill(number)
        if not self._options.has_printer:
            raise Refused("no-printer.copy")
        if most is not None and self._till.read(lambda tx: spool.copies(tx, bill_id)) >= most:
            raise Refused("copies-enough", number=number, most=most)
        at, by = self._till.stamp(), self._options.cashier

        def work(tx: Connection) -> int:
            journal.append(tx, "reprint", at, {"number": number, "by": by})
            return spool.add_copy(tx, bill_id, at)

        job = self._till.write(work)
        self._last_bill.show_print(bill_id, job, "queued")
        if why := self._board.part("badges")["printer"]["copies_wait"]:
            waits = Sentence("copy-waits.of", number=number, why=why)
            return self._till.say(waits, "warn", {"job": job})
        return self._till.say(Sentence("copy-queued.of", number=number), data={"job": job})

    def _describe_bill(self, number: str) -> Answer:
        _, bill = bill_of_number(self._till, number)
        found = Sentence(
            "bill-found",
            number=number,
            date=bill.at[:10],
            amount=plain_text(bill.due_minor),
            count=len(bill.lines),
        )
        return self._till.say(found, "info", {"bill_number": number}, found_bill=number)


def no_such_bill(number: str) -> Refused:
    """A bill that this till does not have."""
    return Refused("no-such-bill.here", number=number)


def bill_of_number(till: Till, number: str) -> tuple[int, Bill]:
    """(id, bill) of this till. Raises Refused when there is none."""

    def look(tx: Connection) -> tuple[int, Bill] | None:
        bill_id = bills.find(tx, number)
        try:
            bill = bills.load_to_work_with(tx, bill_id) if bill_id else None
        except RowDamaged as error:
            till.damaged(error.sentence)
            raise Refused(error.sentence) from error
        return (bill_id, bill) if bill_id and bill else None

    if (found := till.read(look)) is None:
        raise no_such_bill(number)
    return found
