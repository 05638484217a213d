"""docs/field-guide.md and the README against the product: commands that exist, words that the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from agent.cli.app import app
from agent.language.language import page_words
from agent.sale import labels
from tests.docs.tables import DOCS, README, names, rows, section

PAGES = [README, *sorted(DOCS.glob("*.md"))]

# A command as a reader would type it: in backticks, or on an indented line of its own.
_TYPED = re.compile(r"(?:`|^ {4}(?:\S*/)?)pos-agent ([^`\n#|>]+)", re.MULTILINE)


def commands() -> dict[tuple[str, ...], set[str]]:
    """Every command by its words, with the options it takes."""
    found: dict[tuple[str, ...], set[str]] = {}
    root = typer.main.get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        for path, one in (
            {(name, sub): one for sub, one in inner.items()} if inner else {(name,): command}
        ).items():
            found[path] = {option for parameter in one.params for option in parameter.opts}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_document_exists(page: Path) -> None:
    """A command or option that was renamed or dropped is found where people read of it."""
    known = commands()
    for typed in _TYPED.findall(page.read_text("utf-8")):
        words = typed.split()
        path = next((tuple(words[:length]) for length in (2, 1) if tuple(words[:length]) in known), None)
        assert path, f"{page.name}: there is no command pos-agent {typed}"
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert options <= known[path], f"{page.name}: pos-agent {typed}"


def test_every_badge_the_page_can_show_is_in_the_guide() -> None:
    """A technician who sees a lamp finds its words in the first column."""
    said = page_words("en")["words"]
    shown = {text for key, text in said.items() if key.startswith("badge.") and "{" not in str(text)}
    told = {row[0] for row in rows(section("field-guide.md", "Lamps"))}
    assert shown - {said["badge.queue.empty"]} <= told
    assert said["agent.silent"] in told


def test_the_guide_knows_every_command_barcode() -> None:
    table = rows(section("field-guide.md", "Without a screen"))
    assert [names(row[0])[0] for row in table] == [f"CMD:{command}" for command in labels.COMMANDS]


def test_the_first_sheet_of_the_guide_fits_a_sheet() -> None:
    """Sixty lines of A4: who prints one page has what ten minutes need, and where the rest is."""
    guide = (DOCS / "field-guide.md").read_text("utf-8")
    sheet, marker, _ = guide.partition("<!-- The first sheet ends here. -->")
    lines = sheet.rstrip().splitlines()
    assert marker
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 125
    assert {"A new box in ten minutes", "Something is red", "Never"} <= {line.lstrip("# ") for line in lines}
