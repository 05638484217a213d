"""The language files: where they are, how they are read and written."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

LOCALE = Path(__file__).parents[1] / "locale"
ENGLISH = LOCALE / "en.po"
PAGE = "page."
"""What an id of the cashier's page begins with; the page itself leaves it out."""
WIDTH = 120
_LINE = re.compile(rb'(?:#.*|(?:msg(?:id|id_plural|str(?:\[\d\])?) )?"(?:[^"\\]|\\.)*"|)')


def sources(locale: Path = LOCALE) -> list[Path]:
    """The files that people write, one a language."""
    return sorted(locale.glob("*.po"))


def read(file: Path) -> Catalog:
    """A language's texts. Raises babel's PoFileError, with the line, for a file that is none."""
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        # babel takes a text without its closing quote, and drops the last letter with it.
        if not _LINE.fullmatch(line.strip()):
            where = f"{file.name}:{number}: a text stands between two quotes"
            raise PoFileError(where, Catalog(), line.decode(errors="replace"), number)
    with file.open("rb") as stream:
        return read_po(stream, locale=file.stem.replace("-", "_"), abort_invalid=True)


def write(file: Path, catalog: Catalog) -> None:
    """Keep a language's texts: sorted by id, each with where it is used. The head holds no dates: a file
    changes only when a text does."""
    head = (
        f"Language: {catalog.locale_identifier}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {catalog.plural_forms}",
    )
    body = BytesIO()
    write_po(body, catalog, width=WIDTH, sort_output=True, include_lineno=False, omit_header=True)
    lines = ['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in head), "", ""]
    file.write_bytes("\n".join(lines).encode() + body.getvalue())


def ident(message: Message) -> str:
    """The id of a message, with or without plural."""
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    """Its texts: one, or one a plural form; empty where nobody has translated it."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def texts(catalog: Catalog) -> dict[str, Message]:
    """The messages of a language by id; without its head and without what a translator is unsure of."""
    return {ident(message): message for message in catalog if message.id and not message.fuzzy}
