"""The thread that drains the outbox: one call at a time, every outcome settled before the next.

What became of a row is committed together with the beginning of the next one: one commit a row, and still
no byte leaves before it is on the disk that it may have. While the cloud works at one batch of a backlog the
next is made ready, so that a long way costs its round trips and little more. A row leaves the queue only when
the cloud has proved its effect or a person is asked. Whatever the network does, and wherever the daemon dies,
no row is lost and no effect happens twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from agent.loyalty.answers.envelope import Outcome, Verdict
from agent.loyalty.attempt import attempt
from agent.loyalty.calls.call import Call, shared_part
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.forwarder import bulk
from agent.loyalty.forwarder.batching import Sendable, readable, sharing
from agent.loyalty.forwarder.circuit_breaker import Patience, unwatched
from agent.loyalty.forwarder.commit_batch import Settled
from agent.loyalty.line.exchange import Exchange, idle
from agent.loyalty.line.server_date import Listener
from agent.loyalty.outcomes import parked_reasons
from agent.loyalty.outcomes.decision import Park, ReadBack, Resend, RetryAt, Settlement, settle
from agent.loyalty.outcomes.queue import UNKNOWN, Queue, QueueRow
from agent.loyalty.outcomes.readback import ERASED, Row, first_question, judge_readback, look_first
from agent.loyalty.outcomes.retry import Pace, next_attempt

log = logging.getLogger(__name__)

IDLE_S = 30.0
"""Longest sleep with nothing due; a new row wakes the thread at once."""
STOP_CHECK_S = 1.0
LONGEST_STEP_MS = 20_000
"""A step starts no further row after this; the one under way may take its own deadlines."""
LONGEST_BACKLOG_MS = LONGEST_STEP_MS // 2
"""And no further batch after this, or what goes alone would wait for the whole of a long backlog."""
LEAST_BACKLOG = 8
"""So many bills due at once are a backlog and go in bulk to its end; fewer are gone as fast one by one."""
_LOOK, _CALLS_A_LOOK, _LOADED = 64, 16, 32
STALE = "unique-window"
"""The code of a row parked because the cloud may have forgotten its bill number."""


def _never_stale(row: QueueRow) -> str:
    """Everything may be sent again."""
    del row
    return ""


class Forwarder:
    """Drains a queue. on_cloud(state, text, since_ms) hears of every change between online and offline."""

    def __init__(
        self,
        queue: Queue,
        transport: Exchange,
        options: CloudOptions,
        clock: Callable[[], int],
        rng: Random,
        on_cloud: Callable[[str, str, int], None] = unwatched,
        stale: Callable[[QueueRow], str] = _never_stale,
        listen: Listener | None = None,
    ) -> None:
        """clock gives wall-clock milliseconds; rng the jitter; stale says why a row that may have arrived
        must not go out a second time without a person, or an empty text; listen hears the cloud's time."""
        self._queue = queue
        self._transport = transport
        self._options = options
        self._clock = clock
        self._rng = rng
        self._stale = stale
        self._listen = listen
        self._patience = Patience(queue, options, clock, rng, on_cloud)
        self._settled = Settled(queue, clock, rng)
        self._pace = bulk.Pace(options.bulk_rows)
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
        if (wait_ms := self._patience.begin(now_ms)) > 0:
            return min(wait_ms / 1000, IDLE_S)
        look = max(_LOOK, _CALLS_A_LOOK * self._pace.rows)
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
        tried = self._settled.flush() or tried
        return 0.0 if tried else self._until_next(now_ms)

    def retry_now(self) -> None:
        """From any thread: the configuration was mended or the line is up, so do not wait out the pause.

        Set wake as well. In a fleet every till hears of the cloud's return from its next customer, within
        the same minutes: then it ends the outage's pause, but not the spread of the start that follows.
        """
        self._patience.retry_now()

    def _pauses(self, since_ms: int, longest_ms: int) -> bool:
        """Whether this step ends here: the cloud is left alone, or whoever supervises should hear of it."""
        now_ms = self._clock()
        return self._patience.wait_ms(now_ms) > 0 or now_ms - since_ms > longest_ms

    def _until_next(self, now_ms: int) -> float:
        due_ms = self._queue.next_due()
        if due_ms is None:
            return IDLE_S
        return min((due_ms - now_ms) / 1000, IDLE_S) if due_ms > now_ms else STOP_CHECK_S

    def _parted(self, rows: Sequence[QueueRow]) -> tuple[list[QueueRow], list[QueueRow]]:
        """(bills of a backlog, what goes alone)."""
        bills = sharing(rows) if self._pace.most > 1 else []
        self._in_backlog = len(bills) >= (1 if self._in_backlog else LEAST_BACKLOG)
        if not self._in_backlog:
            return [], list(rows)
        together = {bill.id for bill in bills}
        return bills, [row for row in rows if row.id not in together]

    def _batches(
        self, bills: list[QueueRow], alone: list[QueueRow], *, more: bool
    ) -> Iterator[list[Sendable]]:
        """What goes into one call each, as many at once as the pace allows; what cannot share goes to alone.

        A rest too small for a full call is left to the next look if there may be more to add.
        """
        first = True
        while bills and (first or not more or len(bills) >= self._pace.rows):
            first = False
            count = 1 if self._patience.probing else self._pace.rows
            rows = self._queue.load(bills[:count])
            loaded = [Sendable(row, payload, shared_part(payload)) for row, payload in rows]
            found = [bill for bill in loaded if bill.element]
            alone += [bill.row for bill in loaded if not bill.element]
            taken = self._pace.taken(len(bill.element) for bill in found)
            bills = [bill.row for bill in found[taken:]] + bills[count:]
            if found:
                yield found[:taken]

    def _send_backlog(self, batches: Iterator[list[Sendable]], over: Callable[[], bool]) -> bool:
        """One batch after the other. True if anything was sent."""
        tried = False
        ahead: list[Sendable] = []
        while not over() and (ready := ahead or self._begun(next(batches, []))):
            ahead = self._send_batch(ready, batches) if len(ready) > 1 else self._send_one(ready[0])
            tried = True
            if len(ahead) > self._pace.rows:
                ahead = self._let_go(ahead)
        self._let_go(ahead)
        return tried

    def _readable(self, row: QueueRow, payload: bytes) -> Call | None:
        """The row's call; one that cannot be read goes to a person."""
        call = readable(payload)
        if isinstance(call, Park):
            self._settled.park(row, replace(call, unsure=row.state == UNKNOWN))
            return None
        return call

    def _begun(self, bills: list[Sendable]) -> list[Sendable]:
        """Those that may be sent now, committed as begun."""
        begun = self._settled.begin([bill.row for bill in bills]) if bills else ()
        return [bill for bill in bills if bill.row.id in begun]

    def _let_go(self, bills: list[Sendable]) -> list[Sendable]:
        """None of them is sent after all."""
        for bill in bills:
            self._settled.untried(bill.row)
        return []

    def _loaded(self, rows: Sequence[QueueRow]) -> Iterator[tuple[QueueRow, bytes]]:
        """The rows with their requests, some at a time. What changes meanwhile cannot be begun."""
        for first in range(0, len(rows), _LOADED):
            yield from self._queue.load(rows[first : first + _LOADED])

    def _attempt(self, row: QueueRow, payload: bytes) -> bool:
        """One row, from its first byte to its settlement. False if it is not there to be sent any more."""
        call = self._readable(row, payload)
        if call is None or not self._settled.begin((row,)):
            return False
        self._settle(row, call)
        return True

    def _send_one(self, bill: Sendable) -> list[Sendable]:
        """A begun bill by itself. Nothing is begun meanwhile."""
        if (call := self._readable(bill.row, bill.payload)) is not None:
            self._settle(bill.row, call)
        return []

    def _settle(self, row: QueueRow, call: Call) -> None:
        self._apply(row, call, self._guarded(row, call, self._settlement, row, call))

    def _send_batch(self, bills: Sequence[Sendable], batches: Iterator[list[Sendable]]) -> list[Sendable]:
        """Begun bills in one call, each settled by itself; in doubt each is read back by itself.

        Returns the next batch, made ready and begun while the cloud worked at this one.
        """
        before = self._pace
        ahead: list[Sendable] = []

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
                self._settled.done(row, verdict, now_ms)
            elif (own := self._readable(row, bill.payload)) is not None:
                settlement = self._guarded(row, own, self._of_element, row, own, verdict, answer)
                if isinstance(settlement, ReadBack):
                    asking.append((row, own, settlement))
                else:
                    self._apply(row, own, settlement)
        self._ask_each(asking)
        return ahead

    def _adapt(self, before: bulk.Pace, answer: Verdict, told: Sequence[str | Verdict | None]) -> None:
        """Fewer in the next call if this one was not answered whole."""
        if answer.code in bulk.LIMITED:
            now_ms = self._clock()
            until_ms = next_attempt(1, answer.retry_after_s, now_ms, self._rng, Pace.RATE_LIMITED)
            self._patience.pause(until_ms, answer.text)
        elif bulk.refused_whole(answer) and answer.code != 521:
            # Not let in, or nothing at that address: whether it is so for a bill alone, a single one tells.
            self._pace = before.within(len(told) // 2 if answer.code in bulk.TOO_MANY else 1)
        elif answer.outcome is not Outcome.NEVER_SENT and any(verdict is None for verdict in told):
            self._pace = before.halved()

    def _of_element(self, row: QueueRow, call: Call, verdict: Verdict | None, answer: Verdict) -> Settlement:
        """What follows for a bill of a bulk call that was not plainly taken."""
        if verdict is None and (answer.code in bulk.TOO_MANY or answer.sense == "hold"):
            return RetryAt(Pace.LOCKED, str(answer.code), answer.text or answer.message, unknown=False)
        return settle(
            call,
            verdict or bulk.without_answer(answer),
            earlier=False,
            attempts=row.attempts + 1,
            last_code=row.code,
            read_back=first_question(self._options, call),
        )

    def _ask_each(self, asking: Sequence[tuple[QueueRow, Call, ReadBack]]) -> None:
        """Refusals of a batch that need a read-back; the others are committed first."""
        if asking:
            self._settled.flush()
        for row, call, ask in asking:
            known = self._guarded(
                row, call, self._read_back, Row(call, earlier=False, refusal=ask.refusal), ask.call
            )
            self._apply(row, call, known)

    def _guarded(
        self, row: QueueRow, call: Call, settled: Callable[..., Settlement], *known: Any
    ) -> Settlement:
        """One answer this till cannot digest must not stop the others, nor the daemon again and again."""
        try:
            return settled(*known)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            log.exception("row %s: the answer could not be settled", row.id)
            return Park(
                "answer",
                parked_reasons.untold(call, f"this till could not read the answer ({error})"),
                unsure=True,
            )

    def _settlement(self, row: QueueRow, call: Call) -> Settlement:
        earlier = row.state == UNKNOWN
        question = first_question(self._options, call)
        before = (question if earlier else None) or look_first(call)
        if before is not None:
            asked = Row(call, earlier, told=row.code == ERASED, follows=bool(row.follows))
            known = self._read_back(asked, before)
            if not isinstance(known, Resend):
                return known
            # Parked once: a person who has it tried again has looked.
            if row.code != STALE and (why := self._stale(row)):
                return Park(STALE, parked_reasons.untold(call, why), unsure=True)
        verdict = self._send(call)
        settlement = settle(
            call,
            verdict,
            earlier=earlier,
            attempts=row.attempts + 1,
            last_code=row.code,
            read_back=question,
        )
        if isinstance(settlement, ReadBack):
            asked = Row(call, earlier, settlement.refusal, follows=bool(row.follows))
            return self._read_back(asked, settlement.call)
        return settlement

    def _read_back(self, row: Row, question: Call) -> Settlement:
        """Ask until the answer settles the row; a read-back may lead to one more."""
        settlement: Settlement = ReadBack(question, row.refusal)
        while isinstance(settlement, ReadBack):
            settlement = judge_readback(self._options, row, self._send(settlement.call))
        return settlement

    def _send(self, call: Call, meanwhile: Callable[[], None] = idle) -> Verdict:
        deadline_s = self._options.background_timeout_s
        verdict = attempt(self._transport, call, deadline_s, meanwhile, self._listen)
        if verdict.outcome is Outcome.OK:
            self._pace = self._pace.grown()
        elif verdict.lost:
            self._pace = self._pace.halved()
        self._patience.heard(verdict)
        return verdict

    def _apply(self, row: QueueRow, call: Call, settlement: Settlement) -> None:
        until_ms = self._settled.apply(row, call, settlement)
        if isinstance(settlement, RetryAt):
            self._patience.pause(until_ms, settlement.reason)
