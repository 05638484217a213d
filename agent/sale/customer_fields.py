"""Details of a customer that an organisation asks for beside the usual ones, as the settings declare them."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("text", "date", "choice")


@dataclass(frozen=True, slots=True)
class CustomerField:
    """A detail to ask for. name is the cloud's, label the cashier's word; choices go with the kind choice."""

    name: str
    label: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    extended: bool = False
