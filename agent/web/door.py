"""Who may ask: the one place that decides it, before anything of the request's body is looked at.

By the socket, whoever its file mode lets in. By the page's port, where any program of the box can call: a
browser with a session, or a program with the page's key.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.language.language import Language
from agent.language.sentence import Sentence
from agent.web.answers import not_done
from agent.web.claims import HOLDER
from agent.web.page import signed_out_page
from agent.web.sessions import Sessions

SOCKET_USER = "user"
"""In a scope's client, of a connection by the socket: the user's number stands where others have a port."""
HEADERS = {
    "Content-Security-Policy": ("default-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Door:
    """Refuses foreign Host headers (DNS rebinding), commands sent by pages of another origin, and strangers;
    puts the headers on every answer. Plain ASGI, so that an event stream passes through it unbuffered."""

    def __init__(self, app: ASGIApp, language: Language, sessions: Sessions) -> None:
        self._app = app
        self._language = language
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refused = self._refused(scope)
        if refused is None:
            await self._app(scope, receive, with_headers)
        elif scope["path"] == "/":
            await self._shown(*refused)(scope, receive, with_headers)
        else:
            await not_done(self._language, *refused)(scope, receive, with_headers)

    def _shown(self, sentence: Sentence, status: int) -> ASGIApp:
        """A refusal to a person, who came for the page."""
        if sentence.code == "no-session":
            return HTMLResponse(signed_out_page(self._language), status)
        return PlainTextResponse(self._language.text(sentence) + "\n", status)

    def _refused(self, scope: Scope) -> tuple[Sentence, int] | None:
        headers = Headers(scope=scope)
        if not _own_host(scope, headers):
            return Sentence("foreign-host"), 400
        if _for_another_page(headers) or (scope["method"] == "POST" and not _same_origin(headers)):
            return Sentence("foreign-origin"), 403
        scope[HOLDER] = self._sessions.holder(headers) if over_tcp(scope) else f"user {_user(scope)}"
        if scope[HOLDER] is None and not _open_to_all(scope["path"]):
            return Sentence("no-session"), 401
        return None


def _open_to_all(path: str) -> bool:
    """What tells nothing of the shop but its counts, and the way in."""
    return path in ("/start", "/metrics", "/openapi.json") or path.startswith(("/static/", "/i18n/"))


def _own_host(scope: Scope, headers: Headers) -> bool:
    """The socket's name is the socket's alone: no resolver leads a browser there."""
    names = ("127.0.0.1", "localhost") if over_tcp(scope) else ("agent",)
    return headers.get("host", "").partition(":")[0] in names


def over_tcp(scope: Scope) -> bool:
    """Whether it came by the page's port, and not by the socket, whose file mode says who may speak."""
    server = scope.get("server")
    return server is None or server[1] is not None


def _user(scope: Scope) -> str:
    """The number of the user at the other end of the socket, as the kernel has it; "" where nobody told."""
    client = scope.get("client")
    return str(client[1]) if client and client[0] == SOCKET_USER else ""


def _for_another_page(headers: Headers) -> bool:
    """What a browser fetches for a page of somebody else's, such as the picture of a bill: the cookie goes
    along to every port of this box. That a person follows a link to the till is no page's doing."""
    elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return elsewhere and headers.get("sec-fetch-dest") != "document"


def _same_origin(headers: Headers) -> bool:
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False
