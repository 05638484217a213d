"""What a printer has done in its life: lines, cuts, paper, and what it could not."""

from __future__ import annotations

from sqlite3 import Connection
from typing import TYPE_CHECKING

from agent.till.counters import Counters, named

if TYPE_CHECKING:
    from drivers.printer.ticket import Ticket

COUNTS = (
    "ReceiptLinePrintedCount",
    "PaperCutCount",
    "BarcodePrintedCount",
    "PaperFedMm",
    "UnprovenPrintCount",
    "ReceiptCoverOpenCount",
    "PrinterFaultCount",
    "CommunicationErrorCount",
)
"""What is counted of a printer. PaperFedMm (millimetres of paper) and UnprovenPrintCount (tickets of which
nobody knows whether they are on paper) are ours, the others UnifiedPOS's."""

_SILENT = ("unknown", "offline")
_TROUBLE = {
    "cover_open": "ReceiptCoverOpenCount",
    "error": "PrinterFaultCount",
    **dict.fromkeys(_SILENT, "CommunicationErrorCount"),
}


class PaperCounts:
    """The counts of one printer, by its name. Its methods run on the printer's thread; of() on any."""

    def __init__(self, counters: Counters, printer: str) -> None:
        self._counters = counters
        self._device = named("POSPrinter", printer)
        self._state = "unknown"

    def of(self) -> dict[str, int]:
        """All of them."""
        mine = self._counters.of(self._device)
        return {name: mine.get(name, 0) for name in COUNTS}

    def sent(self, ticket: Ticket, state: str) -> None:
        """An attempt to print has ended so. Of a ticket that is on paper or not, nobody knows, the paper is
        counted in full: an estimate of the roll may be early and not late."""
        if state not in ("confirmed", "sent", "unknown"):
            return
        told = {"PaperFedMm": ticket.paper_mm}
        if state == "unknown":
            told["UnprovenPrintCount"] = 1
        else:
            told["ReceiptLinePrintedCount"] = ticket.lines
            told["PaperCutCount"] = ticket.cuts
            told["BarcodePrintedCount"] = ticket.codes
        for name, times in told.items():
            self._counters.count(self._device, name, times)

    def stands(self, state: str) -> None:
        """It stands so by its own word, or says nothing. Counted is what begins while it is heard: how it
        was found, or came back, began some other time."""
        if state != self._state and self._state not in _SILENT and state in _TROUBLE:
            self._counters.count(self._device, _TROUBLE[state])
        self._state = state

    def keep_with(self, tx: Connection) -> None:
        """Written with the end of a print job, in its transaction."""
        self._counters.keep_with(tx)
