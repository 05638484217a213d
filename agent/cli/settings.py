"""`config check`, `config show` and `config pin`."""

from __future__ import annotations

import getpass
import os
import sys

import typer

from agent.cli.output import FAILED, ConfigFile, Json, fail, say, show_json
from agent.config import DEFAULT_FILE, load, shown
from agent.toml_sections import ConfigError, Tables

app = typer.Typer(help="The till's settings.", no_args_is_help=True)


@app.command()
def check(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Every error at once, with its file, its key, what was expected and the nearest right key."""
    try:
        load(config)
    except ConfigError as error:
        if as_json:
            show_json([{"file": p.file, "key": p.key, "text": p.text} for p in error.problems])
            raise typer.Exit(FAILED) from error
        count = len(error.problems)
        say("\n".join(str(problem) for problem in error.problems))
        fail(f"{count} error{'s' if count > 1 else ''}: the till would not start.")
    if as_json:
        show_json([])
    else:
        say(f"{config}: all settings are right.")


@app.command()
def show(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Every setting, where its value comes from, secrets masked."""
    try:
        found, tables = load(config)
    except ConfigError as error:
        fail("\n".join(str(problem) for problem in error.problems))
    rows = [(key, value, _origin(tables, key)) for key, value in shown(found)]
    if as_json:
        show_json([{"key": key, "value": value, "origin": origin} for key, value, origin in rows])
        return
    for key, value, origin in rows:
        say(f"{key} = {value}    # {origin}")


@app.command()
def pin() -> None:
    """Ask for a supervisor's PIN twice and print the line for the settings. The PIN is kept nowhere."""
    from agent.counter.supervisors import pin_line

    if not sys.stdin.isatty():
        fail("Type the PIN at a terminal: it is read without being shown.")
    first = getpass.getpass("PIN: ")
    if getpass.getpass("The same again: ") != first:
        fail("The two are not the same. Nothing was made.")
    try:
        line = pin_line(first, os.urandom(16))
    except ValueError as error:
        fail(str(error))
    say(f'pin = "{line}"')


def _origin(tables: Tables, key: str) -> str:
    return tables.origins.get(key, "default")
