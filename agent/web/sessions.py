"""Sessions of the page: given to whoever can read the key, proved by a cookie of that browser alone."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

COOKIE = "till"


class Sessions:
    """Made with the page's key, which lies beside the command line's socket for whoever may use that. Nothing
    is stored: a session is its name and the key's word for it, so it lives through a restart of the agent and
    ends with the key."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def begin(self, key: str) -> str | None:
        """The value of the cookie for a browser that brings the key; None for any other."""
        if not self._is_key(key):
            return None
        name = secrets.token_urlsafe(12)
        return f"{name}.{self._word(name)}"

    def holder(self, headers: Headers) -> str | None:
        """Who asks: a session's name, "key" for a program that sends the key itself, None for a stranger."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return "key" if self._is_key(key) else None
        name, _, word = cookie_parser(headers.get("cookie", "")).get(COOKIE, "").partition(".")
        right = hmac.compare_digest(word.encode(), self._word(name).encode())
        return f"session {name}" if name and right else None

    def _is_key(self, key: str) -> bool:
        return hmac.compare_digest(key.encode(), self._key)

    def _word(self, name: str) -> str:
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()
