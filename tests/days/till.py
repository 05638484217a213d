"""The whole counter on one thread and a real store: all of the daemon but scanner, page and printer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from agent.config import PrivacySection
from agent.counter.board import Board
from agent.counter.desk import Desk
from agent.counter.labels import Labels
from agent.counter.options import CounterOptions
from agent.counter.questions import QuestionThread
from agent.counter.returning import Returning
from agent.counter.selling import Selling
from agent.counter.tagging import Tagging
from agent.counter.turn import Turn
from agent.counter.waiting import waiting_now
from agent.daemon.agent import Agent
from agent.daemon.cloud import CloudSide
from agent.daemon.privacy import Privacy
from agent.language.language import in_english
from agent.loyalty.bounded import idle
from agent.loyalty.call import Call
from agent.loyalty.forwarder import Forwarder
from agent.loyalty.questions import Questions
from agent.loyalty.retry import Breaker
from agent.loyalty.transport import Kind, RawAnswer
from agent.sale.basket import Use
from agent.sale.rules import OrgRules
from agent.store.opening import open_store
from tests.loyalty.lost.till import ZONE, Killed, MortalQueue, Till

from .shelf import Shelf
from .weather import DaysLine

PREFIX = "S1T1"
RULES = OrgRules(retro=True)


class _Direct:
    """QuestionThread's face: the question is asked at once, on the thread of whoever asks."""

    def ask(self, question: Callable[[], Any]) -> Any:
        return question()


class CounterTill(Till):
    """lost.Till with the real counter in front of it, and a clock of its own that can be wrong."""

    def __init__(self, line: DaysLine, directory: Path, rng: Random, coupon_use: Use) -> None:
        self.skew_ms = 0
        self._sales = 0
        self.config = SimpleNamespace(privacy=PrivacySection())
        self._counter = CounterOptions(
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

    # --- what an Agent is to its rooms ---------------------------------------------------------------

    def now_ms(self) -> int:
        return self.line.clock.now_ms + self.skew_ms

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms() / 1000, ZONE)

    def write(self, work: Callable[[Any], Any], then: Callable[[Any], object] | None = None) -> Any:
        return self.turn.take(lambda: super(CounterTill, self).write(work, then))

    def read(self, work: Callable[[Any], Any]) -> Any:
        """The same connection: there is one thread."""
        return work(self.store.connection)

    def aside(self, work: Callable[[], Any]) -> None:
        """At once: there is one thread."""
        work()

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        if deadline_s <= 0:
            return RawAnswer(Kind.NEVER_SENT, text="no time was left to ask")
        return super().send(call, deadline_s, meanwhile)

    # --- life ----------------------------------------------------------------------------------------

    def _start(self) -> None:
        self.store = open_store(self.directory, synchronous=0)
        agent = cast(Agent, self)
        self.turn = Turn()
        self.board = Board(self.now, {})  # type: ignore[assignment]
        self.waiting = waiting_now(self.store.connection)  # type: ignore[assignment]
        self.privacy = Privacy(agent)
        self.cloud = CloudSide(agent, self.options)
        self.cloud._asking._made = Questions(self, self.options, self.now, self._seconds)
        self._counter_up()
        self.queue = MortalQueue(self, self.reaper)
        self.queue.open()
        self.at_rest = False
        self.forwarder = Forwarder(self.queue, self, self.options, self.now_ms, self.rng)

    def _counter_up(self) -> None:
        shelf, thread, cloud = Shelf(), cast(QuestionThread, _Direct()), self.cloud
        board: Any = self.board
        waiting: Any = self.waiting
        options = self._counter
        self.selling = Selling(
            self.store,
            options,
            board,
            now=self.now,
            new_id=self._new_id,
            calls=cloud.calls_of_bill,
            settled=lambda closed: None,
            waiting=waiting,
            rules=lambda: RULES,
        )
        self.desk = Desk(
            self.turn,
            self.selling,
            shelf,
            thread,
            cloud.questions,
            cloud.queued,
            lambda: None,
            board,
            options,
            lambda: RULES,
        )
        self.labels = Labels(self.desk, shelf, options.labels, self.aside)
        self.returning = Returning(
            self.turn, self.selling, self.store, options, shelf.by_sku, cloud.redeemed, lambda: RULES
        )
        self.tagging = Tagging(
            self.turn,
            self.selling,
            self.store,
            thread,
            cloud.questions,
            now=self.now,
            allowed=lambda bill, now, _: in_english(RULES.may_retro(datetime.fromisoformat(bill.at), now)),
            told=cloud.tagged,
            queued=lambda: None,
        )

    def _new_id(self) -> str:
        self._sales += 1
        return f"sale-{self._sales:06d}"

    def _seconds(self) -> float:
        return self.line.clock.now_ms / 1000

    def restart(self) -> None:
        self.close()
        self.restarts += 1
        self._start()
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
            pause_ms = Breaker.from_text(self.queue.load_breaker()).until_ms
            now_ms = self.now_ms()
            self.pass_by(max(1, wait_ms, min(max(due_ms, pause_ms) - now_ms, 3_600_000)))

    def pass_by(self, ms: int) -> None:
        """Time, for everybody."""
        self.line.clock.now_ms += ms
        self.line.deliver(self.line.clock.now_ms)

    def idle(self) -> None:
        """What the till does when nobody sells."""
        self.turn.take(self.selling.tidy)
        self.turn.take(self.privacy.tidy)
