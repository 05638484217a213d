"""What is told of a printer while it has a job: it is asked little then, and may hang without a word."""

from __future__ import annotations

from collections.abc import Callable

from agent.language.sentence import Said, Sentence
from drivers.message import Message
from drivers.printer.job import JobOutcome, Progress
from drivers.printer.status import OpenClosed, PrinterStatus

# So long nothing moves at no printer that prints; another stands in for it from then on.
_HANGS_S = 5.0


class JobLooks:
    """show: of a look, on the badge; on_status: a state and its words; on_drawer: what the drawer's sensor
    says. line: its address. A look is told when it is taken, and never as one of a later moment."""

    def __init__(
        self,
        line: str,
        show: Callable[[PrinterStatus], None],
        on_status: Callable[[str, Said], None],
        on_drawer: Callable[[OpenClosed], None],
    ) -> None:
        self._line = line
        self._show = show
        self._on_status = on_status
        self._on_drawer = on_drawer
        self.begin(None)

    def tell(self, status: PrinterStatus) -> None:
        """A look of now."""
        self._last = status
        self._on_drawer(status.drawer)
        self._show(status)

    def begin(self, looked: PrinterStatus | None) -> None:
        """A job begins at a printer that was told to be so; None: it was not asked."""
        self._last = looked or PrinterStatus()
        self._hangs = False

    def moved(self, progress: Progress) -> None:
        """The job is so far. Of one that has said what it waits for, that stands."""
        status, hung = progress.status, self._hangs
        self._hangs = progress.still_s >= _HANGS_S and (self._last.ready or not self._last.known)
        if status.known and status is not self._last:
            self.tell(status)
        elif hung and not self._hangs and self._last.known:
            self._show(self._last)
        elif self._hangs and not hung:
            self._on_status("unknown", self._why(status))

    def ended(self, outcome: JobOutcome) -> None:
        """The job is over. What the printer proved is its word of now; else a look from before tells nothing
        of it any more."""
        if outcome.status is not self._last:
            self.tell(outcome.status)
        elif outcome.state in ("confirmed", "sent"):
            self._show(outcome.status)

    def _why(self, status: PrinterStatus) -> Said:
        """One that was asked is silent; another is not asked while its line takes nothing."""
        if self._last.known and not status.known:
            return status.message
        return Sentence("badge.printer.line", detail=Message("printer.line.full", name=self._line))
