"""Personal data on the till: members known from before, and what is erased in quiet moments."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from agent.sale.basket import Customer
from agent.sale.masking import masked
from agent.store import customers, journal, members, outbox
from agent.store.errors import StoreFull, StoreReadOnly

if TYPE_CHECKING:
    from agent.daemon.agent import Agent

log = logging.getLogger("agent.daemon")

# Small steps, so that a scan never waits long for its turn; when nothing is left, a look every ten minutes.
_STEP = 50
_PAUSE_MS = 600_000
_DAY_MS = 86_400_000


class MaskedFormatter(logging.Formatter):
    """Nobody can be recognised by what is logged, whatever an exception quotes."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback if there is one."""
        return masked(super().format(record))


class Privacy:
    """Owned by the agent; remember and recall on any thread, tidy in the till's turn."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._section = agent.config.privacy
        self._next_ms = 0
        self._erased = False
        self._heard: deque[Callable[[Any], None]] = deque()

    def remember(
        self,
        member: Customer,
        searched: tuple[str, str] | None = None,
        replaced: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Keep a member, under every identifier they are known by, for when the cloud is away; those that
        were replaced find nobody any more."""
        if not self._section.member_cache:
            return
        known = {(kind, getattr(member, kind)) for kind in members.KINDS} | (
            {searched} if searched else set()
        )
        names = sorted(name for name in known if name[1])

        def work(tx: Any) -> None:
            for kind, value in replaced:
                members.forget(tx, kind, value)
            members.keep(tx, names, member, self._agent.now_ms())

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
        known = self._agent.read(lambda tx: members.recall(tx, kind, value))
        if known and (erased or known.source == "cloud"):
            self._write_aside(lambda tx: members.forget(tx, kind, value))

    def recall(self, kind: str, value: str) -> Customer | None:
        """The member last found by this identifier; source "cache", or "enrolled" when enrolled here."""
        found = self._agent.read(lambda tx: members.recall(tx, kind, value))
        return replace(found, source="cache") if found and found.source == "cloud" else found

    def _write_aside(self, work: Callable[[Any], None]) -> None:
        """Nobody waits for it, and still in the order in which the cloud was heard: an answer from before a
        change must not be written after it."""
        self._heard.append(work)
        self._agent.aside(lambda: self._agent.write(self._write_heard))

    def _write_heard(self, tx: Any) -> None:
        while self._heard:
            self._heard.popleft()(tx)

    def tidy(self) -> None:
        """One small step of erasing, when nobody sells; in the till's turn."""
        now = self._agent.now_ms()
        # A clock that was set back must not put erasing off for years.
        if now < self._next_ms <= now + _PAUSE_MS:
            return
        store = self._agent.store
        # On a disk that cannot be written the counter says so at the next scan; here it can wait.
        with contextlib.suppress(StoreFull, StoreReadOnly):
            with store.transaction() as tx:
                gone = self._erase(tx, now)
            if gone:
                self._erased = True
                return
            if self._erased:
                # The log still holds what the file no longer does.
                store.checkpoint()
                self._erased = False
        self._next_ms = now + _PAUSE_MS

    def _erase(self, tx: Any, now: int) -> int:
        keep = self._section.keep_customer_days
        day = (self._agent.now().date() - timedelta(days=keep)).isoformat()
        sealed = outbox.seal_old(tx, _STEP)
        people = customers.erase(tx, day, _STEP)
        if people:
            journal.append(tx, "erased", self._agent.stamp(), {"customers": people, "before": day})
            log.info("erased the customers of %d delivered bills before %s", people, day)
        return sealed + people + members.erase(tx, now - keep * _DAY_MS, self._section.member_cache, _STEP)


def from_before(member: Customer, now: datetime) -> str:
    """What to tell the cashier of a member the cloud was not asked about now."""
    name = member.name or "This member"
    when = _ago(member.known_at, now)
    if member.source == "enrolled":
        return f"{name} was enrolled at this till {when}; the cloud has not confirmed it yet."
    return f"{name} is known from {when}; points may have changed."


def _ago(known_at: str, now: datetime) -> str:
    seconds = max(0, int((now - datetime.fromisoformat(known_at)).total_seconds()))
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if count := seconds // size:
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "a moment ago"
