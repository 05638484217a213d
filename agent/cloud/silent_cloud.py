"""A cloud that lets people wait: one customer finds out, the next do not wait, the till itself asks until
it is back."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable

from agent.cloud.silence import Silence
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
    """An exchange for questions at the counter. While the cloud is known to let such a call wait it is not
    sent and has no answer at once; a call that was made just before for the same question, answered or not,
    is what a person asks again, and is sent: a search pressed again, not the look of a change behind it."""

    def __init__(
        self, exchange: Exchange, silence: Silence, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._exchange = exchange
        self._silence = silence
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._recent: deque[tuple[int, float]] = deque(maxlen=_RECENT)

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        """As Exchange."""
        if self._spares(call):
            return RawAnswer(Kind.NEVER_SENT, reason=Sentence("line.late"), trouble=Trouble.SILENT)
        answer = self._exchange.send(call, deadline_s, meanwhile)
        if answer.trouble == Trouble.LATE:
            self._silence.remember(call)
        return answer

    def _spares(self, call: Call) -> bool:
        same, now = hash((call.op, call.target, call.body, call.fact("why"))), self._monotonic()
        with self._lock:
            again = any(one == same and now - at <= _AGAIN_S for one, at in self._recent)
            self._recent.append((same, now))
        return self._silence.spares(call.op) and not again


class Probe:
    """Asks a silent cloud, as patiently as a question would, until it answers: something small while nobody
    is answered, then what was asked in vain, each kind of it."""

    def __init__(
        self,
        options: CloudOptions,
        exchange: Exchange,
        silence: Silence,
        listen: Listener,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._exchange = exchange
        self._silence = silence
        self._listen = listen
        self._monotonic = monotonic
        self._next_at = 0.0

    def look(self) -> None:
        """Ask, if there is reason to and it is time. A fleet asks one till after the other."""
        if not self._silence.any or self._monotonic() < self._next_at:
            return
        if self._silence.whole:
            self._ask(organisation_tenders())
        if not self._silence.whole:
            for call in self._silence.unanswered():
                self._ask(call)
        self._next_at = self._monotonic() + PAUSE_S + random.uniform(0, crowd_s(self._options))

    def _ask(self, call: Call) -> None:
        attempt(self._exchange, call, self._options.question_budget_s, listen=self._listen)
