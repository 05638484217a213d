"""One call from its first byte to its last: faults, sign-in, lock, work, log, and how the answer goes out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from agent.simulated.cloud.api.authentication import admitted
from agent.simulated.cloud.api.envelope import Reply, v2_refused, v11_refused
from agent.simulated.cloud.api.operations import Operation, locked_by
from agent.simulated.cloud.books.cloud_world import Call
from agent.simulated.cloud.books.options import MAX_BODY_BYTES, TillAccount
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import WireError, dump, load
from agent.simulated.cloud.serve.connections import drop
from agent.simulated.cloud.trainer.call_log import Entry
from agent.simulated.cloud.trainer.faults import UNTRUE, Fault, Form, Kind, Stage
from agent.simulated.cloud.trainer.faulty_world import FaultyWorld
from agent.simulated.cloud.trainer.spoiled_answers import denied, mistyped, shaped

REQUEST_ID = "X-Cap-Requestid"
DRIP_PIECES = 8
_HTTP = {
    401: 401,
    403: 403,
    404: 404,
    405: 405,
    413: 413,
    415: 415,
    429: 429,
    4000: 403,
    4001: 503,
    91021: 401,
}
_PORTAL = (
    b"<!doctype html><html><head><title>Welcome to Free Wi-Fi</title></head>"
    b"<body><h1>Please accept the terms to go online</h1></body></html>"
)


class Dropped(Response):
    """No answer at all: the connection dies, with a FIN or, for `reset`, a RST."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__()
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await drop(scope, receive, reset=self._reset)


