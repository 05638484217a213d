"""The page that tests a printer, of a till's settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.language.sentence import Sentence
from agent.printing.check_sheet import Checked, CheckSheet, document
from agent.printing.printers import Printers
from agent.settings.config import Config
from agent.settings.printer_profile import profile_of, values_of
from agent.settings.printer_section import PrinterSection, printer_names
from agent.till.till import Till

Document = list[dict[str, Any]]


def check_document(
    config: Config, section: PrinterSection, at: str, text_of: Callable[[Sentence], str]
) -> Document:
    """The page for a printer; at: when, as ISO 8601."""
    checked = Checked(config.till.till_code, section.url, section.profile, tuple(values_of(section)))
    return document(checked, profile_of(section), at, text_of)


def check_sheet(config: Config, till: Till, printers: Printers) -> CheckSheet:
    """What prints it beside the bills; without a printer that is refused, in words."""
    names = printer_names(config.printer)
    sections = dict(zip(names, config.printer, strict=True))

    def made(name: str, at: str, text_of: Callable[[Sentence], str]) -> Document:
        return check_document(config, sections[name], at, text_of) if name in sections else []

    return CheckSheet(till, printers.print_beside, made, names)
