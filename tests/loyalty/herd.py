"""Thousands of tills come back after an outage: the real forwarders, a token bucket, no network, no clock.

Each till has been without the cloud for hours, or for half a minute, so its breaker is open and its next
probe falls somewhere in the pause it chose. The cloud lets through what the published limit allows and turns
the rest away with 429.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from agent.language.language import english
from agent.loyalty.calls.builders import transaction_add
from agent.loyalty.calls.call import Call, decode
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.forwarder import loop
from agent.loyalty.forwarder.breaker_state import FAILURES_TO_OPEN, LONGEST_OPEN_S, BreakerState
from agent.loyalty.forwarder.bulk import requests_for
from agent.loyalty.forwarder.drain_delay import crowd_s, spread_s
from agent.loyalty.forwarder.loop import Forwarder
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from agent.sale.basket import Customer
from agent.sale.queue_terms import Op

from .bills import bill
from .conftest import options_for
from .memory_queue import MemoryQueue

BACK_MS = 1_775_000_000_000
ANSWER_MS = 50
"""A round trip."""
SAVED = 25.0
"""What the bucket holds: one second of 1,500 calls a minute. The limit is by the minute: this is strict."""


@dataclass
class Bucket:
    """The cloud's door: so many calls a second, and what it saved up for a moment."""

    per_s: float
    saved: float = 0.0
    at_ms: int = BACK_MS
    offered: Counter[int] = field(default_factory=Counter)
    rejected: int = 0
    told: Counter[str] = field(default_factory=Counter)
    last_ms: int = BACK_MS

    def answer(self, call: Call, now_ms: int) -> RawAnswer:
        self.offered[(now_ms - BACK_MS) // 1000] += 1
        since_ms = max(0, now_ms - self.at_ms)
        self.saved = min(SAVED, self.saved + self.per_s * since_ms / 1000)
        self.at_ms += since_ms
        if self.saved < 1:
            self.rejected += 1
            return _said({"errors": [{"code": 429, "message": ""}]}, 429)
        self.saved -= 1
        self.last_ms = now_ms
        if call.op != Op.TRANSACTION_BULK:
            self.told[call.fact("number")] += 1
            return _said({"createdId": 1, "errors": []})
        numbers = [element["billNumber"] for element in decode(call.body)]
        self.told.update(numbers)
        done = [{"entityId": 1, "result": {"billNumber": number}, "errors": []} for number in numbers]
        return _said({"response": done})


def _said(body: Any, status: int = 200) -> RawAnswer:
    return RawAnswer(Kind.ANSWERED, status, json.dumps(body).encode())


@dataclass(frozen=True)
class Herd:
    """What came of it. Peaks are calls offered, whether let through or not."""

    peak_s: int
    peak_minute: int
    calls: int
    rejected: int
    drain_s: float
    ideal_s: float
    spread_s: float
    lost_or_doubled: int


class _Sender:
    """One of the herd: a forwarder with its queue in memory, at the door that all share."""

    def __init__(
        self, number: int, rows: int, door: Bucket, options: CloudOptions, rng: Random, *, short: bool
    ) -> None:
        self.now_ms = BACK_MS
        self.door = door
        self.options = replace(options, store_code=f"S{number // 4}", till_code=f"T{number % 4}")
        opened = _just_opened if short else _open
        self.queue = MemoryQueue(breaker=opened(rng, crowd_s(options)).to_text())
        for row in range(rows):
            self.queue.add(_call(row, f"{number}-{row}"), now_ms=BACK_MS - 3_600_000)
        self.forwarder = Forwarder(
            self.queue, self, self.options, lambda: self.now_ms, rng, text=english().text
        )

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        del deadline_s
        answer = self.door.answer(call, self.now_ms)
        meanwhile()
        self.now_ms += ANSWER_MS
        return answer


def _just_opened(rng: Random, crowd: float) -> BreakerState:
    """A breaker that opened within the last half minute."""
    at_ms = BACK_MS - round(rng.uniform(0, 20) * 1000)
    return BreakerState(failures=FAILURES_TO_OPEN - 1, since_ms=at_ms).failed(at_ms, rng, "no line", crowd)


def _open(rng: Random, crowd: float) -> BreakerState:
    """A breaker hours into an outage, at a moment of its pause that has nothing to do with the cloud's."""
    breaker = BreakerState(failures=FAILURES_TO_OPEN, open_s=LONGEST_OPEN_S)
    at_ms = BACK_MS - round(rng.uniform(3, 5) * LONGEST_OPEN_S * 1000)
    while True:
        breaker = breaker.failed(at_ms, rng, "no line", crowd)
        if breaker.until_ms > BACK_MS:
            return breaker
        at_ms = breaker.until_ms


_MADE: dict[int, Call] = {}


def _call(row: int, number: str) -> Call:
    """A bill, made once for each place in the queue: only its number differs between tills."""
    if row not in _MADE:
        who = Customer(mobile=f"9190000{row:05d}")
        _MADE[row] = transaction_add(options_for(), bill("NUMBER", customer=who))
    made = _MADE[row]
    facts = tuple((name, number if name == "number" else value) for name, value in made.facts)
    return replace(made, body=made.body.replace(b'"NUMBER"', f'"{number}"'.encode()), facts=facts)


def stampede(
    tills: int, rows: int, per_minute: int, *, told: bool = True, short: bool = False, seed: int = 1
) -> Herd:
    """The cloud comes back. told: the tills know of each other. short: it was away for half a minute."""
    rng = Random(seed)
    door = Bucket(per_minute / 60)
    options = options_for(fleet_tills=tills if told else 1, requests_per_minute=per_minute)
    herd = [_Sender(number, rows, door, options, rng, short=short) for number in range(tills)]
    idle, loop.IDLE_S = loop.IDLE_S, 10_000.0
    try:
        _play(herd)
    finally:
        loop.IDLE_S = idle
    minutes: Counter[int] = Counter()
    for second, count in door.offered.items():
        minutes[second // 60] += count
    return Herd(
        peak_s=max(door.offered.values()),
        peak_minute=max(minutes.values()),
        calls=sum(door.offered.values()),
        rejected=door.rejected,
        drain_s=(door.last_ms - BACK_MS) / 1000,
        ideal_s=tills * requests_for(rows, herd[0].options.bulk_rows) * 60 / per_minute,
        spread_s=spread_s(herd[0].options, rows),
        lost_or_doubled=tills * rows - sum(count == 1 for count in door.told.values()),
    )


def _play(herd: list[_Sender]) -> None:
    ahead = [(BACK_MS, number) for number in range(len(herd))]
    heapq.heapify(ahead)
    while ahead:
        now_ms, number = heapq.heappop(ahead)
        till = herd[number]
        till.now_ms = max(till.now_ms, now_ms)
        wait_s = till.forwarder.step()
        if till.queue.open:
            heapq.heappush(ahead, (max(till.now_ms, now_ms) + max(1, round(wait_s * 1000)), number))
