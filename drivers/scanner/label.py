"""What a scanner hands over: a whole label, or the news that one was damaged."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.message import Message

_SYMBOLOGY_ID = re.compile(r"\][A-Za-z][0-9A-Za-z]")


@dataclass(frozen=True, slots=True)
class ScannedLabel:
    """One label, complete as far as the line can tell.

    text: the data, FNC1 separators as U+001D, symbology identifier taken off. symbology_id: "]E0" and the
    like (ISO/IEC 15424), or "" when the scanner does not send it. raw: the bytes between prefix and suffix;
    of a keyboard scanner, the decoded keys in UTF-8.
    """

    text: str
    symbology_id: str = ""
    device: str = ""
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class TornScan:
    """A scan that arrived damaged: to be reported and scanned again, never sold.

    reason is for the cashier, the middle of a sentence; raw holds what did arrive.
    """

    reason: Message
    device: str = ""
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class NoRead:
    """The scanner says that it could read nothing: no label, and nothing was lost."""

    device: str = ""
    raw: bytes = b""


Scan = ScannedLabel | TornScan | NoRead

OnScan = Callable[[Scan], object]
"""Called from the scanner's thread with each label or torn scan, in order. False says that nobody took it."""

Raw = bytes | Sequence[tuple[float, int, int, int]]
OnRaw = Callable[[float, Raw], object]
"""Called from the scanner's thread with all that arrives, before anything is made of it, and when (monotonic
seconds): the bytes of a read, a report, or key events (keyboard.KeyEvent). It must not wait for anything."""


def unheard(_at_s: float, _raw: Raw) -> None:
    """An OnRaw of nobody."""


def split_symbology_id(text: str) -> tuple[str, str]:
    """("]E0", "8901...") of "]E08901..."; ("", text) where no identifier stands in front."""
    found = _SYMBOLOGY_ID.match(text)
    return (found.group(), text[found.end() :]) if found else ("", text)
