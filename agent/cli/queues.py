"""`queue list|show|retry|code|waive|settle|export`: what the cloud has not heard, in a person's hands."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Annotated, Any

import typer

from agent.cli import link, queue_listing, waiting
from agent.cli.output import (
    OK,
    UNREACHABLE,
    WARNING,
    ConfigFile,
    Json,
    cell,
    fact,
    fail,
    moment,
    say,
    show_json,
    text,
)
from agent.cli.place import settings_of
from agent.cli.supervisors import ByWhom, allowed, pin_of
from agent.language.sentence import Sentence
from agent.settings.config import DEFAULT_FILE, Config

app = typer.Typer(help="What the cloud must still hear.", no_args_is_help=True)

_TYPED = {
    "retry": "retry {}",
    "retry-anew": 'retry {} --reason "…"',
    "retry-code": "code {0}; pos-agent queue retry {0} --otp …",
    "settle": "settle {} --tender cash",
    "waive": 'waive {} --reason "…" --supervisor NAME',
}


@app.command("list")
def listing(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Every call that is still open, oldest first; also without the agent. Exit 1 when one needs a person."""
    pages = waiting.every(settings_of(config))
    parked = queue_listing.show_json(pages) if as_json else queue_listing.show(pages)
    raise typer.Exit(WARNING if parked else OK)


Row = Annotated[int, typer.Argument(help="The id `queue list` shows.", show_default=False)]
Why = Annotated[str, typer.Option("--reason", help="Why; it goes into the journal.")]


