"""What a printer has shown of itself. It may have been a bad moment: nothing of it is believed for ever."""

from __future__ import annotations

import time
from collections.abc import Callable

from agent.printing.fence_ids import passing
from agent.printing.pauses import Pauses
from drivers.printer.job import JobOutcome
from drivers.printer.profile import Fence, PrinterProfile
from drivers.printer.proving import answers_marks
from drivers.printer.session import ANSWER_S
from drivers.printer.status import PrinterStatus
from drivers.printer.transport import Transport

# How long one that was silent or slow may take for an answer, and for how long after the last time.
_SLOW_S, SLOW_FOR_S = 3.0, 600.0
# So often in vain, in three seconds and more: people switch a printer, or plug in another, no faster.
_AWAY = 3


class Learnt:
    """confirms: whether it answers the marks of its fence, as far as is known. patience_s: how long it may
    take for an answer. The printer's thread learns; that it may confirm after all is said by any. found hears
    which fence it answers, "none" where it does not that of its profile."""

    def __init__(
        self, found: Callable[[Fence], None] = lambda _: None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.confirms = True
        self._found = found
        self._clock = clock
        self._questions = Pauses(clock)
        self._slow_until = clock()

    @property
    def patience_s(self) -> float:
        """See the class."""
        return _SLOW_S if self._clock() < self._slow_until else ANSWER_S

    def looked(self, status: PrinterStatus, took_s: float) -> None:
        """It was asked how it is, and answered within took_s or not at all."""
        if not status.known or took_s >= ANSWER_S:
            self._slow_until = self._clock() + SLOW_FOR_S

    def failed(self, times: int) -> None:
        """It could not be reached or did not print, so many times in a row. Switched off and on, or in
        another's place, it may answer marks now."""
        if times == _AWAY:
            self._questions.end()

    def ended(self, outcome: JobOutcome, profile: PrinterProfile) -> None:
        """It had a job."""
        if outcome.state == "confirmed":
            self._questions.end()
            self._found(profile.fence)
        if outcome.cannot_confirm:
            self.confirms = False
            self._questions.wait()
            self._found("none")

    def asked(
        self,
        transport: Transport,
        status: PrinterStatus,
        profile: PrinterProfile,
        wanted: Callable[[], bool],
    ) -> bool:
        """It has nothing to print. If it is ready, is believed to answer no mark and was not asked just now,
        ask it for one: True if it is answered. wanted: see answers_marks. Raises TransportFailed."""
        if self.confirms or not (status.ready and self._questions.over()):
            return False
        self._questions.wait()
        if not answers_marks(transport, passing(), profile, wanted):
            return False
        self.confirms = True
        self._found(profile.fence)
        return True
