"""Connections to the web thread, bounded: whoever may open one can take neither memory nor descriptors nor
the log from the till, nor keep the page out."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
from collections import Counter

from uvicorn.protocols.http.h11_impl import H11Protocol

from agent.web.door import SOCKET_USER

MOST = 64
"""Open at one door at a time."""
REQUEST_S = 10.0
"""From the first byte of a request, or from the connection, to the request's last byte."""
LINES, WITHIN_S = 5, 60.0

log = logging.getLogger("agent.daemon")

_ARRIVED = ("DONE", "MUST_CLOSE", "CLOSED", "ERROR")


class Connection(H11Protocol):
    """One connection. Of more than MOST the oldest goes that nobody works for, before it one that has asked
    nothing; a command under way stays."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Taken in; another one may have to go for it."""
        super().connection_made(transport)
        self.client = _user(transport.get_extra_info("socket")) or self.client
        self._since = time.monotonic()
        self._deadline: asyncio.TimerHandle | None = None
        self._expect()
        if len(open_now := [one for one in self.connections if not one.transport.is_closing()]) > MOST:
            min(open_now, key=_cost).transport.abort()

    def data_received(self, data: bytes) -> None:
        """A part of a request, or the whole."""
        if not self.transport.is_closing():
            super().data_received(data)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone, from whichever side."""
        super().connection_lost(exc)
        self._unset()

    def standing(self) -> int:
        """0 nothing was asked, or all is answered; 1 an answer is on its way, such as the event stream; 2 the
        till is at work."""
        if self.cycle is None or self.cycle.response_complete:
            return 0
        return 1 if self.cycle.response_started else 2

    def _expect(self) -> None:
        if str(self.conn.their_state) in _ARRIVED:
            self._unset()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(REQUEST_S, self.transport.abort)

    def _unset(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def cost(self) -> tuple[int, float]:
        """Of ending it: the cheapest goes first, of equals the oldest."""
        return self.standing(), self._since


def _user(line: socket.socket) -> tuple[str, int] | None:
    """Who is at the other end of a Unix socket, by the kernel's word (unix(7), struct ucred)."""
    if line.family != socket.AF_UNIX:
        return None
    _, user, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return SOCKET_USER, user


def _cost(one: object) -> tuple[int, float]:
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
