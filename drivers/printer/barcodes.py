"""CODE128, GS1-128 and QR: what the printer is told to draw, and the picture for printers that cannot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

BARCODE_HEIGHT = 72
_WIDEST_BAR, _NARROWEST_BAR = 3, 2
# ISO/IEC 15417: eleven modules a symbol, thirteen for the stop, ten of white on each side.
_SYMBOL, _STOP, _QUIET = 11, 13, 20
# Rolls of 58 and 80 mm are white for 3 mm and more beyond the print head, on both sides.
_MARGINS = 48
_REALTIME = re.compile(rb"\x10[\x04\x05\x14]")
_QR_TARGET_DOTS = 220
_QR_QUIET = 4
_GS = "\x1d"
_FNC1 = "\xf1"  # as python-barcode has it


@dataclass(frozen=True, slots=True)
class Code128:
    """A CODE128 to print. payload: GS k data with its set prefixes; module: dots of the narrowest bar."""

    payload: bytes
    module: int


def code128(data: str, dots: int) -> Code128 | None:
    """The barcode of data at the widest module that fits into dots, or None if none does.

    Set B is preferred, since many clones get set C wrong; pairs of digits go to C where B is too wide.
    ValueError if data is empty or holds anything but printable ASCII.
    """
    _check(data)
    return _widest((_set_b(data), _sets_b_and_c(data)), dots)


def gs1_128(data: str, dots: int) -> Code128 | None:
    """The same of a GS1 element string, which FNC1 begins, and FNC1 stands where it has GS (GS1 General
    Specifications, 5.4)."""
    _check(data.replace(_GS, ""))
    parts = [_set_b(part) for part in data.split(_GS)]
    payload = b"{B" + b"".join(b"{1" + part.removeprefix(b"{B") for part, _ in parts)
    return _widest(((payload, sum(count + 1 for _, count in parts)),), dots)


def _check(data: str) -> None:
    if not data or not all(" " <= char <= "~" for char in data):
        raise ValueError(f"CODE128 takes printable ASCII, not {data!r}")


def _widest(ways: Sequence[tuple[bytes, int]], dots: int) -> Code128 | None:
    for payload, symbols in ways:
        modules = _SYMBOL * (symbols + 2) + _STOP
        for module in range(_WIDEST_BAR, _NARROWEST_BAR - 1, -1):
            room = dots - max(0, _QUIET * module - _MARGINS)
            if modules * module <= room and len(payload) <= 255 and not _REALTIME.search(payload):
                return Code128(payload, module)
    return None


def code128_picture(data: str, dots: int, module: int, *, gs1: bool = False) -> Image.Image:
    """The bars as a picture of mode "1" (white is ink), centred on a strip of dots. gs1: as gs1_128 has
    it."""
    import barcode  # type: ignore[import-untyped]

    kind = barcode.get_barcode_class("gs1_128" if gs1 else "code128")
    modules = kind(data.replace(_GS, _FNC1)).build()[0]
    return _centred([[char == "1" for char in modules]], dots, module, BARCODE_HEIGHT)


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code to print. level: 0 (L) or 1 (M); module: dots of one square; side: squares of the code; told:
    its bytes."""

    level: int
    module: int
    side: int
    told: bytes

    def rows(self) -> Sequence[Sequence[bool]]:
        """Its squares, True for a dark one: drawn under eight masks, which a printer does by itself."""
        code = _code(self.told, self.level)
        code.make()
        return [[bool(square) for square in row] for row in code.get_matrix()]


def qr(data: str, dots: int) -> Qr:
    """The QR code of data, in UTF-8, sized to be read by a telephone and to fit into dots.

    ValueError if data is empty, too long for the paper, or holds control characters other than tab, line
    ends and the GS1 separator.
    """
    if not data or any(char < " " and char not in "\t\n\r\x1d" for char in data):
        raise ValueError(f"a QR code takes text, not {data!r}")
    told = data.encode()
    for level in (1, 0):
        side = _side(len(told), level)
        room = dots // (side + 2 * _QR_QUIET)
        if side and room >= 2:
            return Qr(level, min(room, max(3, min(8, _QR_TARGET_DOTS // side))), side, told)
    raise ValueError(f"{len(told)} bytes are too many for a QR code on {dots} dots")


@lru_cache(64)
def _side(length: int, level: int) -> int:
    """The squares of a code of so many bytes, 0 where none holds them (ISO/IEC 18004: version 1 to 40). Kept,
    since the library writes all bits for it, and the codes of a shop's bills are of one length."""
    from qrcode.exceptions import DataOverflowError  # type: ignore[import-untyped]

    try:
        return 17 + 4 * int(_code(bytes(length), level).best_fit())
    except (DataOverflowError, ValueError):
        return 0


def _code(told: bytes, level: int) -> Any:
    import qrcode  # type: ignore[import-untyped]

    code = qrcode.QRCode(error_correction=(qrcode.ERROR_CORRECT_L, qrcode.ERROR_CORRECT_M)[level], border=0)
    code.add_data(qrcode.util.QRData(told, mode=qrcode.util.MODE_8BIT_BYTE))
    return code


def qr_command(data: str, code: Qr) -> bytes:
    """GS ( k: model 2, its size, its correction, the data (1D 28 6B pL pH 31 fn …), and print it."""
    told = data.encode()
    parts = (b"A2\x00", b"C" + bytes((code.module,)), b"E" + bytes((48 + code.level,)), b"P0" + told, b"Q0")
    return b"".join(b"\x1d(k" + (1 + len(part)).to_bytes(2, "little") + b"1" + part for part in parts)


def qr_picture(code: Qr, dots: int) -> Image.Image:
    """The QR code with its quiet zone as a picture of mode "1" (white is ink), centred on a strip of dots."""
    blank = [False] * (code.side + 2 * _QR_QUIET)
    framed = [*[blank] * _QR_QUIET, *(_padded(row) for row in code.rows()), *[blank] * _QR_QUIET]
    return _centred(framed, dots, code.module, code.module)


def _padded(row: Sequence[bool]) -> list[bool]:
    return [False] * _QR_QUIET + list(row) + [False] * _QR_QUIET


def _centred(rows: Sequence[Sequence[bool]], dots: int, across: int, down: int) -> Image.Image:
    from PIL import Image

    squares = Image.new("1", (len(rows[0]), len(rows)))
    squares.putdata([255 if dark else 0 for row in rows for dark in row])
    drawn = squares.resize((squares.width * across, squares.height * down), Image.Resampling.NEAREST)
    strip = Image.new("1", (dots, drawn.height))
    strip.paste(drawn, ((dots - drawn.width) // 2, 0))
    return strip


def _set_b(data: str) -> tuple[bytes, int]:
    return b"{B" + data.replace("{", "{{").encode("ascii"), len(data)


def _sets_b_and_c(data: str) -> tuple[bytes, int]:
    """Digits in pairs as set C where four or more stand together; the count is of symbols after the start."""
    payload = b""
    symbols = -1
    for piece in re.findall(r"(?:\d\d){2,}|(?:(?!\d{4}).)+", data):
        if re.fullmatch(r"(?:\d\d){2,}", piece):
            pairs = bytes(int(piece[at : at + 2]) for at in range(0, len(piece), 2))
            payload += b"{C" + pairs
            symbols += 1 + len(pairs)
        else:
            payload += b"{B" + piece.replace("{", "{{").encode("ascii")
            symbols += 1 + len(piece)
    return payload, symbols
