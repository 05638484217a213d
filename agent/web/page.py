"""What a browser asks for to show the page: the page, its words, its files, and the event stream."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.staticfiles import StaticFiles

from agent.language.language import Language, page_words
from agent.language.sentence import Sentence
from agent.till.board import Board
from agent.till.picture import Picture
from agent.web.answers import not_done
from agent.web.backend import Backend
from agent.web.leading import leading_to
from agent.web.sessions import COOKIE, Sessions

STATIC = Path(__file__).with_name("static")
# A page that hears nothing for five seconds says that the agent is silent.
HEARTBEAT_S = 2
_LOOK_S = 0.25


def index_page(language: Language) -> str:
    """The page as it is until its scripts run."""
    texts = {
        "lang": language.tag,
        "title": language.text(Sentence("start.title")),
        "waiting": language.text(Sentence("start.waiting")),
        "missing": language.text(Sentence("start.missing", command="python -m agent.web.build_page")),
    }
    return _filled("index.html", texts)


def signed_out_page(language: Language) -> str:
    """For whoever stands before a browser that has no session: what to do. It looks again by itself."""
    texts = {
        "lang": language.tag,
        "title": language.text(Sentence("start.title")),
        "what": language.text(Sentence("start.signed-out")),
        "kept": language.text(Sentence("start.signed-out.kept")),
        "first": language.text(Sentence("start.signed-out.first")),
        "second": language.text(Sentence("start.signed-out.second")),
        "third": language.text(Sentence("start.signed-out.third")),
    }
    return _filled("signed_out.html", texts)


def _filled(name: str, texts: dict[str, str]) -> str:
    page = (STATIC / name).read_text("utf-8")
    return re.sub(r"\{(\w+)\}", lambda place: escape(texts[place[1]]), page)


class Page:
    """Its answers. They are routed twice: while the rest of the application is made, and with it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._sessions = Sessions(backend.page_key)
        self.files = StaticFiles(directory=STATIC, check_dir=False)

    def start(self, key: str) -> Response:
        """Gives a browser that brings the page's key its session, and leads it to the page."""
        session = self._sessions.begin(key)
        if session is None:
            return not_done(self._backend.language, Sentence("no-session"), 401)
        # No redirect: the browser comes from a file, and a strict cookie goes along from our pages alone.
        answer = HTMLResponse(leading_to("/"))
        answer.set_cookie(COOKIE, session, httponly=True, samesite="strict")
        return answer

    def words(self, tag: str) -> JSONResponse:
        """The page's texts in a language, or in "till", its own: {"lang", "words": {id: text or forms}}."""
        try:
            return JSONResponse(page_words(self._backend.language.tag if tag == "till" else tag))
        except LookupError:
            return not_done(self._backend.language, Sentence("no-such-language"), 404)

    def index(self) -> Response:
        """The cashier's page, or why it is not here."""
        if not (STATIC / "vendor").is_dir():
            missing = self._backend.language.text(Sentence("page-missing"))
            return PlainTextResponse(missing + "\n", 503)
        return HTMLResponse(index_page(self._backend.language))

    async def events(self, *, changes: bool = False) -> StreamingResponse:
        """Server-Sent Events, each with its version as id: whole snapshots, or, with changes, after the first
        only what has changed since the one before."""
        stream = _stream(self._backend.board, self._backend.hangs, changes=changes)
        return StreamingResponse(stream, media_type="text/event-stream")


def event(now: Picture, before: Picture | None) -> bytes:
    """The event that leads a listener, who has before or nothing, to now."""
    if before is None:
        return b"event: snapshot\nid: %d\ndata: %b\n\n" % (now.version, now.whole)
    return b"event: change\nid: %d\ndata: %b\n\n" % (now.version, now.since(before))


def _beat(board: Board) -> bytes:
    return b"event: beat\ndata: %b\n\n" % board.clock().encode()


async def _stream(board: Board, hangs: Callable[[], bool], *, changes: bool) -> AsyncIterator[bytes]:
    """Silent while the till hangs: a page that heard of it meanwhile would take its presses for heard."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def wake() -> None:
        # A loop that has ended meanwhile is no matter of who changes the board.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(changed.set)

    stop = board.listen(wake)
    sent: Picture | None = None
    try:
        # A snapshot is drawn once a version: its time may be old, and a page shows the till's clock.
        await _answering(hangs)
        yield _beat(board)
        while True:
            changed.clear()
            await _answering(hangs)
            now = board.picture()
            if sent is not now:
                yield event(now, sent if changes else None)
                sent = now
            try:
                await asyncio.wait_for(changed.wait(), HEARTBEAT_S)
            except TimeoutError:
                await _answering(hangs)
                yield _beat(board)
    finally:
        stop()


async def _answering(hangs: Callable[[], bool]) -> None:
    while hangs():
        await asyncio.sleep(_LOOK_S)
