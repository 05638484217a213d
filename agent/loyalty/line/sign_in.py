"""How a till tells the cloud who it is: user name and password, or an OAuth token (docs/capillary.md 2)."""

from __future__ import annotations

import base64
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from agent.language.sentence import Sentence
from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call, encode
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.line.exchange import Kind, RawAnswer
from agent.loyalty.line.server_date import boottime_ms
from agent.loyalty.line.trouble import Trouble

log = logging.getLogger(__name__)

TOKEN_PATH = "/v3/oauth/token/generate"
TOKEN_HEADER = "X-CAP-API-OAUTH-TOKEN"
ENTITY_TYPE = "X-CAP-API-ATTRIBUTION-ENTITY-TYPE"
ENTITY_CODE = "X-CAP-API-ATTRIBUTION-ENTITY-CODE"
RENEW_AT = 0.8
"""Share of a token's life after which a new one is asked for."""
AGAIN_S = 5.0
"""Least time between two attempts to renew a token that still holds."""
_UNTOLD_TTL_S = 60.0
_LONGEST_TOKEN = 8192

Carry = Callable[[Call, float, Mapping[str, str]], RawAnswer]
"""Exchanges a call before a monotonic moment, with these headers."""


class SignIn(Protocol):
    """What makes a request this till's. Safe to share between threads and transports."""

    def headers(self, carry: Carry, until: float) -> Mapping[str, str] | RawAnswer:
        """The headers to sign with; or why there are none, as the answer to the call they were for."""
        ...

    def refused(self, signed: Mapping[str, str]) -> bool:
        """The cloud turned these away (401): whether they will be others the next time."""
        ...


def sign_in(options: CloudOptions) -> SignIn:
    """The way the settings name."""
    if options.no_secret:
        return WithoutSecret(options.no_secret)
    return Tokens(options) if options.auth == "oauth" else Basic(options)


def basic_auth(username: str, password: str) -> str:
    """The Authorization value of a till: user name and md5 of the password in lower-case hex
    (docs/capillary.md 2)."""
    digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
    return "Basic " + base64.b64encode(f"{username}:{digest}".encode()).decode()


class Basic:
    """User name and password with every call."""

    def __init__(self, options: CloudOptions) -> None:
        self._headers = {"Authorization": basic_auth(options.username, options.password)}

    def headers(self, carry: Carry, until: float) -> Mapping[str, str] | RawAnswer:  # noqa: ARG002
        """Always the same."""
        return self._headers

    def refused(self, signed: Mapping[str, str]) -> bool:  # noqa: ARG002
        """The password will not be better the second time."""
        return False


class WithoutSecret:
    """The password or secret is not to be had: no call is sent, rather than one the cloud must refuse."""

    def __init__(self, why: Sentence) -> None:
        self._why = why

    def headers(self, carry: Carry, until: float) -> Mapping[str, str] | RawAnswer:  # noqa: ARG002
        """Why there are none."""
        return RawAnswer(Kind.NEVER_SENT, reason=self._why, trouble=Trouble.SECRET)

    def refused(self, signed: Mapping[str, str]) -> bool:  # noqa: ARG002
        """Nothing was signed."""
        return False


@dataclass(frozen=True, slots=True)
class _Token:
    """A token with the moments at which to renew it and at which it ends, on a clock that runs while the
    machine sleeps."""

    text: str = field(repr=False)
    renew_at: float
    ends_at: float


def _now() -> float:
    """Seconds of that clock."""
    return boottime_ms() / 1000


class Tokens:
    """One token for all threads of the till, renewed by one of them while the others use the old one.

    Getting a token takes its time out of the deadline of the call that needs it.
    """

    def __init__(self, options: CloudOptions) -> None:
        self._options = options
        self._token: _Token | None = None
        self._renewing = threading.Lock()

    def headers(self, carry: Carry, until: float) -> Mapping[str, str] | RawAnswer:
        """The token and on whose behalf it is used."""
        token = self._token
        if token is None or _now() >= token.renew_at:
            got = self._renewed(carry, until, token)
            if isinstance(got, _Token):
                token = got
            elif token is None or _now() >= token.ends_at:
                return got
        if _now() >= token.ends_at:
            over = Sentence("line.token-over")
            return RawAnswer(Kind.NEVER_SENT, reason=over, trouble=Trouble.SIGN_IN)
        return {TOKEN_HEADER: token.text, ENTITY_TYPE: "TILL", ENTITY_CODE: self._options.till_code}

    def refused(self, signed: Mapping[str, str]) -> bool:
        """A token may be taken back before its time; the next call asks for a new one."""
        with self._renewing:
            if self._token is not None and self._token.text == signed.get(TOKEN_HEADER):
                self._token = None
        return True

    def _renewed(self, carry: Carry, until: float, old: _Token | None) -> _Token | RawAnswer:
        holds = old is not None and _now() < old.ends_at
        left_s = max(until - time.monotonic(), 0)
        if not self._renewing.acquire(timeout=0 if holds else left_s):
            late = Sentence("line.sign-in-late")
            return RawAnswer(Kind.NEVER_SENT, reason=late, trouble=Trouble.LATE)
        try:
            if self._token is not None and self._token is not old:
                return self._token
            # While the old token holds, half of the time is kept for the call itself.
            got = self._asked(carry, until - left_s / 2 if holds else until)
            if isinstance(got, _Token):
                self._token = got
            elif old is not None:
                self._token = replace(old, renew_at=min(_now() + AGAIN_S, old.ends_at))
            return got
        finally:
            self._renewing.release()

    def _asked(self, carry: Carry, until: float) -> _Token | RawAnswer:
        body = encode({"key": self._options.oauth_key, "secret": self._options.oauth_secret})
        asked_at = _now()
        answer = carry(Call("oauth_token", "POST", TOKEN_PATH, body=body), until, {})
        if answer.kind is not Kind.ANSWERED:
            why = Sentence("line.sign-in", reason=answer.reason or "")
            return replace(answer, kind=Kind.NEVER_SENT, reason=why)
        told = fields.parse(answer.body) or fields.NOTHING
        text = fields.value(told, "data", "accessToken")
        if answer.http_status < 400 and isinstance(text, str) and 0 < len(text) <= _LONGEST_TOKEN:
            ttl = fields.decimal(told, "data", "ttlSeconds")
            ttl_s = _UNTOLD_TTL_S if ttl is None else float(ttl)
            log.info("signed in for %s s", round(ttl_s))
            return _Token(text, asked_at + ttl_s * RENEW_AT, asked_at + ttl_s)
        return _without_token(answer, fields.whole(told, "errors", "code"))


def _without_token(answer: RawAnswer, code: int | None) -> RawAnswer:
    """What the call comes to: refused like one of a till that is not let in, or never sent."""
    status = code if code in (401, 403, 429) else answer.http_status
    log.warning("no token: HTTP status %s, code %s", answer.http_status, code or "none")
    if status in (403, 429):
        return replace(answer, http_status=status, body=b"")
    if status in (404, 405, 410):
        # Nothing is at this address. Whoever's page it is, the call itself was not sent: no doubt is left.
        return replace(answer, http_status=status, body=b"{}")
    if 400 <= status < 500 and status != 408:
        return replace(answer, http_status=401, body=b"")
    why = Sentence("line.no-token", status=status)
    return replace(answer, kind=Kind.NEVER_SENT, reason=why, trouble=Trouble.SIGN_IN)
