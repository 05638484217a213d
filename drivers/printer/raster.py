"""Draws what the printer has no letters for, and turns pictures into GS v 0 bytes."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from drivers.printer.fonts import Face, FontShelf, look_anew, system_fonts
from drivers.printer.profile import CELL_DOTS, PrinterProfile
from drivers.printer.text_runs import Run, visual_runs

if TYPE_CHECKING:
    from PIL import Image, ImageFont

Align = Literal["left", "right", "center"]

# A line of font A: 24 dots of letter and 6 of space, standing on a base line 21 dots below its top.
_LINE = 30
_BASE = 21
# 24 gives Latin capitals the height of font A and Chinese characters exactly two columns.
_SIZE = 24
_SMALLEST_SHARE = 0.6
# Room for strokes that reach over their own advance.
_MARGIN = 16
_INK = 110
_INKED = [0] * (_INK + 1) + [255] * (255 - _INK)
# Short commands, so that a broken connection leaves little for the printer to wait for.
_BAND_ROWS = 80
_SHADE_ROWS, _BAR_ROWS = 56, 16
SHADES_ROWS = _SHADE_ROWS + _BAR_ROWS
"""Rows of dots of what shows how dark a printer prints."""
_REALTIME_SECOND = b"\x04\x05\x14"
# Of some 10 kB each.
_KEPT = 128


@dataclass(frozen=True, slots=True)
class RasterCell:
    """One cell of a line: text in a box. width: in columns, which are twice as wide in a wide line."""

    text: str
    width: int
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Strip:
    """A drawn line. data: its GS v 0 bytes. missing: characters no font has, drawn as a box with their
    code."""

    data: bytes
    rows: int
    missing: tuple[str, ...] = ()


def draw_line(
    cells: Sequence[RasterCell],
    profile: PrinterProfile,
    *,
    bold: bool = False,
    wide: bool = False,
    tall: bool = False,
    shelf: FontShelf | None = None,
) -> Strip:
    """Draw one line of cells into a strip as wide as the print head.

    Columns are exact: each cell keeps to its box, its text shrunk if it must be.
    """
    from PIL import Image

    shelf = shelf or system_fonts()
    scale = 2 if wide or tall else 1
    column = CELL_DOTS * scale
    pen = _Pen(shelf, scale, bold=bold)
    boxes = [pen.box(cell, column) for cell in cells]
    top = min([_LINE * scale, *(box.top for box in boxes)])
    bottom = max([2 * _LINE * scale, *(box.bottom for box in boxes)])
    canvas = Image.new("L", (max(1, sum(box.width for box in boxes)), bottom - top), 0)
    x = 0
    for box in boxes:
        canvas.paste(box.picture.crop((0, top, box.width, bottom)), (x, 0))
        x += box.width
    across, down = (2 if wide else 1) / scale, (2 if tall else 1) / scale
    size = (max(1, round(canvas.width * across)), max(1, math.ceil(canvas.height * down)))
    drawn = canvas if size == canvas.size else canvas.resize(size, Image.Resampling.LANCZOS)
    strip = Image.new("L", (profile.dots, size[1]), 0)
    strip.paste(drawn, (0, 0))
    return Strip(picture_bytes(strip.point(_INKED, "1")), size[1], tuple(dict.fromkeys(pen.missing)))


def picture_bytes(picture: Image.Image) -> bytes:
    """GS v 0 commands for a picture of mode "1" whose white dots are ink; wide as it is, 8 dots to a byte."""
    across = (picture.width + 7) // 8
    rows = without_realtime(picture.tobytes())
    out = []
    for first in range(0, picture.height, _BAND_ROWS):
        band = rows[first * across : (first + _BAND_ROWS) * across]
        height = len(band) // across
        out.append(b"\x1dv0\x00" + across.to_bytes(2, "little") + height.to_bytes(2, "little") + band)
    return b"".join(out)


def shades(dots: int) -> bytes:
    """GS v 0 commands of what shows how dark a printer prints: side by side a quarter of its dots struck, a
    half, three quarters and all of them, and below that a black bar, in which a dead dot of the head is a
    white line."""
    from PIL import Image

    quarter, rest = divmod(dots // 8, 4)
    widths = (quarter, quarter, quarter, quarter + rest)
    even, odd = (
        b"".join(bytes((shade,)) * width for shade, width in zip(row, widths, strict=True))
        for row in (b"\xaa\xaa\xff\xff", b"\x00\x55\x55\xff")
    )
    rows = (even + odd) * (_SHADE_ROWS // 2) + b"\xff" * (dots // 8 * _BAR_ROWS)
    return picture_bytes(Image.frombytes("1", (dots // 8 * 8, _SHADE_ROWS + _BAR_ROWS), rows))


def undrawable(text: str, profile: PrinterProfile, shelf: FontShelf | None = None) -> str:
    """The letters of a text that are neither the printer's nor any font's, each once."""
    missing = (run.text for run in visual_runs(text, shelf or system_fonts()) if run.face is None)
    return "".join(dict.fromkeys(filter(is_letter, (text for text in missing if not _has(profile, text)))))


def _has(profile: PrinterProfile, text: str) -> bool:
    try:
        return bool(text.encode(profile.encoding))
    except UnicodeEncodeError:
        return False


def is_letter(text: str) -> bool:
    """No control character, which is a fault of the text and not of a font."""
    return not unicodedata.category(text[0]).startswith("C")


def can_shape() -> bool:
    """Whether this Pillow joins and reorders letters (raqm with fribidi)."""
    from PIL import features

    return bool(features.check("raqm")) and bool(features.check("fribidi"))


def without_realtime(rows: bytes) -> bytes:
    """One more dot in each 10 that stands before 04, 05 or 14.

    Printers obey DLE EOT, DLE ENQ and DLE DC4 even inside a picture; one of them cuts the power.
    """
    for second in _REALTIME_SECOND:
        rows = rows.replace(bytes((0x10, second)), bytes((0x18, second)))
    return rows


@dataclass(frozen=True, slots=True)
class _Words:
    """A drawn text: the rows of it that have ink, how far below the top of three lines these begin, and what
    no font has."""

    picture: Image.Image
    top: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Box:
    """A drawn cell: ink in a picture of three line heights, its base line fixed."""

    picture: Image.Image
    width: int
    top: int
    bottom: int


class _Pen:
    """Draws the cells of one line and remembers what no font could draw."""

    def __init__(self, shelf: FontShelf, scale: int, *, bold: bool) -> None:
        self.shelf = shelf
        self.scale = scale
        self.bold = bold
        self.missing: list[str] = []

    def box(self, cell: RasterCell, column: int) -> _Box:
        """The cell in its own box: smaller letters if it is too long, squeezed if that is not enough."""
        from PIL import Image

        width = cell.width * column
        words = _words(cell.text, self.shelf, self.scale, 1.0, bold=self.bold)
        self.missing.extend(words.missing)
        if words.picture.width > width:
            share = max(_SMALLEST_SHARE, width / words.picture.width)
            words = _words(cell.text, self.shelf, self.scale, share, bold=self.bold)
        picture = words.picture
        if picture.width > width:
            picture = picture.resize((max(1, width), picture.height), Image.Resampling.LANCZOS)
        spare = width - picture.width
        x = {"left": 0, "right": spare, "center": spare // 2}[cell.align]
        box = Image.new("L", (max(1, width), 3 * _LINE * self.scale), 0)
        box.paste(picture, (x, words.top))
        ink = box.getbbox()
        middle = (_LINE + _BASE) * self.scale
        top, bottom = (ink[1], ink[3] + self.scale) if ink else (middle, middle)
        return _Box(box, width, top, min(bottom, box.height))

    def row(self, runs: Sequence[Run], share: float) -> Image.Image:
        """The runs side by side, cropped to their advance or their ink, whichever reaches further."""
        from PIL import Image, ImageChops

        drawn = [self._run(run, share) for run in runs]
        total = sum(advance for _, advance in drawn)
        row = Image.new("L", (math.ceil(total) + 2 * _MARGIN, 3 * _LINE * self.scale), 0)
        x = 0.0
        for picture, advance in drawn:
            layer = Image.new("L", row.size, 0)
            layer.paste(picture, (round(x), 0))
            row = ImageChops.lighter(row, layer)
            x += advance
        ink = row.getbbox()
        left, right = _MARGIN, _MARGIN + math.ceil(total)
        if ink:
            left, right = min(left, ink[0]), max(right, ink[2])
        return row.crop((left, 0, right, row.height))

    def _run(self, run: Run, share: float) -> tuple[Image.Image, float]:
        """A run on its own canvas, _MARGIN dots in from the left, and its advance."""
        from PIL import ImageFont

        if run.face is None:
            return self._hex_box(run.text, share)
        size = _SIZE * self.scale * share
        bold_face = self.shelf.bold_of(run.face) if self.bold else None
        font = _font(bold_face or run.face, round(size, 1))
        shapes = font.layout_engine == ImageFont.Layout.RAQM
        direction = ("rtl" if run.rtl else "ltr") if shapes else None
        advance = font.getlength(run.text, direction=direction)
        picture = self._stroke(run.text, font, advance, direction)
        if self.bold and bold_face is None:
            picture = _doubled(picture, self.scale)
        if not run.face.mono:
            return picture, advance
        # Font A is narrower than a typewriter's letters of the same height.
        factor = CELL_DOTS * self.scale * share / _letter_width(bold_face or run.face, round(size, 1))
        return _squeezed(picture, factor), advance * factor

    def _stroke(
        self, text: str, font: ImageFont.FreeTypeFont, advance: float, direction: str | None
    ) -> Image.Image:
        from PIL import Image, ImageDraw

        canvas = Image.new("L", (math.ceil(advance) + 2 * _MARGIN, 3 * _LINE * self.scale), 0)
        at = (_MARGIN, (_LINE + _BASE) * self.scale)
        ImageDraw.Draw(canvas).text(at, text, fill=255, font=font, anchor="ls", direction=direction)
        return canvas

    def _hex_box(self, char: str, share: float) -> tuple[Image.Image, float]:
        """A frame with the character's code in two rows of digits."""
        from PIL import Image, ImageDraw

        code = f"{ord(char[0]):04X}"
        half = (len(code) + 1) // 2
        unit = self.scale * share
        width, height = (10 * half + 6) * unit, 26 * unit
        top = _LINE * self.scale + (_BASE * self.scale - height) + 4 * unit
        canvas = Image.new("L", (math.ceil(width) + 2 * _MARGIN, 3 * _LINE * self.scale), 0)
        draw = ImageDraw.Draw(canvas)
        frame = (_MARGIN + unit, top, _MARGIN + width - 2 * unit, top + height - unit)
        draw.rectangle(frame, outline=255, width=max(1, round(unit)))
        face = self.shelf.face_for("0") or Face(None)
        font = _font(face, round(13 * unit, 1))
        for row, digits in enumerate((code[:half], code[half:])):
            at = (_MARGIN + width / 2 - unit / 2, top + (12 + 11 * row) * unit)
            draw.text(at, digits, fill=255, font=font, anchor="ms")
        return canvas, width


