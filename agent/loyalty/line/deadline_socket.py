"""Sockets whose waits all end at one moment, the deadline of the exchange under way.

An HTTP library's time-outs are per read, so an answer that drips a byte at a time holds its reader for ever.
Here each wait gets what is left of the whole. The deadline belongs to the thread that runs the exchange.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from agent.language.sentence import Sentence
from agent.loyalty.line.exchange import idle

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class NoAddressError(OSError):
    """The name has no address, or nobody said in time which it is: sentence says which of the two."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence.id)


_Address = tuple[Any, ...]


class Watch(threading.local):
    """The deadline of this thread's exchange, and whether a byte of its request has been handed over.

    meanwhile is done once, when the request is out and before the answer is waited for; failed is what it
    raised: that is no failure of the line.
    """

    until: float = 0.0
    begun: bool = False
    meanwhile: Callable[[], None] = staticmethod(idle)
    failed: Exception | None = None

    def left(self) -> float:
        """Seconds left. Raises TimeoutError when there are none."""
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the time for this exchange is used up")
        return seconds

    def wait(self) -> float:
        """Do meanwhile, if it was not done yet; then as left. Raises what meanwhile raises, too."""
        work, self.meanwhile = self.meanwhile, idle
        try:
            work()
        except Exception as error:  # whatever it is, it must not be taken for the network's
            self.failed = error
            raise
        return self.left()


_WATCH = Watch()


@contextlib.contextmanager
def within(until: float, meanwhile: Callable[[], None] = idle) -> Iterator[Watch]:
    """Bind every wait of this thread's sockets to the monotonic moment until."""
    _WATCH.until, _WATCH.begun, _WATCH.meanwhile, _WATCH.failed = until, False, meanwhile, None
    yield _WATCH


class Socket(socket.socket):
    """A TCP socket under the watch."""

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receive, waiting no longer than the exchange may."""
        self.settimeout(_WATCH.wait())
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0) -> None:
        """Send, waiting no longer than the exchange may."""
        self.settimeout(_WATCH.left())
        _WATCH.begun = True
        super().sendall(data, flags)


class TLSSocket(ssl.SSLSocket):
    """A TLS socket under the watch. The handshake is bound by connect's last settimeout."""

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive, waiting no longer than the exchange may."""
        self.settimeout(_WATCH.wait())
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        """Send, waiting no longer than the exchange may."""
        self.settimeout(_WATCH.left())
        _WATCH.begun = True
        return super().send(data, flags)


def connect(host: str, port: int, timeout_s: Any) -> Socket:
    """A connected socket to the first address of host that takes one. Raises OSError.

    timeout_s bounds each address; with several addresses none may use up what the others need.
    """
    addresses = _resolve(host, port)
    limit = float(timeout_s) if isinstance(timeout_s, (int, float)) else _WATCH.left()
    problem: OSError = OSError(f"{host} has no address")
    for number, (family, kind, protocol, address) in enumerate(addresses):
        share = _WATCH.left() / (len(addresses) - number)
        opened = Socket(family, kind, protocol)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.settimeout(min(limit, share))
            opened.connect(address)
            opened.settimeout(_WATCH.left())
        except OSError as error:
            opened.close()
            problem = error
        else:
            return opened
    raise problem


class _Lookup(threading.Thread):
    """A name look-up that may be waited for with a deadline; the system's own has none."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(name=f"look-up {host}", daemon=True)
        self.host, self.port = host, port
        self.found: list[tuple[int, int, int, _Address]] = []
        self.problem: OSError | None = None

    def run(self) -> None:
        try:
            self.found = _addresses(self.host, self.port, 0)
        except OSError as error:
            self.problem = error


_LOOKUPS: dict[tuple[str, int], _Lookup] = {}
_LOOKUPS_LOCK = threading.Lock()


def _resolve(host: str, port: int) -> list[tuple[int, int, int, _Address]]:
    with contextlib.suppress(OSError):
        return _addresses(host, port, socket.AI_NUMERICHOST)
    with _LOOKUPS_LOCK:
        # One look-up per name at a time: while the name server is silent, threads must not pile up.
        lookup = _LOOKUPS.get((host, port))
        if lookup is None or not lookup.is_alive():
            lookup = _LOOKUPS[host, port] = _Lookup(host, port)
            lookup.start()
    lookup.join(_WATCH.left())
    if lookup.is_alive():
        raise NoAddressError(Sentence("line.address-untold", host=host))
    if lookup.problem is not None:
        raise NoAddressError(Sentence("line.address-unknown", host=host))
    return lookup.found


def _addresses(host: str, port: int, flags: int) -> list[tuple[int, int, int, _Address]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [(family, kind, protocol, address) for family, kind, protocol, _, address in found]
