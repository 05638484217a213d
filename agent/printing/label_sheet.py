"""The sheet of a till's command labels: as a ticket, or as a picture for any other printer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent.language.sentence import Sentence
from agent.sale.ticket_text import cell, row, rule

_DOTS = 384


def ticket(
    labels: Sequence[tuple[str, str]], heading: Sentence, columns: int, text_of: Callable[[Sentence], str]
) -> list[dict[str, Any]]:
    """The document of (command, label) pairs, each with its QR code."""
    document = [row(cell(text_of(heading), columns, "center"), bold=True), rule()]
    for command, label in labels:
        document += [row(cell(command, columns, "center"), bold=True), {"kind": "qr", "data": label}]
        document += [{"kind": "feed", "lines": 2}, rule()]
    return [*document, {"kind": "cut"}]


def picture(labels: Sequence[tuple[str, str]], heading: str, file: Path) -> None:
    """Write the same as a PNG file that nobody else may read. Raises OSError."""
    from PIL import Image, ImageDraw, ImageFont, ImageOps

    from drivers.printer.barcodes import qr, qr_picture

    font = ImageFont.load_default(24)
    codes = [qr_picture(qr(label, _DOTS), _DOTS) for _, label in labels]
    sheet = Image.new("1", (_DOTS, 48 + sum(code.height + 64 for code in codes)))
    pen, y = ImageDraw.Draw(sheet), 48
    pen.text((8, 8), heading, fill=1, font=font)
    for (command, _), code in zip(labels, codes, strict=True):
        pen.text((8, y), command, fill=1, font=font)
        sheet.paste(code, (0, y + 32))
        y += code.height + 64
    file.unlink(missing_ok=True)
    file.touch(0o600)
    with file.open("wb") as written:
        ImageOps.invert(sheet.convert("L")).save(written, "PNG")
