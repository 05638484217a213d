"""The whole counter on one thread and a real store: all of the daemon but scanner, page and printer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from agent.cloud.erasure import Erasure
from agent.cloud.member_cache import MemberCache
from agent.cloud.open_calls import OpenCalls
from agent.cloud.questions import CounterQuestions
from agent.counter import questions as counter_questions
from agent.counter.cashier import Cashier
from agent.counter.labels import Labels
from agent.counter.options import CounterOptions
from agent.counter.refused_scans import RefusedScans
from agent.counter.retro import Retro
from agent.counter.returning import Returning
from agent.language.sentence import Sentence
from agent.loyalty.calls.call import Call
from agent.loyalty.forwarder.breaker_state import BreakerState
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from agent.loyalty.questions.questions import Questions
from agent.sale.basket import Bill, Use
from agent.sale.rules import OrgRules
from agent.store import outbox
from agent.store.label_key import LabelKey
from tests.loyalty.lost.till import Killed, LostTill
from tests.rig.till import ZONE

from .shelf import Shelf
from .weather import DaysLine

PREFIX = "S1T1"
RULES = OrgRules(retro=True)


def _at_once(work: Callable[[], Any]) -> None:
    """There is one thread."""
    work()


class CounterTill(LostTill):
    """LostTill with the real counter in front of it, and a clock of its own that can be wrong."""

    rules = staticmethod(lambda: RULES)

    def __init__(self, line: DaysLine, directory: Path, rng: Random, coupon_use: Use) -> None:
        self.skew_ms = 0
        self.options = CounterOptions(
            store_code="ST01",
            till_code="till01",
            cashier="Meera",
            prefix=PREFIX,
            zone=ZONE,
            coupon_use=coupon_use,
            has_printer=False,
            undo_redemptions=True,
        )
        super().__init__(line, directory, "till01", rng)

    def now(self) -> datetime:
        return datetime.fromtimestamp((self.line.clock.now_ms + self.skew_ms) / 1000, ZONE)

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        if deadline_s <= 0:
            return RawAnswer(Kind.NEVER_SENT, reason=Sentence("line.no-time"))
        return super().send(call, deadline_s, meanwhile)

    # --- life ----------------------------------------------------------------------------------------

    def serve(self) -> None:
        super().serve()
        self.make_open_sale()
        asked = Questions(self, self.cloud_options, self.now, self._seconds)
        self.members = MemberCache(self.till, _at_once)
        questions = CounterQuestions(
            self.cloud_options,
            lambda: asked,
            self.members,
            OpenCalls(self.till, self.tally, self.queue.changed),
            now=self.now,
            past_ms=lambda: 0,
        )
        self._make_counter(counter_questions.Questions(lambda question: question(), questions))
        self.erasure = Erasure(self.till, self.open_sale.idle, keep_days=30, member_cache=5000)

    def batch_size(self) -> None:
        return None

    def calls(self, bill: Bill, points_otp: str, coupon_otp: str) -> Sequence[outbox.Entry]:
        return self.entries.of_bill(bill, points_otp, coupon_otp)

    def _make_counter(self, questions: counter_questions.Questions) -> None:
        shelf = Shelf()
        self.cashier = Cashier(
            self.till,
            self.board,
            self.open_sale,
            self.past_bills,
            shelf,
            questions,
            queued=self.entries.of_call,
            wake=lambda: None,
            rules=self.rules,
        )
        self.labels = Labels(
            self.cashier,
            shelf,
            self.options.labels,
            _at_once,
            LabelKey(self.directory, "day"),
            RefusedScans(self.board, self.till.stamp),
        )
        self.returning = Returning(
            self.till,
            self.open_sale,
            by_sku=shelf.by_sku,
            redeemed=self.entries.redeemed,
            rules=self.rules,
        )
        self.retro = Retro(
            self.till,
            self.open_sale,
            questions,
            allowed=lambda bill, now, _: RULES.may_retro(datetime.fromisoformat(bill.at), now),
            calls=self.entries.of_retro,
            wake=lambda: None,
        )

    def new_id(self) -> str:
        self._sales += 1
        return f"sale-{self._sales:06d}"

    def _seconds(self) -> float:
        return self.line.clock.now_ms / 1000

    def restart(self) -> None:
        self.restarts += 1
        self.reopen()
        self.line.clock.now_ms += self.rng.randint(1_200, 5_000)
        self.line.deliver(self.line.clock.now_ms)

    # --- the queue -----------------------------------------------------------------------------------

    def drain(self, steps: int) -> None:
        """Let the forwarder work, time passing as it wants; until so many looks are over or all is sent."""
        for _ in range(steps):
            try:
                wait_ms = round(self.forwarder.step() * 1000)
            except Killed:
                self.restart()
                continue
            due_ms = self.queue.next_due()
            if due_ms is None:
                return
            pause_ms = BreakerState.from_text(self.queue.load_breaker()).until_ms
            now_ms = self.till.now_ms()
            self.pass_by(max(1, wait_ms, min(max(due_ms, pause_ms) - now_ms, 3_600_000)))

    def pass_by(self, ms: int) -> None:
        """Time, for everybody."""
        self.line.clock.now_ms += ms
        self.line.deliver(self.line.clock.now_ms)

    def idle(self) -> None:
        """What the till does when nobody sells."""
        self.till.take(self.open_sale.tidy)
        self.till.take(self.erasure.tidy)
