"""Whether the cloud is left alone: the circuit breaker of the queue, kept over restarts, and who is told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from random import Random

from agent.language.sentence import Sentence
from agent.loyalty.answers.envelope import Outcome, Verdict
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.forwarder.breaker_state import BreakerState
from agent.loyalty.forwarder.drain_delay import crowd_s, drain_delay_s
from agent.loyalty.forwarder.failure_scope import Admitted
from agent.loyalty.outcomes.queue import Queue
from agent.sale.queue_terms import CloudState

log = logging.getLogger(__name__)


def unwatched(state: str, text: str, since_ms: int) -> None:
    """Nobody watches."""
    del state, text, since_ms


class CircuitBreaker:
    """One breaker for all calls of the queue.

    on_cloud(state, text, since_ms) is called at every change between online and offline. text makes what is
    kept of a sentence: why the cloud is away.
    """

    def __init__(
        self,
        queue: Queue,
        options: CloudOptions,
        clock: Callable[[], int],
        rng: Random,
        on_cloud: Callable[[str, str, int], None],
        text: Callable[[Sentence], str],
    ) -> None:
        self._queue = queue
        self._options = options
        self._clock = clock
        self._rng = rng
        self._on_cloud = on_cloud
        self._text = text
        self._state = BreakerState.from_text(queue.load_breaker())
        self._told: tuple[str, str] | None = None
        self._impatient = threading.Event()
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
        """Before the queue is looked at: take in a clock that was set back and retry_now, then wait_ms."""
        self._keep(self._state.anchored(now_ms))
        self._begin_run(now_ms)
        if self._impatient.is_set():
            self._impatient.clear()
            if self._state.probing:
                self._keep(self._put_off(self._state.forgiven(), now_ms))
        if self._told is None and self._state.since_ms:
            self._tell()
        return self._state.wait_ms(now_ms)

    def retry_now(self) -> None:
        """From any thread: forget the pause of an outage, but not the spread of a start."""
        self._impatient.set()

    def pause(self, until_ms: int, why: Sentence | None) -> None:
        """Everybody of this till waits, at least as long as they do already."""
        if until_ms > self._state.until_ms:
            self._keep(self._state.paused(self._clock(), until_ms, self._words(why)))

    def record(self, verdict: Verdict) -> None:
        """What an attempt says of whether the cloud is there."""
        now_ms = self._clock()
        if verdict.lost:
            self._keep(self._state.failed(now_ms, self._rng, self._words(verdict.why), self._crowd_s))
        elif verdict.outcome is Outcome.NO and verdict.sense == "hold":
            if self._admitted.turned_away(verdict.op):
                return
            self._keep(self._state.refused(now_ms, self._rng, self._words(verdict.why), self._crowd_s))
        else:
            self._admitted.let_in(verdict.op)
            there = self._state.succeeded()
            ended = self._state.probing and not self._state.spread
            self._keep(self._put_off(there, now_ms) if ended else there)
        self._tell()

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
        return breaker.put_off(now_ms, wait_s)

    def _keep(self, breaker: BreakerState) -> None:
        if breaker != self._state:
            self._state = breaker
            self._queue.save_breaker(breaker.to_text())

    def _tell(self) -> None:
        away = self._state.since_ms > 0
        told = (CloudState.OFFLINE, self._state.why) if away else (CloudState.ONLINE, "")
        if told != self._told:
            self._told = told
            since_ms = self._state.since_ms if away else self._clock()
            self._on_cloud(told[0], told[1], since_ms)
