"""Paper by the command itself, where no agent runs that has the printer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from agent.cli.output import fail

if TYPE_CHECKING:
    from agent.language.sentence import Said
    from agent.settings.printer_section import PrinterSection


def print_straight(section: PrinterSection, document: list[dict[str, Any]]) -> Said:
    """Print a document that is no bill; what the printer proved. Ends the command where it was not
    printed."""
    from agent.daemon.printing_side import printer_options
    from drivers.printer.job import print_job
    from drivers.printer.ticket import build
    from drivers.printer.transport import TransportFailed, open_transport

    options = printer_options(section)
    data = build(document, options.profile)
    fence = "".join(chr(ord("a") + byte % 26) for byte in os.urandom(4))
    try:
        transport = open_transport(options.url)
    except TransportFailed as error:
        fail(error.message)
    try:
        outcome = print_job(transport, data, fence, options.profile, options.deadline_s)
    finally:
        transport.close()
    if outcome.state not in ("confirmed", "sent"):
        fail(outcome.message)
    return outcome.message
