"""The HTTP application: who may ask, and every route."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, StreamingResponse

from agent.language.sentence import Sentence
from agent.store.errors import FAULTS, RowDamaged, StoreError, StoreUnsure
from agent.till.turn import TillClosed
from agent.web.answers import not_done
from agent.web.backend import Backend
from agent.web.bounded_body import BoundedBody
from agent.web.commands import command_routes
from agent.web.descriptions import ANSWERS, NOT_FOUND, malformed
from agent.web.door import Door
from agent.web.page import Page
from agent.web.queries import query_routes
from agent.web.queue_routes import queue_routes
from agent.web.return_routes import return_routes
from agent.web.sessions import Sessions
from agent.web.used_keys import UsedKeys

log = logging.getLogger("agent.web")


def create_app(backend: Backend) -> FastAPI:
    """The application around a till. It serves this machine only."""
    app = FastAPI(
        title="pos-agent", version=backend.version, docs_url=None, redoc_url=None, responses=ANSWERS
    )
    app.add_middleware(UsedKeys, language=backend.language)
    app.add_middleware(BoundedBody, language=backend.language)
    app.add_middleware(Door, language=backend.language, sessions=Sessions(backend.page_key))
    app.add_exception_handler(RequestValidationError, malformed)

    @app.exception_handler(StoreError)
    async def store_failed(_: Request, error: StoreError) -> JSONResponse:
        unsure = isinstance(error, StoreUnsure)
        told = error.sentence if unsure else error.sentence.under("store-error")
        return not_done(backend.language, told, 503)

    @app.exception_handler(RowDamaged)
    async def row_damaged(_: Request, error: RowDamaged) -> JSONResponse:
        backend.damaged(error.sentence)
        return not_done(backend.language, error.sentence, 409)

    async def fault(request: Request, error: Exception) -> JSONResponse:
        """A mistake of ours; what a verb has done before it nobody knows here."""
        log.error("a request could not be answered", exc_info=error)
        changes = request.method != "GET"
        return not_done(backend.language, Sentence("fault.some" if changes else "fault.asked"), 409)

    for kind in FAULTS:
        app.add_exception_handler(kind, fault)

    @app.exception_handler(TillClosed)
    async def till_closed(_: Request, __: TillClosed) -> JSONResponse:
        return not_done(backend.language, Sentence("till-closed"), 503)

    @app.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> PlainTextResponse:
        """Counts for a monitoring system, in the Prometheus text format."""
        return PlainTextResponse(backend.metrics(), media_type="text/plain; version=0.0.4")

    app.include_router(command_routes(backend))
    app.include_router(queue_routes(backend))
    app.include_router(return_routes(backend))
    app.include_router(query_routes(backend))
    page = Page(backend)
    app.get("/events", response_class=StreamingResponse)(page.events)
    app.get("/start", response_model=None, response_class=HTMLResponse)(page.start)
    app.get("/i18n/{tag}.json", responses=NOT_FOUND)(page.words)
    app.get("/", response_model=None, response_class=HTMLResponse)(page.index)
    app.mount("/static", page.files)
    return app
