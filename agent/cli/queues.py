"""`queue list`: what the cloud has not acknowledged."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import typer

from agent.cli.output import OK, WARNING, ConfigFile, Json, say, show_json, table
from agent.cli.place import reading_of, settings_of
from agent.config import DEFAULT_FILE

app = typer.Typer(help="What the cloud must still hear.", no_args_is_help=True)

_STATES = {
    "ready": "waiting",
    "inflight": "being sent",
    "unknown": "sent, no answer: will be looked up",
    "parked": "needs a person",
}


@app.command("list")
def listing(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Every call that is still open, oldest first. Exit 1 when one needs a person."""
    settings = settings_of(config)
    zone = ZoneInfo(settings.till.timezone)
    rows = reading_of(settings).queue()
    if as_json:
        show_json(rows)
    elif not rows:
        say("The queue is empty: the cloud has everything.")
    else:
        table(
            ("id", "call", "bill", "state", "tries", "since", "next", "why"),
            [
                (
                    str(row["id"]),
                    row["op"],
                    row["number"] or "-",
                    _STATES[row["state"]],
                    str(row["attempts"]),
                    _moment(row["created_ms"], zone),
                    _moment(row["due_ms"], zone),
                    row["text"] or "-",
                )
                for row in rows
            ],
        )
    raise typer.Exit(WARNING if any(row["state"] == "parked" for row in rows) else OK)


def _moment(ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(ms / 1000, zone).strftime("%d.%m. %H:%M:%S")
