"""The simulated cloud as a trainer has it: faults that can be switched on, and a log of every call."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.trainer.call_log import CallLog
from agent.simulated.cloud.trainer.faults import Faults
from agent.simulated.cloud.trainer.late_reads import LateReads


@dataclass(slots=True)
class FaultyWorld(CloudWorld):
    """A cloud that can be disturbed; with no fault switched on it does what a CloudWorld does."""

    faults: Faults = field(default_factory=Faults)
    log: CallLog = field(default_factory=CallLog)
    late: LateReads = field(default_factory=LateReads)

    def time(self) -> datetime:
        """Now by the cloud's clock, which a fault may have put wrong."""
        return self.clock() + timedelta(seconds=self.faults.clock_s())

    def seen_by(self, op: str, *, reads: bool) -> CloudWorld:
        """The world as a call finds it: one that only reads may find it as it was a while ago."""
        if not self.faults.lag_s():
            self.late.let_go()
            return self
        self.late.follow(self.ledger, self.time)
        seconds = self.faults.lag_s(op)
        if not reads or not seconds:
            return self
        return replace(self, ledger=self.late.behind(self.time(), seconds))
