"""What the paper will lack, letters above all: said once in the log, and in status for as long as the till
runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from agent.language.language import in_english
from agent.language.sentence import Sentence

if TYPE_CHECKING:
    from drivers.printer.fonts import FontShelf
    from drivers.printer.profile import PrinterProfile
    from drivers.printer.ticket import Ticket

log = logging.getLogger("agent.printing")

INDIA = "₹कকਕકଓதకಕമ"
"""The rupee and a letter of each script of India: names in any of them may be sold there."""


class Letters:
    """text: what will surely be printed; profile: of the printer, None without one. Looked at when somebody
    first asks or prints, which is after the till can scan. besides: what else is wrong with the paper."""

    def __init__(
        self,
        text: Callable[[], str],
        profile: Callable[[], PrinterProfile] | None,
        besides: Callable[[], list[Sentence]] = list,
    ) -> None:
        self._text = text
        self._profile = profile
        self._besides = besides
        self._lock = threading.Lock()
        self._met: set[str] = set()

    def told(self) -> list[Sentence]:
        """What is wrong with the letters on this till's paper, in sentences."""
        with self._lock:
            return [*self._known, *([_no_font("".join(sorted(self._met)))] if self._met else [])]

    def met(self, ticket: Ticket) -> None:
        """A ticket was drawn."""
        with self._lock:
            fresh = set(ticket.missing) - self._met - {char for one in self._known for char in _named(one)}
            self._met |= fresh
        if fresh:
            log.warning("paper: %s", in_english(_no_font("".join(sorted(fresh)))))

    @cached_property
    def _known(self) -> list[Sentence]:
        found = shortcomings(self._text(), self._profile()) if self._profile else []
        found += self._besides()
        for one in found:
            log.warning("paper: %s", in_english(one))
        return found


def shortcomings(text: str, profile: PrinterProfile, shelf: FontShelf | None = None) -> list[Sentence]:
    """What of a text comes out as boxes, or with its letters unjoined."""
    from drivers.printer.raster import can_shape, undrawable
    from drivers.printer.text_runs import needs_shaping

    found = []
    if missing := undrawable(text, profile, shelf):
        found.append(_no_font(missing))
    if needs_shaping(text) and not can_shape():
        found.append(Sentence("paper.unjoined"))
    return found


def _no_font(letters: str) -> Sentence:
    return Sentence("paper.no-font", letters=" ".join(letters))


def _named(sentence: Sentence) -> list[str]:
    return str(sentence.params.get("letters", "")).split()