class Answer(Response):
    """A document on its way, whole, in pieces, or cut off with its connection; notes when it got out."""

    def __init__(self, entry: Entry, body: bytes, http: int, media: str, headers: Mapping[str, str]) -> None:
        super().__init__(body, http, dict(headers), media)
        self._entry = entry
        self.pause_s = 0.0
        self.cut_at: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if await Request(scope, receive).is_disconnected():
            return
        raw = bytes(self.body)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if self.cut_at is not None:
            await send({"type": "http.response.body", "body": raw[: self.cut_at], "more_body": True})
            await drop(scope, receive)
            return
        step = max(1, -(-len(raw) // DRIP_PIECES)) if self.pause_s else len(raw) or 1
        for start in range(0, len(raw), step):
            if start:
                await asyncio.sleep(self.pause_s)
            piece = {"type": "http.response.body", "body": raw[start : start + step], "more_body": True}
            await send(piece)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        self._entry.answered = True


class RequestCycle:
    """One call. `respond` gives the response object, after the ledger changed or did not."""

    def __init__(self, world: FaultyWorld, operation: Operation, request: Request) -> None:
        self.world = world
        self.operation = operation
        self.request = request
        self.struck: dict[Stage, Fault] = {
            fault.stage: fault for fault in world.faults.draw(operation.name, itemed=operation.itemed)
        }
        self.wait_s = 0
        number = world.log.count + 1
        self.entry = world.log.open(
            at=world.now().isoformat(),
            op=operation.name,
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            request_id=world.code("request", number, 13, "0123456789ABCDEF"),
            agent=request.headers.get("user-agent", ""),
            faults=[fault.kind.value for fault in self.struck.values()],
        )

    async def respond(self) -> Response:
        """Take the call through its stages."""
        outcome = self.struck.get(Stage.OUTCOME)
        if outcome and outcome.kind in (Kind.AWAY, Kind.RESET):
            return self._lost(outcome)
        try:
            body = await self.request.body()
        except ClientDisconnect:
            self.entry.outcome = "gone"
            return Dropped()
        self.entry.body_sha256 = hashlib.sha256(body).hexdigest()
        self.entry.body_bytes = len(body)
        if outcome and outcome.kind is Kind.LOSE_REQUEST:
            return self._lost(outcome)
        reply = await self._worked(body, outcome)
        timing = self.struck.get(Stage.TIMING)
        if timing and not timing.before:
            await asyncio.sleep(timing.seconds)
        if outcome and outcome.kind is Kind.LOSE_ANSWER:
            return self._lost(outcome)
        return self._answer(reply, outcome)

    def _lost(self, fault: Fault) -> Response:
        self.entry.outcome = fault.kind.value
        return Dropped(reset=fault.kind is Kind.RESET)

    async def _worked(self, body: bytes, outcome: Fault | None) -> Reply | None:
        """The reply of the work; None when a fault stands before it, so that nothing was done."""
        timing = self.struck.get(Stage.TIMING)
        delay = timing.seconds if timing and timing.before else 0.0
        try:
            if self.world.over_rate():
                raise self._too_many(429)
            call = self._asked(body, outcome)
        except Refusal as refusal:
            await asyncio.sleep(delay)
            return self._refused(refusal)
        keys = locked_by(self.world, self.operation, call)
        if keys & self.world.busy:
            return self._refused(Refusal("request", 521))
        if self.world.over_customer_rate(keys):
            return self._refused(self._too_many(517))
        self.world.busy |= keys
        try:
            if delay:
                await asyncio.sleep(delay)
            if outcome and outcome.before and outcome.kind not in (Kind.ITEM, *UNTRUE):
                return None
            if outcome and outcome.kind in UNTRUE:
                return self._untrue(call, outcome)
            return self._performed(call)
        finally:
            self.world.busy -= keys
            self.entry.about = call.about

    def _untrue(self, call: Call, fault: Fault) -> Reply:
        """The answer of a yes, made untrue; before the commit it is done in a copy of the books alone."""
        reply = self._rehearsed(call) if fault.before else self._performed(call)
        untrue = UNTRUE[fault.kind](reply.document)
        if fault.before and untrue == reply.document:
            return self._performed(call)  # it would be a plain lie, which nobody can tell
        return reply if _is_refusal(reply) else Reply(untrue, reply.http, reply.codes)

    def _rehearsed(self, call: Call) -> Reply:
        """What would be answered; nothing is done."""
        try:
            return self.operation.perform(replace(self.world, ledger=self.world.ledger.copy()), call)
        except Refusal as refusal:
            return self._refused(refusal)

    def _too_many(self, code: int) -> Refusal:
        self.wait_s = self.world.options.retry_after_s
        return Refusal("request", code)

    def _asked(self, body: bytes, outcome: Fault | None) -> Call:
        request = self.request
        nobody = TillAccount("", "", "")
        till = nobody if self.operation.unauthenticated else admitted(self.world, request.headers)
        self.entry.till = till.code
        document = self._document(body) if request.method in ("POST", "PUT") else None
        query = {name: value for name, value in request.query_params.items() if value != ""}
        partial = outcome is not None and outcome.kind is Kind.PARTIAL
        code = outcome.code if outcome and outcome.kind is Kind.ITEM and outcome.before else 0
        return Call(till, query, request.path_params, request.headers, document, partial, code)

    def _document(self, body: bytes) -> Any:
        media = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != "application/json" or self.request.query_params.get("format", "json").lower() != "json":
            raise Refusal("request", 415)
        if len(body) > MAX_BODY_BYTES:
            raise Refusal("request", 413)
        try:
            return load(body)
        except WireError as error:
            raise Refusal("request", 400) from error

    def _performed(self, call: Call) -> Reply:
        """Do it. There is no await in here, so what the revision shows is this call's own doing."""
        ledger = self.world.ledger
        with ledger.lock:
            before = ledger.revision
            world = self.world.seen_by(self.operation.name, reads=self.operation.reads(call.query))
            try:
                reply = self._refused_whole(call) or self.operation.perform(world, call)
            except Refusal as refusal:
                reply = self._refused(refusal)
            self.entry.committed = ledger.revision != before
        return reply

    def _refused_whole(self, call: Call) -> Reply | None:
        """A call without items, when a fault wants every item refused."""
        if not call.item_code or self.operation.itemed:
            return None
        return self._refused(Refusal("request", call.item_code, "Refused by the trainer"))

    def _refused(self, refusal: Refusal) -> Reply:
        options = self.world.options
        if self.operation.version == "v1.1":
            other = 400 if refusal.family == "request" else options.v11_failed_http
            return v11_refused(refusal, _HTTP.get(refusal.code, other))
        return v2_refused(refusal, _HTTP.get(refusal.code, options.v2_failed_http))

    def _answer(self, reply: Reply | None, outcome: Fault | None) -> Response:
        """The response for a reply, or for the fault that stands in its place."""
        if outcome and outcome.kind in _INSTEAD:
            self.entry.outcome = outcome.kind.value
            return self._instead(outcome)
        if reply is None:
            raise RuntimeError("no work was done and no fault answers")
        self.entry.codes = list(reply.codes)
        self.entry.outcome = "refused" if _is_refusal(reply) else "ok"
        if outcome and outcome.kind in (Kind.PARTIAL, Kind.ITEM, *UNTRUE):
            self.entry.outcome = outcome.kind.value
        if outcome and outcome.kind is Kind.ITEM and not outcome.before:
            reply = self._denied(reply, outcome.code)
        return self._spoiled(reply)

    def _spoiled(self, reply: Reply) -> Answer:
        fault = self.struck.get(Stage.BODY)
        document, rng = reply.document, self.world.faults.random
        if fault and fault.kind is Kind.SHAPE:
            document = shaped(document, rng)
        elif fault and fault.kind is Kind.TYPES:
            document = mistyped(document, rng)
        raw = dump(document)
        if fault and fault.kind is Kind.EMPTY:
            raw = b""
        elif fault and fault.kind is Kind.TRUNCATED and not fault.broken:
            raw = raw[: len(raw) // 2]
        answer = self._sent(raw, reply.http, "application/json", wait_s=self.wait_s)
        if fault and fault.kind is Kind.TRUNCATED and fault.broken:
            answer.cut_at = len(raw) // 2
        return answer

    def _instead(self, fault: Fault) -> Answer:
        if fault.kind is Kind.PORTAL:
            return self._sent(_PORTAL, 200, "text/html", known=False)
        if fault.kind is Kind.HTTP and fault.form != Form.PAGE:
            return self._sent(dump(_failure(fault)), fault.status, "application/json")
        if fault.kind is Kind.HTTP:
            page = f"<html><body><h1>{fault.status}</h1></body></html>".encode()
            return self._sent(page, fault.status, "text/html")
        code = {Kind.LIMITED: 429, Kind.REFUSED: fault.code}.get(fault.kind, 500)
        reply = self._refused(Refusal("request", code))
        http = self._failed_http() if code == 500 else reply.http
        self.entry.codes = [code]
        return self._sent(dump(reply.document), http, "application/json", wait_s=fault.retry_after)

    def _failed_http(self) -> int:
        """v1.1 says 500 in the envelope, under what the options say; v2 has only the status for it."""
        return self.world.options.v11_failed_http if self.operation.version == "v1.1" else 500

    def _denied(self, reply: Reply, code: int) -> Reply:
        """What was done, said not to be, under the status of any refusal of the call."""
        refused = self._refused(Refusal("request", code))
        self.entry.codes = [code]
        return Reply(denied(reply.document, code, "Refused by the trainer"), refused.http)

    def _sent(self, raw: bytes, http: int, media: str, *, known: bool = True, wait_s: int = 0) -> Answer:
        self.entry.http = http
        headers = {"Date": self.world.http_date()}
        if known:
            headers |= {REQUEST_ID: self.entry.request_id, "Cache-Control": "no-store"}
        if wait_s:
            headers["Retry-After"] = str(wait_s)
        if known and self.operation.version == "v2":
            headers |= {"org_id": str(self.world.options.org_id), "till": self.entry.till}
        answer = Answer(self.entry, raw, http, media, headers)
        pace = self.struck.get(Stage.PACE)
        answer.pause_s = pace.seconds if pace else 0.0
        return answer


_INSTEAD = {Kind.PORTAL, Kind.HTTP, Kind.FAILED, Kind.LIMITED, Kind.REFUSED}


def _failure(fault: Fault) -> dict[str, Any]:
    """The body of a 5xx that has one."""
    told = {"code": fault.status, "message": "The server failed"}
    if fault.form == Form.ENVELOPE:
        return {"response": {"status": {"success": "false", **told}}}
    if fault.form == Form.ERRORS:
        return {"errors": [{"status": False, **told}]}
    return {"errorCode": fault.status, "message": told["message"]}


def _is_refusal(reply: Reply) -> bool:
    document = reply.document
    if document.get("errors"):
        return True
    status = document.get("response", {})
    return isinstance(status, dict) and status.get("status", {}).get("success") == "false"
