"""The sheet of a till's command labels: as a ticket, or as a picture for any other printer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.language.sentence import Said, Sentence
from agent.printing.sheets import Sheet
from agent.sale.labels import LabelRules
from agent.sale.ticket_text import cell, row, rule
from agent.till.answer import Answer
from agent.till.till import Till

_DOTS = 384


class LabelSheet:
    """Prints this till's command labels for whoever has them already. proves: whether one is this till's."""

    def __init__(
        self,
        till: Till,
        proves: Callable[[str, str], bool],
        beside: Callable[[Sheet], tuple[bool, Said]],
        heading: Sentence,
    ) -> None:
        self._till = till
        self._proves = proves
        self._beside = beside
        self._heading = heading
        # A press that comes twice finds the answer of the first.
        self._pressed = threading.Lock()

    def print(self, proofs: Mapping[str, str], key: str) -> Answer:
        """Print a label for each command and its proof, once for a key."""
        with self._pressed:
            return self._printed(proofs, key)

    def _printed(self, proofs: Mapping[str, str], key: str) -> Answer:
        if earlier := self._till.answered(key):
            return earlier
        if not proofs or not all(self._proves(*label) for label in proofs.items()):
            return self._till.refusal(Sentence("command-label.foreign"))
        labels, text_of = labels_of(proofs), self._till.language.text
        done, said = self._beside(lambda columns: ticket(labels, self._heading, columns, text_of))
        if not done:
            return self._till.refusal(Sentence("sheet.not-printed", why=said))
        return self._till.remember(key, self._till.answer(Sentence("sheet.printed", how=said)))


def labels_of(proofs: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each command with the text of its label."""
    prefix = LabelRules().command_prefix
    return [(command, f"{prefix}{command}:{proof}") for command, proof in proofs.items()]


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
    # Never into a file that somebody else has laid there meanwhile: who reads the sheet commands the till.
    fresh = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fresh, "wb") as written:
        ImageOps.invert(sheet.convert("L")).save(written, "PNG")
