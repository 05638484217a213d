"""The line between the tills and the simulated cloud: no sockets, and whatever a line can do to a call."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request

from agent.language.sentence import Sentence
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.line.exchange import Kind, RawAnswer
from agent.loyalty.line.sign_in import basic_auth
from agent.loyalty.line.transport import request_id
from agent.sale.queue_terms import Op
from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.options import CloudOptions as CloudRules
from agent.simulated.cloud.serve.app import create_cloud
from agent.simulated.cloud.trainer.faults import Faults
from agent.simulated.cloud.trainer.faulty_world import FaultyWorld

START_MS = 1_775_000_000_000
FATES = {"lost after": 45, "late": 5, "lost before": 17, "never sent": 8, "answered": 25}
"""What becomes of a call, in percent: half of all answers are lost after the commit, a quarter before it.

late: the till gives up, the request arrives a moment after. It is never later than the two seconds after
which the forwarder asks what became of a call (retry.UNSURE_S)."""
LATE_MS = (1, 1_900)
_PATIENCE_MS = 30_000
CLOUD_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "shape", "chance": 0.5},
    {"kind": "types", "chance": 0.02},
    {"kind": "truncated", "chance": 0.02},
    {"kind": "empty", "chance": 0.01},
    {"kind": "refused", "code": 521, "chance": 0.05},
    {"kind": "limited", "chance": 0.005},
    {"kind": "limited", "retry_after": 90, "chance": 0.005},
    {"kind": "refused", "code": 517, "chance": 0.01},
    {"kind": "refused", "code": 407, "when": "after", "chance": 0.01},
    {"kind": "refused", "code": 461, "when": "after", "chance": 0.01},
    {"kind": "item", "code": 790, "op": "coupon/redeem", "when": "after", "chance": 0.03},
    {"kind": "item", "code": 815, "op": "points/redeem", "when": "after", "chance": 0.03},
    {"kind": "item", "code": 99_998, "when": "after", "chance": 0.005},
    {"kind": "http", "when": "after", "status": 502, "form": "errors", "chance": 0.01},
    {"kind": "http", "when": "before", "status": 503, "form": "envelope", "chance": 0.01},
    {"kind": "http", "when": "after", "status": 504, "chance": 0.02},
    {"kind": "http", "when": "before", "status": 502, "chance": 0.01},
    {"kind": "failed", "when": "after", "chance": 0.01},
    {"kind": "partial", "chance": 0.01},
    {"kind": "portal", "chance": 0.005},
)
"""What the cloud itself does to calls that reach it."""


@dataclass
class Clock:
    """The only clock of the shop, in milliseconds."""

    now_ms: int = START_MS

    def __call__(self) -> int:
        return self.now_ms

    def moment(self) -> datetime:
        """The same for those who want a date."""
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)


@dataclass
class Line:
    """One cloud and the way to it. Every decision comes from the seed."""

    rng: Random
    clock: Clock
    rules: CloudRules
    loop: asyncio.AbstractEventLoop
    calls: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    batches: Counter[int] = field(default_factory=Counter)
    """How many bills the bulk calls had."""
    away_until_ms: int = 0
    """Nothing is reached before this moment."""
    calm: bool = False
    planned: list[str] = field(default_factory=list)
    """Fates of the next calls, for tests of one moment."""
    app: FastAPI = field(init=False)
    _endpoints: dict[tuple[str, str], Any] = field(init=False)
    _late: list[tuple[int, int, Call, CloudOptions]] = field(default_factory=list)

    def __post_init__(self) -> None:
        faults = Faults(self.rng.getrandbits(32))
        self.app = create_cloud(Ledger(), faults, self.rules, clock=self.clock.moment)
        # Past the router: finding the endpoint anew for each call would take as long as the call.
        self._endpoints = {
            (method, route.path): route.endpoint
            for route in self.app.routes
            if isinstance(route, APIRoute)
            for method in route.methods
        }
        for fault in CLOUD_FAULTS:
            faults.add(**fault)

    @property
    def world(self) -> FaultyWorld:
        """The cloud behind the line."""
        world: FaultyWorld = self.app.state.world
        return world

    @property
    def ledger(self) -> Ledger:
        """The cloud's books."""
        return self.world.ledger

    def calm_down(self) -> None:
        """From now on everything arrives and is answered."""
        self.deliver(self.clock.now_ms + LATE_MS[1])
        self.calm, self.away_until_ms = True, 0
        self.world.faults.clear()

    def carry(self, options: CloudOptions, call: Call) -> RawAnswer:
        """A till's call, to whatever end the line has for it. Takes time on the shop's clock."""
        fate = self._fate()
        self.calls[call.op] += 1
        if call.op == Op.TRANSACTION_BULK:
            self.batches[call.body.count(b'"billNumber":')] += 1
        self.clock.now_ms += self.rng.randint(5, 200)
        self.deliver(self.clock.now_ms)
        if fate == "never sent":
            return RawAnswer(Kind.NEVER_SENT, reason=Sentence("line.unreached", error="refused"))
        if fate == "late":
            due_ms = self.clock.now_ms + self.rng.randint(*LATE_MS)
            heapq.heappush(self._late, (due_ms, self.calls.total(), call, options))
        answer = self._reach(options, call) if fate in ("lost after", "answered") else None
        if fate == "answered" and answer is not None:
            return answer
        self.clock.now_ms += self.rng.choice((0, _PATIENCE_MS)) if fate != "late" else 0
        return RawAnswer(Kind.UNKNOWN, reason=Sentence("line.broken", error="reset"))

    def deliver(self, until_ms: int) -> None:
        """Let the requests arrive that were still on their way."""
        while self._late and self._late[0][0] <= until_ms:
            _, _, call, options = heapq.heappop(self._late)
            self._reach(options, call)

    def _fate(self) -> str:
        """What was planned, or chance; only chance is counted."""
        if self.clock.now_ms < self.away_until_ms:
            return "never sent"
        if self.planned:
            return self.planned.pop(0)
        fate = "answered" if self.calm else self.rng.choices(list(FATES), list(FATES.values()))[0]
        self.fates[fate] += 1
        return fate

    def _reach(self, options: CloudOptions, call: Call) -> RawAnswer:
        status, headers, body = self.loop.run_until_complete(self._asked(options, call))
        return RawAnswer(Kind.ANSWERED, status, body, headers, request_id(headers))

    async def _asked(self, options: CloudOptions, call: Call) -> tuple[int, dict[str, str], bytes]:
        """One call, given to the endpoint of the application that serves its path."""
        started: dict[str, Any] = {}
        pieces: list[bytes] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": call.body, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                pieces.append(message["body"])

        request = Request(_scope(options, call), receive)
        response = await self._endpoints[call.method, call.path](request)
        await response(request.scope, receive, send)
        headers = {name.decode().lower(): text.decode() for name, text in started["headers"]}
        return started["status"], headers, b"".join(pieces)


def _scope(options: CloudOptions, call: Call) -> dict[str, Any]:
    path, _, query = call.target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (b"host", b"cloud"),
            (b"authorization", basic_auth(options.username, options.password).encode()),
            (b"content-type", b"application/json"),
            (b"user-agent", options.user_agent.encode()),
            *((name.lower().encode(), value.encode()) for name, value in call.headers),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
