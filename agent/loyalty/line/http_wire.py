"""The HTTP library, bound to one deadline per exchange. Imported late: nothing in the room is heavier."""

from __future__ import annotations

import http.client
import logging
import re
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from agent.language.sentence import Sentence
from agent.language.system_words import reason
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.options import CloudOptions
from agent.loyalty.line import deadline_socket
from agent.loyalty.line.exchange import Kind, RawAnswer, idle
from agent.loyalty.line.trouble import Trouble
from agent.sale.queue_terms import Op

log = logging.getLogger(__name__)

LARGEST_BODY = 4 * 1024 * 1024
LARGEST_ANSWER = 512 * 1024
"""Of everything but _LONG. Reading more takes a till's processor longer than a customer should wait; a member
with ten bills, coupons and all is a tenth of it."""
_LONG = frozenset((Op.TRANSACTION_BULK, Op.TRANSACTION_GET, Op.ORGANISATION_CONFIGS, Op.ORGANISATION_TENDERS))
_CHUNK = 16 * 1024
_QUERY = re.compile(r"\?\S*")
IDLE_S = 20.0
"""Connections idle for longer are opened anew: shops' routers drop quiet ones without a word."""


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> deadline_socket.Socket:
        return deadline_socket.connect(self._dns_host, self.port, self.timeout)


class _TLSConnection(HTTPSConnection):
    def _new_conn(self) -> deadline_socket.Socket:
        return deadline_socket.connect(self._dns_host, self.port, self.timeout)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _Adapter(HTTPAdapter):
    """requests' adapter over sockets that know the deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = deadline_socket.TLSSocket
        super().init_poolmanager(*args, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TLSPool}


class HttpWire:
    """Kept-alive connections to the cloud.

    Without the library's session: no redirect is followed, no cookie kept, and neither a .netrc nor the proxy
    variables of whoever started the daemon bend the calls.
    """

    def __init__(self, options: CloudOptions) -> None:
        self._base = options.base_url.rstrip("/")
        self._options = options
        self._used = time.monotonic()
        self._adapter = _Adapter(max_retries=0)
        self._headers = {
            "User-Agent": options.user_agent,
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
        }

    def exchange(
        self,
        call: Call,
        until: float,
        signed: Mapping[str, str],
        meanwhile: Callable[[], None] = idle,
    ) -> RawAnswer:
        """Send a call, do meanwhile, and read all of the answer before the monotonic moment until."""
        if time.monotonic() - self._used > IDLE_S:
            self._adapter.close()
        with deadline_socket.within(until, meanwhile) as watch:
            try:
                return self._exchange(call, until, signed)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                if watch.failed is not None:
                    raise watch.failed from error
                kind = Kind.UNKNOWN if watch.begun else Kind.NEVER_SENT
                trouble, reason = _reason(error, watch, until)
                return RawAnswer(kind, reason=reason, trouble=trouble)
            finally:
                self._used = time.monotonic()

    def close(self) -> None:
        """Close every idle connection."""
        self._adapter.close()

    def _exchange(self, call: Call, until: float, signed: Mapping[str, str]) -> RawAnswer:
        headers = {**self._headers, **dict(call.headers), **signed}
        url = self._base + call.target
        prepared = requests.Request(call.method, url, headers=headers, data=call.body or None).prepare()
        with self._adapter.send(
            prepared,
            stream=True,
            timeout=(self._options.connect_timeout_s, max(until - time.monotonic(), 0.001)),
            verify=self._options.verify,
        ) as response:
            headers = {name.lower(): text for name, text in response.headers.items()}
            body, problem = _read(response, LARGEST_BODY if call.op in _LONG else LARGEST_ANSWER)
            kind = Kind.UNKNOWN if problem else Kind.ANSWERED
            late = time.monotonic() >= until
            trouble = (Trouble.LATE if late else Trouble.BROKEN) if problem else ""
            return RawAnswer(kind, response.status_code, body, headers, reason=problem, trouble=trouble)


def _read(response: requests.Response, most: int) -> tuple[bytes, Sentence | None]:
    """The whole body, or as much as came and what stopped it."""
    parts: list[bytes] = []
    size = 0
    try:
        for chunk in response.iter_content(_CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > most:
                return b"".join(parts), Sentence("line.too-large")
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        return b"".join(parts), Sentence("line.broke-off", error=_words(_chain(error)[-1]))
    return b"".join(parts), None


_CERTIFICATE = {
    **dict.fromkeys((9, 10), Trouble.EXPIRED),
    **dict.fromkeys((62, 63, 64), Trouble.OTHER_HOST),
}
"""OpenSSL's verify codes: not yet or no longer valid; another name or address. The rest is not trusted."""


def _reason(error: Exception, watch: deadline_socket.Watch, until: float) -> tuple[Trouble, Sentence]:
    chain = _chain(error)
    words = _words(chain[-1])
    refused = next((one for one in chain if isinstance(one, ssl.SSLCertVerificationError)), None)
    if refused is not None:
        known = _CERTIFICATE.get(refused.verify_code, Trouble.UNTRUSTED)
        return known, Sentence(f"line.certificate.{known}")
    late = time.monotonic() >= until
    if watch.begun:
        if late:
            return Trouble.LATE, Sentence("line.late")
        return Trouble.BROKEN, Sentence("line.broken", error=words)
    if any(isinstance(one, deadline_socket.NoAddressError) for one in chain):
        return Trouble.NAME, Sentence("line.unreached", error=words)
    if any(isinstance(one, ssl.SSLError) for one in chain):
        return Trouble.TLS, Sentence("line.tls")
    trouble = Trouble.LATE if late else Trouble.UNREACHED
    return trouble, Sentence("line.unreached", error=words)


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what caused it, outermost first; the last says what happened."""
    chain = [error]
    while len(chain) < 8 and (inner := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(inner)
    return chain


def _words(error: BaseException) -> Sentence:
    """An error in a line, in the till's words. The library's stand in the log, without the query of an
    address: that may name a customer."""
    if isinstance(error, deadline_socket.NoAddressError):
        return error.sentence
    log.info("cloud: %s: %s", type(error).__name__, _QUERY.sub("?…", str(error))[:160])
    if isinstance(error, http.client.IncompleteRead | ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Sentence("system.broke")
    if isinstance(error, ssl.SSLError):
        return Sentence("line.tls")
    return reason(error) if isinstance(error, OSError) else Sentence("line.no-http")
