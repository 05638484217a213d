"""What a printer has shown of itself. It may have been a bad moment: nothing of it is believed for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from agent.language.sentence import Said, Sentence
from agent.printing.fence_ids import passing
from agent.printing.known import Known
from agent.printing.pauses import Pauses
from agent.printing.printer_badge import badge_state
from drivers.message import Message
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
_BEFORE = Message("printer.job.confirmed-before")


class Learnt:
    """confirms: whether it answers the marks of its fence, as far as is known. doubtful: it has done so, and
    does not now, which is a fault of it; its tickets are not known, and each is tried with marks. patience_s:
    how long it may take for an answer. The printer's thread learns; what a person saw is said by any.
    """

    def __init__(self, known: Known, clock: Callable[[], float] = time.monotonic) -> None:
        self.confirms = True
        self.doubtful = False
        self._known = known
        self._clock = clock
        self._questions = Pauses(clock)
        self._slow_until = clock()
        self._doubted, self._on_paper = 0, False

    @property
    def patience_s(self) -> float:
        """See the class."""
        return _SLOW_S if self._clock() < self._slow_until else ANSWER_S

    def looked(self, status: PrinterStatus, took_s: float) -> None:
        """It was asked how it is, and answered within took_s or not at all."""
        if not status.known or took_s >= ANSWER_S:
            self._slow_until = self._clock() + SLOW_FOR_S
        if self._on_paper:
            self._on_paper = False
            self._known.learn(fence="none")

    def told(self, status: PrinterStatus) -> tuple[str, Said]:
        """The badge's word for a look, and its words."""
        state, said = badge_state(status), status.message
        if status.ready and self.doubtful:
            return "unknown", Sentence("badge.printer.doubtful")
        if status.ready and not self.confirms:
            return state, Sentence("badge.printer.unproven", status=said)
        return state, said

    def on_paper(self, job_id: int) -> None:
        """A person saw it there. If it was not confirmed, the printer prints and confirms no more, as may
        another in its place."""
        if self.doubtful and job_id == self._doubted:
            self.confirms = self.doubtful = False
            self._on_paper = True

    def failed(self, times: int) -> None:
        """It could not be reached or did not print, so many times in a row. Switched off and on, or in
        another's place, it may answer marks now."""
        if times == _AWAY:
            self._questions.end()

    def ended(self, job_id: int, outcome: JobOutcome, profile: PrinterProfile) -> JobOutcome:
        """It had a job; how that is to be told."""
        if outcome.state == "confirmed":
            self._answers(profile.fence)
        if not outcome.cannot_confirm:
            return outcome
        self._questions.wait()
        if self._known.proves(profile.fence):
            self.doubtful, self._doubted = True, job_id
            return replace(outcome, message=Message("printer.job.lost", why=_BEFORE), cannot_confirm=False)
        self.confirms = False
        self._known.learn(fence="none")
        return outcome

    def _answers(self, fence: Fence) -> None:
        self.confirms, self.doubtful = True, False
        self._questions.end()
        self._known.learn(fence=fence)

    def asked(
        self,
        transport: Transport,
        status: PrinterStatus,
        profile: PrinterProfile,
        wanted: Callable[[], bool],
    ) -> bool:
        """It has nothing to print. If it is ready, seems to answer no mark and was not asked just now, ask it
        for one: True if it is answered. wanted: see answers_marks. Raises TransportFailed."""
        if (self.confirms and not self.doubtful) or not (status.ready and self._questions.over()):
            return False
        self._questions.wait()
        if not answers_marks(transport, passing(), profile, wanted):
            return False
        self.confirms, self.doubtful = True, False
        self._known.learn(fence=profile.fence)
        return True
