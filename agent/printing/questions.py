"""What a person asks of a printer: how it is, and what it says it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from agent.language.sentence import Said
from agent.printing.known import Known
from agent.printing.printer_badge import badge_state
from drivers.printer.identity import identity
from drivers.printer.profile import PrinterProfile
from drivers.printer.session import ANSWER_S, query_status
from drivers.printer.status import PrinterStatus
from drivers.printer.transport import Transport, TransportFailed

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """says: by the names of drivers.printer.identity; nothing where it stands still, or did not answer."""

    status: PrinterStatus
    says: dict[str, str]

    def told(self, text: Callable[[Said], str]) -> dict[str, Any]:
        """For who asked: state (the badge's word), text, says, with the level of the drawer's sensor."""
        pin3 = self.status.pin3_high
        level = {} if pin3 is None else {"pin-3": "high" if pin3 else "low"}
        state = badge_state(self.status)
        return {"state": state, "text": text(self.status.message), "says": self.says | level}


def ask(transport: Transport, profile: PrinterProfile, patience_s: float = ANSWER_S) -> Asked:
    """Ask it, on a line that nobody else reads. A printer that does not know what is asked of it (GS I) may
    print a letter of that. Raises TransportFailed."""
    status = query_status(transport, patience_s, profile)
    return Asked(status, (identity(transport, patience_s) if status.ready else None) or {})


class Questions:
    """Put by whoever asks, on any thread; answered by the printer's, which has the line, between two jobs."""

    def __init__(self, profile: PrinterProfile, known: Known) -> None:
        self._profile = profile
        self._known = known
        self._waiting: deque[tuple[Future[Asked], int]] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, wake: Callable[[], None], patience_s: float) -> Asked | None:
        """What it says; None where its thread had no moment for that. Raises TransportFailed."""
        asked: Future[Asked] = Future()
        self._waiting.append((asked, 1))
        wake()
        try:
            return asked.result(patience_s)
        except TimeoutError:
            asked.cancel()
            return None

    def answer(self, line: Callable[[], Transport], patience_s: float) -> float:
        """Ask for the next who waits; seconds until the next look. Raises TransportFailed, which he is told
        the second time: a line just let go, or that another till has, is not to be had at once."""
        asked, tries = self._waiting.popleft()
        if asked.cancelled():
            return 0.0
        try:
            found = ask(line(), self._profile, patience_s)
        except TransportFailed as trouble:
            if tries < _TRIES:
                self._waiting.append((asked, tries + 1))
            elif asked.set_running_or_notify_cancel():
                asked.set_exception(trouble)
            raise
        self._known.met(found.says)
        if asked.set_running_or_notify_cancel():
            asked.set_result(found)
        return 0.0
