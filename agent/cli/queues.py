"""`queue list|show|retry|waive|settle|export`: what the cloud has not acknowledged, in a person's hands."""

from __future__ import annotations

import csv
import getpass
import io
import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from agent.cli import link
from agent.cli.output import (
    OK,
    UNREACHABLE,
    WARNING,
    ConfigFile,
    Json,
    fail,
    say,
    show_json,
    table,
)
from agent.cli.place import reading_of, settings_of
from agent.config import DEFAULT_FILE, Config
from agent.sale.money import plain_text

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
            ("id", "call", "bill", "state", "owed", "tries", "since", "next", "why"),
            [
                (
                    str(row["id"]),
                    row["op"],
                    row["number"] or "-",
                    _STATES[row["state"]],
                    plain_text(row["owed_minor"]) if row["owed_minor"] else "-",
                    str(row["attempts"]),
                    _moment(row["created_ms"], zone),
                    _moment(row["due_ms"], zone),
                    row["text"] or "-",
                )
                for row in rows
            ],
        )
    raise typer.Exit(WARNING if any(row["state"] == "parked" for row in rows) else OK)


Row = Annotated[int, typer.Argument(help="The id `queue list` shows.", show_default=False)]
Why = Annotated[str, typer.Option("--reason", help="Why; it goes into the journal.")]


@app.command()
def show(row: Row, config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """One call whole: what, since when, why, and what to do. Personal data is masked."""
    found = _asked(settings_of(config), f"/api/queue/{row}")
    if as_json:
        show_json(found)
        return
    about = found["bill_number"] or "no bill"
    say(f"{found['id']}  {found['op']} of {about}: {_STATES[found['state']]}")
    say(f"  since    {found['created_at']}, tried {found['attempts']} times, next {found['next_at']}")
    say(f"  said     {found['code'] or 'no code'}: {found['text'] or '-'}")
    for words in found["advice"]:
        say(f"  do       {words}")
    say(f"  request  {json.dumps(found['request'], ensure_ascii=False)}")


@app.command()
def retry(
    row: Annotated[int, typer.Argument(help="The id `queue list` shows; left out with --all.")] = 0,
    every: Annotated[bool, typer.Option("--all", help="Every call that needs a person.")] = False,
    code: Annotated[str, typer.Option(help="With --all: only those refused with this code.")] = "",
    reason: Why = "",
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Try a call now. A redemption the cloud refused needs a reason. Exit 1 when some were left."""
    if every == bool(row):
        fail("Name one call, or say --all.")
    form = {"row": row, "all": every, "code": code, "reason": reason}
    data = _told(settings_of(config), "retry", form, as_json=as_json)
    raise typer.Exit(WARNING if data["left"] else OK)


@app.command()
def waive(
    row: Row,
    reason: Why,
    supervisor: Annotated[str, typer.Option(help="A name of the settings; the PIN is asked for.")],
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Give a call up for good: the cloud will never hear of it. Exit 1 when redemptions are owed by it."""
    settings = settings_of(config)
    form = {"row": row, "reason": reason, "supervisor": supervisor, "pin": _pin(f"PIN of {supervisor}: ")}
    data = _told(settings, "waive", form, as_json=as_json)
    raise typer.Exit(WARNING if data["parked"] else OK)


@app.command()
def settle(
    row: Row,
    tender: Annotated[str, typer.Option(help="cash, card, upi or other.")] = "cash",
    reference: Annotated[str, typer.Option(help="What the terminal shows; card and upi need it.")] = "",
    reason: Why = "",
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """The customer paid what a refused redemption owed."""
    if tender not in ("cash", "card", "upi", "other"):
        fail(f"{tender}: expected cash, card, upi or other.")
    form = {"row": row, "tender": tender, "reference": reference, "reason": reason}
    _told(settings_of(config), "settle", form, as_json=as_json)


@app.command()
def export(
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of JSON lines.")] = False,
    with_identifiers: Annotated[
        bool, typer.Option("--with-identifiers", help="Customers unmasked; needs a reason.")
    ] = False,
    reason: Why = "",
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Every open call with its request, a line each."""
    form = {"identifiers": with_identifiers, "reason": reason}
    status, answer = link.tell(settings_of(config).socket_path, "/api/queue/export", form)
    if status != 200:
        fail(answer["text"])
    rows = answer["data"]["rows"]
    if as_csv:
        sys.stdout.write(_csv(rows))
        return
    for found in rows:
        say(json.dumps(found, ensure_ascii=False))


def _csv(rows: Iterable[dict[str, Any]]) -> str:
    names = (
        *("id", "op", "bill_number", "state", "attempts", "created_at", "next_at", "code", "text"),
        *("owed_minor", "key", "request"),
    )
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        request = json.dumps(row["request"], ensure_ascii=False)
        writer.writerow([_cell(row | {"request": request}, name) for name in names])
    return out.getvalue()


def _cell(row: dict[str, Any], name: str) -> str:
    """A value for a spreadsheet, which must not take it for a formula."""
    text = str(row[name])
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _asked(settings: Config, target: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = link.ask(settings.socket_path, target)
    except link.Unreachable as error:
        fail(str(error), UNREACHABLE)
    if found.get("ok") is False:
        fail(found["text"])
    return found


def _told(settings: Config, verb: str, form: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
    """Send a verb and say what came of it; ends the command when it was refused."""
    status, answer = link.tell(settings.socket_path, f"/api/queue/{verb}", form)
    if as_json:
        show_json(answer)
    if status != 200:
        # A malformed form is told field by field; its values, a PIN among them, are not repeated.
        fail(answer.get("text") or "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in answer["detail"]))
    if not as_json:
        say(answer["text"])
    data: dict[str, Any] = answer["data"]
    return data


def _pin(prompt: str) -> str:
    """Without echo from a person; from a program its first line."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _moment(ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(ms / 1000, zone).strftime("%d.%m. %H:%M:%S")
