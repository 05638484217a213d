"""A printer with nothing to print tells by itself that something changed (ASB), where it knows how."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from agent.printing.known import Known
from agent.printing.line import Line
from agent.printing.pauses import Pauses
from drivers.printer.auto_status import meaning, switch_off, switch_on
from drivers.printer.identity import identity
from drivers.printer.profile import PrinterProfile
from drivers.printer.replies import AutoStatus, Reply
from drivers.printer.transport import Transport, TransportFailed

# A cover is seen within a second.
_GLANCE_S = 0.5
# One that stands still just then does not answer either; who never answers is asked ever more seldom.
_DEAF = 2
# So often it is asked what it is, where its answers differ each time.
_NAMES = 3
_WRITE_S = 1.0


class StatusWatch:
    """What a printer tells unasked is a reason to ask it at once, and nothing more: no badge and no proof is
    made of it. It is switched off ahead of a job, whose proof takes it for the sign of one that was off.

    Not over a network, where others wait for the line, unless the profile says so. One thread's, which
    shares the line with whoever opens the drawer.
    """

    def __init__(self, profile: PrinterProfile, known: Known) -> None:
        self._profile = profile
        self._known = known
        self.forget()

    def forget(self) -> None:
        """The line is closed, and the next may be to another printer."""
        self.on = False
        """Whether it tells; its line is kept meanwhile."""
        self._unanswered = self._named = 0
        self._pauses = Pauses()
        self._met = False
        self._may_tell = True
        self._told = False
        self._last = b""

    def heard(self, reply: Reply) -> None:
        """Something came while it was asked how it is: the answers may be from before."""
        self._told |= isinstance(reply, AutoStatus)

    def _answered(self, reply: Reply) -> None:
        """Something came while it was switched on: that may be a change since it was asked how it is."""
        if isinstance(reply, AutoStatus):
            self._told |= meaning(reply) != self._last
            self._last = meaning(reply)

    def begin(self, transport: Transport, patience_s: float) -> None:
        """It is ready, and nothing waits. Said again at each look: one that was off in between has forgotten
        it. What shows of the printer is learnt, and asked for where that prints nothing: one that knows this
        command takes those. Raises TransportFailed."""
        if not self._wanted(transport) or not self._pauses.over():
            return
        self._may_tell = True
        self.on = switch_on(transport, patience_s, self._answered)
        self._unanswered = 0 if self.on else self._unanswered + 1
        if self.on:
            self._pauses.end()
        elif self._unanswered >= _DEAF:
            self._pauses.wait()
        if self.on and not self._met and not self._told:
            # One that has just told a change may stand still, and would be waited for: it is looked at first.
            said = identity(transport, patience_s)
            self._named += said is not None
            known = said is not None and (self._known.met(said) or self._named >= _NAMES)
            # What it told meanwhile may have been passed over.
            self._told, self._met = True, known
        if (self.on and self._met) or self._unanswered == _DEAF:
            self._known.learn(auto_status=self.on)

    def end(self, transport: Transport) -> None:
        """Something is to be printed, or the line let go: also what an earlier run or another program left on
        ends. Raises TransportFailed."""
        if self._may_tell and self._wanted(transport):
            switch_off(transport, _WRITE_S)
        self.on = self._may_tell = False

    def stop(self, transport: Transport) -> None:
        """The till ends, and another program may have the line next."""
        if self.on:
            with suppress(TransportFailed):
                self.end(transport)

    def rest(
        self, wake: threading.Event, pause_s: float, line: Line, now: Callable[[], Transport | None]
    ) -> None:
        """Wait until wake is set, which is cleared, pause_s are over, or the printer tells something. now:
        its line, as it is once that is held."""
        until = time.monotonic() + pause_s
        while (left := until - time.monotonic()) > 0:
            if wake.wait(min(left, _GLANCE_S) if self.on else left) or (self.on and self._news(line, now)):
                break
        wake.clear()
        self._told = False

    def _news(self, line: Line, now: Callable[[], Transport | None]) -> bool:
        if self._told:
            return True
        with line.held(0) as mine:
            transport = now() if mine else None
            try:
                return transport is not None and bool(transport.read(0))
            except TransportFailed:  # the look that follows says what it is
                return True

    def _wanted(self, transport: Transport) -> bool:
        own = self._profile.auto_status
        return self._profile.fence != "none" and (not transport.network if own is None else own)
