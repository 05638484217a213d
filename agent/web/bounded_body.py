"""How much of a request is read: no more than the largest lawful one."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.language.language import Language
from agent.language.sentence import Sentence
from agent.web.answers import not_done

MOST_BYTES = 256 * 1024


class BoundedBody:
    """Answers 413 to a body above MOST_BYTES, declared or not, without keeping it."""

    def __init__(self, app: ASGIApp, language: Language) -> None:
        self._app = app
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        whole, much, more = [], 0, scope["method"] not in ("GET", "HEAD")
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return  # who asked is gone
            much += len(message.get("body", b""))
            if much > MOST_BYTES:
                refusal = not_done(self._language, Sentence("body-too-large"), 413)
                await refusal(scope, receive, send)
                return
            whole.append(message.get("body", b""))
            more = message.get("more_body", False)
        body: Message = {"type": "http.request", "body": b"".join(whole), "more_body": False}
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return body

        await self._app(scope, again, send)
