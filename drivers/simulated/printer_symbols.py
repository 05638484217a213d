"""Barcodes and QR codes as the virtual printer draws them from the data in its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.simulated.printer_paper import Glyph, glyph_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

_SETS = {ord("A"): 103, ord("B"): 104, ord("C"): 105}
_TO_SET = {ord("A"): 101, ord("B"): 100, ord("C"): 99}
_STOP = 106


class BadSymbol(ValueError):
    """The data cannot be drawn as the code that was asked for; a real printer prints nothing then."""


def code128_symbols(data: bytes) -> tuple[list[int], str]:
    """Symbol values with start, check and stop, and the text they carry, from GS k data with set prefixes.

    "{A", "{B" and "{C" choose the set ("{{" is a brace, "{1" FNC1); in set C each byte is a pair of digits.
    """
    values: list[int] = []
    text = ""
    current = 0
    at = 0
    while at < len(data):
        byte = data[at]
        if byte == ord("{"):
            code = data[at + 1] if at + 1 < len(data) else 0
            if code in _SETS:
                values.append(_TO_SET[code] if values else _SETS[code])
                current = code
            elif code == ord("1") and values:
                values.append(102)
            elif code == ord("{") and current != ord("C") and values:
                values.append(ord("{") - 32)
                text += "{"
            else:
                raise BadSymbol(f"CODE128: '{{' before {code:#04x} means nothing")
            at += 2
            continue
        value, piece = _symbol(current, byte)
        values.append(value)
        text += piece
        at += 1
    if len(values) < 2:
        raise BadSymbol("CODE128: no data")
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], 1))) % 103
    return [*values, check, _STOP], text


def _symbol(current: int, byte: int) -> tuple[int, str]:
    if current == ord("C") and byte <= 99:
        return byte, f"{byte:02d}"
    if current == ord("B") and 32 <= byte <= 127:
        return byte - 32, chr(byte)
    if current == ord("A") and byte < 96:
        return (byte - 32 if byte >= 32 else byte + 64), chr(byte)
    raise BadSymbol(f"CODE128: byte {byte:#04x} is not in the chosen set")


def code128_picture(values: Sequence[int], module: int, height: int) -> Image.Image:
    """The bars of the symbol values, as a picture of mode "1" (white is ink)."""
    from barcode.charsets import code128  # type: ignore[import-untyped]

    bars = "".join(code128.CODES[value] for value in values[:-1]) + code128.STOP + "11"
    return _grid([[bar == "1" for bar in bars]], module, height)


def ean13_picture(digits: str, module: int, height: int) -> tuple[Image.Image, str]:
    """The bars of an EAN-13 and its thirteen digits; twelve digits get their check digit."""
    import barcode  # type: ignore[import-untyped]

    if len(digits) not in (12, 13) or not digits.isdecimal():
        raise BadSymbol(f"EAN13: {digits!r} is not 12 or 13 digits")
    code = barcode.get_barcode_class("ean13")(digits[:12])
    return _grid([[bar in "1G" for bar in code.build()[0]]], module, height), code.get_fullcode()


def qr_picture(data: bytes, level: int, module: int) -> Image.Image:
    """The QR code of data; level 0 L, 1 M, 2 Q, 3 H. No quiet zone: the paper around it is white."""
    import qrcode  # type: ignore[import-untyped]
    from qrcode.exceptions import DataOverflowError  # type: ignore[import-untyped]

    levels = (qrcode.ERROR_CORRECT_L, qrcode.ERROR_CORRECT_M, qrcode.ERROR_CORRECT_Q, qrcode.ERROR_CORRECT_H)
    code = qrcode.QRCode(error_correction=levels[level], border=0)
    code.add_data(qrcode.util.QRData(data, mode=qrcode.util.MODE_8BIT_BYTE))
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as exc:
        raise BadSymbol(f"QR: {len(data)} bytes are too many") from exc
    return _grid(code.get_matrix(), module, module)


def with_text_below(bars: Image.Image, text: str) -> Image.Image:
    """The bars with their text centred under them (HRI, the characters a person reads)."""
    from PIL import Image

    glyphs = [Glyph(char if char.isprintable() else " ") for char in text]
    width = sum(glyph.dots for glyph in glyphs)
    out = Image.new("1", (max(bars.width, width), bars.height + 4 + 24), 0)
    out.paste(bars, ((out.width - bars.width) // 2, 0))
    x = (out.width - width) // 2
    for glyph in glyphs:
        out.paste(glyph_picture(glyph), (x, bars.height + 4))
        x += glyph.dots
    return out


def _grid(rows: Sequence[Sequence[bool]], across: int, down: int) -> Image.Image:
    from PIL import Image

    squares = Image.new("1", (len(rows[0]), len(rows)))
    squares.putdata([255 if dark else 0 for row in rows for dark in row])
    return squares.resize((squares.width * across, squares.height * down), Image.Resampling.NEAREST)
