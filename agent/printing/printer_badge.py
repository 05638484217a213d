"""The word of the printer's badge."""

from __future__ import annotations

from drivers.printer.status import PrinterStatus


def badge_state(status: PrinterStatus) -> str:
    """The badge's word for a status; unknown whenever the printer did not say."""
    if not status.known:
        return "unknown"
    if status.cover == "open":
        return "cover_open"
    if status.paper == "out":
        return "paper_out"
    if status.fault not in ("none", "unknown"):
        return "error"
    if status.online is False:
        return "offline"
    return "near_end" if status.paper == "near_end" else "ok"
