"""The page that tests a printer, and the one that has it store its logo, of a till's settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.language.sentence import Sentence
from agent.printing.check_sheet import Checked, CheckSheet, document
from agent.printing.logo_file import logo_of
from agent.printing.printers import Printers
from agent.sale.ticket_text import cell, row, wrap
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


def logo_document(section: PrinterSection, text_of: Callable[[Sentence], str]) -> Document | Sentence:
    """The page that has a printer store its logo and shows what it has; or why it cannot."""
    from drivers.printer.logo import is_numbered

    name, profile = section.stored_logo, profile_of(section)
    if not section.logo or not name:
        return Sentence("logo.unset")
    if is_numbered(name):
        return Sentence("logo.numbered", name=name)
    if why := logo_of(section.logo, profile.dots)[1]:
        return why
    lines = wrap(text_of(Sentence("logo.sheet", name=name)), profile.columns)
    shown = [row(cell(line, profile.columns)) for line in lines]
    return [{"kind": "store-logo"}, {"kind": "logo"}, *shown, {"kind": "cut"}]


def logo_sheet(config: Config, till: Till, printers: Printers) -> CheckSheet:
    """What has a printer store its logo, when no bill waits."""
    names = printer_names(config.printer)
    sections = dict(zip(names, config.printer, strict=True))

    def made(name: str, _at: str, text_of: Callable[[Sentence], str]) -> Document | Sentence:
        return logo_document(sections[name], text_of) if name in sections else []

    return CheckSheet(till, printers.print_beside, made, names)