@lru_cache(_KEPT)
def _words(text: str, shelf: FontShelf, scale: int, share: float, *, bold: bool) -> _Words:
    """Kept, since a ticket says TOTAL each time and a shop sells the same goods all day."""
    runs = visual_runs(text, shelf)
    row = _Pen(shelf, scale, bold=bold).row(runs, share)
    ink = row.getbbox()
    top, bottom = (ink[1], ink[3]) if ink else (0, 1)
    missing = tuple(run.text for run in runs if run.face is None)
    return _Words(row.crop((0, top, row.width, bottom)), top, missing)


@lru_cache(maxsize=64)
def _font(face: Face, size: float) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    if face.path is None:
        builtin = ImageFont.load_default(size)
        if isinstance(builtin, ImageFont.FreeTypeFont):
            return builtin
        raise OSError("this Pillow was built without FreeType and can draw no text")
    layout = ImageFont.Layout.RAQM if can_shape() else ImageFont.Layout.BASIC
    try:
        return ImageFont.truetype(str(face.path), size, face.index, layout_engine=layout)
    except OSError:
        # It may have been replaced, by one of another name: the next ticket is drawn with that.
        look_anew()
        raise


@lru_cache(maxsize=64)
def _letter_width(face: Face, size: float) -> float:
    """How wide a letter is in a font whose letters are equally wide."""
    return _font(face, size).getlength("0")


def _doubled(picture: Image.Image, dots: int) -> Image.Image:
    """Emphasised the way printers do it: struck again, a little to the right."""
    from PIL import Image, ImageChops

    again = Image.new("L", picture.size, 0)
    again.paste(picture, (dots, 0))
    return ImageChops.lighter(picture, again)


def _squeezed(picture: Image.Image, factor: float) -> Image.Image:
    """Narrower by factor, with the margin at the left kept as it is."""
    from PIL import Image

    if (ink := picture.getbbox()) is None:
        return picture
    # Most of its rows have none, and each dot costs.
    _, top, _, bottom = ink
    inked = picture.crop((0, top, picture.width, bottom))
    # Maps each dot of the result to where it came from; the left margin is the fixed point.
    narrow = inked.transform(
        inked.size,
        Image.Transform.AFFINE,
        (1 / factor, 0, _MARGIN - _MARGIN / factor, 0, 1, 0),
        Image.Resampling.BICUBIC,
    )
    squeezed = Image.new("L", picture.size, 0)
    squeezed.paste(narrow, (0, top))
    return squeezed
