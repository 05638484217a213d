"""`config check` and `config show`."""

from __future__ import annotations

import typer

from agent.cli.output import FAILED, ConfigFile, Json, fail, say, show_json
from agent.config import DEFAULT_FILE, Config, load, shown
from agent.store.keys import KEY_NAME
from agent.toml_sections import ConfigError, Tables

app = typer.Typer(help="The till's settings.", no_args_is_help=True)


@app.command()
def check(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Every error at once, with its file, its key, what was expected and the nearest right key."""
    try:
        found, _ = load(config)
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
        if _key_beside(found):
            say("The store's key lies beside the data: whoever takes the disk can read customers.")


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


def _key_beside(config: Config) -> bool:
    """Whether a key is in the store's directory. Who may not look there is not told."""
    if config.store_key_file is not None:
        return False
    try:
        return (config.store / KEY_NAME).exists()
    except OSError:
        return False


def _origin(tables: Tables, key: str) -> str:
    return tables.origins.get(key, "default")
