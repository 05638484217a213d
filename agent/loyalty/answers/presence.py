"""Whether the cloud is there for this till, as each exchange tells: one rule for all who speak to it."""

from __future__ import annotations

from enum import StrEnum

from agent.loyalty.answers.verdict import Verdict


class Presence(StrEnum):
    """there: it dealt with the call, whatever it said. lost: nobody was heard. shut: no call of this till is
    let in (password, address). failing: a server is there, and fails. own: calls of that kind alone are
    turned away, or fail."""

    THERE = "there"
    LOST = "lost"
    SHUT = "shut"
    FAILING = "failing"
    OWN = "own"


class Admitted:
    """Reads presence out of verdicts; remembers which operations do not pass while others do."""

    def __init__(self) -> None:
        self._answers = 0
        self._turned: dict[str, int] = {}
        self._own: set[str] = set()

    def presence(self, verdict: Verdict) -> Presence:
        """What an exchange says of whether the cloud is there."""
        if verdict.failing or verdict.sense == "hold":
            everybody = Presence.FAILING if verdict.failing else Presence.SHUT
            return Presence.OWN if self._turned_away(verdict.op) else everybody
        if verdict.lost:
            return Presence.LOST
        self._answers += 1
        self._turned.pop(verdict.op, None)
        self._own.discard(verdict.op)
        return Presence.THERE

    def _turned_away(self, op: str) -> bool:
        """Such a call did not pass. True if others do, so that it is its own matter."""
        if self._turned.get(op, self._answers) < self._answers:
            self._own.add(op)
        self._turned[op] = self._answers
        return op in self._own
