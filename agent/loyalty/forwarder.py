"""The thread that drains the outbox: one call at a time, every outcome settled before the next.

A row leaves the queue only when the cloud has proved its effect or a person is asked. Whatever the network
does, and wherever the daemon dies, no row is lost and no effect happens twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from random import Random

from agent.loyalty import words
from agent.loyalty.attempt import attempt
from agent.loyalty.bill_calls import unsendable
from agent.loyalty.call import Call, Op
from agent.loyalty.envelope import Outcome, Verdict
from agent.loyalty.options import CloudOptions
from agent.loyalty.queue import INFLIGHT, READY, UNKNOWN, Queue, QueueRow
from agent.loyalty.readback import Row, first_question, judge_readback, look_first
from agent.loyalty.retry import Breaker, Pace, next_attempt
from agent.loyalty.settle import Done, Hold, Park, ReadBack, Resend, RetryAt, Settlement, settle
from agent.loyalty.transport import Exchange

log = logging.getLogger(__name__)

IDLE_S = 30.0
"""Longest sleep with nothing due; a new row wakes the thread at once."""
STOP_CHECK_S = 1.0
LONGEST_STEP_MS = 20_000
"""A step starts no further row after this; the one under way may take its own deadlines."""
MOST_TRIES = 25
LEAST_TRIED_MS = 3_600_000
LONGEST_TRIED_MS = 7 * 86_400_000
"""A row without a verdict goes to a person after so many tries over an hour while others pass, or a week."""
STALE = "unique-window"
"""The code of a row parked because the cloud may have forgotten its bill number."""
QUEUED = frozenset(
    (
        *(Op.CUSTOMER_ADD, Op.CUSTOMER_UPDATE, Op.TRANSACTION_ADD, Op.POINTS_REDEEM, Op.COUPON_REDEEM),
        *(Op.TRANSACTION_RETURN, Op.TRANSACTION_UPDATE, Op.POINTS_REVERSE, Op.COUPON_REACTIVATE),
    )
)
"""The operations an outbox may hold."""
_BATCH = 16
_ONLINE, _OFFLINE = "online", "offline"


def _never_stale(row: QueueRow) -> str:
    """Everything may be sent again."""
    del row
    return ""


def _unwatched(state: str, text: str, since_ms: int) -> None:
    """Nobody watches."""
    del state, text, since_ms


class Forwarder:
    """Drains a queue. on_cloud(state, text, since_ms) hears of every change between online and offline."""

    def __init__(
        self,
        queue: Queue,
        transport: Exchange,
        options: CloudOptions,
        clock: Callable[[], int],
        rng: Random,
        on_cloud: Callable[[str, str, int], None] = _unwatched,
        stale: Callable[[QueueRow], str] = _never_stale,
    ) -> None:
        """clock gives wall-clock milliseconds; rng the jitter; stale says why a row that may have arrived
        must not go out a second time without a person, or an empty text."""
        self._queue = queue
        self._transport = transport
        self._options = options
        self._clock = clock
        self._rng = rng
        self._on_cloud = on_cloud
        self._stale = stale
        self._breaker = Breaker.from_text(queue.load_breaker())
        self._told: tuple[str, str] | None = None
        self._impatient = threading.Event()
        self._passed: dict[str, int] = {}
        self._seen: dict[int, int] = {}

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
        self._keep(self._breaker.anchored(now_ms))
        if self._impatient.is_set():
            self._impatient.clear()
            self._keep(self._breaker.forgiven())
        if self._told is None and self._breaker.since_ms:
            self._tell()
        if (wait_ms := self._breaker.wait_ms(now_ms)) > 0:
            return min(wait_ms / 1000, IDLE_S)
        tried = False
        for row in self._queue.due(now_ms, _BATCH):
            if (stop is not None and stop.is_set()) or self._pauses(now_ms):
                break
            tried = self._attempt(row) or tried
        return 0.0 if tried else self._until_next(now_ms)

    def retry_now(self) -> None:
        """From any thread: the configuration was mended or the line is up, so do not wait out the pause.

        Set wake as well.
        """
        self._impatient.set()

    def _pauses(self, since_ms: int) -> bool:
        """Whether this step ends here: the cloud is left alone, or whoever supervises should hear of it."""
        now_ms = self._clock()
        return self._breaker.wait_ms(now_ms) > 0 or now_ms - since_ms > LONGEST_STEP_MS

    def _until_next(self, now_ms: int) -> float:
        due_ms = self._queue.next_due()
        if due_ms is None:
            return IDLE_S
        return min((due_ms - now_ms) / 1000, IDLE_S) if due_ms > now_ms else STOP_CHECK_S

    def _attempt(self, row: QueueRow) -> bool:
        """One row, from its first byte to its settlement. False if it is not there to be sent any more."""
        if row.state == INFLIGHT:
            self._interrupted(row)
            return True
        call = _readable(row)
        if isinstance(call, Park):
            self._park(row, call)
            return True
        if not self._queue.begin(row.id, self._clock()):
            return False
        try:
            settlement = self._settled(row, call)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            # One answer this till cannot digest must not stop the others, nor the daemon again and again.
            log.exception("row %s: the answer could not be settled", row.id)
            settlement = Park("answer", words.untold(call, f"this till could not read the answer ({error})"))
        self._apply(row, call, settlement)
        return True

    def _interrupted(self, row: QueueRow) -> None:
        """The daemon died in this attempt, perhaps a moment ago: what it sent may still be on its way."""
        now_ms = self._clock()
        due_ms = next_attempt(row.attempts, None, now_ms, self._rng, Pace.UNSURE)
        self._queue.retry(row.id, due_ms, row.last_code, "the till was restarted in the middle", UNKNOWN)

    def _settled(self, row: QueueRow, call: Call) -> Settlement:
        earlier = row.state in (UNKNOWN, INFLIGHT)
        question = first_question(self._options, call)
        before = (question if earlier else None) or look_first(call)
        if before is not None:
            known = self._read_back(Row(call, earlier), before)
            if not isinstance(known, Resend):
                return known
            # Parked once: a person who has it tried again has looked.
            if row.last_code != STALE and (why := self._stale(row)):
                return Park(STALE, words.untold(call, why))
        verdict = self._send(call)
        settlement = settle(
            call,
            verdict,
            earlier=earlier,
            attempts=row.attempts + 1,
            last_code=row.last_code,
            read_back=question,
        )
        if isinstance(settlement, ReadBack):
            return self._read_back(Row(call, earlier, settlement.refusal), settlement.call)
        return settlement

    def _read_back(self, row: Row, question: Call) -> Settlement:
        """Ask until the answer settles the row; a read-back may lead to one more."""
        settlement: Settlement = ReadBack(question, row.refusal)
        while isinstance(settlement, ReadBack):
            settlement = judge_readback(self._options, row, self._send(settlement.call))
        return settlement

    def _send(self, call: Call) -> Verdict:
        verdict = attempt(self._transport, call, self._options.background_timeout_s)
        self._notice(verdict)
        return verdict

    def _notice(self, verdict: Verdict) -> None:
        """Keep the breaker, and tell whoever watches whether the cloud is there."""
        now_ms = self._clock()
        lost = verdict.outcome is Outcome.UNKNOWN and verdict.code is None
        if lost or verdict.outcome is Outcome.NEVER_SENT:
            self._keep(self._breaker.failed(now_ms, self._rng, verdict.message))
        elif verdict.outcome is Outcome.NO and verdict.sense == "hold":
            self._keep(self._breaker.refused(now_ms, self._rng, verdict.text or verdict.message))
        else:
            self._keep(self._breaker.succeeded())
        self._tell()

    def _apply(self, row: QueueRow, call: Call, settlement: Settlement) -> None:
        now_ms = self._clock()
        if isinstance(settlement, Done):
            self._passed[row.op] = self._passed.get(row.op, 0) + 1
            self._seen.pop(row.id, None)
            self._queue.done(row.id, settlement.server_ref, now_ms)
        elif isinstance(settlement, Park):
            self._park(row, settlement)
        elif isinstance(settlement, Hold):
            self._hold(row, settlement, now_ms)
        elif isinstance(settlement, RetryAt):
            self._retry(row, call, settlement, now_ms)
        else:
            self._queue.retry(row.id, now_ms, "", "to be sent again", UNKNOWN)

    def _park(self, row: QueueRow, park: Park) -> None:
        log.warning("row %s (%s) waits for a person, code %s", row.id, row.op, park.code or "none")
        self._seen.pop(row.id, None)
        self._queue.park(row.id, park.code, park.reason)

    def _retry(self, row: QueueRow, call: Call, again: RetryAt, now_ms: int) -> None:
        attempts = row.attempts + 1
        if self._given_up(row, again, now_ms):
            self._park(row, Park(again.code, words.never_settled(call, attempts, again.reason)))
            return
        self._seen[row.id] = self._passed.get(row.op, 0)
        due_ms = next_attempt(attempts, again.retry_after_s, now_ms, self._rng, again.pace)
        payload = again.call.to_bytes() if again.call else None
        state = UNKNOWN if again.unknown else READY
        self._queue.retry(row.id, due_ms, again.code, again.reason, state, payload)
        if again.everybody:
            self._keep(self._breaker.paused(now_ms, due_ms, again.reason))

    def _hold(self, row: QueueRow, hold: Hold, now_ms: int) -> None:
        """A refusal that should meet every call of the kind. If others pass, it is this row's own."""
        if self._others_pass(row):
            self._park(row, Park(hold.code, f"{hold.reason} Others like it pass, so it is about this one."))
            return
        self._seen[row.id] = self._passed.get(row.op, 0)
        due_ms = next_attempt(row.attempts + 1, None, now_ms, self._rng)
        self._queue.retry(row.id, due_ms, hold.code, hold.reason, UNKNOWN if hold.unknown else READY)

    def _others_pass(self, row: QueueRow) -> bool:
        """Whether a call of the same kind went through since this row was last tried."""
        passed = self._passed.get(row.op, 0)
        return self._seen.get(row.id, passed) < passed

    def _given_up(self, row: QueueRow, again: RetryAt, now_ms: int) -> bool:
        """Whether a person must look: much tried, and the cloud is there for others or has been for a week.

        Without a code the line may be to blame, however often it was tried; that takes both.
        """
        tried_ms = now_ms - (row.first_try_ms or now_ms)
        if row.attempts + 1 < MOST_TRIES or tried_ms < LEAST_TRIED_MS:
            return False
        others, week = self._others_pass(row), tried_ms > LONGEST_TRIED_MS
        return (others or week) if again.code else (others and week)

    def _keep(self, breaker: Breaker) -> None:
        if breaker != self._breaker:
            self._breaker = breaker
            self._queue.save_breaker(breaker.to_text())

    def _tell(self) -> None:
        away = self._breaker.since_ms > 0
        told = (_OFFLINE, self._breaker.why) if away else (_ONLINE, "")
        if told != self._told:
            self._told = told
            since_ms = self._breaker.since_ms if away else self._clock()
            self._on_cloud(told[0], told[1], since_ms)


def _readable(row: QueueRow) -> Call | Park:
    """The row's call, or why it cannot go out at all."""
    try:
        call = Call.from_bytes(row.payload)
        problem = "" if call.op in QUEUED else f"this version does not know what {call.op} is"
        problem = problem or unsendable(call)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        return Park("payload", f"The stored call cannot be read: {error}")
    return Park("payload", problem) if problem else call
