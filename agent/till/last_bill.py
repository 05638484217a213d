"""The last bill on the board: what it was, and how its paper and its calls stand."""

from __future__ import annotations

from typing import Any

from agent.sale.basket import Bill
from agent.till.board import Board
from agent.till.outbox_tally import OutboxTally


class LastBill:
    """Any thread may bring one part of it up to date; a bill that is not the last one any more is passed
    over."""

    def __init__(self, board: Board, tally: OutboxTally) -> None:
        self._board = board
        self._tally = tally
        self._bill_id = 0

    def view(self, bill_id: int, bill: Bill, job: int, paper: str, *, queued: bool = True) -> dict[str, Any]:
        """The part of the board for a bill that is the last one from now on. paper: the state of its
        print job; queued: whether the cloud has to hear of it."""
        self._bill_id = bill_id
        return {
            "number": bill.number,
            "at": bill.at,
            "due_minor": bill.due_minor,
            "settled_minor": bill.settled_minor,
            "change_minor": bill.change_minor,
            "print": paper,
            "print_job": job,
            "sync": self._tally.state_of(bill_id) if queued else "none",
        }

    def show_sync(self, bill_id: int) -> None:
        """The calls of a bill stand otherwise."""
        if bill_id == self._bill_id:
            self._change(sync=self._tally.state_of(bill_id))

    def show_print(self, bill_id: int, job_id: int, state: str) -> None:
        """A print job of a bill stands otherwise; of several the newest is shown."""
        last = self._board.part("last_bill")
        if last and bill_id == self._bill_id and job_id >= last["print_job"]:
            self._change(print=state, print_job=job_id)

    def _change(self, **parts: Any) -> None:
        if last := self._board.part("last_bill"):
            self._board.set(last_bill=last | parts)