@app.command()
def show(row: Row, config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """One call whole: what, since when, why, and what to do; also without the agent. Personal data is masked.
    Exit 1 when the request is sealed and the key is not here."""
    found = waiting.one(settings_of(config), row)
    if as_json:
        show_json(found)
    else:
        _print(found)
    if "sealed" in found["request"]:
        fail(waiting.SEALED, WARNING)


def _print(found: dict[str, Any]) -> None:
    bill = found["bill_number"] or text(Sentence("cli.call.no-bill"))
    state = Sentence(f"cli.call.state.{found['state']}")
    say(f"{found['id']}  {text(Sentence('cli.call.of', op=found['op'], bill=bill, state=state))}")
    fact("since", _since(found))
    if said := ": ".join(filter(None, (found["code"], found["text"]))):
        fact("said", said)
    for words in found["advice"]:
        fact("do", words)
    for verb in found["choices"]:
        fact("type", f"pos-agent queue {_TYPED[verb].format(found['id'])}")
    sealed = "sealed" in found["request"]
    request = Sentence("cli.call.sealed") if sealed else json.dumps(found["request"], ensure_ascii=False)
    fact("request", request)


def _since(found: dict[str, Any]) -> Sentence:
    tried = _tried(found["attempts"])
    if found["state"] == "parked":
        return Sentence("cli.call.since", since=moment(found["created_at"]), tried=tried)
    later = Sentence("cli.call.after", row=found["behind"]) if found["behind"] else moment(found["next_at"])
    return Sentence("cli.call.since-next", since=moment(found["created_at"]), tried=tried, next=later)


def _tried(attempts: int) -> Sentence:
    if not attempts:
        return Sentence("cli.call.never-tried")
    return Sentence("cli.call.tried", count=attempts)


@app.command()
def retry(
    row: Annotated[
        int, typer.Argument(help="The id `queue list` shows; left out with --all.", show_default=False)
    ] = 0,
    every: Annotated[
        bool, typer.Option("--all", help="Every call that needs a person; if none does, what waits.")
    ] = False,
    code: Annotated[str, typer.Option(help="With --all: only those refused with this code.")] = "",
    reason: Why = "",
    otp: Annotated[
        str, typer.Option(help="The fresh code of a redemption, as the customer reads it out.")
    ] = "",
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Try a call now. A redemption the cloud refused needs a reason, or a fresh code. Exit 1 when some were
    left."""
    settings = settings_of(config)
    if every == bool(row):
        fail(Sentence("cli.queue.which"))
    form = {"row": row, "all": every, "code": code, "reason": reason, "otp": otp}
    data = _told(settings, "retry", form, as_json=as_json)
    raise typer.Exit(WARNING if data["left"] else OK)


@app.command("code")
def send_code(row: Row, config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Have the cloud send the customer a fresh one-time code for a redemption that is owed."""
    _told(settings_of(config), "code", {"row": row}, as_json=as_json)


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
    _look(settings, row, as_json=as_json)
    form = {
        "row": row,
        "reason": reason,
        "supervisor": supervisor,
        "pin": pin_of(supervisor),
    }
    data = _told(settings, "waive", form, as_json=as_json)
    raise typer.Exit(WARNING if data["parked"] else OK)


@app.command()
def settle(
    row: Row,
    tender: Annotated[str, typer.Option(help="cash, card, upi or other.")] = "cash",
    reference: Annotated[str, typer.Option(help="What the terminal shows; card and upi need it.")] = "",
    reason: Why = "",
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Also where the cloud cannot be asked whether it has it.")
    ] = False,
    supervisor: ByWhom = "",
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """The customer paid what a refused redemption owed. The cloud is asked first whether it has it after
    all."""
    settings = settings_of(config)
    if tender not in ("cash", "card", "upi", "other"):
        fail(Sentence("cli.queue.tender", tender=tender))
    form = {
        "row": row,
        "tender": tender,
        "reference": reference,
        "reason": reason,
        "unchecked": unchecked,
    }
    _told(settings, "settle", form, as_json=as_json, supervisor=supervisor)


@app.command()
def export(
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of JSON lines.")] = False,
    with_identifiers: Annotated[
        bool, typer.Option("--with-identifiers", help="Customers unmasked; needs a reason.")
    ] = False,
    reason: Why = "",
    supervisor: ByWhom = "",
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Every open call with its request: a line of JSON each, or CSV; also without the agent. Exit 1 when
    requests are sealed and the key is not here."""
    form = {"identifiers": with_identifiers, "reason": reason}
    rows = waiting.exported(settings_of(config), form, supervisor)
    sealed = 0

    def read() -> Iterator[dict[str, Any]]:
        nonlocal sealed
        for found in rows:
            sealed += "sealed" in found["request"]
            yield found

    if as_csv:
        _write_csv(read())
    elif as_json:
        queue_listing.show_json([found] for found in read())
    else:
        for found in read():
            say(json.dumps(found, ensure_ascii=False))
    if sealed:
        fail(waiting.SEALED, WARNING)


def _write_csv(rows: Iterable[dict[str, Any]]) -> None:
    names = (
        *("id", "op", "bill_number", "state", "attempts", "created_at", "next_at", "code", "text"),
        *("owed_minor", "key", "request"),
    )
    writer = csv.writer(sys.stdout)
    writer.writerow(names)
    for row in rows:
        request = json.dumps(row["request"], ensure_ascii=False)
        whole = row | {"request": request}
        writer.writerow([cell(whole[name]) for name in names])


def _told(
    settings: Config, verb: str, form: dict[str, Any], *, as_json: bool, supervisor: str = ""
) -> dict[str, Any]:
    """Send a verb and say what came of it; ends the command when it was refused."""
    try:
        post = partial(link.post, settings.socket_path, f"/api/queue/{verb}")
        status, answer = allowed(post, form, supervisor)
    except link.Unreachable as error:
        fail(_without_agent(error), UNREACHABLE)
    if as_json:
        show_json(answer)
    if status != 200:
        fail(link.words(answer))
    if not as_json:
        say(answer["text"])
    data: dict[str, Any] = answer["data"]
    return data


def _look(settings: Config, row: int, *, as_json: bool) -> None:
    """End before a PIN is asked for in vain."""
    try:
        link.ask(settings.socket_path, f"/api/queue/{row}")
    except link.Unreachable as error:
        fail(_without_agent(error), UNREACHABLE)
    except link.Refused as error:
        if as_json:
            show_json(error.answer)
        fail(str(error))


def _without_agent(error: link.Unreachable) -> Sentence:
    if isinstance(error, link.Forbidden | link.Unanswered):
        return error.sentence
    return Sentence("cli.queue.without-agent", trouble=error.sentence)
