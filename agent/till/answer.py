"""What a command at the counter comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """ok, or refused. code, text and params are those of its sentence in the till's language, made by the
    Till: code is stable, text is for the cashier, params are what the text is filled with. data is what the
    page needs."""

    ok: bool
    code: str = ""
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    params: dict[str, str | int] = field(default_factory=dict)
