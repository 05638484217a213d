"""Text of others, such as an answer of the cloud, made fit for a log: it does not tell of whom it speaks."""

from __future__ import annotations

import re

# Ten digits is the shortest mobile number there is with its area; a bill's number has fewer in a row.
_NUMBER = re.compile(r"\d{10,}")
_MAIL = re.compile(r"([^\s@,;:<>\"'()=]?)[^\s@,;:<>\"'()=]*@([^\s@,;:<>\"'()]+)")


def masked(text: str) -> str:
    """Long numbers keep their last four digits, e-mail addresses their first letter and their domain."""
    numbered = _NUMBER.sub(lambda found: f"…{found[0][-4:]}", text)
    # Looking for addresses takes longest where there is none: every line of the log goes through here.
    return _MAIL.sub(r"\1***@\2", numbered) if "@" in numbered else numbered
