"""A key is for one command: sent again with another, it is refused and nothing is done."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.language.language import Language
from agent.language.sentence import Sentence
from agent.web.answers import not_done

_REMEMBERED = 256
_LONG = 4096
_HEADER = b"idempotency-key"
_WORD = ("supervisor", "pin", "asked")
"""What a supervisor's word adds to a command, which is the same one for that."""


class UsedKeys:
    """Within BoundedBody, so that a body comes whole. What was not done frees its key. Like the answers of
    the till it remembers the last; after a restart a key is known by its answer alone."""

    def __init__(self, app: ASGIApp, language: Language) -> None:
        self._app = app
        self._language = language
        self._asked: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope) if scope["type"] == "http" and scope["method"] == "POST" else ""
        if not key:
            await self._app(scope, receive, send)
            return
        first: Message | None = await receive()
        asked = scope["path"], _without_pin(first.get("body", b"") if first else b"")
        if (known := self._asked.setdefault(key, asked)) != asked and _form(*known) != _form(*asked):
            await not_done(self._language, Sentence("key-reused"), 409)(scope, receive, send)
            return
        self._asked.move_to_end(key)
        while len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)

        async def again() -> Message:
            nonlocal first
            message, first = first, None
            return message if message is not None else await receive()

        done = False

        async def heard(message: Message) -> None:
            nonlocal done
            if message["type"] == "http.response.start":
                done = message["status"] == 200
                if not done:
                    self._asked.pop(key, None)
            await send(message)

        try:
            await self._app(scope, again, heard)
        finally:
            if not done:
                self._asked.pop(key, None)


def _key(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == _HEADER), "")


def _without_pin(body: bytes) -> bytes:
    """What is kept of a body: no PIN, and nothing long."""
    if len(body) > _LONG:
        return hashlib.blake2b(body).digest()
    return json.dumps(_parsed(body)).encode() if b"pin" in body else body


def _form(path: str, body: bytes) -> tuple[str, Any]:
    """A command with its values; what is no JSON is refused further in."""
    return path, _parsed(body)


def _parsed(body: bytes) -> Any:
    try:
        form = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return repr(body)
    return {name: form[name] for name in form if name not in _WORD} if isinstance(form, dict) else form
