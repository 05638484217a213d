"""What one simulated cloud works with: ledger, rules, clock; and the call it is answering."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timezone
from email.utils import format_datetime
from typing import Any

from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.options import CloudOptions, TillAccount
from agent.simulated.cloud.books.wire_format import cluster_zone

CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The machine's time, with zone."""
    return datetime.now(UTC)


@dataclass(slots=True)
class CloudWorld:
    """One cloud. `options` may be replaced while it runs; `busy` holds keys of the customers being worked on,
    `recent` and `recent_of` the seconds of the calls of the last minute, `tokens` each token's end."""

    ledger: Ledger
    options: CloudOptions
    clock: Clock = system_clock
    tokens: dict[str, datetime] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    recent: deque[float] = field(default_factory=deque)
    recent_of: dict[str, deque[float]] = field(default_factory=dict)
    rejected: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=1000))

    @property
    def zone(self) -> timezone:
        """The cluster's zone."""
        return cluster_zone(self.options.cluster_offset_minutes)

    def now(self) -> datetime:
        """Now by the cloud's clock, in the cluster's zone, whole seconds as the vendor keeps them."""
        return self.time().astimezone(self.zone).replace(microsecond=0)

    def time(self) -> datetime:
        """Now by the cloud's clock."""
        return self.clock()

    def http_date(self) -> str:
        """The Date header of an answer sent now."""
        return format_datetime(self.time().astimezone(UTC), usegmt=True)

    def over_rate(self) -> bool:
        """Count a call; whether it is one too many for the last 60 seconds of the cloud's clock."""
        return _one_more(self.recent, self.options.rate_per_minute, self.time().timestamp())

    def over_customer_rate(self, keys: set[str]) -> bool:
        """Count a writing call about these customers; whether it is one too many for any of them."""
        limit, now = self.options.customer_rate_per_minute, self.time().timestamp()
        if not limit:
            return False
        return any(_one_more(self.recent_of.setdefault(key, deque()), limit, now) for key in sorted(keys))

    def code(self, purpose: str, number: int, length: int, letters: str = CODE_LETTERS) -> str:
        """A code that looks random and depends only on the seed, the purpose and the number."""
        digest = hashlib.sha256(f"{self.options.seed}/{purpose}/{number}".encode()).digest()
        while len(digest) < length:
            digest += hashlib.sha256(digest).digest()
        return "".join(letters[byte % len(letters)] for byte in digest[:length])


def _one_more(recent: deque[float], limit: int, now_s: float) -> bool:
    """Count one more unless that is too many; 0 is no limit."""
    if not limit:
        return False
    while recent and recent[0] <= now_s - 60:
        recent.popleft()
    if len(recent) >= limit:
        return True
    recent.append(now_s)
    return False


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated call: who calls, what is asked, and a place to note what it is about."""

    till: TillAccount
    query: Mapping[str, str]
    path: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None
    partial: bool = False
    """A fault wants some of the items refused (201)."""
    item_code: int = 0
    """A fault wants every item refused with this code."""
    about: dict[str, str] = field(default_factory=dict)

    def flag(self, name: str) -> bool:
        """Whether a query switch is on."""
        return self.query.get(name, "").lower() in {"true", "1"}

    def whole(self, name: str, default: int) -> int:
        """A count from the query; the default when it is absent or nonsense."""
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdigit() else default

    def note(self, **ids: str) -> None:
        """Tell the call log which bill, customer, coupon or reference this is about."""
        for name, value in ids.items():
            if value:
                self.about[name] = f"{self.about[name]},{value}" if name in self.about else value
