"""A supervisor's word on the command line: asked for where the agent wants one, never an argument of the
command, which everybody on the box could read."""

from __future__ import annotations

import getpass
import sys
import uuid
from collections.abc import Callable
from typing import Annotated, Any

import typer

from agent.cli.output import fail, text
from agent.language.sentence import Sentence

ByWhom = Annotated[
    str, typer.Option("--supervisor", help="A name of the settings, where one is asked for; then the PIN is.")
]
Post = Callable[[dict[str, Any], str], tuple[int, Any]]
"""Sends a form under a key; (status, answer)."""


def allowed(post: Post, form: dict[str, Any], supervisor: str) -> tuple[int, Any]:
    """Send a form; where that needs a supervisor, ask for the PIN and send it once more, under the same key.
    Ends the command when nobody said whose word it is to be."""
    key = str(uuid.uuid4())
    status, answer = post(form, key)
    if answer.get("code") != "needs-supervisor":
        return status, answer
    names = list(answer["data"]["supervisors"])
    if not supervisor and len(names) > 1:
        fail(Sentence("cli.supervisor.whose", asks=answer["text"], names=", ".join(names)))
    name = supervisor or names[0]
    return post(form | {"supervisor": name, "pin": pin_of(name)}, key)


def pin_of(supervisor: str) -> str:
    """Without echo from a person; from a program its first line."""
    prompt = text(Sentence("cli.pin-of", supervisor=supervisor)) + " "
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
