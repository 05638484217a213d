"""`store begin`, `store check`."""

from __future__ import annotations

import getpass
import os
import re
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from agent.cli.output import FAILED, WARNING, ConfigFile, Json, fail, say, show_json, text, warn
from agent.cli.place import give_to_owner, home_of, key_of, settings_of, store_file
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.sale.numbering import bill_number, credit_series, financial_year, series_name, split_number
from agent.settings.config import DEFAULT_FILE, Config
from agent.store.errors import StoreBusy, StoreError

app = typer.Typer(help="The till's store.", no_args_is_help=True)


@app.command("begin")
def begin(
    after: Annotated[
        list[str] | None, typer.Option(help="Last number on this till's papers; one for each series.")
    ] = None,
    none_after: Annotated[
        bool, typer.Option(help="No number was given out but those the store knows.")
    ] = False,
    key_lost: Annotated[
        bool, typer.Option(help="Nobody has the store's key any more: what is sealed is given up.")
    ] = False,
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Begin again with a store that is lost, older than this till's numbers, damaged, or without its key.

    The agent does it when it starts next. What is there is kept aside, no number is used again, and the
    journal names the numbers that are left out.
    """
    from agent.store import beginning, opening

    settings = settings_of(config)
    try:
        lost, mark = opening.trouble(settings.store, home_of(settings))
        if key_lost and opening.key_opens(settings.store, key_of(settings)):
            fail(Sentence("cli.store.key-there", directory=str(settings.store)))
    except StoreError as error:
        fail(error.sentence)
    if lost is None and not key_lost:
        fail(Sentence("cli.store.nothing-to-begin", directory=str(settings.store)))
    numbers = dict(map(_number, after or ()))
    now = datetime.now(ZoneInfo(settings.till.timezone))
    this_year = series_name(settings.till.bill_prefix, financial_year(now.date(), settings.till.fiscal_month))
    known = set(mark.ceilings) if mark else set()
    for series in numbers:
        if series not in known and re.sub("[0-9]{2}C?$", "", series) != settings.till.bill_prefix:
            fail(Sentence("cli.store.another-series", series=series, prefix=settings.till.bill_prefix))
    needed = {this_year, credit_series(this_year)}
    if not (none_after or known or needed <= set(numbers)):
        bills, credits_ = (bill_number(name, 1) for name in sorted(needed, key=len))
        fail(Sentence("cli.store.numbers-unknown", bill=bills, credit=credits_))
    stamp = now.isoformat(timespec="seconds")
    try:
        give_to_owner(beginning.say(settings.store, beginning.Word(stamp, _person(), numbers, key_lost)))
    except OSError as error:
        fail(Sentence("cli.store-closed", file=str(settings.store), error=reason(error)))
    say(Sentence("cli.store.begins"))


@app.command("check")
def check(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Look the whole store over: SQLite's own check, the journal's chain, every seal and row, the catalogue.

    The till may sell meanwhile. Changes nothing.
    """
    from agent.store import checking
    from agent.store.keys import readers_vault

    settings = settings_of(config)
    path = store_file(settings)
    try:
        found = checking.check(path, readers_vault(settings.store, key_of(settings)), settings.catalogue_path)
    except StoreError as error:
        fail(error.sentence)
    if as_json:
        told = {"ok": not found.problems, "bills": found.bills, "entries": found.entries}
        show_json(told | {"sealed": found.sealed, "problems": list(map(text, found.problems))})
    elif not found.problems:
        say(Sentence("cli.store.whole", bills=str(found.bills), entries=str(found.entries)))
    for problem in () if as_json else found.problems:
        say(problem)
    if found.problems:
        raise typer.Exit(FAILED)
    if kept := _kept_from_starting(settings):
        warn(kept.sentence)
        raise typer.Exit(WARNING)
    if not found.sealed:
        warn(Sentence("cli.store.unopened"))
        raise typer.Exit(WARNING)


def _kept_from_starting(settings: Config) -> StoreError | None:
    """Why a till with this store, whole as it is, does not start; None also while it runs."""
    from agent.store.opening import trouble

    try:
        return trouble(settings.store, home_of(settings))[0]
    except StoreBusy:
        return None
    except StoreError as error:
        return error


def _number(number: str) -> tuple[str, int]:
    try:
        return split_number(number)
    except ValueError:
        fail(Sentence("cli.store.no-number", number=number))


def _person() -> str:
    return os.environ.get("SUDO_USER") or getpass.getuser()
