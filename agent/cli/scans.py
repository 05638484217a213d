"""`scan refused`: what did nothing lately. `scan decode`: labels in a recorded stream."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli import link
from agent.cli.barcodes import SettingsFile
from agent.cli.output import UNREACHABLE, WARNING, ConfigFile, Json, fail, say, show_json, table, text
from agent.cli.place import settings_of
from agent.language.sentence import Sentence
from agent.settings.config import DEFAULT_FILE

app = typer.Typer(help="Barcode scanners.", no_args_is_help=True)


@app.command()
def refused(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """The last scans that did nothing, newest first, each with its reason. Numbers of people are masked."""
    try:
        rows = link.ask(settings_of(config).socket_path, "/api/snapshot")["refused_scans"]
    except link.Unreachable as error:
        fail(error.sentence, UNREACHABLE)
    if as_json:
        show_json(rows)
    elif not rows:
        say(Sentence("cli.scan.none-refused"))
    else:
        heads = [Sentence(f"cli.head.{name}") for name in ("at", "scanner", "found", "item", "reason")]
        table(heads, [(row["at"], row["scanner"], row["label"], row["item"], row["text"]) for row in rows])


def _one_line(label: object) -> str:
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in str(label))


@app.command()
def decode(
    file: Annotated[
        Path, typer.Argument(help="What evemu-record wrote, or '+ms hex' lines of a serial line.")
    ],
    settings: SettingsFile = None,
    as_json: Json = False,
) -> None:
    """The labels a recording holds, and the scans that arrived damaged (exit 1)."""
    from agent.daemon.composition import scanner_framing
    from agent.settings.config import ScannerSection
    from drivers.message import Unreadable
    from drivers.scanner.label import TornScan
    from drivers.scanner.recording import decode_recording

    section = next(iter(settings_of(settings).scanner), None) if settings else None
    framing = scanner_framing(section or ScannerSection("serial", str(file)))
    try:
        lines = file.read_text("utf-8").splitlines()
        timed = decode_recording(lines, framing=framing, layout=section.layout if section else "us")
    except Unreadable as error:
        fail(Sentence("cli.scan.unreadable", file=str(file), error=error.message))
    except (OSError, ValueError) as error:
        fail(Sentence("cli.scan.unreadable", file=str(file), error=str(error)))
    rows = [
        {"at_ms": round(found.at_s * 1000), "torn": text(found.scan.reason)}
        if isinstance(found.scan, TornScan)
        else {
            "at_ms": round(found.at_s * 1000),
            "label": found.scan.text,
            "symbology_id": found.scan.symbology_id,
        }
        for found in timed
    ]
    if as_json:
        show_json(rows)
    else:
        for row in rows:
            torn = "label" not in row
            what = (
                text(Sentence("cli.scan.damaged", reason=str(row["torn"])))
                if torn
                else _one_line(row["label"])
            )
            say(f"+{row['at_ms']} ms  {what}  {row.get('symbology_id', '')}".rstrip())
        whole = sum("label" in row for row in rows)
        labels = Sentence("cli.scan.labels", count=whole)
        say(Sentence("cli.scan.found", labels=labels, damaged=len(rows) - whole))
    raise typer.Exit(WARNING if any("torn" in row for row in rows) else 0)
