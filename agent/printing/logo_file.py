"""The file with a printer's logo. A shop sells without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.files.regular_file import at_once
from agent.language.sentence import Sentence
from agent.language.system_words import reason

if TYPE_CHECKING:
    from drivers.printer.profile import PrinterProfile


def logo_of(file: str, dots: int) -> tuple[bytes, Sentence | None]:
    """The picture in a file, for paper so many dots wide, and why it will not be on it; b"" where there is
    none to print."""
    if not file:
        return b"", None
    from drivers.printer.logo import MOST_BYTES, NoPicture, drawn

    try:
        # Not waiting: a pipe would keep the tickets until somebody writes into it.
        with open(file, "rb", opener=at_once) as opened:
            picture = opened.read(MOST_BYTES + 1)
        drawn(picture, dots)
    except OSError as error:
        return b"", Sentence("paper.no-logo", file=file, why=reason(error))
    except NoPicture as error:
        return b"", Sentence("paper.no-logo", file=file, why=error.message)
    return picture, None


def headed(document: list[Any], profile: PrinterProfile) -> list[Any]:
    """A ticket behind the logo of the printer that it comes out of, where that has one."""
    return [{"kind": "logo"}, *document] if profile.has_logo else document
