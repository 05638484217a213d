"""Outcomes of rows of the queue, gathered until the next commit, which also begins the next rows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from random import Random

from agent.language.sentence import Sentence
from agent.loyalty.calls.call import Call
from agent.loyalty.forwarder.failure_scope import FailureScope
from agent.loyalty.outcomes import parked_reasons
from agent.loyalty.outcomes.decision import FEW_TRIES, Decision, Done, Hold, Park, RetryAt
from agent.loyalty.outcomes.queue import DONE, NEWER, PARKED, READY, UNKNOWN, UNTRIED, Change, Queue, QueueRow
from agent.loyalty.outcomes.retry import next_attempt

log = logging.getLogger(__name__)

_SIGN_IN = "401"


class CommitBatch:
    """One commit a row: how one ended, together with the beginning of the next. text makes what is kept of
    the sentences."""

    def __init__(
        self, queue: Queue, clock: Callable[[], int], rng: Random, text: Callable[[Sentence], str]
    ) -> None:
        self._queue = queue
        self._clock = clock
        self._rng = rng
        self._text = text
        self._scope = FailureScope()
        self._changes: list[Change] = []

    def begin(self, rows: Sequence[QueueRow]) -> frozenset[int]:
        """Commit what is decided and what begins; the ids of what may be sent."""
        changes, self._changes = self._changes, []
        return frozenset(self._queue.commit(changes, [row.id for row in rows], self._clock()))

    def flush(self) -> bool:
        """Commit what is decided, with nothing to begin. True if there was something."""
        if not self._changes:
            return False
        self.begin(())
        return True

    def done(self, row: QueueRow, server_ref: str, now_ms: int, code: str = "") -> None:
        """The cloud has it; with NEWER, all of it that was not changed there since."""
        if code == NEWER:
            log.warning("row %s (%s): the cloud has newer details, some were not sent", row.id, row.op)
        self._scope.done(row)
        self._changes.append(Change(row.id, DONE, now_ms, code, server_ref))

    def park(self, row: QueueRow, park: Park) -> None:
        """A person must look."""
        log.warning("row %s (%s) waits for a person, code %s", row.id, row.op, park.code or "none")
        self._scope.forget(row)
        words = self._text(park.reason)
        self._changes.append(Change(row.id, PARKED, code=park.code, text=words, unsure=park.unsure))

    def untried(self, row: QueueRow) -> None:
        """It was begun and is not sent after all."""
        self._changes.append(Change(row.id, UNTRIED))

    def apply(self, row: QueueRow, call: Call, decision: Decision) -> int:
        """Gather what is decided of a row. Returns until when nobody should send; 0 if anybody may."""
        now_ms = self._clock()
        if isinstance(decision, Done):
            self.done(row, decision.server_ref, now_ms, NEWER if decision.newer else "")
        elif isinstance(decision, Park):
            self.park(row, decision)
        elif isinstance(decision, Hold):
            self._hold(row, call, decision, now_ms)
        elif isinstance(decision, RetryAt):
            return self._retry(row, call, decision, now_ms)
        else:
            self._changes.append(Change(row.id, UNKNOWN, now_ms, text=self._text(Sentence("queue.again"))))
        return 0

    def _retry(self, row: QueueRow, call: Call, again: RetryAt, now_ms: int) -> int:
        attempts = row.attempts + 1
        if self._scope.given_up(row, again, now_ms):
            self._give_up(row, call, again)
            return 0
        self._scope.tried(row)
        due_ms = next_attempt(attempts, again.retry_after_s, now_ms, self._rng, again.pace)
        payload = again.call.to_bytes() if again.call else None
        state = UNKNOWN if again.unknown else READY
        words = self._text(again.reason) if again.reason else ""
        self._changes.append(Change(row.id, state, due_ms, again.code, words, payload))
        return due_ms if again.everybody else 0

    def _give_up(self, row: QueueRow, call: Call, why: RetryAt | Hold) -> None:
        told = parked_reasons.untold_tried if why.unknown else parked_reasons.no_verdict
        self.park(row, Park(why.code, told(call, row.attempts + 1, why.reason), why.unknown))

    def _hold(self, row: QueueRow, call: Call, hold: Hold, now_ms: int) -> None:
        """A refusal that should meet every call of this till. If others pass, it is this row's own."""
        if hold.code == _SIGN_IN and self._scope.shut_out(row, now_ms):
            self._give_up(row, call, hold)
            return
        if blame := self._blame(row, hold):
            self.park(row, Park(hold.code, blame, hold.unknown))
            return
        self._scope.tried(row)
        due_ms = next_attempt(row.attempts + 1, None, now_ms, self._rng)
        self._changes.append(Change(row.id, UNKNOWN, due_ms, hold.code, self._text(hold.reason)))

    def _blame(self, row: QueueRow, hold: Hold) -> Sentence | None:
        """Why it is about this row and not about the till; None if nothing shows that. Who does not let the
        till in now and then (401) has not looked at the row: that takes many tries (shut_out)."""
        if hold.code == _SIGN_IN:
            return None
        if row.attempts + 1 >= FEW_TRIES and self._scope.anything_passes(row):
            return Sentence("parked.others-pass", reason=hold.reason)
        if self._scope.others_pass(row):
            return Sentence("parked.others-like-it-pass", reason=hold.reason)
        return None
