"""Whether the cloud is there for this till, as each exchange tells: one rule for all who speak to it."""

from __future__ import annotations

from enum import StrEnum

from agent.loyalty.answers.envelope import Outcome, Verdict


class Presence(StrEnum):
    """there: it dealt with the call, whatever it said. lost: nobody was heard. shut: no call of this till is
    let in (password, address). own: calls of that kind alone are turned away."""

    THERE = "there"
    LOST = "lost"
    SHUT = "shut"
    OWN = "own"


class Admitted:
    """Reads presence out of verdicts; remembers which operations are turned away while others are let in."""

    def __init__(self) -> None:
        self._answers = 0
        self._turned: dict[str, int] = {}
        self._own: set[str] = set()

    def presence(self, verdict: Verdict) -> Presence:
        """What an exchange says of whether the cloud is there."""
        if verdict.lost:
            return Presence.LOST
        if verdict.outcome is Outcome.NO and verdict.sense == "hold":
            return Presence.OWN if self._turned_away(verdict.op) else Presence.SHUT
        self._answers += 1
        self._turned.pop(verdict.op, None)
        self._own.discard(verdict.op)
        return Presence.THERE

    def _turned_away(self, op: str) -> bool:
        """Such a call was turned away. True if others are let in, so that it is its own matter."""
        if self._turned.get(op, self._answers) < self._answers:
            self._own.add(op)
        self._turned[op] = self._answers
        return op in self._own
