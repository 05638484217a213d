"""Questions and answers on one line to a printer."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from drivers.message import Message
from drivers.printer.profile import PrinterProfile
from drivers.printer.replies import (
    DLE_EOT,
    AutoStatus,
    BufferCleared,
    Flow,
    Garbage,
    Realtime,
    Reply,
    ReplyParser,
)
from drivers.printer.status import ASKED, NONSENSE, PARTLY, SILENT, PrinterStatus, status_from
from drivers.printer.transport import Transport

ANSWER_S = 1.0
# Silence this long means that nothing stale is on its way any more.
_QUIET_S = 0.04
_DRAIN_S = 0.5
# A slow printer's answer to an older question comes no later than its slowest now, and a little.
_SLOWER = 1.25
_CLEAR_BUFFERS = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"


def query_status(
    transport: Transport,
    timeout_s: float = ANSWER_S,
    profile: PrinterProfile | None = None,
    *,
    marks_follow: bool = False,
    heard: Callable[[Reply], None] = lambda _: None,
) -> PrinterStatus:
    """Ask DLE EOT 1 to 4 and read the answers; each may take timeout_s.

    Silence, nonsense and one answer too many give an unknown status, never a good one. TransportFailed if
    the line itself breaks. profile tells which drawer level means open.
    marks_follow: a job goes to print_job with this very status, whose first mark proves what a silence would:
    the answer to it comes behind every late one. So only a printer that is not ready is asked with care.
    heard is shown each reply that comes once it is asked, wanted or not.
    """
    talk = Session(transport, profile, heard)
    if marks_follow:
        talk.drain(0)
        status = talk.query(timeout_s, quiet_s=0)
        if status.ready or not (status.known or status == NONSENSE):
            return status
    talk.drain()
    return talk.query(timeout_s)


def clear_buffers(transport: Transport, timeout_s: float = 3.0) -> bool:
    """Make the printer throw away what it has not printed (DLE DC4 8); True once it says so.

    For the moment a person decides to print an unknown job again: without it the first one may still come.
    """
    talk = Session(transport, None)
    talk.drain()
    transport.ask(_CLEAR_BUFFERS, timeout_s)
    return talk.until(lambda reply: isinstance(reply, BufferCleared), timeout_s) is not None


class Session:
    """Questions and answers on one connection; replies that nobody waited for are shown to heard()."""

    def __init__(
        self,
        transport: Transport,
        profile: PrinterProfile | None,
        heard: Callable[[Reply], None] = lambda _: None,
    ) -> None:
        self.transport = transport
        self._heard = heard
        self.parser = ReplyParser()
        self.inbox: deque[Reply] = deque()
        self.open_level = profile.drawer_open_level if profile else ""

    def heard(self, reply: Reply) -> None:
        """A reply came in; a job looks for its fence here."""
        self._heard(reply)

    def pump(self, timeout_s: float) -> bool:
        """Read once; False if nothing came. A reply may come in pieces."""
        data = self.transport.read(timeout_s)
        replies = self.parser.feed(data)
        for reply in replies:
            self.heard(reply)
        self.inbox.extend(replies)
        return bool(data)

    def drain(self, quiet_s: float = _QUIET_S) -> None:
        """Read until the line is quiet: what comes now answers somebody else's question."""
        until = time.monotonic() + _DRAIN_S
        while self.transport.read(quiet_s) and time.monotonic() < until:
            pass
        self.parser = ReplyParser()
        self.inbox.clear()

    def until(self, wanted: Callable[[Reply], bool], timeout_s: float) -> Reply | None:
        """The next wanted reply; those before it are passed over, those after it kept."""
        until = time.monotonic() + timeout_s
        while True:
            while self.inbox:
                if wanted(reply := self.inbox.popleft()):
                    return reply
            left = until - time.monotonic()
            if left <= 0:
                return None
            self.pump(left)

    def silent(self) -> PrinterStatus:
        """Nothing came: over a network that may also mean that another till is being served."""
        if not self.transport.network:
            return SILENT
        return replace(SILENT, message=Message("printer.silent.network", name=self.transport.name))

    def query(self, timeout_s: float, quiet_s: float = _QUIET_S) -> PrinterStatus:
        """How the printer is; quiet_s: how long one answer too many is waited for, 0 for not at all. Where it
        answers slowly that is longer, since all answers would be those to the questions before."""
        self.parser.forget_realtime()
        self.inbox.clear()
        answers: dict[int, int] = {}
        slowest_s, spoke = 0.0, False

        def wanted(reply: Reply) -> bool:
            nonlocal spoke
            spoke |= not isinstance(reply, (Flow, AutoStatus))
            return isinstance(reply, (Realtime, Garbage))

        for n in ASKED:
            request, asked_at = DLE_EOT + bytes((n,)), time.monotonic()
            self.parser.asked(request)
            self.transport.ask(request, timeout_s)
            reply = self.until(wanted, timeout_s)
            slowest_s = max(slowest_s, time.monotonic() - asked_at)
            if reply is None:
                return PARTLY if spoke else self.silent()
            if not isinstance(reply, Realtime) or reply.asked != n:
                return NONSENSE
            answers[n] = reply.byte
        late = self.until(wanted, max(quiet_s, slowest_s * _SLOWER) if quiet_s else 0)
        return NONSENSE if late else status_from(answers, self.open_level)
