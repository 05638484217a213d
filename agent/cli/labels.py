"""`labels new`, `labels print`, `labels withdraw`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.cli import link
from agent.cli.output import UNREACHABLE, ConfigFile, fail, say, text
from agent.cli.place import settings_of
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.sale.labels import COMMANDS
from agent.settings.config import DEFAULT_FILE, Config
from agent.store.label_key import LabelKey

app = typer.Typer(help="Command labels of this till.", no_args_is_help=True)


@app.command()
def new(config: ConfigFile = DEFAULT_FILE) -> None:
    """Make this till's command labels anew: it obeys them from now on, and none that was made before."""
    settings = settings_of(config)
    if not settings.store.is_dir():
        fail(Sentence("cli.no-store", directory=str(settings.store)))
    with _told(settings):
        _key(settings).renew()
    say(Sentence("cli.labels.new"))


@app.command()
def withdraw(config: ConfigFile = DEFAULT_FILE) -> None:
    """Withdraw this till's command labels: it obeys none any more."""
    settings = settings_of(config)
    with _told(settings):
        _key(settings).withdraw()
    say(Sentence("cli.labels.withdrawn"))


@app.command("print")
def printing(
    file: Annotated[Path | None, typer.Argument(help="A PNG file instead of the receipt printer.")] = None,
    config: ConfigFile = DEFAULT_FILE,
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
        if not _by_agent(settings, proofs):
            _on_paper(settings, labels, heading)
        return
    from agent.printing.label_sheet import picture

    try:
        picture(labels, text(heading), file)
    except OSError as error:
        fail(Sentence("cli.labels.closed", file=str(file), error=reason(error)))
    say(Sentence("cli.labels.picture", file=str(file)))


def _by_agent(settings: Config, proofs: dict[str, str]) -> bool:
    """The agent that runs has the printer, and prints bills first. False if none runs."""
    try:
        status, answer = link.post(settings.socket_path, "/api/labels/print", {"proofs": proofs})
    except (link.Forbidden, link.Unanswered) as error:
        fail(error.sentence, UNREACHABLE)
    except link.Unreachable:
        return False
    if status != 200:
        fail(link.words(answer))
    say(answer["text"])
    return True


def _on_paper(settings: Config, labels: list[tuple[str, str]], heading: Sentence) -> None:
    from agent.daemon.composition import printer_options
    from agent.printing.label_sheet import ticket
    from drivers.printer.job import print_job
    from drivers.printer.ticket import build
    from drivers.printer.transport import TransportFailed, open_transport

    section = next(iter(settings.printer), None)
    if section is None:
        fail(Sentence("cli.labels.no-printer"))
    options = printer_options(section)
    data = build(ticket(labels, heading, options.profile.columns, text), options.profile)
    fence = "".join(chr(ord("a") + byte % 26) for byte in os.urandom(4))
    try:
        transport = open_transport(options.url)
    except TransportFailed as error:
        fail(error.message)
    try:
        outcome: Any = print_job(transport, data, fence, options.profile, options.deadline_s)
    finally:
        transport.close()
    if outcome.state not in ("confirmed", "sent"):
        fail(outcome.message)
    say(outcome.message)


def _key(settings: Config) -> LabelKey:
    return LabelKey(settings.store, settings.till.bill_prefix)


@contextmanager
def _told(settings: Config) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        file = error.filename or settings.store
        fail(Sentence("cli.labels.closed", file=str(file), error=reason(error)))
