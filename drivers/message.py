"""What a driver has to say, without the words: who shows it has them, in its own language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, init=False)
class Message:
    """An id, which begins with the kind of device ("printer.", "scanner.") or with "device.", and its
    parameters: text, whole numbers, messages.

    str() is for a programmer: `device.gone.absent(name='front')`.
    """

    id: str
    params: Mapping[str, Param]

    def __init__(self, id: str, /, **params: Param) -> None:  # noqa: A002 - it is one
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "params", params)

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        if not self.params:
            return self.id
        given = (
            f"{name}={value if isinstance(value, Message) else repr(value)}"
            for name, value in self.params.items()
        )
        return f"{self.id}({', '.join(given)})"


Param = str | int | Message


class Unreadable(ValueError):
    """What a person gave cannot be read; message says why."""

    def __init__(self, id: str, /, **params: Param) -> None:  # noqa: A002 - of the message
        self.message = Message(id, **params)
        super().__init__(str(self.message))
