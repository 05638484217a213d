"""The paper of the virtual printer: dots and columns in, a ticket as text and as a picture out."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image, ImageFont

CELL_WIDTH, CELL_HEIGHT = 12, 24
DOTS_PER_MM = 8
_BASE, _ABOVE = 19, 8
_TYPEWRITERS = ("DejaVuSansMono.ttf", "NotoSansMono-Regular.ttf", "LiberationMono-Regular.ttf")
_FONT_ROOTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_BORDER = 24


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as it will be struck. wide and tall are factors from 1 to 8."""

    char: str
    bold: bool = False
    wide: int = 1
    tall: int = 1
    underline: bool = False
    inverse: bool = False

    @property
    def dots(self) -> int:
        """Width on paper."""
        return CELL_WIDTH * self.wide


@dataclass(frozen=True, slots=True)
class PrintedTicket:
    """A piece of paper that was cut off.

    text: what stands on it, exact in columns; pictures appear as "[picture N: WxH]", codes as "[QR data]".
    png: the paper as a picture. pictures: the raster graphics on it as PNG, in order. codes: (kind, data).
    """

    number: int
    text: str
    png: bytes
    pictures: tuple[bytes, ...]
    codes: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Paper:
    """What came out of the slot since the last cut. dots: printable width; paper_mm: width of the roll."""

    dots: int
    paper_mm: int
    used: int = 0
    lines: list[str] = field(default_factory=list)
    _strips: list[tuple[int, Image.Image, int]] = field(default_factory=list)
    _pictures: list[bytes] = field(default_factory=list)
    _codes: list[tuple[str, str]] = field(default_factory=list)

    def strike(self, glyphs: Sequence[Glyph], align: int, line_dots: int) -> int:
        """Print a line of text; align 0 left, 1 centre, 2 right. Returns the dots of paper it took."""
        from PIL import Image

        self.lines.append(line_text(glyphs, self._start(sum(glyph.dots for glyph in glyphs), align)))
        height = max((CELL_HEIGHT * glyph.tall for glyph in glyphs), default=0)
        if glyphs:
            strip = Image.new("1", (self.dots, height), 0)
            x = self._start(sum(glyph.dots for glyph in glyphs), align)
            for glyph in glyphs:
                drawn = glyph_picture(glyph)
                strip.paste(drawn, (x, height - drawn.height))
                x += glyph.dots
            self._strips.append((self.used, strip, 0))
        return self._advance(max(height, line_dots))

    def place(self, picture: Image.Image, align: int) -> int:
        """Print a picture of mode "1" (white is ink) and note it in the text."""
        out = io.BytesIO()
        picture.point(lambda dot: 255 - dot).save(out, "PNG")
        self._pictures.append(out.getvalue())
        self.lines.append(f"[picture {len(self._pictures)}: {picture.width}x{picture.height}]")
        return self._put(picture, align)

    def place_code(self, kind: str, data: str, picture: Image.Image, align: int) -> int:
        """Print a code and note what is in it."""
        self._codes.append((kind, data))
        self.lines.append(f"[{kind} {data}]")
        return self._put(picture, align)

    def feed(self, dots: int, line_dots: int) -> int:
        """Move the paper on without printing."""
        self.lines.extend([""] * round(dots / max(1, line_dots)))
        return self._advance(dots)

    def cut(self, number: int) -> PrintedTicket:
        """Cut everything off; the paper is blank again."""
        text = "\n".join(line.rstrip() for line in self.lines).strip("\n") + "\n"
        ticket = PrintedTicket(number, text, self._png(), tuple(self._pictures), tuple(self._codes))
        self.used = 0
        for rows in (self.lines, self._strips, self._pictures, self._codes):
            rows.clear()
        return ticket

    def _put(self, picture: Image.Image, align: int) -> int:
        self._strips.append((self.used, picture, self._start(picture.width, align)))
        return self._advance(picture.height)

    def _start(self, width: int, align: int) -> int:
        spare = max(0, self.dots - width)
        return {0: 0, 1: spare // 2, 2: spare}[align]

    def _advance(self, dots: int) -> int:
        self.used += dots
        return dots

    def _png(self) -> bytes:
        from PIL import Image

        width = self.paper_mm * DOTS_PER_MM
        ink = Image.new("1", (width, self.used + 2 * _BORDER), 0)
        for top, strip, left in self._strips:
            ink.paste(strip, ((width - self.dots) // 2 + left, _BORDER + top))
        out = io.BytesIO()
        ink.point(lambda dot: 255 - dot).save(out, "PNG")
        return out.getvalue()


def line_text(glyphs: Sequence[Glyph], start_dots: int) -> str:
    """A struck line as text in columns of the normal font.

    A double-wide word stands at its true first column, its letters together so that it can be read and
    searched; words apart by two or more blanks keep their own columns.
    """
    canvas: list[str] = []
    x = start_dots
    at = 0
    for piece in re.findall(r" {2,}|(?:(?! {2}).)+", "".join(glyph.char for glyph in glyphs), re.S):
        row = glyphs[at : at + len(piece)]
        if piece.strip(" "):
            column = round(x / CELL_WIDTH)
            canvas.extend(" " * (column - len(canvas)))
            canvas.extend(piece)
        x += sum(glyph.dots for glyph in row)
        at += len(piece)
    return "".join(canvas)


@lru_cache(maxsize=2048)
def glyph_picture(glyph: Glyph) -> Image.Image:
    """One struck character as a picture of mode "1", enlarged dot by dot as printers do it."""
    from PIL import Image, ImageDraw, ImageOps

    drawn = Image.new("L", (40, _ABOVE + CELL_HEIGHT), 0)
    font = _typewriter()
    ImageDraw.Draw(drawn).text((4, _ABOVE + _BASE), glyph.char, fill=255, font=font, anchor="ls")
    advance = font.getlength("0")
    # An accent on a capital would stand above the cell: that letter is lower, as it is in printers' fonts.
    over = min(_ABOVE, max(0, -int(font.getbbox(glyph.char, anchor="ls")[1]) - _BASE))
    narrow = drawn.transform(
        (CELL_WIDTH, CELL_HEIGHT),
        Image.Transform.AFFINE,
        (advance / CELL_WIDTH, 0, 4, 0, (_BASE + over) / _BASE, _ABOVE - over),
        Image.Resampling.BICUBIC,
    )
    cell = narrow.point(lambda level: 255 if level > 100 else 0).convert("1")
    if glyph.bold:
        again = Image.new("1", cell.size, 0)
        again.paste(cell, (1, 0))
        again.paste(255, (0, 0), cell)
        cell = again
    if glyph.underline:
        ImageDraw.Draw(cell).line((0, CELL_HEIGHT - 2, CELL_WIDTH, CELL_HEIGHT - 2), fill=255)
    if glyph.inverse:
        cell = ImageOps.invert(cell.convert("L")).convert("1")
    size = (CELL_WIDTH * glyph.wide, CELL_HEIGHT * glyph.tall)
    return cell.resize(size, Image.Resampling.NEAREST)


@cache
def _typewriter() -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    found: dict[str, Path] = {}
    for root in _FONT_ROOTS:
        for parent, _, names in os.walk(Path(root).expanduser()):
            found.update({name: Path(parent) / name for name in names if name in _TYPEWRITERS})
    for name in _TYPEWRITERS:
        if name in found:
            return ImageFont.truetype(str(found[name]), 23)
    builtin = ImageFont.load_default(20)
    if isinstance(builtin, ImageFont.FreeTypeFont):
        return builtin
    raise OSError("this Pillow was built without FreeType; the virtual printer cannot draw letters")
