"""One till to test with: the real counter on a real store, with a clock that the test holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agent.counter.open_sale import OpenSale, no_calls
from agent.counter.options import CounterOptions
from agent.counter.past_bills import PastBills
from agent.sale import events as e
from agent.sale.basket import Bill, BillLine, Customer, Product, TenderType
from agent.sale.rules import OrgRules
from agent.store import outbox, sales
from agent.store.opening import Store, open_store
from agent.till.board import Board
from agent.till.last_bill import LastBill
from agent.till.outbox_tally import tally_now
from agent.till.queue_badge import QueueBadge
from agent.till.till import Till

ZONE = ZoneInfo("Asia/Kolkata")
RICE = Product("RICE", "Rice", 42500, 500, gtin="08900000000012")
OPTIONS = CounterOptions("S1", "T1", "test", "S1T1", ZONE)


class RigTill:
    """What stands on a store without threads. A kind of its own overrides what it wants otherwise, and serve
    to make more services. rules: the organisation's, from the next opening on."""

    options: CounterOptions = OPTIONS
    rules: Callable[[], OrgRules] | None = None
    synchronous = 2

    def __init__(self, directory: Path, **options: Any) -> None:
        self.directory = directory
        self.options = replace(self.options, **options)
        self.at = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
        self.completed: list[sales.Closed] = []
        self._sales = 0
        self.open()

    def open(self) -> None:
        self.store: Store = open_store(self.directory, synchronous=self.synchronous)
        self.board = Board(self.now, {})
        self.till = Till(self.store, self.board, self.now, ZONE)
        self.tally = self.till.read(tally_now)
        self.queue_badge = QueueBadge(self.board.claim("queue"), self.tally, self.till.now_ms, self.till.at)
        self.last_bill = LastBill(self.board, self.tally)
        self.serve()

    def serve(self) -> None:
        self.make_open_sale()

    def make_open_sale(self) -> None:
        self.open_sale = OpenSale(
            self.till,
            self.board,
            self.tally,
            self.last_bill,
            self.options,
            new_id=self.new_id,
            calls=self.calls,
            completed=self.completed.append,
            paying=self.paying,
            rules=self.rules,
        )
        self.past_bills = PastBills(self.till, self.board, self.last_bill, self.options)

    def close(self) -> None:
        self.till.close()
        self.store.close()

    def reopen(self) -> None:
        self.close()
        self.open()

    def now(self) -> datetime:
        return self.at

    def new_id(self) -> str:
        self._sales += 1
        return f"sale-{self.now().timestamp()}-{self._sales}"

    def calls(self, bill: Bill, points_otp: str, coupon_otp: str) -> Sequence[outbox.Entry]:
        """What the cloud must hear of a bill."""
        return no_calls(bill, points_otp, coupon_otp)

    def paying(self, lines: tuple[BillLine, ...], due_minor: int, customer: Customer | None) -> None:
        """The customer begins to pay."""

    def sell(self, key: str = "") -> str:
        """A bill of rice, paid in cash; its number."""
        for event in (
            e.ItemAdded(RICE, 1000, RICE.price_minor),
            e.TenderBegun(),
            e.TenderAdded(TenderType.CASH, 50000),
        ):
            assert self.open_sale.do(event).ok
        answer = self.open_sale.do(e.Completed(), key)
        assert answer.ok, answer
        return str(answer.data["bill_number"])
