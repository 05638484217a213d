"""A receipt document becomes the bytes of one job: text where the printer has letters, pictures elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from drivers.printer.barcodes import (
    BARCODE_HEIGHT,
    code128,
    code128_picture,
    gs1_128,
    qr,
    qr_command,
    qr_picture,
)
from drivers.printer.logo import drawn, stored, storing
from drivers.printer.profile import PrinterProfile
from drivers.printer.raster import (
    SHADES_ROWS,
    Align,
    RasterCell,
    draw_line,
    is_letter,
    picture_bytes,
    shades,
)

if TYPE_CHECKING:
    from drivers.printer.fonts import FontShelf

_T = TypeVar("_T")

_FLAGS = ("bold", "wide", "tall")
_PLAIN: Mapping[str, bool] = dict.fromkeys(_FLAGS, False)
_KEYS: dict[str, frozenset[str]] = {
    "row": frozenset(("kind", "cells", "drawn", *_FLAGS)),
    "rule": frozenset(("kind", "char")),
    "feed": frozenset(("kind", "lines")),
    "barcode": frozenset(("kind", "symbology", "data", "text", "drawn")),
    "qr": frozenset(("kind", "data", "drawn")),
    "shades": frozenset(("kind",)),
    "logo": frozenset(("kind",)),
    "store-logo": frozenset(("kind",)),
    "cut": frozenset(("kind",)),
}
_BARS = {"code128": code128, "gs1-128": gs1_128}
_CENTRE, _LEFT = b"\x1ba\x01", b"\x1ba\x00"
_GAP_DOTS = 8
_GAP = b"\x1bJ" + bytes((_GAP_DOTS,))
# Of a line of font A unless set otherwise, and of a letter in it; digits below a barcode take as much.
_LINE_DOTS, _LETTER_DOTS, _BELOW_DOTS = 30, 24, 28
DOTS_PER_MM = 8


@dataclass(frozen=True, slots=True)
class Ticket:
    """A built job. missing: the characters without a font, each once. pictures: how many lines were drawn
    instead of sent as text. lines, codes (barcodes and QR) and cuts: what is printed of each; dots: how much
    paper that moves, of a head of 8 dots a millimetre."""

    data: bytes
    pictures: int = 0
    missing: str = ""
    lines: int = 0
    codes: int = 0
    cuts: int = 0
    dots: int = 0

    @property
    def paper_mm(self) -> int:
        """How much paper it takes."""
        return round(self.dots / DOTS_PER_MM)


Document = Sequence[Mapping[str, Any] | Ticket]


def build(document: Document, profile: PrinterProfile) -> bytes:
    """The bytes of a document; the same document, profile and fonts give the same bytes. See compose."""
    return compose(document, profile).data


def compose(document: Document, profile: PrinterProfile, shelf: FontShelf | None = None) -> Ticket:
    """Build a document for a printer.

    document: dicts with "kind" row (cells of text, width, align; bold, wide, tall), rule (char), feed
    (lines), barcode (symbology code128 or gs1-128, data, text), qr (data), shades (bars from light to black),
    logo (the profile's, nothing without one), store-logo (has the printer store it) or cut. Widths are
    columns of the normal font; a row's sum is at most the paper's columns, half of them when wide.
    drawn, of row, barcode and qr: as a picture also where the printer could do it by itself. Among the dicts
    may be what part made of others for this printer.
    A row goes out as text when the profile's codec takes every letter of it, else as a picture with the
    same columns. ValueError names the item and the key that is wrong; then nothing was built.
    """
    writer = _Writer(profile, shelf)
    writer.begin()
    return writer.written(document)


def part(document: Document, profile: PrinterProfile, shelf: FontShelf | None = None) -> Ticket:
    """The same without the head that each job begins with: to stand in a document in the place of these
    items."""
    return _Writer(profile, shelf).written(document)


class _Writer:
    """Appends one item after the other to data."""

    def __init__(self, profile: PrinterProfile, shelf: FontShelf | None) -> None:
        self.profile = profile
        self.shelf = shelf
        self.data: list[bytes] = []
        self.missing: list[str] = []
        self.pictures = self.lines = self.codes = self.cuts = self.dots = 0

    def written(self, document: Document) -> Ticket:
        for index, item in enumerate(document):
            if isinstance(item, Ticket):
                self.add(item)
                continue
            kind = item.get("kind")
            where = f"document[{index}]"
            if not isinstance(kind, str) or kind not in _KEYS:
                raise _wrong(f"{where}.kind", f"one of {', '.join(_KEYS)}", kind)
            if not item.keys() <= _KEYS[kind]:
                extra = min(item.keys() - _KEYS[kind])
                raise ValueError(f"{where}.{extra}: a {kind} has no such key")
            _STEPS[kind](self, item, where)
        missing = "".join(dict.fromkeys(self.missing))
        data = b"".join(self.data)
        return Ticket(data, self.pictures, missing, self.lines, self.codes, self.cuts, self.dots)

    def add(self, made: Ticket) -> None:
        self.raw(made.data, made.dots)
        self.pictures += made.pictures
        self.lines += made.lines
        self.codes += made.codes
        self.cuts += made.cuts
        self.missing.extend(made.missing)

    def begin(self) -> None:
        self.raw(b"\x1b@")
        if self.profile.cancel_kanji:
            self.raw(b"\x1c.")
        self.raw(b"\x1bt" + bytes((self.profile.code_page,)))

    def raw(self, data: bytes, dots: int = 0) -> None:
        """Bytes, and how much paper they move."""
        self.data.append(data)
        self.dots += dots

    def feed_lines(self, lines: int) -> None:
        self.raw(b"\x1bd" + bytes((lines,)), lines * _LINE_DOTS)

    def row(self, item: Mapping[str, Any], where: str) -> None:
        # Most have nothing but their cells.
        flags = {name: _flag(item, name, where) for name in _FLAGS} if len(item) > 2 else _PLAIN
        columns = self.profile.columns // (2 if flags["wide"] else 1)
        cells = _cells(item, where)
        if (total := sum([cell.width for cell in cells])) > columns:
            raise ValueError(f"{where}.cells: {total} columns on a line of {columns}")
        line = None if _flag(item, "drawn", where) else self.encoded(cells)
        if line is None:
            self.draw(cells, flags)
        else:
            self.text(line, flags)

    def encoded(self, cells: Sequence[RasterCell]) -> bytes | None:
        """The line in the printer's own letters, or None if it has to be drawn."""
        line = ""
        for cell in cells:
            part = cell.text
            if not (part.isascii() and part.isprintable()):
                part = unicodedata.normalize("NFC", part)
                if not _draws(part):
                    return None
            if len(part) > cell.width:
                return None
            line += _placed(part, cell)
        try:
            return line.rstrip(" ").encode(self.profile.encoding)
        except UnicodeEncodeError:
            return None

    def text(self, line: bytes, flags: Mapping[str, bool]) -> None:
        size = (0x10 if flags["wide"] else 0) | (0x01 if flags["tall"] else 0)
        before = (b"\x1bE\x01" if flags["bold"] else b"") + (b"\x1d!" + bytes((size,)) if size else b"")
        after = (b"\x1d!\x00" if size else b"") + (b"\x1bE\x00" if flags["bold"] else b"")
        self.raw(before + line + b"\n" + after, 2 * _LETTER_DOTS if flags["tall"] else _LINE_DOTS)
        self.lines += 1

    def draw(self, cells: Sequence[RasterCell], flags: Mapping[str, bool]) -> None:
        strip = draw_line(cells, self.profile, shelf=self.shelf, **flags)
        self.raw(strip.data, strip.rows)
        self.pictures += 1
        self.lines += 1
        self.missing.extend(char for char in strip.missing if is_letter(char))

    def rule(self, item: Mapping[str, Any], where: str) -> None:
        char = _text(item, "char", where)
        if len(char) != 1:
            raise _wrong(f"{where}.char", "one character", char)
        cell = RasterCell(char * self.profile.columns, self.profile.columns)
        line = self.encoded([cell])
        if line is None:
            # Each in its own box, or the letters' natural width would make the rule longer or shorter.
            self.draw([RasterCell(char, 1)] * self.profile.columns, {})
        else:
            self.text(line, dict.fromkeys(_FLAGS, False))

    def feed(self, item: Mapping[str, Any], where: str) -> None:
        lines = _whole(item, "lines", where, most=255)
        if lines:
            self.feed_lines(lines)

    def barcode(self, item: Mapping[str, Any], where: str) -> None:
        symbology, data = _text(item, "symbology", where), _text(item, "data", where)
        if symbology not in _BARS:
            raise _wrong(f"{where}.symbology", " or ".join(_BARS), symbology)
        below, drawn = _flag(item, "text", where), _flag(item, "drawn", where)
        bars = _BARS[symbology]
        code = _named(f"{where}.data", lambda: bars(data, self.profile.dots))
        if code is None:
            self.caption(data.replace("\x1d", " "))
        elif self.profile.native_barcode and not drawn:
            self.codes += 1
            height = 2 * _GAP_DOTS + BARCODE_HEIGHT + (_BELOW_DOTS if below else 0)
            self.raw(_CENTRE + _GAP + b"\x1dh" + bytes((BARCODE_HEIGHT,)) + b"\x1dw" + bytes((code.module,)))
            self.raw(b"\x1df\x00\x1dH" + (b"\x02" if below else b"\x00"))
            self.raw(b"\x1dkI" + bytes((len(code.payload),)) + code.payload + _GAP + _LEFT, height)
        else:
            gs1 = bars is gs1_128
            self.codes += 1
            picture = code128_picture(data, self.profile.dots, code.module, gs1=gs1)
            self.raw(_GAP + picture_bytes(picture), _GAP_DOTS + picture.height)
            if below:
                self.caption(data)

    def caption(self, text: str) -> None:
        line = [RasterCell(text, self.profile.columns, "center")]
        self.text(self.encoded(line) or text.encode("ascii"), _PLAIN)

    def qr(self, item: Mapping[str, Any], where: str) -> None:
        data = _text(item, "data", where)
        code = _named(f"{where}.data", lambda: qr(data, self.profile.dots))
        if self.profile.native_qr and not _flag(item, "drawn", where):
            # The quiet zone above and below is ours to leave (four modules, ISO/IEC 18004).
            quiet = b"\x1bJ" + bytes((4 * code.module,))
            height = (code.side + 8) * code.module
            self.raw(_CENTRE + quiet + qr_command(data, code) + quiet + _LEFT, height)
        else:
            picture = qr_picture(code, self.profile.dots)
            self.raw(picture_bytes(picture), picture.height)
        self.codes += 1

    def shades(self, _item: Mapping[str, Any], _where: str) -> None:
        self.raw(_GAP + shades(self.profile.dots) + _GAP, SHADES_ROWS + 2 * _GAP_DOTS)

    def logo(self, _item: Mapping[str, Any], _where: str) -> None:
        if self.profile.stored_logo:
            self.raw(_CENTRE + stored(self.profile.stored_logo) + _LEFT)
        elif self.profile.logo:
            self.raw(drawn(self.profile.logo, self.profile.dots) + _GAP)

    def store_logo(self, _item: Mapping[str, Any], where: str) -> None:
        name, logo = self.profile.stored_logo, self.profile.logo
        if not name or not logo:
            raise ValueError(f"{where}: the profile has no picture, or no name to store it under")
        self.raw(storing(name, logo, self.profile.dots))

    def cut(self, _item: Mapping[str, Any], _where: str) -> None:
        self.feed_lines(self.profile.feed_before_cut)
        if self.profile.cutter:
            self.raw(b"\x1dV\x01")
            self.cuts += 1


_STEPS: dict[str, Callable[[_Writer, Mapping[str, Any], str], None]] = {
    "row": _Writer.row,
    "rule": _Writer.rule,
    "feed": _Writer.feed,
    "barcode": _Writer.barcode,
    "qr": _Writer.qr,
    "shades": _Writer.shades,
    "logo": _Writer.logo,
    "store-logo": _Writer.store_logo,
    "cut": _Writer.cut,
}


def _draws(text: str) -> bool:
    """Whether no letter of it is one that controls a line or another letter."""
    return not any(unicodedata.category(char) in ("Cc", "Cf") for char in text)


def _placed(text: str, cell: RasterCell) -> str:
    if cell.align == "right":
        return text.rjust(cell.width)
    # Spare columns go behind: str.center would put an odd one sometimes before, sometimes behind.
    return text.ljust(cell.width) if cell.align == "left" else _centred(text, cell.width)


def _centred(text: str, width: int) -> str:
    return (" " * ((width - len(text)) // 2) + text).ljust(width)


def _cells(item: Mapping[str, Any], where: str) -> list[RasterCell]:
    cells = item.get("cells")
    if not isinstance(cells, (list, tuple)):
        raise _wrong(f"{where}.cells", "a list", cells)
    return [_cell(cell, f"{where}.cells[{at}]") for at, cell in enumerate(cells)]


def _cell(cell: object, where: str) -> RasterCell:
    if not isinstance(cell, Mapping):
        raise _wrong(where, "an object", cell)
    align: Align = cell.get("align", "left")
    if align not in ("left", "right", "center"):
        raise _wrong(f"{where}.align", "left, right or center", align)
    return RasterCell(_text(cell, "text", where), _whole(cell, "width", where, least=1, most=255), align)


def _text(item: Mapping[str, Any], key: str, where: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise _wrong(f"{where}.{key}", "text", value)
    return value


def _flag(item: Mapping[str, Any], key: str, where: str) -> bool:
    value = item.get(key, False)
    if not isinstance(value, bool):
        raise _wrong(f"{where}.{key}", "true or false", value)
    return value


def _whole(item: Mapping[str, Any], key: str, where: str, *, least: int = 0, most: int) -> int:
    value = item.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _wrong(f"{where}.{key}", f"a whole number from {least} to {most}", value)
    return value


def _wrong(where: str, expected: str, got: object) -> ValueError:
    return ValueError(f"{where}: expected {expected}, got {got!r}")


def _named(where: str, make: Callable[[], _T]) -> _T:
    try:
        return make()
    except ValueError as exc:
        raise ValueError(f"{where}: {exc}") from exc
