"""How a line came into the sale: EntryMethod of ARTS POSLog, of its item and of its quantity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class EntryMethod(StrEnum):
    """scanned: by a label; keyed: typed; picked: from a list; weighed: by the till's scale."""

    SCANNED = "scanned"
    KEYED = "keyed"
    PICKED = "picked"
    WEIGHED = "weighed"


@dataclass(frozen=True, slots=True)
class Entry:
    """method: scanned, keyed (a label's number) or picked, and by which scanner, as the settings call it.
    quantity: weighed, scanned (the label says it) or keyed. "" where nobody wrote it down; of a quantity also
    where nobody said one."""

    method: str = ""
    scanner: str = ""
    quantity: str = ""


def with_quantity(entry: Entry | None, method: EntryMethod) -> Entry:
    """The same of a line whose quantity was told this way."""
    return replace(entry or Entry(), quantity=method.value)
