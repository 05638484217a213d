"""What the circuit breaker of the queue remembers, as a plain value, so that a restart forgets nothing.

The figures are those of docs/capillary.md 10.3.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from random import Random

FAILURES_TO_OPEN = 5
FIRST_OPEN_S = 30.0
LONGEST_OPEN_S = 900.0


@dataclass(frozen=True, slots=True)
class BreakerState:
    """Whether the cloud is left alone. A plain value: keep to_text beside the queue.

    until_ms is when it may be asked again, span_ms how long that pause was meant to be, since_ms when the
    cloud was first found away (0: it is there), why the reason of the pause in words.
    spread: the pause is the one after an outage or a start, so that not every till comes back at once; it is
    not put off a second time.
    """

    failures: int = 0
    open_s: float = 0.0
    until_ms: int = 0
    span_ms: int = 0
    since_ms: int = 0
    why: str = ""
    spread: bool = False

    def wait_ms(self, now_ms: int) -> int:
        """Milliseconds until something may be sent; 0 means now."""
        return max(0, self.until_ms - now_ms)

    def anchored(self, now_ms: int) -> BreakerState:
        """The same after the clock was set back: no pause may end up longer than it was meant to be."""
        if self.until_ms - now_ms <= self.span_ms:
            return self
        return replace(self, until_ms=now_ms + self.span_ms)

    @property
    def probing(self) -> bool:
        """Whether what is sent next is a probe: one call, and its outcome decides."""
        return self.open_s > 0

    def failed(self, now_ms: int, rng: Random, why: str, crowd_s: float = 0.0) -> BreakerState:
        """After an attempt that found no cloud: the fifth opens it, a failed probe doubles the pause.

        crowd_s: how long the fleet takes to probe once, one till after the other.
        """
        found = replace(self, failures=self.failures + 1, since_ms=self.since_ms or now_ms, why=why)
        return _opened(found, now_ms, rng, crowd_s) if found.failures >= FAILURES_TO_OPEN else found

    def refused(self, now_ms: int, rng: Random, why: str, crowd_s: float = 0.0) -> BreakerState:
        """After an answer that no call of this till can pass (sign-in, address): open at once."""
        return _opened(replace(self, since_ms=self.since_ms or now_ms, why=why), now_ms, rng, crowd_s)

    def paused(self, now_ms: int, until_ms: int, why: str) -> BreakerState:
        """A pause the cloud asked for; it says nothing about whether the cloud is there."""
        return replace(self, until_ms=until_ms, span_ms=max(0, until_ms - now_ms), why=why)

    def forgiven(self) -> BreakerState:
        """Without the pause of an outage: what is sent next is a probe. Any other pause still holds."""
        return replace(self, until_ms=0, span_ms=0) if self.probing and not self.spread else self

    def resumed(self) -> BreakerState:
        """Without any pause: a person has said so. A start is not spread any more either."""
        return replace(self, until_ms=0, span_ms=0, spread=True)

    def put_off(self, now_ms: int, wait_s: float, why: str = "") -> BreakerState:
        """The cloud is there, or may be; this till's turn comes after wait_s. Nothing changes for 0."""
        if wait_s <= 0:
            return self
        span_ms = round(wait_s * 1000)
        return replace(self, until_ms=now_ms + span_ms, span_ms=span_ms, spread=True, why=why)

    def away_s(self, now_ms: int) -> float:
        """Seconds since a probe last found no cloud; 0 where none did. It came back within this time."""
        return max(0, now_ms - self.until_ms + self.span_ms) / 1000 if self.probing and self.span_ms else 0.0

    def succeeded(self) -> BreakerState:
        """After any real answer: the cloud is there. A pause it asked for still holds."""
        if self.probing:
            return BreakerState()
        return BreakerState(
            until_ms=self.until_ms, span_ms=self.span_ms, why=self.why if self.until_ms else ""
        )

    def to_text(self) -> str:
        """The breaker as the store keeps it."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_text(cls, stored: str) -> BreakerState:
        """The inverse of to_text; anything unreadable gives a closed breaker, which is always safe."""
        try:
            data = json.loads(stored)
            whole = {name: int(data[name]) for name in ("failures", "until_ms", "span_ms", "since_ms")}
            spread = data.get("spread") is True
            return cls(open_s=float(data["open_s"]), why=str(data["why"]), spread=spread, **whole)
        except (KeyError, TypeError, ValueError, OverflowError):
            return cls()


def _opened(found: BreakerState, now_ms: int, rng: Random, crowd_s: float) -> BreakerState:
    open_s = min(LONGEST_OPEN_S, found.open_s * 2 if found.open_s else FIRST_OPEN_S)
    span_ms = round((open_s * rng.uniform(0.75, 1.0) + rng.uniform(0.0, crowd_s)) * 1000)
    return replace(found, open_s=open_s, until_ms=now_ms + span_ms, span_ms=span_ms, spread=False)
