"""`printer explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli import link
from agent.cli.output import ConfigFile, Json, fail, say, show_json, text
from agent.cli.place import settings_of
from agent.settings.config import DEFAULT_FILE

app = typer.Typer(help="Receipt printers.", no_args_is_help=True)


@app.command()
def resolve(
    job: Annotated[int, typer.Argument(help="The print job, as `status` names it.")],
    printed: Annotated[bool, typer.Option("--printed/--not-printed", help="What you saw.")],
    config: ConfigFile = DEFAULT_FILE,
) -> None:
    """Say whether an unknown job is on paper. If it is not, a copy marked DUPLICATE is printed."""
    form = {"job": job, "printed": printed}
    status, answer = link.tell(settings_of(config).socket_path, "/api/print/resolve", form)
    if status != 200:
        fail(link.words(answer))
    say(answer["text"])


@app.command()
def explain(
    answer: Annotated[
        str, typer.Argument(metavar="HEX", help="Bytes the printer sent, such as 16 or 1400000f.")
    ],
    asked: Annotated[str, typer.Option(help="The request it answers, in hex, such as 100401.")] = "",
    as_json: Json = False,
) -> None:
    """What a printer's answer means. A bare status byte means nothing without the request it answers."""
    from drivers.message import Unreadable
    from drivers.printer.explain import explain as explained

    try:
        sentences = [text(message) for message in explained(answer, asked)]
    except Unreadable as error:
        fail(error.message)
    if as_json:
        show_json(sentences)
    else:
        for sentence in sentences:
            say(sentence)
