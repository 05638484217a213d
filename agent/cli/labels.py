"""`labels new`, `labels print`, `labels withdraw`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from agent.cli import link
from agent.cli.output import UNREACHABLE, ConfigFile, Json, fail, say, show_json, text
from agent.cli.place import settings_of
from agent.language.sentence import Said, Sentence
from agent.language.system_words import reason
from agent.sale.labels import COMMANDS
from agent.settings.config import DEFAULT_FILE, Config
from agent.store.label_key import LabelKey

app = typer.Typer(help="Command labels of this till.", no_args_is_help=True)


@app.command()
def new(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Make this till's command labels anew: it obeys them from now on, and none that was made before."""
    settings = settings_of(config)
    if not settings.store.is_dir():
        fail(Sentence("cli.no-store", directory=str(settings.store)))
    with _told(settings):
        _key(settings).renew()
    _say(Sentence("cli.labels.new"), as_json=as_json)


@app.command()
def withdraw(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Withdraw this till's command labels: it obeys none any more."""
    settings = settings_of(config)
    with _told(settings):
        _key(settings).withdraw()
    _say(Sentence("cli.labels.withdrawn"), as_json=as_json)


@app.command("print")
def printing(
    file: Annotated[Path | None, typer.Argument(help="A PNG file instead of the receipt printer.")] = None,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """Print a sheet of this till's command labels. Who has one commands the till: keep it at the counter."""
    settings = settings_of(config)
    key = _key(settings)
    with _told(settings):
        made = key.made
    if not made:
        fail(Sentence("cli.labels.none"))
    from agent.printing.label_sheet import labels_of

    proofs = {command: key.proof(command) for command in COMMANDS}
    labels = labels_of(proofs)
    heading = Sentence("labels.sheet", till=settings.till.till_code)
    if file is None:
        told = _by_agent(settings, proofs) or text(_on_paper(settings, labels, heading))
        _say(told, as_json=as_json)
        return
    from agent.printing.label_sheet import picture

    try:
        picture(labels, text(heading), file)
    except OSError as error:
        fail(Sentence("cli.labels.closed", file=str(file), error=reason(error)))
    _say(Sentence("cli.labels.picture", file=str(file)), as_json=as_json)


def _say(line: Said | str, *, as_json: bool) -> None:
    """What was done; commands of this group end in one sentence."""
    if as_json:
        show_json({"ok": True, "text": line if isinstance(line, str) else text(line)})
    else:
        say(line)


def _by_agent(settings: Config, proofs: dict[str, str]) -> str:
    """The agent that runs has the printer, and prints bills first. What it says; "" if none runs."""
    try:
        status, answer = link.post(settings.socket_path, "/api/labels/print", {"proofs": proofs})
    except (link.Forbidden, link.Unanswered) as error:
        fail(error.sentence, UNREACHABLE)
    except link.Unreachable:
        return ""
    if status != 200:
        fail(link.words(answer))
    return str(answer["text"])


def _on_paper(settings: Config, labels: list[tuple[str, str]], heading: Sentence) -> Said:
    from agent.cli.straight_paper import print_straight
    from agent.daemon.printing_side import printer_columns, printer_of
    from agent.printing.label_sheet import ticket

    section = printer_of(settings, "labels")
    if section is None:
        fail(Sentence("cli.labels.no-printer"))
    return print_straight(section, ticket(labels, heading, printer_columns(section), text))


def _key(settings: Config) -> LabelKey:
    return LabelKey(settings.store, settings.till.bill_prefix)


@contextmanager
def _told(settings: Config) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        file = error.filename or settings.store
        fail(Sentence("cli.labels.closed", file=str(file), error=reason(error)))
