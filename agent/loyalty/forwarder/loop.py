"""The loop that drains the outbox: one call at a time, each outcome decided before the next is sent.

A row is committed as begun before its first byte leaves; the same commit says what became of the row before
it, so that there is one commit a row. While the cloud works at one batch of a backlog the next is made ready:
over a long way that saves most of the waiting. A row leaves the queue when the cloud has proved its effect,
and stays for a person where it cannot. Wherever the line fails or the daemon dies, no row is lost and no
effect happens twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from agent.language.sentence import Sentence
from agent.loyalty.answers.verdict import Outcome, Verdict
from agent.loyalty.attempt import Listener, attempt
from agent.loyalty.calls.call import Call, shared_part
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.forwarder import bulk
from agent.loyalty.forwarder.batching import BatchedBill, may_share, read_call
from agent.loyalty.forwarder.circuit_breaker import CircuitBreaker, unwatched
from agent.loyalty.forwarder.commit_batch import CommitBatch
from agent.loyalty.forwarder.doubtful_attempts import DoubtfulAttempts
from agent.loyalty.line.exchange import Exchange, idle
from agent.loyalty.outcomes import parked_reasons
from agent.loyalty.outcomes.decision import Decision, Done, Park, ReadBack, Resend, RetryAt, decide
from agent.loyalty.outcomes.queue import UNKNOWN, Queue, QueueRow
from agent.loyalty.outcomes.readback import ERASED, RowInDoubt, first_question, judge_readback, look_first
from agent.loyalty.outcomes.retry import RetryPace, next_attempt

log = logging.getLogger(__name__)

IDLE_S = 30.0
"""Longest sleep with nothing due; a new row wakes the thread at once."""
STOP_CHECK_S = 1.0
LONGEST_STEP_MS = 20_000
"""A step starts no further row after this; the one under way may take its own deadlines."""
LONGEST_BACKLOG_MS = LONGEST_STEP_MS // 2
"""And no further batch after this, or what goes alone would wait for the whole of a long backlog."""
LEAST_BACKLOG = 8
"""So many bills due at once are a backlog, which goes in bulk to its end; fewer go as fast one by one."""
_LOOK, _CALLS_A_LOOK, _LOADED = 64, 16, 32
STALE = "unique-window"
"""The code of a row parked because the cloud may have forgotten its bill number."""


def _untold() -> int | None:
    """The cloud has not told its time."""
    return None


def _unique() -> bool:
    """The cloud takes no number a second time."""
    return True


def _never_stale(row: QueueRow) -> Sentence | None:
    """Everything may be sent again."""
    del row
    return None


class Forwarder:
    """Drains a queue. on_pause(until_ms, why) hears until when nothing is sent; 0: nothing holds it."""

    def __init__(
        self,
        queue: Queue,
        transport: Exchange,
        options: CloudOptions,
        clock: Callable[[], int],
        rng: Random,
        on_pause: Callable[[int, str], None] = unwatched,
        stale: Callable[[QueueRow], Sentence | None] = _never_stale,
        listen: Listener | None = None,
        batch_size: bulk.BatchSize | None = None,
        *,
        text: Callable[[Sentence], str],
        cloud_ms: Callable[[], int | None] = _untold,
        unique: Callable[[], bool] = _unique,
    ) -> None:
        """clock gives wall-clock milliseconds, rng the jitter. stale says why a row that may have arrived
        must not go out a second time without a person; None if it may. listen as of attempt.
        batch_size is how many bills go into the first call of a backlog, and how that changes. text makes
        what the queue keeps of a sentence. cloud_ms: what the cloud's clock says, None where that is not
        known. unique: whether the cloud is known to refuse a bill's number that it has."""
        self._queue = queue
        self._transport = transport
        self._options = options
        self._clock = clock
        self._rng = rng
        self._cloud_ms = cloud_ms
        self._stale = stale
        self._unique = unique
        self._listen = listen
        self._breaker = CircuitBreaker(queue, options, clock, rng, on_pause, text)
        self._commits = CommitBatch(queue, clock, rng, text)
        self._doubtful = DoubtfulAttempts(clock)
        self._batch_size = batch_size or bulk.BatchSize(options.bulk_rows)
        self._in_backlog = False

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Work until stop is set. Set wake after storing a row, and when the line comes up."""
        while not stop.is_set():
            wait_s = self.step(stop)
            while wait_s > 0 and not stop.is_set() and not wake.wait(min(wait_s, STOP_CHECK_S)):
                wait_s -= STOP_CHECK_S
            wake.clear()

    def step(self, stop: threading.Event | None = None) -> float:
        """Send what is due. Returns the seconds until there may be more to do; 0 means at once."""
        now_ms = self._clock()
        if (wait_ms := self._breaker.begin(now_ms)) > 0:
            return min(wait_ms / 1000, IDLE_S)
        look = max(_LOOK, _CALLS_A_LOOK * self._batch_size.rows)
        rows = self._queue.due(now_ms, look)

        def over(longest_ms: int = LONGEST_STEP_MS) -> bool:
            return (stop is not None and stop.is_set()) or self._pauses(now_ms, longest_ms)

        bills, alone = self._parted(rows)
        batches = self._batches(bills, alone, more=len(rows) == look)
        tried = self._send_backlog(batches, lambda: over(LONGEST_BACKLOG_MS))
        for row, payload in self._loaded(alone):
            if over():
                break
            tried = self._attempt(row, payload) or tried
        tried = self._commits.flush() or tried
        return 0.0 if tried else self._until_next(now_ms)

    def retry_now(self) -> None:
        """From any thread: the configuration was mended or the line is up, so do not wait out the pause.

        Set wake as well. In a fleet every till hears of the cloud's return from its next customer, within
        the same minutes: then it ends the outage's pause, but not the spread of the start that follows.
        """
        self._breaker.retry_now()

    def resume(self) -> None:
        """From any thread: a person wants the queue tried now, whatever it waits for. Set wake as well."""
        self._breaker.resume()

    def _pauses(self, since_ms: int, longest_ms: int) -> bool:
        """Whether this step ends here: the cloud is left alone, or whoever supervises should hear of it."""
        now_ms = self._clock()
        return self._breaker.wait_ms(now_ms) > 0 or now_ms - since_ms > longest_ms

    def _until_next(self, now_ms: int) -> float:
        due_ms = self._queue.next_due()
        if due_ms is None:
            return IDLE_S
        return min((due_ms - now_ms) / 1000, IDLE_S) if due_ms > now_ms else STOP_CHECK_S

    def _parted(self, rows: Sequence[QueueRow]) -> tuple[list[QueueRow], list[QueueRow]]:
        """(bills of a backlog, what goes alone)."""
        bills = may_share(rows) if self._batch_size.most > 1 else []
        self._in_backlog = len(bills) >= (1 if self._in_backlog else LEAST_BACKLOG)
        if not self._in_backlog:
            return [], list(rows)
        together = {bill.id for bill in bills}
        return bills, [row for row in rows if row.id not in together]

    def _batches(
        self, bills: list[QueueRow], alone: list[QueueRow], *, more: bool
    ) -> Iterator[list[BatchedBill]]:
        """What goes into one call each, as many as the batch size allows; what cannot share goes to alone.

        A rest too small for a full call is left to the next look if there may be more to add.
        """
        first = True
        while bills and (first or not more or len(bills) >= self._batch_size.rows):
            first = False
            count = 1 if self._breaker.probing else self._batch_size.rows
            rows = self._queue.load(bills[:count])
            loaded = [BatchedBill(row, payload, shared_part(payload)) for row, payload in rows]
            found = [bill for bill in loaded if bill.element]
            alone += [bill.row for bill in loaded if not bill.element]
            taken = self._batch_size.taken(len(bill.element) for bill in found)
            bills = [bill.row for bill in found[taken:]] + bills[count:]
            if found:
                yield found[:taken]

    def _send_backlog(self, batches: Iterator[list[BatchedBill]], over: Callable[[], bool]) -> bool:
        """One batch after the other. True if anything was sent."""
        tried = False
        ahead: list[BatchedBill] = []
        while not over() and (ready := ahead or self._begun(next(batches, []))):
            ahead = self._send_batch(ready, batches) if len(ready) > 1 else self._send_one(ready[0])
            tried = True
            if len(ahead) > self._batch_size.rows:
                ahead = self._let_go(ahead)
        self._let_go(ahead)
        return tried

    def _readable(self, row: QueueRow, payload: bytes, *, arrived: bool = False) -> Call | None:
        """The row's call; one that cannot be read goes to a person. arrived: it was sent unread, with others,
        and no answer says that it was not taken."""
        call = read_call(payload)
        if isinstance(call, Park):
            self._commits.park(row, replace(call, unsure=arrived or row.state == UNKNOWN))
            return None
        return call

    def _begun(self, bills: list[BatchedBill]) -> list[BatchedBill]:
        """Those that may be sent now, committed as begun."""
        begun = self._commits.begin([bill.row for bill in bills]) if bills else ()
        return [bill for bill in bills if bill.row.id in begun]

    def _let_go(self, bills: list[BatchedBill]) -> list[BatchedBill]:
        """None of them is sent after all."""
        for bill in bills:
            self._commits.untried(bill.row)
        return []

    def _loaded(self, rows: Sequence[QueueRow]) -> Iterator[tuple[QueueRow, bytes]]:
        """The rows with their requests, some at a time. What changes meanwhile cannot be begun."""
        for first in range(0, len(rows), _LOADED):
            yield from self._queue.load(rows[first : first + _LOADED])

    def _attempt(self, row: QueueRow, payload: bytes) -> bool:
        """Send one row and decide what follows. False if it is not there to be sent any more."""
        call = self._readable(row, payload)
        if call is None or not self._commits.begin((row,)):
            return False
        self._send_alone(row, call)
        return True

    def _send_one(self, bill: BatchedBill) -> list[BatchedBill]:
        """A begun bill by itself. Nothing is begun meanwhile."""
        if (call := self._readable(bill.row, bill.payload)) is not None:
            self._send_alone(bill.row, call)
        return []

    def _send_alone(self, row: QueueRow, call: Call) -> None:
        self._apply(row, call, self._guarded(row, call, self._decision, row, call))

    def _send_batch(
        self, bills: Sequence[BatchedBill], batches: Iterator[list[BatchedBill]]
    ) -> list[BatchedBill]:
        """Begun bills in one call, each judged by itself; what is in doubt is read back by itself.

        Returns the next batch, made ready and begun while the cloud worked at this one.
        """
        before = self._batch_size
        ahead: list[BatchedBill] = []

        def meanwhile() -> None:
            ahead.extend(self._begun(next(batches, [])))

        call = bulk.bundle([bill.element for bill in bills])
        answer = self._send(call, meanwhile if before.rows == before.most else idle)
        told = bulk.judged([bill.number for bill in bills], answer)
        self._adapt(before, answer, told)
        now_ms = self._clock()
        asking: list[tuple[QueueRow, Call, ReadBack]] = []
        for bill, verdict in zip(bills, told, strict=True):
            row = bill.row
            if isinstance(verdict, str):
                # Nothing of it can have been there before.
                self._commits.done(row, verdict, now_ms)
                continue
            arrived = (
                verdict.outcome is not Outcome.NO if verdict else answer.outcome is not Outcome.NEVER_SENT
            )
            if (own := self._readable(row, bill.payload, arrived=arrived)) is not None:
                decision = self._guarded(row, own, self._of_element, row, own, verdict, answer)
                if isinstance(decision, ReadBack):
                    asking.append((row, own, decision))
                else:
                    self._apply(row, own, decision)
        self._ask_each(asking)
        return ahead

    def _adapt(self, before: bulk.BatchSize, answer: Verdict, told: Sequence[str | Verdict | None]) -> None:
        """Fewer in the next call if this one was not answered whole."""
        if answer.code in bulk.LIMITED:
            now_ms = self._clock()
            until_ms = next_attempt(1, answer.retry_after_s, now_ms, self._rng, RetryPace.RATE_LIMITED)
            self._breaker.pause(until_ms, answer.sentence)
        elif bulk.refused_whole(answer) and answer.code != 521:
            # Not let in, or nothing at that address: whether it is so for a bill alone, a single one tells.
            self._batch_size = before.within(len(told) // 2 if answer.code in bulk.TOO_MANY else 1)
        elif answer.outcome is not Outcome.NEVER_SENT and any(verdict is None for verdict in told):
            self._batch_size = before.halved()

    def _of_element(self, row: QueueRow, call: Call, verdict: Verdict | None, answer: Verdict) -> Decision:
        """What follows for a bill of a bulk call that was not plainly taken."""
        if verdict is None and (answer.code in bulk.TOO_MANY or answer.sense == "hold"):
            return RetryAt(RetryPace.LOCKED, str(answer.code), answer.why, unknown=True)
        verdict = verdict or bulk.without_answer(answer)
        self._doubtful.note(row, verdict)
        return decide(
            call,
            verdict,
            earlier=False,
            attempts=row.attempts + 1,
            last_code=row.code,
            read_back=first_question(self._options, call),
        )

    def _ask_each(self, asking: Sequence[tuple[QueueRow, Call, ReadBack]]) -> None:
        """Read back each bill of a batch that is in doubt; what became of the others is committed first."""
        if asking:
            self._commits.flush()
        for row, call, ask in asking:
            asked = RowInDoubt(call, earlier=False, refusal=ask.refusal, otherwise=ask.otherwise)
            self._apply(row, call, self._guarded(row, call, self._read_back, row, asked, ask.call))

    def _guarded(
        self, row: QueueRow, call: Call, decide_it: Callable[..., Decision], *known: Any
    ) -> Decision:
        """An answer that this till cannot read parks its row: it must not stop the others or the daemon."""
        try:
            return decide_it(*known)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
            log.exception("row %s: the answer could not be read", row.id)
            why = parked_reasons.untold(call, Sentence("parked.why.unreadable"))
            return Park("answer", why, unsure=True)

    def _decision(self, row: QueueRow, call: Call) -> Decision:
        earlier = row.state == UNKNOWN
        question = first_question(self._options, call)
        before = (question if earlier else None) or look_first(call)
        if before is not None:
            asked = RowInDoubt(call, earlier, told=row.code == ERASED, follows=row.follows)
            known = self._read_back(row, asked, before)
            if not isinstance(known, Resend):
                return known
            # Parked once: a person who has it tried again has looked.
            if row.code != STALE and (why := self._stale(row)):
                return Park(STALE, parked_reasons.untold(call, why), unsure=True)
        verdict = self._send(call)
        self._doubtful.note(row, verdict)
        decision = decide(
            call,
            verdict,
            earlier=earlier,
            attempts=row.attempts + 1,
            last_code=row.code,
            read_back=question,
        )
        if isinstance(decision, ReadBack):
            asked = RowInDoubt(call, earlier, decision.refusal, decision.otherwise, follows=row.follows)
            return self._read_back(row, asked, decision.call)
        return decision

    def _read_back(self, row: QueueRow, asked: RowInDoubt, question: Call) -> Decision:
        """Ask until the answer decides; a read-back may lead to one more."""
        decision: Decision = ReadBack(question, asked.refusal)
        newer = False
        asked = replace(asked, unshown_s=self._doubtful.unshown_s(row), unguarded=not self._unique())
        while isinstance(decision, ReadBack):
            newer = newer or decision.newer
            verdict = self._send(decision.call)
            # The answer itself told the cloud's time.
            decision = judge_readback(self._options, replace(asked, ahead_ms=self._ahead_ms()), verdict)
        return replace(decision, newer=True) if newer and isinstance(decision, Done) else decision

    def _ahead_ms(self) -> int:
        cloud_ms = self._cloud_ms()
        return 0 if cloud_ms is None else self._clock() - cloud_ms

    def _send(self, call: Call, meanwhile: Callable[[], None] = idle) -> Verdict:
        deadline_s = self._options.background_timeout_s
        verdict = attempt(self._transport, call, deadline_s, meanwhile, self._listen)
        if verdict.outcome is Outcome.OK:
            self._batch_size = self._batch_size.grown()
        elif verdict.lost:
            self._batch_size = self._batch_size.halved()
        self._breaker.record(verdict)
        return verdict

    def _apply(self, row: QueueRow, call: Call, decision: Decision) -> None:
        until_ms = self._commits.apply(row, call, decision)
        if isinstance(decision, RetryAt):
            self._breaker.pause(until_ms, decision.reason)
