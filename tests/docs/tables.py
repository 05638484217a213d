"""Reading the documents: their sections, the tables in them, and the names in backticks."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
README = DOCS.parent / "README.md"

_NAME = re.compile(r"`([^`]+)`")
_CELL = re.compile(r"(?<!\\)\|")


def section(document: str, title: str) -> str:
    """The text under a heading, down to the next one of its own rank or higher."""
    text = (DOCS / document).read_text("utf-8")
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,6}} |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"{document} has no section {title!r}"
    level = len(found[1])
    below = re.split(rf"^#{{1,{level}}} ", text[found.start(2) :], maxsplit=1, flags=re.MULTILINE)
    return below[0]


def rows(text: str) -> list[list[str]]:
    """The rows of every table in a text, without headings, each as its cells."""
    found: list[list[str]] = []
    body = False
    for line in text.splitlines():
        if not line.startswith("|"):
            body = False
        elif re.fullmatch(r"[|\s:-]+", line):
            body = True
        elif body:
            found.append([cell.strip() for cell in _CELL.split(line)[1:-1]])
    return found


def names(text: str) -> list[str]:
    """Everything in backticks, in order."""
    return _NAME.findall(text)


def keys(text: str) -> list[str]:
    """The names in the first cell of every row."""
    return [name for row in rows(text) for name in names(row[0])]
