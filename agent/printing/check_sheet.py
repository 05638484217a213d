"""The page of `printer test`: what this printer makes of what it is told, and what a person should see."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.language.sentence import Said, Sentence
from agent.printing.sheets import Sheet
from agent.sale.ticket_text import NBSP, cell, paragraph, row, rule, wrap
from agent.till.answer import Answer
from agent.till.till import Till

if TYPE_CHECKING:
    from drivers.printer.profile import PrinterProfile

Document = list[dict[str, Any]]
TextOf = Callable[[Sentence], str]

_CODE = "TEST-PAGE"
_SIGNS = "#$@[\\]^_`{|}~"
"""What a printer set to another country has other signs for (ESC R)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Which printer: till, address, the name of its profile; values: (setting, value, whether it is of the
    settings and not of the profile)."""

    till: str
    url: str
    profile: str
    values: tuple[tuple[str, Any, bool], ...]


class CheckSheet:
    """Prints it, when no bill waits. document makes it, of a printer and the moment it is asked for, or says
    why there is none; names: those of the till's printers."""

    def __init__(
        self,
        till: Till,
        beside: Callable[[Sheet, str], tuple[bool, Said]],
        document: Callable[[str, str, TextOf], Document | Sentence],
        names: Sequence[str],
    ) -> None:
        self._till = till
        self._beside = beside
        self._document = document
        self._names = names

    def print(self, key: str, name: str = "") -> Answer:
        """Print it on the printer of that name, or the first; once for a key. What it proved is said."""
        if earlier := self._till.answered(key):
            return earlier
        name = name or next(iter(self._names), "")
        if self._names and name not in self._names:
            known = ", ".join(self._names)
            return self._till.refusal(Sentence("no-such-printer", name=name, known=known))
        document = self._document(name, self._till.stamp(), self._till.language.text)
        if isinstance(document, Sentence):
            return self._till.refusal(document)
        done, said = self._beside(lambda _columns: document, name)
        if not done:
            return self._till.refusal(Sentence("sheet.not-printed", why=said))
        return self._till.remember(key, self._till.answer(proved(said)))


def proved(said: Said) -> Sentence:
    """What is known of a page that has left the box."""
    if said.id == "printer.job.printed":
        return Sentence("check-sheet.proved")
    return Sentence("check-sheet.sent", how=said)


def document(checked: Checked, profile: PrinterProfile, at: str, text_of: TextOf) -> Document:
    """The page for a printer; at: when, as ISO 8601."""
    columns = profile.columns
    said = _Lines(columns, text_of)
    title = said(Sentence("check-sheet.title"), wide=True, tall=True, bold=True)
    figures = "".join(str(at % 10) for at in range(1, columns + 1))
    when = at[:16].replace("T", " ")
    return [
        *title,
        *said(Sentence("check-sheet.of", till=checked.till, at=when)),
        *said(Sentence("check-sheet.printer", url=checked.url, profile=checked.profile)),
        *paragraph(", ".join(map(_written, checked.values)), columns),
        *said(Sentence("check-sheet.starred")),
        rule(),
        *said(Sentence("check-sheet.columns")),
        row(cell(figures, columns)),
        rule(),
        *_letters(profile, said),
        rule(),
        *_styles(said),
        rule(),
        *_codes(profile, said),
        rule(),
        *said(Sentence("check-sheet.shades")),
        {"kind": "shades"},
        rule(),
        *_end(profile, said),
        *title,
        rule("="),
        {"kind": "cut"},
    ]


class _Lines:
    """Sentences as lines of the paper."""

    def __init__(self, columns: int, text_of: TextOf) -> None:
        self._columns = columns
        self._text_of = text_of

    def __call__(self, sentence: Sentence, *, wide: bool = False, **flags: bool) -> Document:
        columns = self._columns // 2 if wide else self._columns
        lines = wrap(self._text_of(sentence), columns)
        return [row(cell(line, columns), wide=wide, **flags) for line in lines]


def _written(value: tuple[str, Any, bool]) -> str:
    """As it would stand in the settings, and not broken."""
    name, found, own = value
    return f"{name} = {json.dumps(found)}{' *' if own else ''}".replace(" ", NBSP)


def _letters(profile: PrinterProfile, said: _Lines) -> Iterator[dict[str, Any]]:
    """Each line twice, letter under letter."""
    yield from said(Sentence("check-sheet.letters"))
    others = list(_beyond_ascii(profile.encoding))
    if not others:
        yield from said(Sentence("check-sheet.ascii"))
    for line in (list(_SIGNS), *_cut_up(others, profile.columns)):
        cells = [cell(letter, 1) for letter in line]
        yield row(*cells)
        yield row(*cells) | {"drawn": True}


def _beyond_ascii(encoding: str) -> Iterable[str]:
    """The letters and signs that a code page has in its upper half."""
    found = (bytes((byte,)).decode(encoding, "ignore") for byte in range(0x80, 0x100))
    return (letter for letter in found if letter and unicodedata.category(letter)[0] in "LNPS")


def _cut_up(letters: list[str], columns: int) -> Iterator[list[str]]:
    for first in range(0, len(letters), columns):
        yield letters[first : first + columns]


def _styles(said: _Lines) -> Document:
    return [
        *said(Sentence("check-sheet.styles")),
        *said(Sentence("check-sheet.bold"), bold=True),
        *said(Sentence("check-sheet.wide"), wide=True),
        *said(Sentence("check-sheet.tall"), tall=True),
        *said(Sentence("check-sheet.large"), wide=True, tall=True),
    ]


def _codes(profile: PrinterProfile, said: _Lines) -> Iterator[dict[str, Any]]:
    yield from said(Sentence("check-sheet.codes", data=_CODE))
    barcode = {"kind": "barcode", "symbology": "code128", "data": _CODE, "text": True}
    for code, own in ((barcode, profile.native_barcode), ({"kind": "qr", "data": _CODE}, profile.native_qr)):
        setting = f"printer.native_{code['kind']}"
        if own:
            yield from said(Sentence("check-sheet.own", setting=setting))
            yield code
            yield from said(Sentence("check-sheet.drawn"))
        else:
            yield from said(Sentence("check-sheet.drawn-only", setting=setting))
        yield code | {"drawn": True}


def _end(profile: PrinterProfile, said: _Lines) -> Document:
    lines = profile.feed_before_cut
    if profile.cutter:
        return said(Sentence("check-sheet.cut", lines=lines))
    return said(Sentence("check-sheet.torn", lines=lines))
