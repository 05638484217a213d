"""What of the settings is at a path of its own: one port has one device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

from agent.language.sentence import Sentence
from agent.settings.display_section import DisplaySection
from agent.settings.printer_section import PrinterSection, printer_names
from agent.settings.scale_section import ScaleSection
from agent.settings.scanner_section import ScannerSection, scanner_names
from drivers.printer.address import PORT


class Ports(Protocol):
    """The sections of a configuration that this is about."""

    @property
    def scanner(self) -> Sequence[ScannerSection]: ...
    @property
    def printer(self) -> Sequence[PrinterSection]: ...
    @property
    def scale(self) -> ScaleSection: ...
    @property
    def display(self) -> DisplaySection: ...


def at_paths(config: Ports) -> list[tuple[str, str, str]]:
    """What is at a path: the key of its section, its name, and the path."""
    kinds = ("scale", config.scale), ("display", config.display)
    scanners = [
        (f"scanner[{index}]", name, one.path)
        for index, (one, name) in enumerate(zip(config.scanner, scanner_names(config.scanner), strict=True))
    ]
    names = printer_names(config.printer)
    printers = [
        (f"printer[{index}]", name, _place(one.url))
        for index, (one, name) in enumerate(zip(config.printer, names, strict=True))
    ]
    return [*scanners, *printers, *((key, one.name or key, one.path) for key, one in kinds if one.path)]


def _place(url: str) -> str:
    """One text for every spelling of a printer's address."""
    if url.startswith("tcp://"):
        parts = urlsplit(url)
        return f"tcp://{parts.hostname}:{parts.port or PORT}"
    return url.removeprefix("file://").removeprefix("serial://").partition("?")[0]


def shared_paths(config: Ports) -> dict[str, Sentence]:
    """Whoever opened a port first would keep the other out. Two scanners at one path have always been taken:
    one of them is missing then."""
    wrong: dict[str, Sentence] = {}
    used: dict[str, str] = {}
    for key, _, path in at_paths(config):
        if path in used and not key.startswith("scanner"):
            wrong[f"{key}.{'url' if key.startswith('printer') else 'path'}"] = Sentence(
                "settings.path-again", other=used[path]
            )
        used.setdefault(path, key)
    return wrong
