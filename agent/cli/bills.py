"""`bill list`, `bill show`, `bill print`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from agent.cli import link
from agent.cli.output import OK, WARNING, ConfigFile, Json, fail, moment, say, show_json, table, text
from agent.cli.place import reading_of, settings_of
from agent.language.language import Language
from agent.language.sentence import Sentence
from agent.sale.money import plain_text
from agent.sale.plain_data import to_full
from agent.settings.config import DEFAULT_FILE

app = typer.Typer(help="Completed bills.", no_args_is_help=True)


@app.command("list")
def listing(
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """The newest bills, with how their paper and their cloud calls stand."""
    rows = reading_of(settings_of(config)).bills(limit)
    if as_json:
        show_json(rows)
        return
    table(
        [Sentence(f"cli.head.{name}") for name in ("number", "at", "amount", "customer", "paper", "cloud")],
        [_line(row) for row in rows],
    )


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["number"],
        moment(row["at"]),
        plain_text(row["due_minor"]),
        row["customer"] or "-",
        text(Sentence(f"cli.paper.{row['print']}")),
        text(Sentence(f"cli.cloud.{row['sync']}")),
    )


@app.command()
def show(number: str, config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """A bill as its invoice reads. Works with the agent stopped."""
    from agent.daemon.composition import shop
    from agent.sale.invoice import receipt, to_text

    settings = settings_of(config)
    reading = reading_of(settings)
    found = reading.bill(number)
    if found is None:
        fail(Sentence("no-such-bill.here", number=number))
    if as_json:
        show_json(to_full(found[1]))
        return
    ticket = receipt(
        found[1],
        shop(settings, Language(settings.till.language)),
        columns=48,
        chain_mark=reading.chain_mark(found[0]),
    )
    say(to_text(ticket, 48))


@app.command("print")
def printing(number: str, config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Print a copy, marked DUPLICATE. Exit 1: it waits, since the printer cannot print now."""
    status, answer = link.tell(settings_of(config).socket_path, "/api/bill/print", {"number": number})
    if as_json:
        show_json(answer)
    elif status == 200:
        say(answer["text"])
    if status != 200:
        fail(link.words(answer))
    raise typer.Exit(WARNING if answer["code"] == "copy-waits" else OK)
