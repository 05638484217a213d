"""What was asked of the cloud, call by call: whether it changed the ledger and whether it was answered."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 20_000
"""Entries remembered; the oldest make room."""


@dataclass(slots=True)
class Entry:
    """One call. outcome: open, ok, refused, or the name of the fault that decided it."""

    n: int
    at: str
    op: str
    method: str
    path: str
    query: str
    request_id: str
    agent: str = ""
    till: str = ""
    about: dict[str, str] = field(default_factory=dict)
    body_sha256: str = ""
    body_bytes: int = 0
    faults: list[str] = field(default_factory=list)
    http: int = 0
    codes: list[int] = field(default_factory=list)
    outcome: str = "open"
    committed: bool = False
    answered: bool = False


class CallLog:
    """The last calls, oldest first."""

    def __init__(self, kept: int = KEPT) -> None:
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._count = 0

    @property
    def count(self) -> int:
        """Calls seen since the cloud started, forgotten ones included."""
        return self._count

    def open(self, **facts: Any) -> Entry:
        """Begin an entry the moment the call is seen; the caller fills in the rest."""
        self._count += 1
        entry = Entry(self._count, **facts)
        self._entries.append(entry)
        return entry

    def entries(self, *, op: str = "", since: int = 0, limit: int = 0) -> list[dict[str, Any]]:
        """Entries as JSON, newest `limit` of those after number `since`, of one operation or all."""
        chosen = [one for one in list(self._entries) if one.n > since and op in ("", one.op)]
        return [asdict(one) for one in (chosen[-limit:] if limit else chosen)]
