"""What an exchange with the cloud is: how it may end, what came back, and who can carry one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from agent.language.sentence import Sentence
from agent.loyalty.calls.call import Call


def idle() -> None:
    """Nothing."""


class Kind(StrEnum):
    """How an exchange ended. never_sent: no byte of the request left this till, so it may be repeated."""

    ANSWERED = "answered"
    NEVER_SENT = "never_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came back, unread. headers have lower-case names; reason says why there is no answer.

    trouble is the way it failed, where there is no answer (agent.loyalty.line.trouble).
    """

    kind: Kind
    http_status: int = 0
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    request_id: str = ""
    ms: int = 0
    reason: Sentence | None = None
    trouble: str = ""


class Exchange(Protocol):
    """Anything that can carry a call to a cloud and back."""

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        """Carry one call. Never raises for the network's sake, never takes longer than deadline_s.

        meanwhile is called at most once, when the request is out, and not at all if that never happens; what
        it raises is raised, and nobody knows then what came of the call.
        """
        ...


class Wire(Protocol):
    """Connections to the cloud on which signed calls are exchanged."""

    def exchange(
        self, call: Call, until: float, signed: Mapping[str, str], meanwhile: Callable[[], None] = idle
    ) -> RawAnswer:
        """Send a call with these headers, do meanwhile, and read all of the answer before the monotonic
        moment until. Raises only what meanwhile raises."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...
