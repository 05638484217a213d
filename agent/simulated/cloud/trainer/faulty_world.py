"""The simulated cloud as a trainer has it: faults that can be switched on, and a log of every call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.simulated.cloud.books.cloud_world import CloudWorld
from agent.simulated.cloud.trainer.call_log import CallLog
from agent.simulated.cloud.trainer.faults import Faults


@dataclass(slots=True)
class FaultyWorld(CloudWorld):
    """A cloud that can be disturbed; with no fault switched on it does what a CloudWorld does."""

    faults: Faults = field(default_factory=Faults)
    log: CallLog = field(default_factory=CallLog)

    def time(self) -> datetime:
        """Now by the cloud's clock, which a fault may have put wrong."""
        return self.clock() + timedelta(seconds=self.faults.clock_s())
