"""One day of one till: each thing that happens is done at the counter, held against the books, and noted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from agent.sale.basket import Use
from agent.simulated.cloud.books import ledger_rows
from tests.loyalty.lost.line import START_MS, Clock
from tests.loyalty.lost.shop import rules_of
from tests.loyalty.lost.till import Killed

from . import counter, people, returning, world
from .model import Basket, Books, Coupon, Member, Reduction
from .till import CounterTill
from .weather import DaysLine

MEMBERS = 3
OPENING_MILLI = 300_000
Action = Callable[["Day", Random], None]

ACTIONS: dict[str, tuple[int, Action]] = {
    "scan": (8, counter.scan),
    "pick by weight": (3, counter.pick),
    "change a quantity": (2, counter.quantity),
    "void a line": (2, counter.void),
    "discount a line": (2, counter.discount_line),
    "discount the bill": (2, counter.discount_bill),
    "find a member": (6, people.find),
    "send the member away": (1, people.clear),
    "enrol": (2, people.enrol),
    "apply a coupon": (3, people.coupon),
    "apply points": (4, people.points),
    "pay": (8, counter.pay),
    "pay and stop half way": (2, counter.pay_half),
    "a whole sale": (12, counter.whole_sale),
    "cancel the sale": (1, counter.cancel),
    "return a line": (8, returning.line),
    "return a line piece by piece": (4, returning.piece_by_piece),
    "return the bill": (4, returning.whole),
    "return money": (3, returning.money),
    "give a bill to a member": (4, returning.tag),
    "the queue works": (8, world.drain),
    "the queue empties": (4, world.drain_long),
    "the line changes": (5, world.weather),
    "the cloud is moody": (1, world.moody),
    "the cloud is well": (2, world.well),
    "a lock or a limit": (2, world.refusals),
    "the daemon dies": (4, world.restart),
    "hours pass": (2, world.hours),
    "days pass": (1, world.days),
    "the clock is wrong": (2, world.skew),
    "a quiet moment": (2, world.idle),
    "points lapse": (1, world.lapse),
}
"""What may happen, with how often it does beside the rest. A new thing is one row here."""
WEIGHTED = tuple(name for name, (weight, _) in ACTIONS.items() for _ in range(weight))


class Day:
    """Everything of one day. happen does one thing; the evening compares (evening.py)."""

    def __init__(self, seed: int, directory: Path, loop: asyncio.AbstractEventLoop) -> None:
        rng = Random(seed)
        # A code sent to a phone must outlive an outage here; that one expires is another test's.
        rules = rules_of(rng)
        rules = rules.changed(otp_required=True, otp_minutes=10**6, otp_daily=10**6)
        # Half of all days begin on the last evening of a financial year.
        start_ms = START_MS - rng.choice((0, 8 * 3_600_000))
        self.line = DaysLine(Random(rng.getrandbits(32)), Clock(start_ms), rules, loop)
        self.coupon_pays = rng.random() < 0.5
        use = Use.TENDER if self.coupon_pays else Use.DISCOUNT
        self.till = CounterTill(self.line, directory, Random(rng.getrandbits(32)), use)
        self.books = Books()
        self.basket = Basket()
        self.keys = 0
        self._people()
        self._coupons()

    def happen(self, what: str, pick: int) -> None:
        """One thing, and what the counter shows after it."""
        self.till.pass_by(pick % 4 * 15_000)
        try:
            ACTIONS[what][1](self, Random(pick))
        except Killed:
            # While the cloud was asked: nothing was agreed yet, so nothing may have changed.
            self.till.restart()
        counter.compare(self)

    def key(self) -> str:
        """The key of the next request."""
        self.keys += 1
        return f"key-{self.keys:05d}"

    def done(self, what: str) -> None:
        """Note that it was done and not refused."""
        self.books.done[what] += 1

    def close(self) -> None:
        """Let go of the store."""
        self.till.close()

    def _people(self) -> None:
        ledger, now = self.line.ledger, self.line.world.now().isoformat()
        for serial in range(MEMBERS):
            member = Member(f"91900000{serial:04d}", f"CARD{serial:04d}", OPENING_MILLI * (serial > 0))
            with ledger.transaction():
                known: dict[str, Any] = {"mobile": member.mobile, "card": member.card}
                row = ledger.put(ledger_rows.Customer(ledger.new_id(), **known, registered_at=now))
                if member.points_milli:
                    ledger.move(row.id, "adjusted", member.points_milli, now)
            self.books.members.append(member)

    def _coupons(self) -> None:
        ledger, now = self.line.ledger, self.line.world.now()
        end = (now + timedelta(days=900)).isoformat()
        kinds = (("ONCE", "ABS", 2_000, 1), ("ALWAYS", "ABS", 5_050, -1), ("TENTH", "PERC", 1_000, -1))
        for code, kind, value, uses in kinds:
            with ledger.transaction():
                series = ledger.put(ledger_rows.Series(ledger.new_id(), code, code, kind, value, end, uses))
                ledger.put(ledger_rows.Coupon(ledger.new_id(), code, series.id, now.isoformat(), end))
            off = Reduction(value) if kind == "ABS" else Reduction(bp=value)
            self.books.coupons.append(Coupon(code, off, uses))
