"""`bill list`, `bill show`, `bill print`."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli import link
from agent.cli.output import ConfigFile, Json, fail, say, show_json, table
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
        [
            (r["number"], r["at"], plain_text(r["due_minor"]), r["customer"] or "-", r["print"], r["sync"])
            for r in rows
        ],
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
    """Print a copy, marked DUPLICATE."""
    status, answer = link.tell(settings_of(config).socket_path, "/api/bill/print", {"number": number})
    if as_json:
        show_json(answer)
    elif status == 200:
        say(Sentence("cli.copy", number=number))
    if status != 200:
        fail(answer["text"])
