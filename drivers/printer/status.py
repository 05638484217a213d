"""What state a printer is in, read from its four real-time status bytes, and never better than they prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from drivers.message import Message

Paper = Literal["ok", "near_end", "out", "unknown"]
OpenClosed = Literal["open", "closed", "unknown"]
Fault = Literal["none", "cutter", "unrecoverable", "recoverable", "other", "unknown"]

_NO_ANSWER = Message("printer.silent")

#: The n of DLE EOT n, in the order they are asked.
ASKED = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """One look at a printer.

    known is false when it did not answer, or answered nonsense; then every other field says unknown.
    online is None, and pin3_high is None, while unknown. drawer needs to know which level of pin 3 means
    open, see PrinterProfile.drawer_open_level. message is for the cashier.
    """

    known: bool = False
    online: bool | None = None
    paper: Paper = "unknown"
    cover: OpenClosed = "unknown"
    fault: Fault = "unknown"
    drawer: OpenClosed = "unknown"
    pin3_high: bool | None = None
    message: Message = _NO_ANSWER

    @property
    def ready(self) -> bool:
        """True only if the printer said that nothing keeps it from printing."""
        return (
            self.known
            and self.online is True
            and self.paper in ("ok", "near_end")
            and self.cover == "closed"
            and self.fault == "none"
        )


SILENT = PrinterStatus()
NONSENSE = PrinterStatus(message=Message("printer.nonsense"))
#: It speaks, and leaves some of the four questions without an answer.
PARTLY = PrinterStatus(message=Message("printer.partly"))


def status_from(answers: Mapping[int, int], drawer_open_level: str = "") -> PrinterStatus:
    """The status that the answers to DLE EOT 1 to 4 ({n: byte}) amount to.

    Bits as Epson documents them; the paper bits come in pairs, and half a pair is no answer.
    """
    if any(answers.get(n, 0) & 0x93 != 0x12 for n in ASKED):
        return NONSENSE
    general, offline_cause, error_cause, roll = (answers[n] for n in ASKED)
    paper = paper_of(roll)
    if paper == "unknown":
        return NONSENSE
    online = not general & 0x08
    cover: OpenClosed = "open" if offline_cause & 0x04 else "closed"
    fault = _fault(offline_cause, error_cause)
    pin3_high = bool(general & 0x04)
    return PrinterStatus(
        known=True,
        online=online,
        paper=paper,
        cover=cover,
        fault=fault,
        drawer=_drawer(drawer_open_level, pin3_high=pin3_high),
        pin3_high=pin3_high,
        message=_message(paper, cover, fault, stopped=bool(offline_cause & 0x20), online=online),
    )


def paper_of(roll: int) -> Paper:
    """The paper sensors in the answer to DLE EOT 4."""
    near, out = roll & 0x0C, roll & 0x60
    if near not in (0, 0x0C) or out not in (0, 0x60):
        return "unknown"
    if out:
        return "out"
    return "near_end" if near else "ok"


def _fault(offline_cause: int, error_cause: int) -> Fault:
    if error_cause & 0x08:
        return "cutter"
    if error_cause & 0x20:
        return "unrecoverable"
    if error_cause & 0x44:
        return "recoverable"
    return "other" if offline_cause & 0x40 else "none"


def _drawer(open_level: str, *, pin3_high: bool) -> OpenClosed:
    if open_level not in ("high", "low"):
        return "unknown"
    return "open" if pin3_high == (open_level == "high") else "closed"


def _message(paper: Paper, cover: OpenClosed, fault: Fault, *, stopped: bool, online: bool) -> Message:
    if cover == "open":
        return Message("printer.cover-open")
    if paper == "out" or stopped:
        return Message("printer.paper-out")
    if fault != "none":
        return Message(f"printer.fault.{fault}")
    if not online:
        return Message("printer.offline")
    return Message("printer.paper-near-end" if paper == "near_end" else "printer.ready")
