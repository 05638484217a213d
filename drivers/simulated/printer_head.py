"""The virtual printer's head: modes, the line being collected, codes and pictures, and the roll they use."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from drivers.printer.commands import Command
from drivers.simulated.printer_paper import CELL_WIDTH, DOTS_PER_MM, Glyph, Paper, PrintedTicket
from drivers.simulated.printer_symbols import (
    BadSymbol,
    code128_picture,
    code128_symbols,
    ean13_picture,
    qr_picture,
    with_text_below,
)

if TYPE_CHECKING:
    from PIL import Image

# The pages behind ESC t n that most makers agree on.
_PAGES = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
}
_DEFAULT_SPACING = 30
_TO_CUTTER_DOTS = 96


@dataclass(slots=True)
class _Modes:
    """Everything ESC @ puts back."""

    style: Glyph = field(default_factory=lambda: Glyph(" "))
    align: int = 0
    spacing: int = _DEFAULT_SPACING
    page: str = "cp437"
    bar_height: int = 162
    bar_module: int = 3
    bar_text: int = 0
    qr_module: int = 3
    qr_level: int = 0
    qr_data: bytes = b""


class PrintHead:
    """Prints commands onto a Paper.

    roll_mm: length of a new roll, None for one that never ends; near_end comes with its last tenth.
    """

    def __init__(self, dots: int, paper_mm: int, roll_mm: float | None = None) -> None:
        self._paper = Paper(dots, paper_mm)
        self._roll = None if roll_mm is None else round(roll_mm * DOTS_PER_MM)
        self._left = self._roll
        self._modes = _Modes()
        self._line: list[Glyph] = []
        self._printed = 0
        # Kept without power, as ESC @ does not touch it.
        self._stored: dict[bytes, Image.Image] = {}
        self._steps = _steps()

    @property
    def blank(self) -> bool:
        """Nothing was printed or fed since the last cut."""
        return self._paper.used == 0 and not self._line

    @property
    def exhausted(self) -> bool:
        """The roll is used up."""
        return self._left is not None and self._left <= 0

    @property
    def near_end(self) -> bool:
        """A tenth of the roll or less is left."""
        return self._left is not None and self._roll is not None and self._left * 10 <= self._roll

    def taken_lines(self) -> int:
        """Lines, pictures and codes that were printed since this was asked last; feeds do not count."""
        taken, self._printed = self._printed, 0
        return taken

    def new_roll(self) -> None:
        """Put in a full roll."""
        self._left = self._roll

    def reset(self) -> None:
        """Modes as after switching on; a line that was collected and not printed is lost."""
        self._modes = _Modes()
        self._line.clear()

    def to_cutter(self, args: bytes) -> None:
        """The feed that belongs to a cut: GS V 65 and 66 bring the last line past the blade first."""
        self._end_line(only_if_begun=True)
        if len(args) == 2:
            self._use(self._paper.feed(_TO_CUTTER_DOTS + args[1], self._modes.spacing))

    def cut(self, number: int) -> PrintedTicket:
        """Cut the ticket off."""
        self._end_line(only_if_begun=True)
        return self._paper.cut(number)

    def obey(self, command: Command) -> str:
        """Carry out a command; a sentence if it could not be done, else ""."""
        step = self._steps.get(command.name)
        if step is None:
            return f"unknown command {command.name}: {command.raw[:16].hex(' ')}"
        try:
            return step(self, command) or ""
        except BadSymbol as exc:
            return str(exc)

    # Text -------------------------------------------------------------------------------------------

    def text(self, command: Command) -> str | None:
        char = codecs.decode(command.args, self._modes.page, "replace")
        glyph = replace(self._modes.style, char=char)
        if sum(struck.dots for struck in self._line) + glyph.dots > self._paper.dots:
            self._end_line()
        self._line.append(glyph)
        return (
            f"byte {command.args.hex()} has no letter in page {self._modes.page}"
            if char == "\ufffd"
            else None
        )

    def tab(self, _command: Command) -> None:
        stop = 8 * CELL_WIDTH
        used = sum(glyph.dots for glyph in self._line)
        self._line.extend([Glyph(" ")] * ((stop - used % stop) // CELL_WIDTH))

    def line_feed(self, _command: Command) -> None:
        self._end_line()

    def feed_lines(self, command: Command) -> None:
        self._end_line(only_if_begun=True)
        self._use(self._paper.feed(command.args[0] * self._modes.spacing, self._modes.spacing))

    def feed_dots(self, command: Command) -> None:
        self._end_line(only_if_begun=True)
        self._use(self._paper.feed(command.args[0], self._modes.spacing))

    # Modes ------------------------------------------------------------------------------------------

    def initialise(self, _command: Command) -> None:
        self.reset()

    def page(self, command: Command) -> str | None:
        number = command.args[0]
        self._modes.page = _PAGES.get(number, "ascii")
        return None if number in _PAGES else f"code page {number} is not built in"

    def character_set(self, command: Command) -> str | None:
        return f"international set {command.args[0]} redraws ASCII signs" if command.args[0] else None

    def align(self, command: Command) -> None:
        self._modes.align = {1: 1, 49: 1, 2: 2, 50: 2}.get(command.args[0], 0)

    def bold(self, command: Command) -> None:
        self._modes.style = replace(self._modes.style, bold=bool(command.args[0] & 1))

    def underline(self, command: Command) -> None:
        self._modes.style = replace(self._modes.style, underline=command.args[0] not in (0, 48))

    def inverse(self, command: Command) -> None:
        self._modes.style = replace(self._modes.style, inverse=bool(command.args[0] & 1))

    def size(self, command: Command) -> None:
        n = command.args[0]
        self._modes.style = replace(self._modes.style, wide=(n >> 4 & 7) + 1, tall=(n & 7) + 1)

    def print_mode(self, command: Command) -> None:
        n = command.args[0]
        self._modes.style = Glyph(
            " ",
            bold=bool(n & 0x08),
            tall=2 if n & 0x10 else 1,
            wide=2 if n & 0x20 else 1,
            underline=bool(n & 0x80),
        )

    def spacing(self, command: Command) -> None:
        self._modes.spacing = command.args[0] if command.args else _DEFAULT_SPACING

    def ignore(self, _command: Command) -> None:
        """Accepted without an effect that paper would show."""

    # Pictures and codes -----------------------------------------------------------------------------

    def raster(self, command: Command) -> str | None:
        from PIL import Image

        mode, across, rows = command.raw[3], command.raw[4] + 256 * command.raw[5], command.raw[6]
        rows += 256 * command.raw[7]
        if command.raw[2] != ord("0") or not across or not rows:
            return f"raster picture of {across * 8}x{rows} dots: nothing printed"
        picture = Image.frombytes("1", (across * 8, rows), command.raw[8:])
        enlarged = (picture.width * (2 if mode & 1 else 1), rows * (2 if mode & 2 else 1))
        picture = picture.resize(enlarged, Image.Resampling.NEAREST)
        self._end_line(only_if_begun=True)
        shown = picture.crop((0, 0, min(picture.width, self._paper.dots), picture.height))
        self._put(self._paper.place(shown, self._modes.align))
        return f"picture {picture.width} dots wide was cut off" if shown.width < picture.width else None

    def graphics(self, command: Command) -> str | None:
        """GS ( L and GS 8 L: function 67 stores a picture under two letters, 69 prints it."""
        from PIL import Image

        body = command.args[4 if command.name == "GS 8 L" else 2 :]
        if body[:3] == b"0C0" and len(body) > 11 and body[5:6] == b"\x01" and body[10:11] == b"1":
            across, rows = (int.from_bytes(body[at : at + 2], "little") for at in (6, 8))
            size = ((across + 7) // 8 * 8, rows)
            if len(body) - 11 != size[0] // 8 * rows or not rows:
                return f"picture of {across}x{rows} dots in {len(body) - 11} bytes: nothing stored"
            dots = Image.frombytes("1", size, body[11:])
            self._stored[body[3:5]] = dots.crop((0, 0, across, rows))
            return None
        if body[:2] != b"0E" or len(body) != 6:
            return f"unknown command {command.name}: {command.raw[:16].hex(' ')}"
        if (picture := self._stored.get(body[2:4])) is None:
            return f"no picture is stored as {body[2:4].decode('latin-1')}"
        self._end_line(only_if_begun=True)
        picture = picture.resize(
            (picture.width * body[4], picture.height * body[5]), Image.Resampling.NEAREST
        )
        self._put(self._paper.place(picture, self._modes.align))
        return None

    def old_graphics(self, command: Command) -> str:
        return f"no picture is stored as number {command.args[0]}"

    def bar_height(self, command: Command) -> None:
        self._modes.bar_height = command.args[0]

    def bar_module(self, command: Command) -> None:
        self._modes.bar_module = min(6, max(1, command.args[0]))

    def bar_text(self, command: Command) -> None:
        self._modes.bar_text = command.args[0] & 3

    def barcode(self, command: Command) -> None:
        kind = command.raw[2]
        data = command.raw[4:] if kind >= 65 else command.raw[3:-1]
        modes = self._modes
        if kind == 73:
            values, text = code128_symbols(data)
            name, bars = "CODE128", code128_picture(values, modes.bar_module, modes.bar_height)
        elif kind in (2, 67):
            bars, text = ean13_picture(data.decode("latin-1"), modes.bar_module, modes.bar_height)
            name = "EAN13"
        else:
            raise BadSymbol(f"barcode type {kind} is not built in")
        if bars.width > self._paper.dots:
            raise BadSymbol(f"{name} {text}: {bars.width} dots do not fit; nothing printed")
        self._code(name, text, with_text_below(bars, text) if modes.bar_text & 2 else bars)

    def two_dimensional(self, command: Command) -> str | None:
        code, function, rest = command.args[2:3], int.from_bytes(command.args[3:4]), command.args[4:]
        modes = self._modes
        if code != b"1" or function not in (65, 67, 69, 80, 81) or not rest:
            return f"unknown command GS ( k: {command.raw[:16].hex(' ')}"
        if function == 67:
            modes.qr_module = min(16, max(1, rest[0]))
        elif function == 69:
            modes.qr_level = rest[0] - 48
        elif function == 80:
            modes.qr_data = rest[1:]
        elif function == 81:
            return self._qr()
        return None

    def _qr(self) -> str | None:
        modes = self._modes
        if not modes.qr_data or not 0 <= modes.qr_level <= 3:
            raise BadSymbol("QR: nothing stored, or no such correction level")
        picture = qr_picture(modes.qr_data, modes.qr_level, modes.qr_module)
        text = modes.qr_data.decode("utf-8", "replace")
        if picture.width > self._paper.dots:
            raise BadSymbol(f"QR {text}: {picture.width} dots do not fit; nothing printed")
        self._code("QR", text, picture)
        return None

    def _code(self, name: str, text: str, picture: Image.Image) -> None:
        self._end_line(only_if_begun=True)
        self._put(self._paper.place_code(name, text, picture, self._modes.align))

    def _end_line(self, *, only_if_begun: bool = False) -> None:
        if self._line or not only_if_begun:
            self._put(self._paper.strike(self._line, self._modes.align, self._modes.spacing))
            self._line.clear()

    def _put(self, dots: int) -> None:
        self._printed += 1
        self._use(dots)

    def _use(self, dots: int) -> None:
        if self._left is not None:
            self._left -= dots


def _steps() -> dict[str, Callable[[PrintHead, Command], str | None]]:
    quiet = ("NUL", "CR", "CAN", "FF", "ESC M", "ESC =", "ESC c", "ESC r", "ESC {", "ESC V", "ESC 0",
             "FS .", "GS f", "GS ( D", "GS L", "GS W", "GS P", "ESC  ")  # fmt: skip
    return {
        **dict.fromkeys(quiet, PrintHead.ignore),
        "text": PrintHead.text,
        "HT": PrintHead.tab,
        "LF": PrintHead.line_feed,
        "ESC d": PrintHead.feed_lines,
        "ESC J": PrintHead.feed_dots,
        "ESC @": PrintHead.initialise,
        "ESC t": PrintHead.page,
        "ESC R": PrintHead.character_set,
        "ESC a": PrintHead.align,
        "ESC E": PrintHead.bold,
        "ESC G": PrintHead.bold,
        "ESC -": PrintHead.underline,
        "GS B": PrintHead.inverse,
        "GS !": PrintHead.size,
        "ESC !": PrintHead.print_mode,
        "ESC 2": PrintHead.spacing,
        "ESC 3": PrintHead.spacing,
        "GS v": PrintHead.raster,
        "GS ( L": PrintHead.graphics,
        "GS 8 L": PrintHead.graphics,
        "FS p": PrintHead.old_graphics,
        "GS h": PrintHead.bar_height,
        "GS w": PrintHead.bar_module,
        "GS H": PrintHead.bar_text,
        "GS k": PrintHead.barcode,
        "GS ( k": PrintHead.two_dimensional,
    }
