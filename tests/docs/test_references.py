"""What the repository refers to is there: pages, their headings, the sections of docs/capillary.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.tables import DOCS

REPOSITORY = DOCS.parent
PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted(DOCS.glob("*.md"))]
"""Pages that others may refer to before they are there."""
VENDORS = {"INDEX.md"}
"""The list of the vendor's samples, which are read where they lie and never copied."""

_KINDS = {
    ".py",
    ".md",
    ".toml",
    ".service",
    ".rules",
    ".conf",
    ".js",
    ".css",
    ".json",
    ".sql",
    ".csv",
    ".html",
}
_NOT_OURS = {"vendor", "node_modules", "__pycache__"}
_NUMBERS = r"\d+(?:\.\d+)?"
# "docs/capillary.md 5.2", "... 4.1, 4.4", "... 3 and 7", "... 4.1 to 4.3"; over the end of a line, too.
_SECTIONS = re.compile(rf"capillary\.md\s+({_NUMBERS}(?:(?:,\s+|\s+and\s+|\s+to\s+){_NUMBERS})*)")
_PAGE = re.compile(r"[\w./-]*\w\.md\b")
_FILE = re.compile(r"(?<![\w/.:-])((?:agent|drivers|tests|systemd|docs)/[\w/.-]*\w)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def _texts() -> Iterator[tuple[Path, str]]:
    """Every file of the repository that people or programs read as text."""
    ours = ("agent", "drivers", "tests", "systemd", "docs")
    files = [file for room in ours for file in (REPOSITORY / room).rglob("*")]
    files += [*REPOSITORY.glob("*.*"), REPOSITORY / "Makefile"]
    for file in files:
        if file.is_file() and (file.suffix in _KINDS or not file.suffix) and not _NOT_OURS & set(file.parts):
            yield file, file.read_text("utf-8", errors="replace")


def _sections() -> set[str]:
    """The numbers of the headings of docs/capillary.md, and of its open questions."""
    text = (DOCS / "capillary.md").read_text("utf-8")
    return set(re.findall(rf'<a id="s({_NUMBERS})"></a>(?:\n#+ \1 |\1 \|)', text))


def test_every_section_of_the_clouds_page_that_is_named_is_there() -> None:
    """A comment that says docs/capillary.md 5.2 leads to a heading of that number, with its anchor."""
    there, named = _sections(), set()
    for file, text in _texts():
        for found in _SECTIONS.findall(text):
            numbers = set(re.findall(_NUMBERS, found))
            assert numbers <= there, f"{file.relative_to(REPOSITORY)}: capillary.md {found}"
            named |= numbers
    assert named


def test_every_page_that_is_named_is_in_the_repository() -> None:
    """Nothing refers to a document that a reader of the repository has not got."""
    for file, text in _texts():
        for name in set(_PAGE.findall(text)) - VENDORS:
            installed = name.startswith("/")
            ours = Path(name).name if installed else name
            places = [REPOSITORY / ours, DOCS / ours, file.parent / ours]
            assert any(place.is_file() for place in places), f"{file.relative_to(REPOSITORY)}: {name}"


def _anchors(page: Path) -> set[str]:
    """What a link may point at within a page, as GitHub makes it of the headings; and the page's own."""
    text = page.read_text("utf-8")
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    return made | set(re.findall(r'<a id="([^"]+)"></a>', text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """Files and headings; addresses outside are not followed."""
    for link in _LINK.findall(page.read_text("utf-8")):
        name, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_table_of_a_page_has_as_many_cells_as_its_heading(page: Path) -> None:
    """A bar too many, or one forgotten, and GitHub drops cells without a word."""
    width = 0
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not cells or not width or cells == width, f"{page.name}:{number}"
        width = cells


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=lambda page: page.name
)
def test_every_file_a_page_names_exists(page: Path) -> None:
    """What moved is found here, in commands too; the changelog alone speaks of the past."""
    for name in _FILE.findall(page.read_text("utf-8")):
        assert (REPOSITORY / name).exists(), name
