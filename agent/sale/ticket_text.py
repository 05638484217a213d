"""Text in columns of a fixed font: widths, wrapping, figures, rows of a ticket, and the ticket as plain text.

Widths count columns of the normal font: 2 for East Asian wide and fullwidth characters, 0 for marks that
sit on another character, 1 for the rest (Unicode annex 11).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from agent.language.figures import grouped

Element = dict[str, Any]

MIN_COLUMNS = 24
NBSP = "\u00a0"

_GUTTER = 2  # one space would let "plus 54.00" run into the amount beside it
_LETTERS = 1024  # more than a shop's paper has; a long ticket asks ten thousand times
_JOINERS = "\u200c\u200d"
_VIRAMA = 9  # canonical combining class of the sign that ties two consonants into one shape
# Marks that draw nothing but can turn a line around or hide in it; the joiners stay, scripts need them.
_INVISIBLE = frozenset("\u00ad\u061c\u180e\u200b\u200e\u200f\u2060\ufeff") | {
    chr(code)
    for start, stop in ((0x202A, 0x202F), (0x2061, 0x2070), (0xE0000, 0xE0080))
    for code in range(start, stop)
}


def clean(text: str) -> str:
    """One printable line: control characters and runs of space become one space, half characters U+FFFD.

    A no-break space stays what it is; cell() and wrap() turn it into a plain one on the paper.
    """
    plain = text.replace(NBSP, " ")
    if not (plain.isascii() and plain.isprintable()):
        text = "".join(map(_printable, text))
    return " ".join(filter(None, text.split(" ")))


def width(text: str) -> int:
    """Columns the text takes."""
    if text.isascii() or text.replace(NBSP, " ").isascii():
        return len(text)
    return sum(map(_char_width, text))


def clusters(text: str) -> list[str]:
    """The text cut where a reader may cut it: marks, conjuncts and joined emoji stay with their base."""
    found: list[str] = []
    for char in text:
        if found and _clings(char, found[-1]):
            found[-1] += char
        else:
            found.append(char)
    return found


def wrap(text: str, limit: int) -> list[str]:
    """Lines of at most limit (>= 2) columns, nothing lost.

    Broken at spaces; at no-break spaces and inside words only where one does not fit a line of its own.
    """
    if limit < 2:
        raise ValueError(f"no text fits {limit} columns")
    text = clean(text)
    if width(text) <= limit:
        return [line] if (line := _plain(text)) else []
    lines: list[str] = []
    line = ""
    for word in _words(text, limit):
        joined = f"{line} {word}" if line else word
        if width(joined) <= limit:
            line = joined
        elif line and width(word) <= limit:
            lines.append(line)
            line = word
        else:
            *full, line = _chop(joined, limit)
            lines += full
    return [seen for found in (*lines, line) if (seen := _plain(found))]


def pad(text: str, columns: int, align: str = "left") -> str:
    """The text filled with spaces to exactly columns; never cut."""
    missing = max(0, columns - width(text))
    before = {"left": 0, "right": missing, "center": missing // 2}[align]
    return " " * before + text + " " * (missing - before)


def amount(minor: int, *, exponent: int = 2, indian: bool = True) -> str:
    """12345600 -> 1,23,456.00 (Indian grouping) or 123,456.00."""
    whole, part = divmod(abs(minor), 10**exponent)
    sign = "-" if minor < 0 else ""
    return f"{sign}{grouped(whole, indian=indian)}" + (f".{part:0{exponent}}" if exponent else "")


def thousandths(milli: int, *, indian: bool = True) -> str:
    """A count kept in thousandths without needless zeros: 2000 -> 2, 1250500 -> 1,250.5."""
    whole, part = divmod(abs(milli), 1000)
    text = grouped(whole, indian=indian) + (f".{part:03}".rstrip("0") if part else "")
    return f"-{text}" if milli < 0 else text


def moment_text(at: str) -> str:
    """23-11-2026 10:15, by the shop's clock; text that is no ISO time is printed as it is."""
    return _written(at, f"%d-%m-%Y{NBSP}%H:%M")


def day_text(at: str) -> str:
    """23-11-2026 of a moment: of goods without their bill the hour is not known."""
    return _written(at, "%d-%m-%Y")


def _written(at: str, how: str) -> str:
    try:
        return datetime.fromisoformat(at).strftime(how)
    except ValueError:
        return at


def cell(text: str, columns: int, align: str = "left") -> Element:
    """One box of a row."""
    return {"text": text.replace(NBSP, " "), "width": columns, "align": align}


def row(*cells: Element, bold: bool = False, wide: bool = False, tall: bool = False) -> Element:
    """One printed line."""
    flags = {name: True for name, on in (("bold", bold), ("wide", wide), ("tall", tall)) if on}
    return {"kind": "row", "cells": list(cells), **flags}


def rule(char: str = "-") -> Element:
    """A line across the paper."""
    return {"kind": "rule", "char": char}


