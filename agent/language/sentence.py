"""What is said, without the words: an id and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, init=False)
class Sentence:
    """An id of the language files and what stands in its {places}: text, a whole number, another sentence
    (or a driver's message).

    `Sentence("more-than-left", name="Rice 5 kg", left="2")`. A sentence whose form depends on a number has it
    as `count`.
    """

    id: str
    params: Mapping[str, Param]
    _code: str = field(compare=False, repr=False)

    def __init__(self, id: str, /, **params: Param) -> None:  # noqa: A002 - it is one
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "params", params)
        object.__setattr__(self, "_code", "")

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def code(self) -> str:
        """What a program may rely on: the id up to its first dot, or as under has it. Several sentences may
        share a code."""
        return self._code or self.id.partition(".")[0]

    def under(self, code: str) -> Sentence:
        """The same under a code of its own, such as one of the cloud's."""
        told = Sentence(self.id, **self.params)
        object.__setattr__(told, "_code", code)
        return told


class Said(Protocol):
    """The face of what can be made into text: a Sentence, or what a driver has to say (drivers.message)."""

    @property
    def id(self) -> str: ...
    @property
    def params(self) -> Mapping[str, Param]: ...


Param = str | int | Said
