"""What the daemon logs: nobody can be recognised by it."""

from __future__ import annotations

import logging

from agent.sale.masking import masked


class MaskedFormatter(logging.Formatter):
    """Masks the line and the traceback, whatever an exception quotes."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback if there is one."""
        return masked(super().format(record))
