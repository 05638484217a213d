"""A cloud that lets everybody wait: one customer finds out, the next do not wait, a small question tells when
it is back."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable

from agent.cloud.badge import CloudBadge
from agent.language.sentence import Sentence
from agent.loyalty.attempt import Listener, attempt
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.calls.organisation_calls import organisation_tenders
from agent.loyalty.forwarder.drain_delay import crowd_s
from agent.loyalty.line.exchange import Exchange, Kind, RawAnswer, idle
from agent.loyalty.line.trouble import Trouble

PAUSE_S = 2.0
_RECENT = 32
_AGAIN_S = 30.0
"""Within so long the same question is asked again by the same person, later by another sale."""


class Unwaiting:
    """An exchange for questions at the counter. While the cloud is known to be silent a call is not sent and
    has no answer at once; a call that was made just before, answered or not, is what a person asks again, and
    is sent."""

    def __init__(
        self, exchange: Exchange, badge: CloudBadge, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._exchange = exchange
        self._badge = badge
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._recent: deque[tuple[int, float]] = deque(maxlen=_RECENT)

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        """As Exchange."""
        if not self._spares(call):
            return self._exchange.send(call, deadline_s, meanwhile)
        return RawAnswer(Kind.NEVER_SENT, reason=Sentence("line.late"), trouble=Trouble.SILENT)

    def _spares(self, call: Call) -> bool:
        same, now = hash((call.op, call.target, call.body)), self._monotonic()
        with self._lock:
            again = any(one == same and now - at <= _AGAIN_S for one, at in self._recent)
            self._recent.append((same, now))
        return self._badge.just_silent and not again


class Probe:
    """Asks a silent cloud something small, as patiently as a question would, until it answers."""

    def __init__(
        self,
        options: CloudOptions,
        exchange: Exchange,
        badge: CloudBadge,
        listen: Listener,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._exchange = exchange
        self._badge = badge
        self._listen = listen
        self._monotonic = monotonic
        self._next_at = 0.0

    def look(self) -> None:
        """Ask, if there is reason to and it is time. A fleet asks one till after the other."""
        now = self._monotonic()
        if not self._badge.silent or now < self._next_at:
            return
        attempt(self._exchange, organisation_tenders(), self._options.question_budget_s, listen=self._listen)
        self._next_at = self._monotonic() + PAUSE_S + random.uniform(0, crowd_s(self._options))
