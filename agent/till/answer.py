"""What a command at the counter comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """ok, or refused with a stable code; text is a sentence for the cashier, data what the page needs."""

    ok: bool
    code: str = ""
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def refused(code: str, text: str) -> Answer:
    """The command changed nothing, and this is why."""
    return Answer(ok=False, code=code, text=text)
