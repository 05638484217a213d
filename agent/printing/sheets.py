"""What is printed besides bills, when none waits. Not on the disk: whoever asked stands there and is told."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from agent.language.sentence import Said, Sentence
from agent.printing.fence_ids import passing
from agent.store.errors import UNREADABLE

if TYPE_CHECKING:
    from drivers.printer.job import JobOutcome

log = logging.getLogger("agent.printing")

Document = list[dict[str, Any]]
Sheet = Callable[[int], Document]
"""Makes a document so many letters wide."""

UNDRAWABLE = (*UNREADABLE, LookupError, OSError)
"""What a ticket that cannot be made comes to: of rows nobody can read, or by a font or library that fails."""


class Sheets:
    """Filled by whoever asks, on any thread; emptied by the printer's."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Document, Future[JobOutcome | None]]] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, document: Document, wake: Callable[[], None], patience_s: float) -> tuple[bool, Said]:
        """Wait until it is printed. Whether it is, and what the printer says; what has not begun until then
        never does."""
        ended: Future[JobOutcome | None] = Future()
        self._waiting.append((document, ended))
        wake()
        try:
            outcome = ended.result(patience_s)
        except TimeoutError:
            return False, Sentence("sheet.waited" if ended.cancel() else "sheet.under-way")
        except UNDRAWABLE:
            return False, Sentence("sheet.undrawable")
        if outcome is None:
            return False, Sentence("sheet.under-way")
        return outcome.state in ("confirmed", "sent"), outcome.message

    def work(self, printed: Callable[[Document, str], JobOutcome]) -> JobOutcome | None:
        """Print the next one that nobody has taken back, and tell who waits. printed is given a sheet and a
        fence; None: there was none, or it cannot be drawn."""
        outcome = None
        while self._waiting:
            document, ended = self._waiting.popleft()
            if ended.set_running_or_notify_cancel():
                try:
                    outcome = printed(document, passing())
                except UNDRAWABLE as error:
                    log.exception("a sheet cannot be drawn")
                    ended.set_exception(error)
                finally:
                    if not ended.done():
                        ended.set_result(outcome)
                break
        return outcome
