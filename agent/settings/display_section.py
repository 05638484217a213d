"""A customer's display's settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.language.sentence import Sentence
from agent.settings.setting_checks import scanner_path
from agent.settings.toml_sections import at_least, one_of, setting


def two_lines(values: tuple[str, ...]) -> Sentence | None:
    """No more than a display has."""
    return None if len(values) <= 2 else Sentence("settings.two-lines")


@dataclass(frozen=True, slots=True)
class DisplaySection:
    """The display of two lines that customers read; none without a path."""

    path: str = setting("", check=lambda value: scanner_path(value) if value else None)
    protocol: str = setting("escpos", check=one_of("escpos", "cd5220", "utf8"))
    name: str = ""
    columns: int = setting(20, check=at_least(16, 40))
    baudrate: int = setting(9600, check=at_least(300, 921_600))
    idle: tuple[str, ...] = setting((), check=two_lines)
    keep_s: int = setting(10, check=at_least(0, 600))


def contradictions(section: DisplaySection) -> Iterator[tuple[str, Sentence]]:
    """What cannot be meant together: (name of the setting, what is wrong)."""
    if section != DisplaySection(path=section.path) and not section.path:
        yield "path", Sentence("settings.display-path-missing")
