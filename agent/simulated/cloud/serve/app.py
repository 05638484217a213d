"""The simulated cloud as a FastAPI application."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from agent.simulated.cloud.api.envelope import v2_refused, v11_refused
from agent.simulated.cloud.api.operations import OPERATIONS, Operation
from agent.simulated.cloud.books.cloud_world import Clock, system_clock
from agent.simulated.cloud.books.ledger import Ledger
from agent.simulated.cloud.books.options import CloudOptions
from agent.simulated.cloud.books.refusal import Refusal
from agent.simulated.cloud.books.wire_format import dump
from agent.simulated.cloud.serve.request_cycle import REQUEST_ID, RequestCycle
from agent.simulated.cloud.trainer.control import add_control
from agent.simulated.cloud.trainer.faults import Faults
from agent.simulated.cloud.trainer.faulty_world import FaultyWorld

_KNOWN = re.compile(r"/v(1\.1|2|3)/")


def create_cloud(
    ledger: Ledger, faults: Faults, options: CloudOptions | None = None, *, clock: Clock = system_clock
) -> FastAPI:
    """The application over this ledger. `app.state.world` is its `FaultyWorld`.

    Dropped connections need `connections.CuttableProtocol`, with which `server` serves it.
    """
    world = FaultyWorld(ledger, options or CloudOptions(), clock, faults=faults)
    app = FastAPI(title="Simulated loyalty cloud", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.world = world
    for operation in OPERATIONS:
        app.add_api_route(
            operation.path, _endpoint(world, operation), methods=[operation.method], name=operation.name
        )
    add_control(app, world)
    app.add_exception_handler(HTTPException, _stray(world))
    return app


def _endpoint(world: FaultyWorld, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await RequestCycle(world, operation, request).respond()

    return answer


def _stray(world: FaultyWorld) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Paths and verbs that do not exist, in the envelope of their version: codes 404, 405 and 402."""

    async def answer(request: Request, error: Exception) -> Response:
        http = error.status_code if isinstance(error, HTTPException) else 500
        old = http == 404 and re.match(r"/v[0-9]", request.url.path) and not _KNOWN.match(request.url.path)
        refusal = Refusal("request", 402 if old else http)
        version_2 = request.url.path.startswith(("/v2", "/v3"))
        reply = v2_refused(refusal, http) if version_2 else v11_refused(refusal, http)
        entry = world.log.open(
            at=world.now().isoformat(),
            op="unknown",
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            request_id=world.code("request", world.log.count + 1, 13, "0123456789ABCDEF"),
        )
        entry.http, entry.codes, entry.outcome, entry.answered = http, [refusal.code], "refused", True
        headers = {REQUEST_ID: entry.request_id, "Date": world.http_date()}
        return Response(dump(reply.document), http, headers, media_type="application/json")

    return answer
