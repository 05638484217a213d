"""What commands print and how they end: 0 ok, 1 warning, 2 failed, 3 agent not reachable."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

OK, WARNING, FAILED, UNREACHABLE = 0, 1, 2, 3

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
ConfigFile = Annotated[
    Path, typer.Option("--config", envvar="POS_AGENT_CONFIG", help="The till's settings.", show_default=True)
]


def say(text: str) -> None:
    """A line for the person at the terminal."""
    sys.stdout.write(f"{text}\n")


def show_json(data: Any) -> None:
    """Data for a program: one JSON document."""
    say(json.dumps(data, ensure_ascii=False, indent=2))


def fail(text: str, code: int = FAILED) -> NoReturn:
    """End with a message on stderr."""
    sys.stderr.write(f"{text}\n")
    raise typer.Exit(code)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table; plain columns when piped."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    drawn = Table(*headings, box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for row in rows:
        drawn.add_row(*(str(value) for value in row))
    Console(width=None if sys.stdout.isatty() else 160).print(drawn)
