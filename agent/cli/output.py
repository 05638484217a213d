"""What commands print and how they end: 0 ok, 1 warning, 2 failed, 3 agent not reachable."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO

import typer

from agent.language.figures import Figure
from agent.language.language import DEFAULT, Language
from agent.language.sentence import Said, Sentence
from agent.sale.masking import harmless

if TYPE_CHECKING:
    from rich.console import Console

OK, WARNING, FAILED, UNREACHABLE = 0, 1, 2, 3

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
ConfigFile = Annotated[
    Path, typer.Option("--config", envvar="POS_AGENT_CONFIG", help="The till's settings.", show_default=True)
]


class _Voice:
    """The language of this command: that of the till it is about, once its settings are read."""

    def __init__(self) -> None:
        self._language: Language | None = None

    def speak(self, tag: str, *, indian: bool = False) -> None:
        self._language = Language(tag).grouping(indian=indian)

    def text(self, sentence: Said) -> str:
        return self._spoken().text(sentence)

    def figure(self, figure: Figure) -> str:
        return self._spoken().figure(figure)

    def _spoken(self) -> Language:
        if self._language is None:
            self._language = Language(DEFAULT)
        return self._language


_VOICE = _Voice()
speak = _VOICE.speak
text = _VOICE.text
figure = _VOICE.figure


def say(line: Said | str) -> None:
    """A line for the person at the terminal; as text only what is data, or comes as text from the agent."""
    written = _written(line)
    sys.stdout.write(f"{written if isinstance(line, str) else _folded(written, sys.stdout)}\n")


def show_json(data: Any) -> None:
    """Data for a program: one JSON document."""
    say(json.dumps(data, ensure_ascii=False, indent=2))


def fail(line: Said | str, code: int = FAILED) -> NoReturn:
    """End with a message on stderr."""
    warn(line)
    raise typer.Exit(code)


def fact(name: str, value: Said | str, mark: str = " ") -> None:
    """A line of a list of facts: mark, the fact's name (its sentence is cli.fact.NAME), what it is."""
    line = f"{mark} {text(Sentence(f'cli.fact.{name}')):8} {_written(value)}"
    sys.stdout.write(f"{_folded(line, sys.stdout, 11)}\n")


def warn(line: Said | str) -> None:
    """A line beside the output."""
    written = _written(line)
    sys.stderr.write(f"{written if isinstance(line, str) else _folded(written, sys.stderr)}\n")


def moment(at: str) -> str:
    """A time of the till's own zone as a person reads it: day and minute."""
    return at[:16].replace("T", " ")


def _folded(lines: str, out: TextIO, indent: int = 0) -> str:
    """Broken between words where a terminal would break within them; as it is for a program."""
    if not out.isatty():
        return lines
    import shutil
    import textwrap

    fill = textwrap.TextWrapper(
        shutil.get_terminal_size().columns,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(line if len(line) <= fill.width else fill.fill(line) for line in lines.split("\n"))


def _written(line: Said | str) -> str:
    return harmless(line if isinstance(line, str) else text(line))


def cell(value: object) -> str:
    """A value of a CSV file, which a spreadsheet must not take for a formula; it reads over blanks."""
    shown = harmless(str(value))
    return f"'{shown}" if shown.lstrip()[:1] in ("=", "+", "-", "@") else shown


def table(headings: Sequence[Said | str], rows: Iterable[Sequence[str]]) -> None:
    """A table; plain columns when piped. What a cell holds is shown as it is: a name is no markup."""
    from rich.cells import cell_len
    from rich.console import Console

    heads = [_written(one) for one in headings]
    cells = [[harmless(str(value)) for value in row] for row in rows]
    console = Console(width=None if sys.stdout.isatty() else 160)
    widths = [max(map(cell_len, column)) for column in zip(heads, *cells, strict=True)]
    inner = sum(widths) + 2 * (len(widths) - 1)
    if inner + 2 > console.width or any("\n" in cell for row in (heads, *cells) for cell in row):
        _fold(console, heads, cells)
        return
    # What fits is written as it is: the library makes thousands of calls a row to find that out.
    blank, rule = " " * inner, "─" * inner
    lines = [blank, _line(heads, widths), rule, *(_line(row, widths) for row in cells), blank]
    sys.stdout.write("".join(f" {line} \n" for line in lines))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    from rich.cells import cell_len

    return "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))


def _fold(console: Console, heads: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE
    from rich.table import Column, Table
    from rich.text import Text

    drawn = Table(
        *(Column(header=Text(one)) for one in heads), box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for row in cells:
        drawn.add_row(*map(Text, row))
    console.print(drawn)
