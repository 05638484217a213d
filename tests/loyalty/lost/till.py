"""A till that may die at any point: a real store, the daemon's own queue on it, the real forwarder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from random import Random

from agent.cloud.outbox_entries import OutboxEntries
from agent.cloud.store_queue import StoreQueue
from agent.language.language import english
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.forwarder.breaker_state import BreakerState
from agent.loyalty.forwarder.bulk import BatchSize
from agent.loyalty.forwarder.loop import Forwarder
from agent.loyalty.line.exchange import RawAnswer, idle
from agent.loyalty.outcomes.queue import DONE, PARKED, READY, UNKNOWN, UNTRIED, Change
from agent.sale.basket import Bill
from agent.store import delivery, outbox
from tests.rig.till import ZONE, RigTill

from .line import Line

RESTART_MS = (1_200, 5_000)
"""From a death to the first call of the next daemon: systemd waits a second, Python starts."""
POINTS = tuple(
    f"{when} {what}"
    for what in ("begin", "the call", "done", "retry", "let go", "park", "the breaker's state")
    for when in ("before", "after")
)
"""Every point at which a daemon can be killed: around each of its commits and around each call."""

_KINDS = {DONE: "done", PARKED: "park", READY: "retry", UNKNOWN: "retry", UNTRIED: "let go"}
_CHANCE = 0.005
_RARE = {"done": 0.03, "park": 0.4, "let go": 0.15}
"""How often a point kills; those that are seldom passed more often."""


class Killed(BaseException):
    """The daemon is no more."""


@dataclass
class Reaper:
    """Kills at a seeded share of the points it sees, until it rests."""

    rng: Random
    resting: bool = False
    kills: Counter[str] = field(default_factory=Counter)

    def pass_by(self, point: str) -> None:
        """Where the daemon could die."""
        if not self.resting and self.rng.random() < _RARE.get(point.partition(" ")[2], _CHANCE):
            self.kills[point] += 1
            raise Killed(point)


class MortalQueue(StoreQueue):
    """The daemon's queue, which can be killed before and after each of its commits."""

    def __init__(self, rig: RigTill, reaper: Reaper) -> None:
        reader = rig.store.reader
        super().__init__(rig.till, rig.board, rig.tally, rig.queue_badge, rig.last_bill, reader)
        self._reaper = reaper

    def commit(self, changes: Sequence[Change], begin: Sequence[int], now_ms: int) -> set[int]:
        kinds = {_KINDS[change.state] for change in changes} | ({"begin"} if begin else set())
        for kind in sorted(kinds):
            self._reaper.pass_by(f"before {kind}")
        begun = super().commit(changes, begin, now_ms)
        for kind in sorted(kinds):
            self._reaper.pass_by(f"after {kind}")
        return begun

    def save_breaker(self, state: str) -> None:
        self._reaper.pass_by("before the breaker's state")
        super().save_breaker(state)
        self._reaper.pass_by("after the breaker's state")


