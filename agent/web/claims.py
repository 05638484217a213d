"""What a request shows for a right: a supervisor's name and PIN, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.types import Scope

from agent.till.rights import Claim

if TYPE_CHECKING:
    from agent.web.forms import Claimed  # the door is there before the forms are

HOLDER = "pos-agent.holder"
"""Where the door writes into a request who sends it."""


def source(scope: Scope) -> str:
    """Where a request comes from: "session" and a name, "key" for a program, "user" and a number by the
    socket."""
    return str(scope[HOLDER])


def claim_of(form: Claimed, scope: Scope) -> Claim:
    """Name, PIN, source, and what was read."""
    return Claim(form.supervisor, form.pin, source(scope), form.asked)