def paragraph(
    text: str, columns: int, *, align: str = "left", indent: int = 0, bold: bool = False
) -> list[Element]:
    """Wrapped text, one row a line."""
    lines = wrap(text, columns - indent)
    return [row(cell(" " * indent + line, columns, align), bold=bold) for line in lines]


def facing(left: str, right: str, columns: int, *, indent: int = 0, bold: bool = False) -> list[Element]:
    """Text at the left, a figure at the right of its last line.

    The figure is never broken if it fits the paper. When the two cannot share a line without cutting a word,
    the figure stands on the next line.
    """
    left, right = clean(left), clean(right)
    figure = cell(right, taken := width(right), "right")
    room = columns - taken - _GUTTER
    if width(left) <= room - indent:
        return [row(cell(" " * indent + _plain(left), columns - taken), figure, bold=bold)]
    shared = room - indent >= max(map(width, left.split(" ")))
    *above, last = wrap(left, (room if shared else columns) - indent) or [""]
    rows = [row(cell(" " * indent + line, columns), bold=bold) for line in above]
    last = " " * indent + last
    if width(last) <= room:
        return [*rows, row(cell(last, columns - taken), figure, bold=bold)]
    rows.append(row(cell(last, columns), bold=bold))
    return rows + [row(cell(line, columns, "right"), bold=bold) for line in wrap(right, columns)]


def sides(left: str, right: str, columns: int) -> list[Element]:
    """Two short facts on one line, or under each other when the paper is too narrow for both; one that is
    empty takes no place."""
    if not (clean(left) and clean(right)):
        return paragraph(left if clean(left) else right, columns)
    if width(clean(left)) + _GUTTER + width(clean(right)) <= columns:
        return facing(left, right, columns)
    return paragraph(left, columns) + paragraph(right, columns)


def table(lines: Sequence[Sequence[str]], columns: int) -> list[Element] | None:
    """Figures under headings (the first line), the first column to the left; None if they do not fit."""
    natural = [max(width(text) for text in column) for column in zip(*lines, strict=True)]
    spare = columns - sum(natural)
    gaps = len(natural) - 1
    if spare < gaps:
        return None
    widths = [natural[0], *(size + spare // gaps for size in natural[1:])]
    widths[0] += columns - sum(widths)
    return [
        row(
            *(
                cell(text, size, "right" if i else "left")
                for i, (text, size) in enumerate(zip(line, widths, strict=True))
            )
        )
        for line in lines
    ]


def to_text(document: Iterable[Element], columns: int) -> str:
    """The ticket as a printer would set it, one text line a paper line; codes are named in their place.

    A wide line keeps its normal letters, set where the doubled ones begin and end. Raises ValueError on an
    element that is not part of a ticket.
    """
    return "\n".join(line.rstrip() for element in document for line in _drawn(element, columns)) + "\n"


def _drawn(element: Element, columns: int) -> list[str]:
    match element["kind"]:
        case "row":
            factor = 2 if element.get("wide") else 1
            return [
                "".join(pad(box["text"], box["width"] * factor, box["align"]) for box in element["cells"])
            ]
        case "rule":
            return [element["char"] * columns]
        case "feed":
            return [""] * element["lines"]
        case "barcode":
            return [pad(line, columns, "center") for line in ("|| | ||| || |", element["data"])]
        case "qr":
            return [pad(line, columns, "center") for line in wrap(f"[QR {element['data']}]", columns)]
        case "cut":
            return [("- " * columns)[:columns]]
        case other:
            raise ValueError(f"a ticket has no {other!r}")


def _plain(line: str) -> str:
    """As it stands on the paper."""
    return line.replace(NBSP, " ").rstrip()


def _words(text: str, limit: int) -> list[str]:
    words: list[str] = []
    for word in text.split(" "):
        words += [word] if width(word) <= limit else word.split(NBSP)
    return [word for word in words if word]


@lru_cache(_LETTERS)
def _printable(char: str) -> str:
    if char in _INVISIBLE:
        return ""
    category = unicodedata.category(char)
    if category in {"Cc", "Zl", "Zp", "Zs"}:
        return char if char == NBSP else " "
    return "\ufffd" if category == "Cs" else char


@lru_cache(_LETTERS)
def _char_width(char: str) -> int:
    if char in _JOINERS or unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _clings(char: str, before: str) -> bool:
    last = before[-1]
    return (
        char in _JOINERS
        or last == "\u200d"
        or unicodedata.category(char) in {"Mn", "Mc", "Me"}
        or unicodedata.combining(last) == _VIRAMA
        or "\U0001f3fb" <= char <= "\U0001f3ff"
    )


def _chop(text: str, limit: int) -> list[str]:
    """Pieces of at most limit columns; a cluster wider than that is cut, it has no place to stay whole."""
    pieces = [""]
    for cluster in clusters(text):
        for part in [cluster] if width(cluster) <= limit else list(cluster):
            if width(pieces[-1]) + width(part) > limit:
                pieces.append("")
            pieces[-1] += part
    return [piece.strip() for piece in pieces if piece.strip()]
