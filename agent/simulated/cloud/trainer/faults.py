"""Faults of the line and of the cloud, switched while it runs: for all calls or one, N times or for good."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from enum import StrEnum
from threading import Lock
from typing import Any

from agent.simulated.cloud.trainer.spoiled_answers import contradictory, other


class FaultError(ValueError):
    """A fault that cannot be set: unknown kind, or a value out of its range."""


class Kind(StrEnum):
    """What goes wrong. The text says what the caller sees and whether the ledger changes.

    away: the connection is dropped once the request line is read, body unread; nothing changes. (Over
    HTTP the faults are chosen per call, so the head must be read; for a refused
    connection see `serve.server.CloudServer`.) reset: the same with a TCP reset.
    lose-request: request read whole, then dropped; nothing changes. lose-answer: done and committed, then
    dropped. slow: seconds of delay, before the work or after the commit. drip: the answer comes in pieces.
    http: a failing server or gateway: 5xx, and a page or one of the other `form`s; or 404, a wrong address;
    or 401, a caller the cloud does not know any more.
    failed: the vendor's envelope saying 500 without an item. limited: 429, and a Retry-After where
    `retry_after` says one.
    refused: the envelope with the request's `code` (517, 521, 4000, 4001 and so on); after the commit all
    but those that promise that nothing was done. item: every item refused with `code`, one of its family's
    or one that no table has; after the commit: done, and then said not to be.
    portal: a captive portal's HTML under 200, the cloud never sees the call. empty: 200, no body.
    other: a yes whose answer names another customer, bill, coupon, redemption or number of points; one that
    names nothing is done and answered as ever. contradiction: a yes that its envelope denies: the outer
    status 500, in bulk as many failures as bills, in v2 errors beside the id. Before the commit of both:
    said, and not done.
    partial: half the items refused, 201; a call without items is not struck. truncated: JSON cut in the
    middle. types: values of wrong types. shape: every looseness the vendor's samples show, meaning kept.
    clock: for all calls and for good, the cloud's own clock is `seconds` ahead, below zero behind; its Date
    header says so, and its rules go by it. lag: for good, what only reads (customer/get, coupon/get,
    customer/redemptions, transaction/get, both isredeemable without a code, and so on) shows what was done
    only `seconds` later.
    """

    AWAY = "away"
    RESET = "reset"
    LOSE_REQUEST = "lose-request"
    LOSE_ANSWER = "lose-answer"
    SLOW = "slow"
    DRIP = "drip"
    HTTP = "http"
    FAILED = "failed"
    LIMITED = "limited"
    REFUSED = "refused"
    ITEM = "item"
    OTHER = "other"
    CONTRADICTION = "contradiction"
    PORTAL = "portal"
    EMPTY = "empty"
    PARTIAL = "partial"
    TRUNCATED = "truncated"
    TYPES = "types"
    SHAPE = "shape"
    CLOCK = "clock"
    LAG = "lag"


class Form(StrEnum):
    """What stands in the body of a 5xx: a page of HTML, v1.1's envelope, v2's list of errors, a lone code.
    Each but the page says the status once more as its code."""

    PAGE = "page"
    ENVELOPE = "envelope"
    ERRORS = "errors"
    LONE = "lone"


class Stage(StrEnum):
    """Faults of one stage exclude each other, those of different stages add up."""

    TIMING = "timing"
    OUTCOME = "outcome"
    BODY = "body"
    PACE = "pace"
    CLOCK = "clock"
    LAG = "lag"


_STAGE = {
    Kind.SLOW: Stage.TIMING,
    Kind.DRIP: Stage.PACE,
    Kind.EMPTY: Stage.BODY,
    Kind.TRUNCATED: Stage.BODY,
    Kind.TYPES: Stage.BODY,
    Kind.SHAPE: Stage.BODY,
    Kind.CLOCK: Stage.CLOCK,
    Kind.LAG: Stage.LAG,
}
STANDING = (Kind.CLOCK, Kind.LAG)
"""They strike no single call: they are so until they are cleared."""
_AFTER = {Kind.LOSE_ANSWER, Kind.EMPTY, Kind.TRUNCATED, Kind.TYPES, Kind.SHAPE, Kind.DRIP, Kind.PARTIAL}
UNTRUE = {Kind.OTHER: other, Kind.CONTRADICTION: contradictory}
"""What makes an answer of one that would be true."""
EITHER = {Kind.SLOW, Kind.HTTP, Kind.FAILED, Kind.LIMITED, Kind.REFUSED, Kind.ITEM, *UNTRUE}
REFUSALS = (400, 401, 403, 407, 461, 517, 521, 4000, 4001)
NOT_DONE = (429, 517, 521)
"""The codes that promise that nothing was done."""
LONGEST_SKEW_S = 10 * 365 * 86_400


@dataclass(slots=True)
class Fault:
    """One switched fault.

    op: an operation's name, `prefix/*`, or `*`. left: calls still to hit, None until cleared.
    chance: 0 to 1, drawn from the seeded generator. when: before or after the commit.
    seconds: the delay (slow), the pause between pieces (drip), how far the clock is ahead (clock) or
    what only reads is behind (lag).
    status and form: for http. broken: truncated only, the connection dies where the body stops. code: for
    refused and item. retry_after: seconds in the Retry-After of limited and refused, 0 for no such header.
    """

    id: int
    kind: Kind
    op: str = "*"
    left: int | None = None
    chance: float = 1.0
    when: str = "before"
    seconds: float = 0.0
    status: int = 503
    broken: bool = False
    code: int = 521
    retry_after: int = 0
    form: str = Form.PAGE
    hits: int = 0

    @property
    def stage(self) -> Stage:
        """What this fault touches."""
        return _STAGE.get(self.kind, Stage.OUTCOME)

    @property
    def before(self) -> bool:
        """Whether it strikes before the ledger is touched."""
        return self.when == "before"

    def concerns(self, op: str) -> bool:
        """Whether the fault is switched for this operation."""
        return self.op in ("*", op) or (self.op.endswith("/*") and op.startswith(self.op[:-1]))

    def shown(self) -> dict[str, Any]:
        """The fault as JSON."""
        return asdict(self)


class Faults:
    """The faults now switched on. Safe to use from any thread; same seed and calls give the same faults."""

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self._lock = Lock()
        self._next = 1
        self._faults: list[Fault] = []

    def add(
        self,
        kind: str,
        *,
        op: str = "*",
        count: int | None = None,
        chance: float = 1.0,
        when: str = "",
        seconds: float = 0.0,
        status: int = 503,
        broken: bool = False,
        code: int = 521,
        retry_after: int = 0,
        form: str = Form.PAGE,
    ) -> Fault:
        """Switch a fault on for the next `count` calls (None: until cleared). FaultError if it cannot be."""
        known = _known(kind)
        _check(known, when, chance, count, status)
        _check_seconds(known, seconds)
        if known in STANDING and (count is not None or chance < 1):
            raise FaultError(f"{known} stays until it is cleared")
        if known is Kind.CLOCK and op != "*":
            raise FaultError("a clock is wrong for every call")
        _check_refusal(known, when, code, retry_after)
        fault = Fault(
            0,
            known,
            op,
            count,
            chance,
            when or ("after" if known in _AFTER else "before"),
            seconds,
            status,
            broken,
            code,
            retry_after,
            _form(form),
        )
        with self._lock:
            fault.id, self._next = self._next, self._next + 1
            self._faults.append(fault)
        return fault

    def clear(self, fault_id: int | None = None, *, op: str | None = None) -> int:
        """Switch off one fault, those of one operation, or all; how many went."""
        with self._lock:
            kept = [one for one in self._faults if not _chosen(one, fault_id, op)]
            gone = len(self._faults) - len(kept)
            self._faults = kept
        return gone

    def active(self) -> list[Fault]:
        """The faults that can still strike, oldest first."""
        with self._lock:
            return list(self._faults)

    def clock_s(self) -> float:
        """Seconds that the cloud's clock is ahead."""
        with self._lock:
            return sum(one.seconds for one in self._faults if one.kind is Kind.CLOCK)

    def lag_s(self, op: str = "") -> float:
        """Seconds that a reading call is behind; without op, whether any is: the most of all."""
        with self._lock:
            lags = [one for one in self._faults if one.kind is Kind.LAG and (not op or one.concerns(op))]
            return max((one.seconds for one in lags), default=0.0)

    def draw(self, op: str, *, itemed: bool = True) -> list[Fault]:
        """The faults that strike this call: at most one a stage, the oldest; counts go down.

        `itemed` says whether the call has items, of which some can be held back (partial).
        """
        with self._lock:
            struck: dict[Stage, Fault] = {}
            for fault in self._faults:
                if fault.stage in struck or fault.kind in STANDING or not fault.concerns(op):
                    continue
                if fault.kind is Kind.PARTIAL and not itemed:
                    continue
                if fault.chance < 1 and self.random.random() >= fault.chance:
                    continue
                struck[fault.stage] = fault
                fault.hits += 1
                fault.left = None if fault.left is None else fault.left - 1
            self._faults = [one for one in self._faults if one.left is None or one.left > 0]
            return list(struck.values())


