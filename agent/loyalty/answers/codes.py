"""What an answer code means to a till: the class of every documented code, as data in codes.csv.

A code means different things per family, so (family, code) is the key (docs/capillary.md 9). A family's own
table is asked first, then the tables every call shares. A code in none of them is no verdict: the call is
looked up.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agent.language.sentence import Sentence

_SHARED = {"otp": ("otp", "points", "request"), "http": ("http",), "request": ("request",)}


class Klass(StrEnum):
    """What to do about a code: the classes of docs/capillary.md 9."""

    SUCCESS = "success"
    WARNING = "warning"
    ALREADY_DONE = "already-done"
    RETRYABLE = "retryable"
    PERMANENT = "permanent"
    NEEDS_OPERATOR = "needs-operator"
    PER_ITEM = "per-item"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row of the table.

    sense adds what the class does not say: untouched (proof that nothing was done), absent (what was asked
    for does not exist), hold (every call of this till will fail until the configuration is mended), failing
    (the cloud itself is not well).
    says is the code whose sentence it has, as FAMILY.CODE: several may say the same.
    """

    klass: Klass
    sense: str = ""
    says: str = ""

    @property
    def sentence(self) -> Sentence | None:
        """For the cashier; None for codes a cashier does not meet."""
        return Sentence(f"cloud.code.{self.says}") if self.says else None

    @property
    def refuses(self) -> bool:
        """Whether nothing was done. What the cloud would have tried again may have been done all the same,
        but for what it says it did not touch; and so may what no table has."""
        if self is UNLISTED:
            return False
        return self.klass in _REFUSING or self.sense == "untouched"


UNLISTED = Meaning(Klass.NEEDS_OPERATOR)
_REFUSING = (Klass.PERMANENT, Klass.NEEDS_OPERATOR, Klass.ALREADY_DONE)


def meaning(family: str, code: int | None) -> Meaning:
    """The row of a code, UNLISTED for one that no table has.

    What the calls share are refusals: each family has a success of its own, and no other (points 800).
    """
    if code is None:
        return UNLISTED
    table = _table()
    tables = _SHARED.get(family, (family, "request"))
    found = next((name for name in tables if (name, code) in table), "")
    if not found or (found == "request" != family and table[found, code].klass is Klass.SUCCESS):
        return UNLISTED
    return table[found, code]


def classify(family: str, code: int | None) -> Klass:
    """The class of a code; an unknown code needs a person and is never a success."""
    return meaning(family, code).klass


def listed() -> tuple[tuple[str, int], ...]:
    """Every (family, code) the table knows."""
    return tuple(_table())


@functools.cache
def _table() -> dict[tuple[str, int], Meaning]:
    with Path(__file__).with_name("codes.csv").open(encoding="utf-8", newline="") as source:
        return {
            (row["family"], int(row["code"])): Meaning(Klass(row["class"]), row["sense"], row["sentence"])
            for row in csv.DictReader(source)
        }
