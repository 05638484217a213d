"""Connections to the web thread, bounded: whoever may open one can take neither memory nor descriptors nor
the log from the till, nor keep the page out."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
from collections import Counter

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from agent.web.claims import HOLDER
from agent.web.door import SOCKET_USER

MOST = 64
"""Open at one door at a time."""
REQUEST_S = 10.0
"""From the first byte of a request, or from the connection, to the request's last byte."""
LINES, WITHIN_S = 5, 60.0

log = logging.getLogger("agent.daemon")

_ARRIVED = (h11.DONE, h11.MUST_CLOSE, h11.CLOSED, h11.ERROR)


class Connection(H11Protocol):
    """One connection. Of more than MOST the oldest goes whose last request was not let in, else the oldest
    that nobody works for; a command under way stays, and the new one goes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Taken in; another one may have to go for it."""
        super().connection_made(transport)
        self.client = _user(transport.get_extra_info("socket")) or self.client
        self._since = time.monotonic()
        self._deadline: asyncio.TimerHandle | None = None
        self._expect()
        if len(self.connections) > MOST:
            self._make_room()

    def handle_events(self) -> None:
        """A part of a request has arrived, or the answer before it is done."""
        super().handle_events()
        self._expect()

    def data_received(self, data: bytes) -> None:
        """A part of a request, or the whole."""
        if not self.transport.is_closing():
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone, from whichever side."""
        super().connection_lost(exc)
        self._unset()

    def cost(self) -> tuple[bool, int, float]:
        """Of ending it: the cheapest goes first, of equals the oldest."""
        let_in = bool(self.scope and self.scope.get(HOLDER))
        return let_in, self._standing() if let_in else 0, self._since

    def _standing(self) -> int:
        """0 nothing was asked, or all is answered; 1 an answer is on its way, such as the event stream; 2 the
        till is at work."""
        if self.cycle is None or self.cycle.response_complete:
            return 0
        return 1 if self.cycle.response_started else 2

    def _make_room(self) -> None:
        cheapest = min(self.connections - {self}, key=_cost)
        goes = self if _cost(cheapest) >= (True, 2) else cheapest
        # One that is closed already is among them, for as long as its peer does not read the last answer.
        self.connections.discard(goes)
        goes.transport.abort()

    def _expect(self) -> None:
        waits = self.conn.their_state is h11.IDLE and self.cycle and not self.conn.trailing_data[0]
        if waits or self.conn.their_state in _ARRIVED:
            self._unset()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(REQUEST_S, self.transport.abort)

    def _unset(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _user(line: socket.socket) -> tuple[str, int] | None:
    """Who is at the other end of a Unix socket, by the kernel's word (unix(7), struct ucred)."""
    if line.family != socket.AF_UNIX:
        return None
    _, user, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return SOCKET_USER, user


def _cost(one: object) -> tuple[bool, int, float]:
    assert isinstance(one, Connection)
    return one.cost()


class Sparing(logging.Filter):
    """Of lines that strangers can cause, LINES of a kind within WITHIN_S; before the last it is said."""

    def __init__(self) -> None:
        super().__init__()
        self._since = 0.0
        self._seen: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        now = time.monotonic()
        if now - self._since > WITHIN_S:
            self._since = now
            self._seen.clear()
        kind = record.msg[:40]
        self._seen[kind] += 1
        if self._seen[kind] == LINES:
            log.warning("more of the next line is not written for a minute")
        return self._seen[kind] <= LINES
