"""A scale's settings: where it is, what it speaks, and what it is set to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.language.sentence import Said, Sentence
from agent.settings.setting_checks import scanner_path
from agent.settings.toml_sections import at_least, nearest, one_of, setting


def scale_protocol(value: str) -> Sentence | None:
    """A protocol that the drivers speak."""
    from drivers.scale.protocols import PROTOCOLS

    if value in PROTOCOLS:
        return None
    known = ", ".join(PROTOCOLS)
    if near := nearest(value, PROTOCOLS):
        return Sentence("settings.near", known=known, nearest=near)
    return Sentence("settings.one-of", words=known)


def baudrate(value: int) -> Said | None:
    """A speed, or 0 for the protocol's own."""
    return at_least(300, 921_600)(value) if value else None


def data_bits(value: int) -> Said | None:
    """7 or 8, or 0 for the protocol's own."""
    return at_least(7, 8)(value) if value else None


@dataclass(frozen=True, slots=True)
class ScaleSection:
    """The scale. baudrate, data_bits and stop_bits 0 and parity "" are those its protocol comes with."""

    path: str = setting("", check=lambda value: scanner_path(value) if value else None)
    protocol: str = setting("mettler-8217", check=scale_protocol)
    name: str = ""
    unit: str = setting("kg", check=one_of("kg", "g", "lb", "oz"))
    max_milli: int = setting(0, check=at_least(0, 10_000_000))
    wait_ms: int = setting(2000, check=at_least(200, 10_000))
    baudrate: int = setting(0, check=baudrate)
    data_bits: int = setting(0, check=data_bits)
    parity: str = setting("", check=one_of("", "none", "even", "odd", "mark", "space"))
    stop_bits: int = setting(0, check=at_least(0, 2))


def contradictions(section: ScaleSection) -> Iterator[tuple[str, Sentence]]:
    """What cannot be meant together: (name of the setting, what is wrong)."""
    if section != ScaleSection(path=section.path) and not section.path:
        yield "path", Sentence("settings.scale-path-missing")
