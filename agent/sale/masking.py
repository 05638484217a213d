"""Text of others, such as an answer of the cloud, made fit for a log or a terminal: it does not tell of whom
it speaks, and gives no orders."""

from __future__ import annotations

import json
import re
import unicodedata

# Ten digits is the shortest mobile number there is with its area; a bill's number has fewer in a row.
_NUMBER = re.compile(r"\d{10,}")
# From the first letter of a word alone: tried from each, a word of 60,000 letters took half a minute. Of a
# word with several @ all before the last is the name.
_MAIL = re.compile(r"(?<![^\s,;:<>\"'()=])([^\s@,;:<>\"'()=]?)[^\s,;:<>\"'()=]*@([^\s@,;:<>\"'()]+)")
_KEPT = "\n\t\u200c\u200d"
"""Ends of lines, columns, and the joiners that scripts need."""

MASKED = {"masked": True}
"""Extra of a log record whose text was made fit already: numbers that are left in it are no person's."""


def masked(text: str) -> str:
    """Long numbers keep their last four digits, e-mail addresses their first letter and their domain."""
    numbered = _NUMBER.sub(lambda found: f"…{found[0][-4:]}", text)
    # Looking for addresses takes longest where there is none: every line of the log goes through here.
    return _MAIL.sub(r"\1***@\2", numbered) if "@" in numbered else numbered


def harmless(data: str) -> str:
    """As it is shown: what would give a terminal orders or turn the line around, as its number. A name may
    come from anywhere."""
    return data if data.isascii() and data.isprintable() else "".join(map(_shown, data))


def _shown(char: str) -> str:
    orders = unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and char not in _KEPT
    if not orders:
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else json.dumps(char)[1:-1]
