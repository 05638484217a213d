"""What the printer's driver tells, as sentences."""

from __future__ import annotations

from agent.language.sentence import Sentence
from drivers.printer.job import JobOutcome
from drivers.printer.status import PrinterStatus


def status_told(status: PrinterStatus) -> Sentence:
    """How the printer stands."""
    return Sentence(f"printer.{status.word}")


def outcome_told(outcome: JobOutcome) -> Sentence:
    """Why a job is not on paper, or may not be."""
    status = status_told(outcome.status)
    match outcome.word:
        case "status":
            return status
        case "silent":
            return Sentence("print.not-sent-status", status=status)
        case "busy":
            return Sentence("print.busy")
        case "unconfirmed":
            return Sentence("print.unconfirmed")
    why = Sentence(f"print.why.{outcome.word}", detail=outcome.detail)
    if outcome.handed_over == 0:
        return Sentence("print.not-sent", why=why)
    doubt = Sentence("print.doubt", why=why, sent=outcome.handed_over, total=outcome.total)
    if outcome.status.known and not outcome.status.ready:
        return Sentence("print.doubt-status", doubt=doubt, status=status)
    return doubt


def line_told(detail: str) -> Sentence:
    """The line to the printer failed."""
    return Sentence("print.why.line", detail=detail)
