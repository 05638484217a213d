"""`config check`, `config show`, `config pull` and `config pin`."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable

import typer

from agent.cli import link
from agent.cli.output import FAILED, WARNING, ConfigFile, Json, fail, moment, say, show_json, text
from agent.cli.place import loaded, settings_of, told
from agent.language.language import english
from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.settings.config import DEFAULT_FILE, Config, cloud_secret, shown
from agent.settings.lasting import check_lasting
from agent.settings.printer_section import counted_printers
from agent.settings.toml_sections import ConfigError, Tables
from agent.store.keys import KEY_NAME

Words = Callable[[Sentence], str]

app = typer.Typer(help="The till's settings.", no_args_is_help=True)


@app.command()
def check(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Every error at once, with its file, its key, what was expected and the nearest right key."""
    try:
        found, tables = loaded(config)
        check_lasting(found, tables)
    except ConfigError as error:
        if as_json:
            show_json([{"file": p.file, "key": p.key, "text": text(p.sentence)} for p in error.problems])
            raise typer.Exit(FAILED) from error
        say(told(error))
        fail(Sentence("cli.config.wrong", count=len(error.problems)))
    if found.cloud.base_url and (trouble := cloud_secret(found.cloud)[1]):
        if as_json:
            show_json([{"file": str(config), "key": "cloud", "text": text(trouble)}])
            raise typer.Exit(FAILED)
        fail(trouble)
    if as_json:
        show_json([])
    else:
        say(Sentence("cli.config.right", file=str(config)))
        if _key_beside(found):
            say(Sentence("cli.config.key-beside"))
        if not found.supervisor:
            say(Sentence("cli.config.no-supervisor"))
        if counted := counted_printers(found.printer):
            say(Sentence("cli.config.counted-printers", names=", ".join(counted)))
        for one in _undrawn(found):
            say(one)


def _undrawn(found: Config) -> list[Sentence]:
    from agent.daemon.printing_side import letters
    from agent.language.language import Language

    return letters(found, Language(found.till.language)).told()


@app.command()
def show(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Every setting and every rule of the organisation, where its value comes from, secrets masked."""
    try:
        found, tables = loaded(config)
    except ConfigError as error:
        fail(told(error))
    # A program reads the same words at every till.
    words = english().text if as_json else text
    rows = [(key, value, _origin(tables, key, words)) for key, value in shown(found, text_of=words)]
    rules, trouble = _rules(found, tables, words)
    rows += rules
    notes = _notes(words)
    if as_json:
        show_json(
            [
                {"key": key, "value": value, "origin": origin, "note": notes.get(key, "")}
                for key, value, origin in rows
            ]
        )
    else:
        for key, value, origin in rows:
            note = f"; {notes[key]}" if notes.get(key) else ""
            say(f"{key} = {value}    # {origin}{note}")
    if trouble:
        fail(trouble, WARNING)


@app.command()
def pull(config: ConfigFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Have the running till ask for the organisation's rules now. Exit 1: the cloud takes its time; 2: it
    told none, the old ones stay."""
    status, answer = link.tell(settings_of(config).socket_path, "/api/organisation/pull", {})
    if as_json:
        show_json(answer)
    elif status == 200:
        say("\n".join([answer["text"], *answer["data"]["warnings"]]))
    if status != 200:
        fail(link.words(answer))
    if answer["code"] == "rules-asked":
        raise typer.Exit(WARNING)


def _rules(found: Config, tables: Tables, words: Words) -> tuple[list[tuple[str, str, str]], Sentence | None]:
    """The rules in force, by the store's last good answer, whether the agent runs or not; or why not."""
    from agent.cloud.organisation import book_of, known_in
    from agent.sale.rules import ORGANISATION, SETTINGS
    from agent.store.errors import StoreError

    try:
        known = known_in(found.store)
    except (StoreError, OSError) as error:
        why = error.sentence if isinstance(error, StoreError) else reason(error)
        return [], Sentence("cli.config.no-rules", directory=str(found.store), error=why)
    pulled = words(Sentence("cli.config.pulled", moment=moment(known.at)))
    origins = {
        ORGANISATION: pulled,
        SETTINGS: words(
            Sentence("cli.config.of-settings", file=_origin(tables, "till.number_pattern", words))
        ),
    }
    rows = [
        (
            rule.key,
            rule.value if isinstance(rule.value, str) else words(rule.value),
            origins.get(rule.origin) or words(rule.origin),
        )
        for rule in book_of(known, found).in_force
    ]
    return [*rows, *([("tenders", ", ".join(known.tenders), pulled)] if known.tenders else [])], None


def _notes(words: Words) -> dict[str, str]:
    """Why the till need not look at a rule, by its key."""
    from agent.sale.rules import rule_book

    return {rule.key: words(rule.note) for rule in rule_book({}).in_force if rule.note}


@app.command()
def pin() -> None:
    """Ask for a supervisor's PIN twice and print the line for the settings. The PIN is kept nowhere."""
    from agent.sale.pin_digest import LEAST, MOST, pin_line

    if not sys.stdin.isatty():
        fail(Sentence("cli.pin.no-terminal"))
    first = getpass.getpass(text(Sentence("cli.pin.first")) + " ")
    if getpass.getpass(text(Sentence("cli.pin.again")) + " ") != first:
        fail(Sentence("cli.pin.differ"))
    try:
        line = pin_line(first, os.urandom(16))
    except ValueError:
        fail(Sentence("cli.pin.length", least=LEAST, most=MOST))
    say(f'pin = "{line}"')


def _key_beside(config: Config) -> bool:
    """Whether a key is in the store's directory. Who may not look there is not told."""
    if config.store_key_file is not None:
        return False
    try:
        return (config.store / KEY_NAME).exists()
    except OSError:
        return False


def _origin(tables: Tables, key: str, words: Words) -> str:
    return tables.origins.get(key) or words(Sentence("cli.config.default"))
