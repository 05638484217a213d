"""A shop's logo at the head of its tickets: drawn, or called up from where the printer has it stored."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from drivers.message import Message
from drivers.printer.raster import picture_bytes, without_realtime

if TYPE_CHECKING:
    from PIL import Image

MOST_ROWS = 400
"""Dots high: 5 cm of paper on every ticket are enough."""
MOST_BYTES = 4_000_000
_MOST_SIDE = 4000
_FORMATS = ("PNG", "JPEG", "BMP", "GIF")
_NUMBERED = "nv-"
_REALTIME_SECOND = b"\x04\x05\x14"


class NoPicture(Exception):
    """The file is no picture that can be printed; message says why."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


@lru_cache(maxsize=4)
def drawn(file: bytes, dots: int) -> bytes:
    """GS v 0 commands of a picture file, in the middle of paper so many dots wide. NoPicture if it is none.

    Made smaller to fit, never larger; colours and greys become patterns of dots, what is transparent is
    paper.
    """
    ink = _ink(file, dots)
    from PIL import Image

    paper = Image.new("1", (dots // 8 * 8, ink.height))
    paper.paste(ink, ((paper.width - ink.width) // 2, 0))
    return picture_bytes(paper)


def stored(name: str) -> bytes:
    """The command that prints what the printer has stored.

    name: two letters, the key code of its NV graphics (GS ( L function 69), or nv- and a number, of the NV
    pictures of older makes (FS p).
    """
    if is_numbered(name):
        return b"\x1cp" + bytes((int(name.removeprefix(_NUMBERED)), 0))
    return b"\x1d(L\x06\x00\x30\x45" + name.encode("ascii") + b"\x01\x01"


def storing(name: str, file: bytes, dots: int) -> bytes:
    """The command that has a printer store a picture file under two letters (GS ( L function 67), in place of
    what it had there. NoPicture if it is none; ValueError for a number: those of older makes are written all
    at once, and the printer starts anew with it (FS q).

    Their memory wears: makers advise no more than ten times a day.
    """
    if is_numbered(name):
        raise ValueError(f"{name} is stored by FS q alone")
    ink = _ink(file, dots)
    from PIL import ImageOps

    while True:
        rows = without_realtime(ink.tobytes())
        size = ink.width.to_bytes(2, "little") + ink.height.to_bytes(2, "little")
        body = b"0C0" + name.encode("ascii") + b"\x01" + size + b"1" + rows
        head = b"\x1d(L" + len(body).to_bytes(2, "little")
        if head[3] != 0x10 or head[4] not in _REALTIME_SECOND:
            return head + body
        # Its length would read as a request in real time: one empty row more.
        ink = ImageOps.expand(ink, (0, 0, 0, 1))


def is_numbered(name: str) -> bool:
    """Whether it is a number of older makes, and no key of two letters."""
    return name.startswith(_NUMBERED)


def is_stored_name(name: str) -> bool:
    """Whether stored() takes it."""
    if is_numbered(name):
        number = name.removeprefix(_NUMBERED)
        return number.isascii() and number.isdecimal() and 1 <= int(number) <= 255
    return len(name) == 2 and name.isascii() and name.isprintable()


def _ink(file: bytes, dots: int) -> Image.Image:
    """Of mode "1", white where ink is."""
    from PIL import Image, ImageOps

    if len(file) > MOST_BYTES:
        raise NoPicture(Message("printer.logo.too-large"))
    try:
        with Image.open(io.BytesIO(file), formats=_FORMATS) as opened:
            if max(opened.size) > _MOST_SIDE:
                raise NoPicture(Message("printer.logo.too-large"))
            flat = Image.new("RGBA", opened.size, "white")
            flat.alpha_composite(opened.convert("RGBA"))
    except Image.DecompressionBombError as error:
        raise NoPicture(Message("printer.logo.too-large")) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise NoPicture(Message("printer.logo.no-picture")) from error
    grey = flat.convert("L")
    grey.thumbnail((dots // 8 * 8, MOST_ROWS), Image.Resampling.LANCZOS)
    return ImageOps.invert(grey).convert("1")
