"""The way to the cloud: one exchange under one deadline, ended as answered, never sent or unknown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from agent.language.sentence import Sentence
from agent.loyalty.calls import fields
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.line.exchange import Kind, RawAnswer, Wire, idle
from agent.loyalty.line.sign_in import SignIn, sign_in
from agent.loyalty.line.trouble import Trouble

_REQUEST_ID_HEADERS = ("x-cap-requestid", "x-cap-request-id")


def request_id(headers: Mapping[str, str]) -> str:
    """The cloud's trace id, whichever of its two spellings the header has (docs/capillary.md 2)."""
    return next((headers[name][:100] for name in _REQUEST_ID_HEADERS if headers.get(name)), "")


class Transport:
    """Exchanges calls with the cloud over kept-alive connections. Safe to share between threads.

    The deadline covers the name look-up, the connection, TLS and the whole answer, so a dripping answer
    cannot hold anyone. No redirect is followed, TLS is always verified. Nothing is sent twice but a question
    (GET) whose token was turned away: of any other call a 401 does not prove that it was not done.
    """

    def __init__(self, options: CloudOptions, sign_in: SignIn | None = None) -> None:
        """Nothing is opened or imported before the first call; see warm.

        Transports that share sign_in share its token.
        """
        self._options = options
        self._sign_in = sign_in
        self._lock = threading.Lock()
        self._wire: Wire | None = None

    def warm(self) -> None:
        """Load the HTTP library ahead of the first call, so that a question does not pay for it."""
        self._opened()

    def send(self, call: Call, deadline_s: float, meanwhile: Callable[[], None] = idle) -> RawAnswer:
        """One exchange. deadline_s must be above zero, in seconds from now; what meanwhile takes is part."""
        started = time.monotonic()
        if deadline_s <= 0:
            return RawAnswer(Kind.NEVER_SENT, reason=Sentence("line.no-time"), trouble=Trouble.LATE)
        answer = self._signed(call, started + deadline_s, meanwhile)
        spent_ms = int((time.monotonic() - started) * 1000)
        return replace(answer, request_id=request_id(answer.headers), ms=spent_ms)

    def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        with self._lock:
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _signed(self, call: Call, until: float, meanwhile: Callable[[], None]) -> RawAnswer:
        """The exchange under this till's name; a question once more if the name has to be given anew."""
        wire, sign_in = self._opened()
        signed = sign_in.headers(wire.exchange, until)
        if isinstance(signed, RawAnswer):
            return signed
        answer = wire.exchange(call, until, signed, meanwhile)
        if not (_turned_away(answer) and sign_in.refused(signed) and call.method == "GET"):
            return answer
        anew = sign_in.headers(wire.exchange, until)
        return anew if isinstance(anew, RawAnswer) else wire.exchange(call, until, anew)

    def _opened(self) -> tuple[Wire, SignIn]:
        with self._lock:
            if self._sign_in is None:
                self._sign_in = sign_in(self._options)
            if self._wire is None:
                from agent.loyalty.line.http_wire import HttpWire

                self._wire = HttpWire(self._options)
            return self._wire, self._sign_in


def _turned_away(answer: RawAnswer) -> bool:
    """Whether the cloud wants to know anew who calls, by status line or in the body (docs/capillary.md 3)."""
    if answer.http_status == 401:
        return True
    if b"401" not in answer.body:
        return False
    return fields.whole(fields.parse(answer.body), "response", "status", "code") == 401
