"""Members known from before, for when the cloud is away."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from agent.language.sentence import Sentence
from agent.sale.basket import Customer
from agent.store import members
from agent.store.errors import StoreFull, StoreReadOnly
from agent.till.till import Till


class MemberCache:
    """Any thread may call it. keep False: nobody is remembered. aside runs what nobody waits for."""

    def __init__(self, till: Till, aside: Callable[[Callable[[], Any]], None], *, keep: bool = True) -> None:
        self._till = till
        self._aside = aside
        self._keep = keep
        self._heard: deque[Callable[[Any], None]] = deque()

    def remember(
        self,
        member: Customer,
        searched: tuple[str, str] | None = None,
        replaced: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Keep a member, under every identifier they are known by, for when the cloud is away; those that
        were replaced find nobody any more."""
        if not self._keep:
            return
        known = {(kind, getattr(member, kind)) for kind in members.KINDS} | (
            {searched} if searched else set()
        )
        names, gone = sorted(name for name in known if name[1]), tuple(replaced)

        def work(tx: Any) -> None:
            for kind, value in gone:
                members.forget(tx, kind, value)
            members.keep(tx, names, member, self._till.now_ms())

        self._write_aside(work)

    def remember_enrolled(self, member: Customer) -> None:
        """Keep somebody the cloud has not heard of yet; whoever it told of by that identifier stays."""
        known = self.recall(
            *next((kind, value) for kind in members.KINDS if (value := getattr(member, kind)))
        )
        if known is None or known.source == "enrolled":
            self.remember(member)

    def forget(self, kind: str, value: str, *, erased: bool) -> None:
        """The cloud knows nobody by this identifier. Who was enrolled here may not have reached it yet.

        One whose data were deleted there is forgotten here however they came to be known.
        """
        known = self._till.read(lambda tx: members.recall(tx, kind, value))
        if known and (erased or known.source == "cloud"):
            self._write_aside(lambda tx: members.forget(tx, kind, value))

    def recall(self, kind: str, value: str) -> Customer | None:
        """The member last found by this identifier; source "cache", or "enrolled" when enrolled here."""
        found = self._till.read(lambda tx: members.recall(tx, kind, value))
        return replace(found, source="cache") if found and found.source == "cloud" else found

    def tidy(self) -> None:
        """Write down what is not on the disk yet; in quiet moments too."""
        if self._heard:
            self._aside(lambda: self._till.take(self._write_heard))

    def _write_aside(self, work: Callable[[Any], None]) -> None:
        """Nobody waits for it, and still in the order in which the cloud was heard: an answer from before a
        change must not be written after it. What a full disk did not take is kept, and tried again."""
        self._heard.append(work)
        self.tidy()

    def _write_heard(self) -> None:
        while self._heard:
            work = self._heard.popleft()
            try:
                self._till.write(work)
            except (StoreFull, StoreReadOnly):
                self._heard.appendleft(work)
                raise


def from_before(member: Customer, now: datetime) -> Sentence:
    """What to tell the cashier of a member the cloud was not asked about now."""
    name = member.name or Sentence("member.nameless")
    when = _ago(member.known_at, now)
    if member.source == "enrolled":
        return Sentence("member.enrolled-here", name=name, when=when)
    return Sentence("member.known" if member.loyalty else "member.known-without", name=name, when=when)


def _ago(known_at: str, now: datetime) -> Sentence:
    seconds = max(0, int((now - datetime.fromisoformat(known_at)).total_seconds()))
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if count := seconds // size:
            return Sentence(f"ago.units.{name}s", count=count)
    return Sentence("ago.moment")
