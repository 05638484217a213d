"""Which questions the cloud lets wait in vain: each kind for itself, all of them while nobody is answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agent.sale.queue_terms import Op

if TYPE_CHECKING:
    from agent.loyalty.calls.call import Call

FRESH_S: Final = 15.0
"""So long one who waited in vain speaks for the next; twice as long each time it is found so again."""
LONGEST_S: Final = 120.0
_HARMLESS = frozenset(
    (Op.CUSTOMER_GET, Op.CUSTOMER_TRANSACTIONS, Op.POINTS_ISREDEEMABLE, Op.COUPON_ISREDEEMABLE)
)
"""Questions that change nothing, so that the till may ask them again by itself."""
_ONCE = "validation_code"


@dataclass(frozen=True, slots=True)
class _Silent:
    at: float
    for_s: float = FRESH_S

    def again(self, now: float) -> _Silent:
        return _Silent(now, min(self.for_s * 2, LONGEST_S))

    def fresh(self, now: float) -> bool:
        return now - self.at < self.for_s


class Silence:
    """On any thread. A kind is an operation of the cloud's (Op).

    patience_s: the budget of a question. An answer that takes longer would have come too late for a customer,
    and ends no silence.
    """

    def __init__(self, patience_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._patience_s = patience_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._whole: _Silent | None = None
        self._kinds: dict[str, _Silent] = {}
        self._calls: dict[str, Call] = {}

    @property
    def whole(self) -> bool:
        """Whether nobody was answered in time since somebody waited in vain."""
        return self._whole is not None

    @property
    def any(self) -> bool:
        """Whether there is a silence that is looked at until it ends."""
        with self._lock:
            return self._whole is not None or any(kind in self._calls for kind in self._kinds)

    def spares(self, kind: str) -> bool:
        """Whether nobody else need wait for an answer of this kind in vain."""
        now = self._monotonic()
        with self._lock:
            silent = (self._whole, self._kinds.get(kind))
            return any(one is not None and one.fresh(now) for one in silent)

    def late(self, kind: str) -> bool:
        """Somebody waited in vain. True if others are answered, so that it is known to be this kind's own."""
        now = self._monotonic()
        with self._lock:
            known = self._kinds.get(kind)
            own = known is not None and self._whole is None
            self._kinds[kind] = known.again(now) if known else _Silent(now)
            if not own:
                self._whole = self._whole.again(now) if self._whole else _Silent(now)
            return own

    def ended(self, kind: str, ms: int) -> None:
        """Somebody had not to wait, or not longer than a customer would: took ms."""
        if ms > self._patience_s * 1000:
            return
        with self._lock:
            self._whole = None
            self._kinds.pop(kind, None)
            self._calls.pop(kind, None)

    def remember(self, call: Call) -> None:
        """What was asked in vain, to ask it again until it is answered, if that changes nothing."""
        if call.op in _HARMLESS:
            with self._lock:
                self._calls[call.op] = call

    def unanswered(self) -> tuple[Call, ...]:
        """What was asked in vain and may be asked again."""
        with self._lock:
            calls = tuple(call for kind, call in self._calls.items() if kind in self._kinds)
        # A code counts the times it is tried.
        return tuple(
            replace(call, query=tuple(part for part in call.query if part[0] != _ONCE)) for call in calls
        )
