"""The till's printers and its drawer, as the settings have them; no thread starts here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from agent.language.language import Language
from agent.language.sentence import Sentence
from agent.printing.calibration_sheet import CalibrationSheet
from agent.printing.cash_drawer import CashDrawer
from agent.printing.label_sheet import LabelSheet
from agent.printing.letters import INDIA, Letters
from agent.printing.logo_file import headed, logo_of
from agent.printing.printers import Printers, PrinterSetup
from agent.printing.receipts import Receipts
from agent.printing.routes import Route
from agent.settings.config import Config
from agent.settings.printer_profile import profile_of
from agent.settings.printer_section import PrinterSection, printer_names
from agent.store.label_key import LabelKey
from agent.till.board import Board
from agent.till.counters import Counters, named
from agent.till.last_bill import LastBill
from agent.till.rights import Rights
from agent.till.till import Till

if TYPE_CHECKING:
    from agent.printing.printer_options import PrinterOptions


def printers(
    config: Config,
    till: Till,
    board: Board,
    last_bill: LastBill,
    receipts: Receipts,
    reader: Callable[[], sqlite3.Connection],
    letters: Letters,
    counters: Counters,
) -> Printers:
    """The printers of the till."""
    return Printers(
        till,
        board,
        last_bill,
        receipts.document,
        reader,
        setups(config),
        on_ticket=letters.met,
        late_after_s=late_after_s(config),
        counters=counters,
    )


def setups(config: Config) -> list[PrinterSetup]:
    """The printers of the settings, each with what it prints."""
    names = printer_names(config.printer)
    return [
        PrinterSetup(
            Route(name, section.prints, section.stand_in, section.stand_in_after_s),
            partial(printer_options, section, name, tuple(other for other in names if other != name)),
            section.roll_mm,
        )
        for name, section in zip(names, config.printer, strict=True)
    ]


def late_after_s(config: Config) -> dict[str, int]:
    """How long each kind of paper may wait."""
    tickets = config.tickets
    return {"bills": tickets.bills_ask_after_min * 60, "copies": tickets.copies_ask_after_min * 60}


def cash_drawer(
    config: Config, till: Till, printers: Printers, rights: Rights, counters: Counters
) -> CashDrawer:
    """It hangs on the first printer that may have one; one without any is opened by no cash."""
    pairs = list(zip(config.printer, printers.each, strict=True))
    hung = next((printer for section, printer in pairs if section.drawer), None)
    printer = hung or next(iter(printers.each), None)
    left_open_s = next((section.drawer_left_open_s for section in config.printer if section.drawer), 0)
    return CashDrawer(
        till,
        printer,
        printers.wake,
        hangs=hung is not None,
        rights=rights,
        cashier=config.till.cashier,
        left_open_s=left_open_s,
        count=partial(counters.count, named("CashDrawer", printer.name if printer else "")),
    )


def printer_of(config: Config, kind: str = "bills") -> PrinterSection | None:
    """The one that prints a kind of paper."""
    named = (one for one in config.printer if kind in one.prints)
    return next(named, next(iter(config.printer), None))


def printer_options(section: PrinterSection, name: str = "", others: tuple[str, ...] = ()) -> PrinterOptions:
    """Options of the printer's thread; the drivers are imported only where there is a printer."""
    from agent.printing.printer_options import PrinterOptions

    profile = profile_of(section)
    picture, _ = logo_of(section.logo, profile.dots)
    profile = replace(profile, logo=picture, stored_logo=section.stored_logo)
    return PrinterOptions(section.url, profile, section.deadline_s, name, others)


def letters(config: Config, language: Language) -> Letters:
    """Looks after what will not be on the paper as it should."""
    section = printer_of(config)
    profile = (lambda: printer_options(section).profile) if section else None
    return Letters(partial(paper_text, config, language), profile, partial(_no_logos, config))


def _no_logos(config: Config) -> list[Sentence]:
    found = (logo_of(section.logo, profile_of(section).dots)[1] for section in config.printer)
    return list(filter(None, found))


def paper_text(config: Config, language: Language) -> str:
    """Letters that will surely stand on this till's paper, or likely."""
    shop = config.shop
    own = (shop.name, *shop.address, *shop.footer, shop.title, language.text(Sentence("receipt.points.come")))
    return "".join((*own, INDIA if config.till.indian else ""))


def printer_columns(section: PrinterSection | None) -> int:
    """Characters a line of the paper; a ticket without a printer is as wide as most."""
    return printer_options(section).profile.columns if section else 48


def paper_picture(section: PrinterSection | None) -> Callable[[list[dict[str, Any]]], bytes]:
    """What draws a ticket as it will be on paper; without a printer as on most."""

    def drawn(document: list[dict[str, Any]]) -> bytes:
        from agent.printing.paper_picture import picture
        from drivers.printer.profile import profile_named

        profile = printer_options(section).profile if section else profile_named("generic-80")
        return picture(headed(document, profile), profile)

    return drawn


def label_sheet(config: Config, till: Till, printers: Printers) -> LabelSheet:
    """What prints this till's command labels."""
    return LabelSheet(
        till,
        LabelKey(config.store, config.till.bill_prefix).proves,
        printers.print_beside,
        Sentence("labels.sheet", till=config.till.till_code),
    )


def calibration_sheet(till: Till, printers: Printers) -> CalibrationSheet:
    """What prints the codes that scanners are set up by."""
    return CalibrationSheet(till, printers.print_beside)
