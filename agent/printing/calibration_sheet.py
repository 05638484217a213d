"""The codes that scanners are set up by: a sheet of them, and each for a screen."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any

from agent.language.sentence import Said, Sentence
from agent.printing.sheets import Sheet
from agent.sale.ticket_text import cell, row, rule
from agent.till.answer import Answer
from agent.till.till import Till
from drivers.scanner.calibration import BARS, SQUARES

_DOTS, _QUIET, _MODULE = 576, 4, 8
"""What paper the code would fit; modules of white around it (ISO/IEC 18004); dots a module."""


class CalibrationSheet:
    """Prints them beside the bills. beside: Printers.print_beside."""

    def __init__(self, till: Till, beside: Callable[[Sheet], tuple[bool, Said]]) -> None:
        self._till = till
        self._beside = beside
        # A press that comes twice finds the answer of the first.
        self._pressed = threading.Lock()

    def print(self, key: str) -> Answer:
        """Print the codes, once for a key."""
        with self._pressed:
            return self._printed(key)

    def picture(self, asks: str) -> bytes | None:
        """The code of this name as PNG, for a scanner that reads screens; None if there is none."""
        return picture(asks)

    def _printed(self, key: str) -> Answer:
        if earlier := self._till.answered(key):
            return earlier
        done, said = self._beside(lambda columns: ticket(columns, self._till.language.text))
        if not done:
            return self._till.refusal(Sentence("sheet.not-printed", why=said))
        return self._till.remember(key, self._till.answer(Sentence("codes.printed", how=said)))


def ticket(columns: int, text_of: Callable[[Sentence], str]) -> list[dict[str, Any]]:
    """The document: each code under its number."""
    document = [row(cell(text_of(Sentence("codes.sheet")), columns, "center"), bold=True), rule()]
    for number, code in enumerate(BARS, 1):
        symbology = "gs1-128" if code.asks == "gs" else "code128"
        document += [row(cell(str(number), columns, "center"), bold=True)]
        document += [{"kind": "barcode", "symbology": symbology, "data": code.text, "text": False}]
        document += [{"kind": "feed", "lines": 2}, rule()]
    return [*document, {"kind": "cut"}]


def picture(asks: str) -> bytes | None:
    """The QR code that asks this, with its quiet zone, as PNG; None if none does."""
    code = next((one for one in SQUARES if one.asks == asks), None)
    if code is None:
        return None
    from PIL import Image

    from drivers.printer.barcodes import qr

    rows = [list(modules) for modules in qr(code.text, _DOTS).rows()]
    side = len(rows) + 2 * _QUIET
    drawn = Image.new("1", (side, side), 1)
    for y, modules in enumerate(rows, _QUIET):
        for x, dark in enumerate(modules, _QUIET):
            if dark:
                drawn.putpixel((x, y), 0)
    out = io.BytesIO()
    drawn.resize((side * _MODULE, side * _MODULE), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()
