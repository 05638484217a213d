"""docs/field-guide.md and the README against the product: commands that exist, words that the page says."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest
import typer.main

from agent.cli.app import app
from agent.language.language import in_english, page_words
from agent.language.sentence import Sentence
from agent.language.tools import files
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
            found[path] = {
                option for parameter in one.params for option in (*parameter.opts, *parameter.secondary_opts)
            }
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


@functools.cache
def english_texts() -> list[str]:
    """Every sentence of the till, with its places in braces."""
    texts = [message.string for message in files.read(files.ENGLISH) if message.id]
    return [one for text in texts for one in ((text,) if isinstance(text, str) else text)]


def _is_said(quoted: str) -> bool:
    """Whether the till can say this: … is anything, and what the till fills in may stand filled in."""
    parts = [part.strip() for part in quoted.split("…") if part.strip(" .:,")]
    for text in english_texts():
        spots = [text.find(part) for part in parts]
        filled = re.sub(r"\\\{\w+\\\}", ".+", re.escape(text))
        if (-1 not in spots and spots == sorted(spots)) or re.fullmatch(filled, quoted):
            return True
    return False


@pytest.mark.parametrize(
    ("part", "head"),
    [
        ("A customer brings something back", "The page says"),
        ("Clock", "`status` says"),
        ("Disk", "`status` says"),
    ],
)
def test_what_the_guide_has_the_till_say_it_says(part: str, head: str) -> None:
    """Whoever looks a sentence of the screen up must find it."""
    table = re.search(
        rf"\n\| {re.escape(head)} \|.*?\n\n", section("field-guide.md", part) + "\n\n", re.DOTALL
    )
    assert table
    cells = [line.split(" | ")[0].lstrip("| ") for line in table[0].strip().splitlines()[2:]]
    quoted = [one for cell in cells for one in re.findall("`([^`]+)`", cell) or [cell]]
    assert [one for one in quoted if one[0].isupper() and not _is_said(one)] == []


def test_page_status_and_guide_call_a_good_state_by_one_name() -> None:
    """The page and `status` said "Store ready" and "Store ok", and a technician looked for the other one."""
    words = page_words("en")["words"]
    shown = section("field-guide.md", "Lamps")
    for thing, ident in (("store", "badge.store.ok"), ("clock", "clock.ok")):
        said = in_english(Sentence(ident))
        assert said == words[f"badge.{thing}.ok"]
        assert re.search(rf"^ +{thing} +{said}$", shown, re.MULTILINE)
