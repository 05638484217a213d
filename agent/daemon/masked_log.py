"""What the daemon logs: nobody can be recognised by it, and nothing in it gives orders to a terminal."""

from __future__ import annotations

import logging

from agent.sale.masking import harmless, masked


class MaskedFormatter(logging.Formatter):
    """Masks the line and the traceback, whatever an exception quotes; what is not the traceback is one line,
    or a text of others could write lines that look like ours."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback if there is one. Of a line that was masked already only its level, name
        and text are formatted, so there is nothing left to mask."""
        line = harmless(super().format(record))
        return line if hasattr(record, "masked") else masked(line)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line alone."""
        return super().formatMessage(record).replace("\n", "\\n")
