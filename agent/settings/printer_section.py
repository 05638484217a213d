"""The printers' settings: where each is, what it prints, and who stands in for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.language.sentence import Said, Sentence
from agent.settings.setting_checks import (
    drawer_pin,
    head_dots,
    page_encoding,
    printer_address,
    printer_profile,
    stored_logo,
)
from agent.settings.toml_sections import at_least, nearest, one_of, setting

PRINTS = ("bills", "copies", "labels")
"""What a till prints: bills, copies of them, and sheets of labels or tests."""


def _kinds(values: tuple[str, ...]) -> Said | None:
    """Each of them something that a till prints."""
    return next(filter(None, map(one_of(*PRINTS), values)), None)


@dataclass(frozen=True, slots=True)
class PrinterSection:
    """A receipt printer, by address: tcp://host:9100, a serial path, or /dev/usb/lp0.

    prints: what comes out of it; the first printer prints all that no other names. stand_in: the name of the
    printer that prints in its place once it has not been able to for stand_in_after_s seconds. What is None
    is as the profile has it. roll_mm: the length of a new roll; 0: what is left of one is not estimated.
    """

    url: str = setting(check=printer_address)
    name: str = ""
    profile: str = setting("generic-80", check=printer_profile)
    prints: tuple[str, ...] = setting((), check=_kinds)
    stand_in: str = ""
    stand_in_after_s: int = setting(20, check=at_least(5, 3600))
    columns: int | None = setting(None, check=at_least(24, 104))
    dots: int | None = setting(None, check=head_dots)
    code_page: int | None = setting(None, check=at_least(0, 255))
    encoding: str | None = setting(None, check=page_encoding)
    cutter: bool | None = None
    feed_before_cut: int | None = setting(None, check=at_least(0, 30))
    native_qr: bool | None = None
    native_barcode: bool | None = None
    logo: str = ""
    stored_logo: str = setting("", check=stored_logo)
    fence: str | None = setting(None, check=one_of("process-id", "gs-r", "none"))
    auto_status: bool | None = None
    drawer: bool = True
    drawer_pin: int = setting(2, check=drawer_pin)
    drawer_pulse: str = setting("profile", check=one_of("profile", "real-time", "in-order"))
    drawer_pulse_ms: int = setting(100, check=at_least(100, 500))
    drawer_open_level: str = setting("", check=one_of("", "high", "low"))
    drawer_left_open_s: int = setting(60, check=at_least(0, 3600))
    deadline_s: int = setting(60, check=at_least(5, 3600))
    roll_mm: int = setting(0, check=at_least(0, 1_000_000))


@dataclass(frozen=True, slots=True)
class TicketsSection:
    """How long a ticket may wait for a printer until a person is asked whether it is still wanted; 0: for
    ever."""

    bills_ask_after_min: int = setting(720, check=at_least(0, 100_000))
    copies_ask_after_min: int = setting(60, check=at_least(0, 100_000))


def printer_names(printers: Sequence[PrinterSection]) -> list[str]:
    """What each is called: its name, else printer, printer-2 and so on."""
    plain = ("printer", *(f"printer-{number}" for number in range(2, len(printers) + 1)))
    return [one.name or name for one, name in zip(printers, plain, strict=False)]


def counted_printers(printers: Sequence[PrinterSection]) -> list[str]:
    """Of several, what those are called that have no name: by their places, which may change."""
    names = zip(printers, printer_names(printers), strict=True)
    return [name for one, name in names if not one.name and len(printers) > 1]


def contradictions(printers: Sequence[PrinterSection]) -> Iterator[tuple[str, Sentence]]:
    """What cannot be meant together: (the setting's key under "printer", what is wrong)."""
    names = printer_names(printers)
    stand_ins = {one.stand_in for one in printers}
    named_by: dict[str, str] = {}
    for index, (one, name) in enumerate(zip(printers, names, strict=True)):
        key = f"[{index}]"
        if names.count(name) > 1:
            yield f"{key}.name", Sentence("settings.names-again", names=name)
        for kind, times in Counter(one.prints).items():
            if kind in named_by or times > 1:
                other = named_by.get(kind, name)
                yield f"{key}.prints", Sentence("settings.printed-twice", kind=kind, other=other)
            named_by[kind] = name
        if one.stand_in and (one.stand_in not in names or one.stand_in == name):
            yield f"{key}.stand_in", _no_stand_in(one.stand_in, [other for other in names if other != name])
        if index and not one.prints and name not in stand_ins:
            yield f"{key}.prints", Sentence("settings.prints-nothing", kinds=", ".join(PRINTS))


def _no_stand_in(value: str, others: Sequence[str]) -> Sentence:
    if not others:
        return Sentence("settings.no-other-printer")
    if near := nearest(value, others):
        return Sentence("settings.near", known=", ".join(others), nearest=near)
    return Sentence("settings.one-of", words=", ".join(others))
