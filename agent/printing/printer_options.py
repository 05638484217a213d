"""What a printer's thread is given of the settings."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.printer.profile import PrinterProfile


@dataclass(frozen=True, slots=True)
class PrinterOptions:
    """Where the printer is and how long a job may stand still, paper changes included; its name in the
    spool, and the names of the till's others."""

    url: str
    profile: PrinterProfile
    deadline_s: float = 60.0
    name: str = ""
    others: tuple[str, ...] = ()
