"""`catalogue import`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.output import WARNING, ConfigFile, Json, fail, say, show_json, table, text
from agent.cli.place import settings_of
from agent.language.sentence import Sentence
from agent.settings.config import DEFAULT_FILE
from agent.store.errors import StoreError

if TYPE_CHECKING:
    from agent.store.catalogue_import import BadRow

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
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        report = import_catalogue(
            file,
            target,
            mode="merge" if merge else "replace",
            accept_good=accept_good,
            rules=label_rules(settings),
        )
    except OSError as error:
        fail(
            Sentence("cli.catalogue.closed", directory=str(target.parent), error=error.strerror or str(error))
        )
    except StoreError as error:
        fail(error.sentence)
    _give_to_owner(target)
    if as_json:
        told = {"bad": _plain(report.bad), "warned": _plain(report.warned)}
        show_json({"total": report.total, "accepted": report.accepted, **told})
    else:
        _tell(report.bad, "expected")
        _tell(report.warned, "scanned")
        say(
            Sentence(
                "cli.catalogue.imported",
                accepted=report.accepted,
                count=report.total,
                file=str(target),
                seconds=f"{report.seconds:.1f}",
            )
        )
    if report.bad:
        if not report.accepted:
            fail(Sentence("cli.catalogue.unchanged"))
        raise typer.Exit(WARNING)
    if any(row.reason.id != "row.gtin.restricted" for row in report.warned):
        raise typer.Exit(WARNING)


def _plain(rows: Sequence[BadRow]) -> list[dict[str, Any]]:
    return [
        {"line": row.line, "field": row.field, "value": row.value, "reason": text(row.reason)} for row in rows
    ]


def _tell(rows: Sequence[BadRow], last: str) -> None:
    """Row by row; of more than anybody reads the first, and how many there are of each kind."""
    heads = [Sentence(f"cli.head.{name}") for name in ("line", "field", "found", last)]
    if rows:
        table(heads, [(str(row.line), row.field, row.value, text(row.reason)) for row in rows[:_MOST_ROWS]])
    if len(rows) <= _MOST_ROWS:
        return
    kinds: dict[tuple[str, str], list[BadRow]] = {}
    for row in rows:
        kinds.setdefault((row.field, row.reason.id), []).append(row)
    say(Sentence("cli.catalogue.summed", count=len(rows), shown=_MOST_ROWS))
    for same in kinds.values():
        first, final = same[0], same[-1]
        say(
            Sentence(
                "cli.catalogue.kind",
                count=len(same),
                field=first.field,
                reason=first.reason,
                first=str(first.line),
                final=str(final.line),
            )
        )


def _give_to_owner(target: Path) -> None:
    """A technician imports as root; the till that reads it is not root."""
    if target.exists() and os.geteuid() == 0:
        owner = target.parent.stat()
        os.chown(target, owner.st_uid, owner.st_gid)
