"""What is said, without the words: an id and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, init=False)
class Sentence:
    """An id of the language files and what stands in its {places}: text, a whole number, another sentence.

    `Sentence("more-than-left", name="Rice 5 kg", left="2")`. A sentence whose form depends on a number has it
    as `count`.
    """

    id: str
    params: Mapping[str, Param]

    def __init__(self, id: str, /, **params: Param) -> None:  # noqa: A002 - it is one
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "params", params)

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def code(self) -> str:
        """What a program may rely on: the id up to its first dot. Several sentences may share a code."""
        return self.id.partition(".")[0]


class AsTold(Sentence):
    """English of a room that has no ids yet, with its code. Goes away with the last of them."""

    __slots__ = ("_code",)
    _code: str

    def __init__(self, code: str, text: str, /) -> None:
        told = Sentence("as-told", text=text)
        object.__setattr__(self, "id", told.id)
        object.__setattr__(self, "params", told.params)
        object.__setattr__(self, "_code", code)

    @property
    def code(self) -> str:
        """As the room gave it."""
        return self._code


Param = str | int | Sentence
