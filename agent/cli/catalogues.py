"""`catalogue import`."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from agent.cli.output import WARNING, ConfigFile, Json, cell, fail, say, table, text, warn
from agent.cli.place import give_to_owner, settings_of
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.sale.masking import harmless
from agent.settings.config import DEFAULT_FILE
from agent.store.errors import StoreError

if TYPE_CHECKING:
    from agent.store.catalogue_import import BadRow, ImportReport

LIST_NAME = "catalogue-problems.csv"
_MOST_ROWS = 20

app = typer.Typer(help="The items this till sells.", no_args_is_help=True)


@app.command("import")
def importing(
    file: Path,
    merge: Annotated[bool, typer.Option(help="Keep items the file does not name.")] = False,
    accept_good: Annotated[bool, typer.Option(help="Import the good rows although some are bad.")] = False,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Import items from CSV or JSON: all of them or none, with a report of every bad row.

    The till goes on selling meanwhile and has the new items at its next scan.
    """
    from agent.daemon.composition import label_rules
    from agent.store.catalogue_import import import_catalogue

    settings = settings_of(config)
    target = settings.catalogue_path
    shown = _Json() if as_json else _Table(target.with_name(LIST_NAME))
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        fail(Sentence("cli.catalogue.closed", directory=str(target.parent), error=reason(error)))
    try:
        report = import_catalogue(
            file,
            target,
            mode="merge" if merge else "replace",
            accept_good=accept_good,
            rules=label_rules(settings),
            told=shown.tell,
        )
    except StoreError as error:
        fail(error.sentence)
    give_to_owner(target)
    give_to_owner(target.with_name(LIST_NAME))
    shown.end(report, target)
    if report.bad:
        if not report.accepted:
            fail(Sentence("cli.catalogue.unchanged" if report.usable else "cli.catalogue.unusable"))
        raise typer.Exit(WARNING)
    if shown.doubtful:
        raise typer.Exit(WARNING)


class _Shown:
    """How problems are shown; doubtful: there was a warning of a number that will not be sold by."""

    def __init__(self) -> None:
        self.doubtful = False

    def counted(self, warned: Iterable[BadRow]) -> Iterator[BadRow]:
        for row in warned:
            self.doubtful |= row.reason.id != "row.gtin.restricted"
            yield row


class _Json(_Shown):
    """One JSON document, written row by row: there may be hundreds of thousands."""

    def tell(self, bad: Iterable[BadRow], warned: Iterable[BadRow]) -> None:
        for opening, name, rows in (("{", "bad", bad), ("", "warned", self.counted(warned))):
            sys.stdout.write(f'{opening}"{name}": [')
            for no, row in enumerate(rows):
                told = {"line": row.line, "field": row.field, "value": row.value, "reason": text(row.reason)}
                sys.stdout.write(f"{',' if no else ''}\n  {harmless(json.dumps(told, ensure_ascii=False))}")
            sys.stdout.write("],\n")

    def end(self, report: ImportReport, _target: Path) -> None:
        say(f'"total": {report.total}, "accepted": {report.accepted}}}')


class _Table(_Shown):
    """For a person: the first rows, how many there are of each kind, and all of them in a file."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def tell(self, bad: Iterable[BadRow], warned: Iterable[BadRow]) -> None:
        listing = _Listing(self._file)
        self._tell(bad, "wrong", listing)
        self._tell(self.counted(warned), "scanned", listing)
        listing.close()

    def end(self, report: ImportReport, target: Path) -> None:
        if not report.usable:
            return
        say(
            Sentence(
                "cli.catalogue.imported",
                accepted=report.accepted,
                count=report.total,
                file=str(target),
                seconds=f"{report.seconds:.1f}",
            )
        )

    def _tell(self, rows: Iterable[BadRow], last: str, listing: _Listing) -> None:
        heads = [Sentence(f"cli.head.{name}") for name in ("line", "field", "found", last)]
        rest = iter(rows)
        first = [*islice(rest, _MOST_ROWS)]
        if first:
            table(heads, [(str(row.line), row.field, row.value, text(row.reason)) for row in first])
        following = next(rest, None)
        if following is None:
            return
        kinds: dict[tuple[str, str], _Kind] = {}
        listing.head(heads)
        for row in chain(first, (following,), rest):
            listing.add(row)
            kind = kinds.setdefault((row.field, row.reason.id), _Kind(row))
            kind.count, kind.final = kind.count + 1, row.line
        count = sum(kind.count for kind in kinds.values())
        say(Sentence("cli.catalogue.summed", count=count, shown=_MOST_ROWS))
        for kind in kinds.values():
            say(kind.sentence())


@dataclass
class _Kind:
    """Problems of one kind, of which first is an example."""

    first: BadRow
    count: int = 0
    final: int = 0

    def sentence(self) -> Sentence:
        return Sentence(
            "cli.catalogue.kind",
            count=self.count,
            field=self.first.field,
            reason=self.first.reason,
            first=str(self.first.line),
            final=str(self.final),
        )


class _Listing:
    """The file that holds what is too much to show, or is gone when nothing is. One that cannot be written is
    told: what was imported is there all the same."""

    def __init__(self, file: Path) -> None:
        self._path = file
        self._file: TextIO | None = None
        self._trouble: OSError | None = None
        with self._troubled():
            file.unlink(missing_ok=True)

    def head(self, heads: Sequence[Sentence]) -> None:
        """The columns of the rows that follow."""
        self._write([*map(text, heads)])

    def add(self, row: BadRow) -> None:
        """A row."""
        self._write([row.line, row.field, row.value, text(row.reason)])

    def close(self) -> None:
        """Say where it is, or why it is not."""
        if self._file:
            with self._troubled():
                self._file.close()
        if self._trouble:
            warn(Sentence("cli.catalogue.no-list", file=str(self._path), error=reason(self._trouble)))
        elif self._file:
            say(Sentence("cli.catalogue.listed", file=str(self._path)))

    def _write(self, cells: Sequence[object]) -> None:
        if self._trouble:
            return
        with self._troubled():
            if self._file is None:
                # Never through a link that somebody else laid there.
                self._file = self._path.open("x", encoding="utf-8-sig", newline="")
            csv.writer(self._file).writerow(map(cell, cells))

    @contextmanager
    def _troubled(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._trouble = error
