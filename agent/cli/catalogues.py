"""`catalogue import`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.output import WARNING, ConfigFile, Json, fail, say, show_json, table, text
from agent.cli.place import settings_of
from agent.language.sentence import Sentence
from agent.settings.config import DEFAULT_FILE
from agent.store.errors import StoreError

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
    from agent.store.catalogue_import import import_catalogue

    target = settings_of(config).catalogue_path
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        report = import_catalogue(file, target, mode="merge" if merge else "replace", accept_good=accept_good)
    except OSError as error:
        fail(
            Sentence("cli.catalogue.closed", directory=str(target.parent), error=error.strerror or str(error))
        )
    except StoreError as error:
        fail(error.sentence)
    _give_to_owner(target)
    if as_json:
        show_json(
            {
                "total": report.total,
                "accepted": report.accepted,
                "bad": [
                    {"line": b.line, "field": b.field, "value": b.value, "reason": text(b.reason)}
                    for b in report.bad
                ],
            }
        )
    else:
        if report.bad:
            rows = [(str(bad.line), bad.field, bad.value, text(bad.reason)) for bad in report.bad]
            table([Sentence(f"cli.head.{name}") for name in ("line", "field", "found", "expected")], rows)
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


def _give_to_owner(target: Path) -> None:
    """A technician imports as root; the till that reads it is not root."""
    if target.exists() and os.geteuid() == 0:
        owner = target.parent.stat()
        os.chown(target, owner.st_uid, owner.st_gid)