def _chosen(fault: Fault, fault_id: int | None, op: str | None) -> bool:
    if fault_id is None and op is None:
        return True
    return fault.id == fault_id or fault.op == op


def _known(kind: str) -> Kind:
    try:
        return Kind(kind)
    except ValueError as error:
        raise FaultError(f"no fault is called {kind!r}; there are {', '.join(Kind)}") from error


def _form(form: str) -> Form:
    try:
        return Form(form)
    except ValueError as error:
        raise FaultError(f"no body is called {form!r}; there are {', '.join(Form)}") from error


def _check_seconds(kind: Kind, seconds: float) -> None:
    if kind is Kind.CLOCK:
        if not abs(seconds) <= LONGEST_SKEW_S:
            raise FaultError(f"a clock is at most {LONGEST_SKEW_S} seconds off, not {seconds}")
    elif not 0 <= seconds <= 3600:
        raise FaultError(f"seconds lie between 0 and 3600, not {seconds}")
    elif kind in (Kind.SLOW, Kind.DRIP, Kind.LAG) and not seconds:
        raise FaultError(f"{kind} needs its seconds")


def _check(kind: Kind, when: str, chance: float, count: int | None, status: int) -> None:
    if when not in ("", "before", "after"):
        raise FaultError(f"when is before or after, not {when!r}")
    if when and kind not in EITHER and (when == "after") != (kind in _AFTER):
        raise FaultError(f"{kind} cannot strike {when} the commit")
    if not 0 <= chance <= 1:
        raise FaultError(f"chance lies between 0 and 1, not {chance}")
    if count is not None and count < 1:
        raise FaultError(f"count is at least 1, not {count}")
    if status not in (401, 404) and not 500 <= status <= 599:
        raise FaultError(f"status is 401, 404 or lies between 500 and 599, not {status}")


def _check_refusal(kind: Kind, when: str, code: int, retry_after: int) -> None:
    if kind is Kind.ITEM and not 1 <= code <= 99_999:
        raise FaultError(f"the code of an item lies between 1 and 99999, not {code}")
    if kind is not Kind.ITEM and code not in REFUSALS:
        raise FaultError(f"code is one of {', '.join(map(str, REFUSALS))}, not {code}")
    if kind in (Kind.REFUSED, Kind.ITEM) and when == "after" and code in NOT_DONE:
        raise FaultError(f"a call refused with {code} was not done, so it cannot strike after the commit")
    if not 0 <= retry_after <= 86_400:
        raise FaultError(f"retry_after lies between 0 and 86400, not {retry_after}")
