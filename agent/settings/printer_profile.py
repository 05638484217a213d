"""What a printer can: the profile that the settings name, and what they have otherwise."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.language.sentence import Sentence
from agent.settings.printer_section import PrinterSection
from agent.settings.setting_checks import page_encoding

if TYPE_CHECKING:
    from drivers.printer.profile import PrinterProfile

OVERRULING = (
    "columns",
    "dots",
    "code_page",
    "encoding",
    "cutter",
    "feed_before_cut",
    "native_qr",
    "native_barcode",
    "fence",
    "auto_status",
)
"""Settings that overrule a value of the profile, each by the name it has there."""


def profile_of(section: PrinterSection) -> PrinterProfile:
    """What the printer can: the profile of its name, and what the settings say otherwise."""
    from drivers.printer.profile import profile_named

    own: dict[str, Any] = {
        name: value for name in OVERRULING if (value := getattr(section, name)) is not None
    }
    own |= {"drawer_pin": section.drawer_pin, "drawer_ms": section.drawer_pulse_ms}
    own["drawer_open_level"] = section.drawer_open_level
    if section.drawer_pulse != "profile":
        own["realtime_drawer"] = section.drawer_pulse == "real-time"
    return replace(profile_named(section.profile), **own)


def values_of(section: PrinterSection) -> Iterator[tuple[str, Any, bool]]:
    """What the printer can, by the names of its settings: (setting, value, whether it is of the settings and
    not of the profile)."""
    from drivers.printer.profile import profile_named

    made, named = profile_of(section), profile_named(section.profile)
    for name in OVERRULING:
        yield name, getattr(made, name), getattr(section, name) is not None
    yield "drawer_pin", made.drawer_pin, made.drawer_pin != named.drawer_pin
    pulse = "real-time" if made.realtime_drawer else "in-order"
    yield "drawer_pulse", pulse, section.drawer_pulse != "profile"
    yield "drawer_pulse_ms", made.drawer_ms, made.drawer_ms != named.drawer_ms


def contradictions(section: PrinterSection) -> Iterator[tuple[str, Sentence]]:
    """What cannot be meant together: (name of the setting, what is wrong)."""
    from drivers.printer.profile import CELL_DOTS

    made = profile_of(section)
    if made.columns > (most := made.dots // CELL_DOTS):
        yield (
            "dots" if section.columns is None else "columns",
            Sentence(
                "settings.columns-too-wide",
                columns=made.columns,
                need=made.columns * CELL_DOTS,
                dots=made.dots,
                most=most,
            ),
        )
    yield from _page_alone(section)


def _page_alone(section: PrinterSection) -> Iterator[tuple[str, Sentence]]:
    """A page is a number for the printer and letters for the till, and makers number them as they like."""
    from drivers.printer.profile import code_pages

    page, encoding = section.code_page, section.encoding
    if page is not None and encoding is None:
        if (found := code_pages().get(page)) and page_encoding(found) is None:
            yield "code_page", Sentence("settings.page-without-letters.near", page=page, encoding=found)
        else:
            yield "code_page", Sentence("settings.page-without-letters")
    if encoding is not None and page is None and codecs.lookup(encoding).name != "ascii":
        numbers = (
            number
            for number, name in code_pages().items()
            if codecs.lookup(name).name == codecs.lookup(encoding).name
        )
        if (near := next(numbers, None)) is not None:
            yield "encoding", Sentence("settings.letters-without-page.near", encoding=encoding, page=near)
        else:
            yield "encoding", Sentence("settings.letters-without-page")
