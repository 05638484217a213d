"""The application from the first moment: a page is shown while the commands are still being imported."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.web.backend import Backend
from agent.web.door import Door
from agent.web.page import Page
from agent.web.sessions import Sessions


class Early:
    """Answers what shows a page, behind the same door; all else waits for the whole application."""

    def __init__(self, backend: Backend) -> None:
        self._whole: asyncio.Future[ASGIApp] = asyncio.get_running_loop().create_future()
        page = Page(backend)

        def index(_: Request) -> Response:
            return page.index()

        def start(request: Request) -> Response:
            return page.start(request.query_params.get("key", ""))

        def words(request: Request) -> Response:
            return page.words(request.path_params["tag"])

        async def events(request: Request) -> Response:
            return await page.events(changes=request.query_params.get("changes") == "true")

        routes = [
            Route("/", index),
            Route("/start", start),
            Route("/i18n/{tag}.json", words),
            Route("/events", events),
            Mount("/static", page.files),
        ]
        shown = Router(routes, redirect_slashes=False, default=self._later)
        self._door = Door(shown, backend.language, Sessions(backend.page_key))

    def complete(self, whole: ASGIApp) -> None:
        """From now on the whole application answers."""
        self._whole.set_result(whole)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await (self._later if self._whole.done() else self._door)(scope, receive, send)

    async def _later(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._whole)(scope, receive, send)
