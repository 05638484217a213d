"""`store begin`."""

from __future__ import annotations

import getpass
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from agent.cli.output import ConfigFile, fail, say
from agent.cli.place import settings_of
from agent.language.sentence import Sentence
from agent.sale.numbering import split_number
from agent.settings.config import DEFAULT_FILE
from agent.store.errors import StoreError

app = typer.Typer(help="The till's store.", no_args_is_help=True)


@app.command("begin")
def begin(
    after: Annotated[
        list[str] | None, typer.Option(help="Last number on this till's papers; one for each series.")
    ] = None,
    none_after: Annotated[
        bool, typer.Option(help="No number was given out but those the store knows.")
    ] = False,
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Begin again with a store that is lost, older than this till's numbers, or damaged.

    The agent does it when it starts next. What is there is kept aside, no number is used again, and the
    journal names the numbers that are left out.
    """
    from agent.store import beginning, opening

    settings = settings_of(config)
    try:
        lost, mark = opening.trouble(settings.store)
    except StoreError as error:
        fail(error.sentence)
    if lost is None:
        fail(Sentence("cli.store.nothing-to-begin", directory=str(settings.store)))
    numbers = dict(_number(text) for text in after or ())
    if not (numbers or none_after or (mark and mark.ceilings)):
        fail(Sentence("cli.store.numbers-unknown"))
    stamp = datetime.now(ZoneInfo(settings.till.timezone)).isoformat(timespec="seconds")
    try:
        _give_to_owner(beginning.say(settings.store, beginning.Word(stamp, _person(), numbers)))
    except OSError as error:
        fail(Sentence("cli.store-closed", file=str(settings.store), error=error.strerror or str(error)))
    say(Sentence("cli.store.begins"))


def _number(text: str) -> tuple[str, int]:
    try:
        return split_number(text)
    except ValueError:
        fail(Sentence("cli.store.no-number", number=text))


def _person() -> str:
    return os.environ.get("SUDO_USER") or getpass.getuser()


def _give_to_owner(file: Path) -> None:
    """A technician speaks as root; the agent that carries it out is not root."""
    if os.geteuid() == 0:
        owner = file.parent.stat()
        os.chown(file, owner.st_uid, owner.st_gid)