class BoldBatchSize(BatchSize):
    """Sends in bulk however often the line fails: no outcome may hang on how careful the till is."""

    def halved(self) -> BatchSize:
        return replace(self, rows=max(self.rows // 2, 4))


class LostTill(RigTill):
    """One till of the shop, with a queue and no counter."""

    # The outcome is the question here, not the disk: no sync. What a cut disk keeps is tests/crash.
    synchronous = 0

    def __init__(self, line: Line, directory: Path, code: str, rng: Random) -> None:
        self.line = line
        self.rng = rng
        self.reaper = Reaper(rng)
        self.cloud_options = CloudOptions(
            base_url="http://127.0.0.1:9",
            username=code,
            password="training",
            store_code="ST01",
            till_code=code,
            org="demo",
        )
        self.up_ms = self.wake_ms = line.clock.now_ms
        self.at_rest = True
        """Whether nothing is left that the forwarder would send some day."""
        self.made = 0
        self.restarts = 0
        super().__init__(directory)

    def now(self) -> datetime:
        return self.line.clock.moment().astimezone(ZONE)

    # --- what a cashier does -------------------------------------------------------------------------

    def number(self) -> str:
        """The next bill number."""
        self.made += 1
        return f"{self.cloud_options.till_code}-{self.made:06d}"

    def bill_done(self, bill: Bill) -> list[int]:
        """Queue what the cloud must hear of a bill, as completing the sale does; the rows' ids."""
        return self.queued(self.entries.of_bill(bill, bill.points.otp if bill.points else ""))

    def customer_told(self, call: Call) -> list[int]:
        """Queue a customer call nobody answered at the counter; the rows' ids."""
        self.made += 1
        return self.queued(
            self.entries.of_call(call, f"{call.op}:{self.cloud_options.till_code}:{self.made}")
        )

    def queued(self, entries: Sequence[outbox.Entry]) -> list[int]:
        """The ids of the new rows, in order."""
        self.at_rest = False
        self.wake_ms = min(self.wake_ms, max(self.till.now_ms(), self.up_ms))
        return self.till.write(lambda tx: outbox.add(tx, entries, now_ms=self.till.now_ms()))

    # --- what the daemon does ------------------------------------------------------------------------

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        """The forwarder's way out, with a death before the first byte and after the last."""
        self.reaper.pass_by("before the call")
        answer = self.line.carry(self.cloud_options, call)
        meanwhile()
        self.reaper.pass_by("after the call")
        return answer

    def step(self) -> None:
        """Let the forwarder work until it sleeps or dies; wake_ms is when it wants to be called again."""
        try:
            wait_ms = round(self.forwarder.step() * 1000)
        except Killed:
            self.restart()
            return
        self.wake_ms = self.line.clock.now_ms + wait_ms + 1
        self._sleep_through()

    def _sleep_through(self) -> None:
        """Skip the looks the forwarder would take for nothing, as long as nobody wakes it."""
        due_ms = self.queue.next_due()
        self.at_rest = due_ms is None
        pause_ms = BreakerState.from_text(self.queue.load_breaker()).until_ms
        self.wake_ms = max(self.wake_ms, due_ms or 0, pause_ms)

    def restart(self) -> None:
        """The next daemon on what the last one left on the disk."""
        self.restarts += 1
        self.reopen()
        self.up_ms = self.wake_ms = self.line.clock.now_ms + self.rng.randint(*RESTART_MS)

    def serve(self) -> None:
        self.entries = OutboxEntries(self.cloud_options, self.store.vault, self.till.read)
        self.queue = MortalQueue(self, self.reaper)
        self.queue.open()
        self.at_rest = False
        self.forwarder = Forwarder(
            self.queue,
            self,
            self.cloud_options,
            self.till.now_ms,
            self.rng,
            batch_size=self.batch_size(),
            text=english().text,
        )

    def batch_size(self) -> BatchSize | None:
        """None: as the forwarder has it."""
        return (
            BoldBatchSize(self.rng.choice((8, self.cloud_options.bulk_rows)), 8)
            if self.rng.random() < 0.8
            else None
        )

    def close(self) -> None:
        self.queue.close()
        super().close()

    # --- what is on the disk -------------------------------------------------------------------------

    def rows(self) -> list[outbox.Row]:
        """What the cloud has not acknowledged."""
        return outbox.rows(self.store.connection)

    def parked(self) -> list[outbox.Row]:
        """What waits for a person."""
        return [row for row in self.rows() if row.state == "parked"]

    def sent(self) -> set[int]:
        """Ids of what the cloud acknowledged."""
        return {row_id for (row_id,) in self.store.connection.execute("SELECT id FROM sent")}

    def retried_by_hand(self) -> None:
        """A person has every parked row tried again."""
        for row in self.parked():
            again = (row.id, self.till.now_ms(), row.code, row.text, "unknown")
            self.till.write(lambda tx, again=again: delivery.later(tx, *again))
        self.restart()
