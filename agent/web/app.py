"""The HTTP application: who may ask, the event stream, the page's files."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from html import escape
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles

from agent.language.language import Language, page_words
from agent.language.sentence import Sentence
from agent.store.errors import FAULTS, RowDamaged, StoreError, StoreUnsure
from agent.till.board import Board
from agent.till.turn import TillClosed
from agent.web.backend import Backend
from agent.web.bounded_body import BoundedBody
from agent.web.commands import command_routes, not_done
from agent.web.descriptions import ANSWERS, NOT_FOUND, malformed
from agent.web.door import Door
from agent.web.leading import leading_to
from agent.web.queries import query_routes
from agent.web.queue_routes import queue_routes
from agent.web.return_routes import return_routes
from agent.web.sessions import COOKIE, Sessions

log = logging.getLogger("agent.web")

STATIC = Path(__file__).with_name("static")
# A page that hears nothing for five seconds says that the agent is silent.
HEARTBEAT_S = 2


def create_app(backend: Backend) -> FastAPI:
    """The application around a till. It serves this machine only."""
    app = FastAPI(
        title="pos-agent", version=backend.version, docs_url=None, redoc_url=None, responses=ANSWERS
    )
    app.add_middleware(BoundedBody, language=backend.language)
    sessions = Sessions(backend.page_key)
    app.add_middleware(Door, language=backend.language, sessions=sessions)
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

    @app.get("/events", response_class=StreamingResponse)
    async def events() -> StreamingResponse:
        """Server-Sent Events of whole snapshots, each with its version as id."""
        return StreamingResponse(_stream(backend.board), media_type="text/event-stream")

    @app.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> PlainTextResponse:
        """Counts for a monitoring system, in the Prometheus text format."""
        return PlainTextResponse(backend.metrics(), media_type="text/plain; version=0.0.4")

    app.include_router(command_routes(backend))
    app.include_router(queue_routes(backend))
    app.include_router(return_routes(backend))
    app.include_router(query_routes(backend))
    _page(app, backend, sessions)
    return app


def index_page(language: Language) -> str:
    """The page as it is until its scripts run."""
    texts = {
        "lang": language.tag,
        "title": language.text(Sentence("start.title")),
        "waiting": language.text(Sentence("start.waiting")),
        "missing": language.text(Sentence("start.missing", command="python -m agent.web.build_page")),
    }
    page = (STATIC / "index.html").read_text("utf-8")
    return re.sub(r"\{(\w+)\}", lambda place: escape(texts[place[1]]), page)


def _page(app: FastAPI, backend: Backend, sessions: Sessions) -> None:
    @app.get("/start", response_model=None, response_class=HTMLResponse)
    def start(key: str) -> Response:
        """Gives a browser that brings the page's key its session, and leads it to the page."""
        session = sessions.begin(key)
        if session is None:
            return not_done(backend.language, Sentence("no-session"), 401)
        # No redirect: the browser comes from a file, and a strict cookie goes along from our pages alone.
        answer = HTMLResponse(leading_to("/"))
        answer.set_cookie(COOKIE, session, httponly=True, samesite="strict")
        return answer

    @app.get("/i18n/{tag}.json", responses=NOT_FOUND)
    def words(tag: str) -> JSONResponse:
        """The page's texts in a language, or in "till", its own: {"lang", "words": {id: text or forms}}."""
        try:
            return JSONResponse(page_words(backend.language.tag if tag == "till" else tag))
        except LookupError:
            return not_done(backend.language, Sentence("no-such-language"), 404)

    @app.get("/", response_model=None, response_class=HTMLResponse)
    def index() -> Response:
        """The cashier's page, or why it is not here."""
        if not (STATIC / "vendor").is_dir():
            return PlainTextResponse(backend.language.text(Sentence("page-missing")) + "\n", 503)
        return HTMLResponse(index_page(backend.language))

    app.mount("/static", StaticFiles(directory=STATIC, check_dir=False))


def _beat(board: Board) -> bytes:
    return b"event: beat\ndata: %b\n\n" % board.clock().encode()


async def _stream(board: Board) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(changed.set)

    stop = board.listen(wake)
    sent = -1
    try:
        # A snapshot is drawn once a version: its time may be old, and a page shows the till's clock.
        yield _beat(board)
        while True:
            changed.clear()
            version, body = board.rendered()
            if version != sent:
                sent = version
                yield b"event: snapshot\nid: %d\ndata: %b\n\n" % (version, body)
            try:
                await asyncio.wait_for(changed.wait(), HEARTBEAT_S)
            except TimeoutError:
                yield _beat(board)
    finally:
        stop()
