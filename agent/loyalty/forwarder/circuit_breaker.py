"""Whether the cloud is left alone: the circuit breaker of the queue, kept over restarts; who is told until
when."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from random import Random

from agent.language.sentence import Sentence
from agent.loyalty.answers.presence import Admitted, Presence
from agent.loyalty.answers.verdict import Verdict
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.forwarder.breaker_state import BreakerState
from agent.loyalty.forwarder.drain_delay import crowd_s, drain_delay_s
from agent.loyalty.outcomes.queue import Queue

log = logging.getLogger(__name__)


def unwatched(until_ms: int, why: str) -> None:
    """Nobody watches."""
    del until_ms, why


class CircuitBreaker:
    """One breaker for all calls of the queue.

    on_pause(until_ms, why) is called whenever what holds the queue has changed; until_ms 0: nothing does.
    text makes what is kept of a sentence: why it is held.
    """

    def __init__(
        self,
        queue: Queue,
        options: CloudOptions,
        clock: Callable[[], int],
        rng: Random,
        on_pause: Callable[[int, str], None],
        text: Callable[[Sentence], str],
    ) -> None:
        self._queue = queue
        self._options = options
        self._clock = clock
        self._rng = rng
        self._on_pause = on_pause
        self._text = text
        self._state = BreakerState.from_text(queue.load_breaker())
        self._told = (0, "")
        self._impatient = threading.Event()
        self._resumed = threading.Event()
        self._admitted = Admitted()
        self._started = False
        self._crowd_s = crowd_s(options)

    @property
    def probing(self) -> bool:
        """Whether what is sent next is a probe: one call, and its outcome decides."""
        return self._state.probing

    def wait_ms(self, now_ms: int) -> int:
        """Milliseconds until something may be sent; 0 means now."""
        return self._state.wait_ms(now_ms)

    def begin(self, now_ms: int) -> int:
        """Before the queue is looked at: take in a clock set back, retry_now and resume, then wait_ms."""
        self._keep(self._state.anchored(now_ms))
        self._begin_run(now_ms)
        if self._impatient.is_set():
            self._impatient.clear()
            if self._state.probing:
                self._keep(self._put_off(self._state.forgiven(), now_ms))
        if self._resumed.is_set():
            self._resumed.clear()
            self._keep(self._state.resumed())
        wait_ms = self._state.wait_ms(now_ms)
        self._tell(wait_ms)
        return wait_ms

    def retry_now(self) -> None:
        """From any thread: forget the pause of an outage, but not the spread of a start."""
        self._impatient.set()

    def resume(self) -> None:
        """From any thread: end whatever pause there is; a person has said so."""
        self._resumed.set()

    def pause(self, until_ms: int, why: Sentence | None) -> None:
        """Everybody of this till waits, at least as long as they do already."""
        if until_ms > self._state.until_ms:
            self._keep(self._state.paused(self._clock(), until_ms, self._words(why)))

    def record(self, verdict: Verdict) -> None:
        """What an attempt says of whether the cloud is there."""
        now_ms = self._clock()
        presence = self._admitted.presence(verdict)
        if verdict.lost:
            self._keep(self._state.failed(now_ms, self._rng, self._words(verdict.why), self._crowd_s))
        elif presence is Presence.SHUT:
            self._keep(self._state.refused(now_ms, self._rng, self._words(verdict.why), self._crowd_s))
        elif presence is not Presence.OWN or verdict.failing:
            # A server that says that it failed takes calls; the call itself is tried again in its time.
            there = self._state.succeeded()
            ended = self._state.probing and not self._state.spread
            self._keep(self._put_off(there, now_ms) if ended else there)

    def _words(self, why: Sentence | None) -> str:
        return self._text(why) if why else ""

    def _begin_run(self, now_ms: int) -> None:
        """Once: after a power cut the whole fleet starts at the same moment, each till with a backlog."""
        if not self._started:
            self._started = True
            if self._state.wait_ms(now_ms) == 0:
                self._keep(self._put_off(self._state, now_ms))

    def _put_off(self, breaker: BreakerState, now_ms: int) -> BreakerState:
        """The breaker with this till's turn to start, unless that has been waited for already."""
        if breaker.spread:
            return breaker
        away_s = self._state.away_s(now_ms)
        wait_s = drain_delay_s(self._options, self._queue.backlog(), away_s)
        if wait_s > 0:
            log.info("the queue starts in %d s, so that not every till comes at once", wait_s)
        return breaker.put_off(now_ms, wait_s, self._words(Sentence("queue.spread")))

    def _keep(self, breaker: BreakerState) -> None:
        if breaker != self._state:
            self._state = breaker
            self._queue.save_breaker(breaker.to_text())

    def _tell(self, wait_ms: int) -> None:
        told = (self._state.until_ms, self._state.why) if wait_ms else (0, "")
        if told != self._told:
            self._told = told
            self._on_pause(*told)
