"""`bill list`, `bill show`, `bill print`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import link
from agent.cli.output import OK, WARNING, ConfigFile, Json, fail, figure, moment, say, show_json, table, text
from agent.cli.place import reading_of, settings_of
from agent.language.language import Language
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.sale.money import plain_text
from agent.sale.plain_data import to_full
from agent.sale.ticket_text import to_text
from agent.settings.config import DEFAULT_FILE, Config

if TYPE_CHECKING:
    from agent.sale.basket import Bill

app = typer.Typer(help="Completed bills.", no_args_is_help=True)

_COLUMNS = 48


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
        figure(plain_text(row["due_minor"])),
        row["customer"] or "-",
        text(Sentence(f"cli.paper.{row['print']}")),
        text(Sentence(f"cli.cloud.{row['sync']}")),
    )


@app.command()
def show(
    number: str,
    file: Annotated[
        Path | None, typer.Argument(help="With --picture: the PNG file; NUMBER.png here unless named.")
    ] = None,
    picture: Annotated[
        bool, typer.Option("--picture", help="As a picture of the till's own paper, dot for dot.")
    ] = False,
    config: ConfigFile = DEFAULT_FILE,
    as_json: Json = False,
) -> None:
    """A bill as its invoice reads, printed or not. Works with the agent stopped."""
    from agent.daemon.printing_side import printer_columns, printer_of

    settings = settings_of(config)
    if file is not None and not picture:
        fail(Sentence("cli.bill.file-of-picture", file=str(file)))
    reading = reading_of(settings)
    found = reading.bill(number)
    if found is None:
        fail(Sentence("no-such-bill.here", number=number))
    mark = reading.chain_mark(found[0])
    if picture:
        columns = printer_columns(printer_of(settings))
        drawn = _paper(settings, found[1], mark, columns)
        _draw(settings, drawn, file or Path(f"{number}.png"), as_json=as_json)
    elif as_json:
        show_json(to_full(found[1]))
    else:
        say(to_text(_paper(settings, found[1], mark, _COLUMNS), _COLUMNS))


def _paper(settings: Config, bill: Bill, mark: str, columns: int) -> list[dict[str, Any]]:
    """As the agent would print it."""
    from agent.daemon.composition import shop
    from agent.printing.receipts import notes
    from agent.sale.invoice import receipt

    language = Language(settings.till.language)
    promised = tuple(map(language.text, notes(bill)))
    return receipt(bill, shop(settings, language), columns=columns, notes=promised, chain_mark=mark)


def _draw(settings: Config, paper: list[dict[str, Any]], file: Path, *, as_json: bool) -> None:
    """Write a picture to a file that is not there yet: it may name a customer, so nobody else reads it."""
    from agent.daemon.printing_side import paper_picture, printer_of

    drawn = paper_picture(printer_of(settings))(paper)
    try:
        fresh = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fresh, "wb") as written:
            written.write(drawn)
    except FileExistsError:
        fail(Sentence("cli.bill.file-there", file=str(file)))
    except OSError as error:
        fail(Sentence("cli.bill.file-closed", file=str(file), error=reason(error)))
    if as_json:
        show_json({"file": str(file)})
    else:
        say(Sentence("cli.bill.picture", file=str(file)))


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
