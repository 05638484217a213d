"""`printer explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli.output import Json, fail, say, show_json

app = typer.Typer(help="Receipt printers.", no_args_is_help=True)


@app.command()
def explain(
    answer: Annotated[
        str, typer.Argument(metavar="HEX", help="Bytes the printer sent, such as 16 or 1400000f.")
    ],
    asked: Annotated[str, typer.Option(help="The request it answers, in hex, such as 100401.")] = "",
    as_json: Json = False,
) -> None:
    """What a printer's answer means. A bare status byte means nothing without the request it answers."""
    from drivers.printer.explain import explain as explained

    try:
        sentences = explained(answer, asked)
    except ValueError as error:
        fail(str(error))
    if as_json:
        show_json(sentences)
    else:
        for sentence in sentences:
            say(sentence)
