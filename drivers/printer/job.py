"""One job on one printer: ask first, hand the bytes over, and call it printed only on the printer's word."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from drivers.printer.profile import PrinterProfile
from drivers.printer.replies import (
    DLE_EOT,
    GS_R,
    BufferCleared,
    Echo,
    Garbage,
    InOrder,
    PowerOff,
    Realtime,
    Reply,
    ReplyParser,
)
from drivers.printer.status import ASKED, NONSENSE, SILENT, PrinterStatus, status_from
from drivers.printer.transport import Transport, TransportFailed

JobState = Literal["confirmed", "unknown", "failed", "held"]
Word = Literal["printed", "status", "silent", "busy", "unconfirmed", "noise", "power-off", "late", "line"]

_CHUNK = 1024
_ANSWER_S = 1.0
# Silence this long means that nothing stale is on its way any more.
_QUIET_S = 0.04
_DRAIN_S = 0.5
# How long the printer may be silent before it is asked what the matter is.
_POLL_S = 1.0
_SYNC_S = 2.0
_SYNC_QUIET_S = 0.3
# More than the longest picture band a ticket has: a printer left waiting for the rest of one gets it blank.
_PADDING = bytes(6144)
# Too little time for four answers.
_LEAST_LOOK_S = 0.2
_WHY: dict[Word, str] = {
    "noise": "noise on the line",
    "power-off": "the printer switched itself off",
    "late": "no confirmation in time",
}
_PROCESS_ID = b"\x1d(H\x06\x0000"
_CLEAR_BUFFERS = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. handed_over and total count the job's bytes with its end mark."""

    phase: Literal["sending", "waiting"]
    handed_over: int
    total: int
    status: PrinterStatus


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a job ended.

    confirmed: the printer itself said that this job is on paper.
    held: it said beforehand that it cannot print; no byte of the job was sent, try again when it can.
    failed: no byte of the job was sent for another reason; try again freely.
    unknown: bytes were handed over and nothing proves the paper. Never send it again as an original.
    handed_over: bytes of the job and its end mark, of total, that the operating system took. text: why, in
    English. word: the same, stable: printed; status (it tells), silent (so does it), busy, unconfirmed (it
    cannot confirm), noise (on the line), power-off, late (no confirmation in time), line (detail tells).
    """

    state: JobState
    handed_over: int
    text: str
    status: PrinterStatus
    word: Word = "printed"
    detail: str = ""
    total: int = 0


def query_status(
    transport: Transport, timeout_s: float = _ANSWER_S, profile: PrinterProfile | None = None
) -> PrinterStatus:
    """Ask DLE EOT 1 to 4 and read the answers; each may take timeout_s.

    Silence, nonsense and one answer too many give an unknown status, never a good one. TransportFailed if
    the line itself breaks. profile tells which drawer level means open.
    """
    talk = _Talk(transport, profile)
    talk.drain()
    return talk.query(timeout_s)


def clear_buffers(transport: Transport, timeout_s: float = 3.0) -> bool:
    """Make the printer throw away what it has not printed (DLE DC4 8); True once it says so.

    For the moment a person decides to print an unknown job again: without it the first one may still come.
    """
    talk = _Talk(transport, None)
    talk.drain()
    transport.write(_CLEAR_BUFFERS, timeout_s)
    return talk.until(lambda reply: isinstance(reply, BufferCleared), timeout_s) is not None


def print_job(
    transport: Transport,
    data: bytes,
    fence_id: str,
    profile: PrinterProfile,
    deadline_s: float,
    clock: Callable[[], float] = time.monotonic,
    on_progress: Callable[[Progress], None] | None = None,
) -> JobOutcome:
    """Print data, which a ticket builder made, and say how it ended; takes at most about deadline_s.

    fence_id: four printable ASCII characters, not used before on this printer (keep a counter on disk).
    With the process-id fence a mark goes ahead of the job and one behind it, and both echoes must come back
    in order: the first proves that the printer was reading commands when the job began, and did not take
    its head for the missing rest of an earlier, broken picture. on_progress must not raise.
    ValueError on a malformed fence_id; trouble on the line becomes an outcome.
    """
    if len(fence_id) != 4 or not all(" " <= char <= "~" for char in fence_id):
        raise ValueError(f"a fence id is four printable ASCII characters, not {fence_id!r}")
    job = _Job(transport, data, fence_id, profile, clock() + deadline_s, clock, on_progress)
    return job.run()


class _Talk:
    """Questions and answers on one connection; replies that nobody waited for are shown to heard()."""

    def __init__(self, transport: Transport, profile: PrinterProfile | None) -> None:
        self.transport = transport
        self.parser = ReplyParser()
        self.inbox: deque[Reply] = deque()
        self.open_level = profile.drawer_open_level if profile else ""

    def heard(self, reply: Reply) -> None:
        """A reply came in; a job looks for its fence here."""

    def pump(self, timeout_s: float) -> bool:
        """Read once; False if no whole reply came of it."""
        replies = self.parser.feed(self.transport.read(timeout_s))
        for reply in replies:
            self.heard(reply)
        self.inbox.extend(replies)
        return bool(replies)

    def drain(self) -> None:
        """Read until the line is quiet: what comes now answers somebody else's question."""
        until = time.monotonic() + _DRAIN_S
        while self.transport.read(_QUIET_S) and time.monotonic() < until:
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

    def query(self, timeout_s: float) -> PrinterStatus:
        self.parser.forget_realtime()
        self.inbox.clear()
        answers: dict[int, int] = {}
        for n in ASKED:
            request = DLE_EOT + bytes((n,))
            self.parser.asked(request)
            self.transport.write(request, timeout_s)
            reply = self.until(lambda reply: isinstance(reply, (Realtime, Garbage)), timeout_s)
            if reply is None:
                return SILENT
            if not isinstance(reply, Realtime) or reply.asked != n:
                return NONSENSE
            answers[n] = reply.byte
        late = self.until(lambda reply: isinstance(reply, (Realtime, Garbage)), _QUIET_S)
        return NONSENSE if late else status_from(answers, self.open_level)


class _Job(_Talk):
    """The life of one job; heard() collects the proof."""

    def __init__(
        self,
        transport: Transport,
        data: bytes,
        fence_id: str,
        profile: PrinterProfile,
        deadline: float,
        clock: Callable[[], float],
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        super().__init__(transport, profile)
        self.fence = profile.fence
        self.deadline = deadline
        self.clock = clock
        self.on_progress = on_progress
        self.closing_id = fence_id
        self.opening_id = ("~" if fence_id[0] != "~" else "!") + fence_id[1:]
        self.bytes = data + _end_mark(self.fence, fence_id)
        self.handed_over = 0
        self.status = SILENT
        self.sending = False
        self.opened = False
        self.proven = False
        self.spoiled: Word | None = None

    def run(self) -> JobOutcome:
        try:
            if self.fence != "none" and (refusal := self._ask_first()):
                return refusal
            self._send()
            if self.fence == "none":
                text = "Sent; this printer cannot confirm that it printed."
                return self._outcome("unknown", text, "unconfirmed")
            return self._await_proof()
        except TransportFailed as exc:
            self.handed_over += exc.handed_over if self.sending else 0
            if self.proven:
                return self._outcome("confirmed", "Printed.")
            return self._lost("line", str(exc))

    def heard(self, reply: Reply) -> None:
        match reply:
            case Echo(self.opening_id):
                self.opened = True
            case Echo(self.closing_id) if self.handed_over and self.opened:
                self.proven = True
            case InOrder(byte) if self.fence == "gs-r" and self._all_sent() and not self.spoiled:
                # Out of paper, or bits that are never set: an answer, but not the proof of a print.
                self.proven = self.proven or byte in (0x00, 0x03)
            case Garbage() if self.handed_over and self.fence == "gs-r":
                # One byte of noise can look like the bare answer this fence waits for.
                self.spoiled = "noise"
            case PowerOff() if self.handed_over:
                self.spoiled = "power-off"

    def _ask_first(self) -> JobOutcome | None:
        self.drain()
        self.status = self.query(min(_ANSWER_S, self._left()))
        if not self.status.known:
            return self._outcome("failed", self.status.text + " Nothing was sent.", "silent")
        if not self.status.ready:
            return self._outcome("held", self.status.text, "status")
        if self.fence == "process-id":
            self._open_mark()
        elif not self._in_step():
            text = "The printer is busy with something else, or cannot answer GS r. Nothing was sent."
            return self._outcome("failed", text, "busy")
        return None

    def _open_mark(self) -> None:
        """Have the first mark echoed, filling up a broken command if there is one.

        A printer that stays silent here still gets the job: it prints, and only cannot be confirmed.
        """
        mark = _PROCESS_ID + self.opening_id.encode("ascii")
        for padding in (b"", _PADDING):
            patience = min(_SYNC_S, self._left() / 4)
            self.transport.write(padding + mark, max(self._left() / 4, _LEAST_LOOK_S))
            if self.until(lambda reply: reply == Echo(self.opening_id), patience):
                return

    def _in_step(self) -> bool:
        """True when an in-order request was answered and no older answer is left on the way.

        These answers carry no mark, so the answer of an earlier job that is printed only now would pass
        for ours; it is followed at once by the answer to this request, which the short silence excludes.
        """
        request = GS_R + b"\x01"
        self.parser.asked(request)
        self.transport.write(request, _ANSWER_S)
        if self.until(lambda reply: isinstance(reply, InOrder), min(_SYNC_S, self._left())) is None:
            return False
        while self.until(lambda reply: isinstance(reply, InOrder), _SYNC_QUIET_S) is not None:
            if self._left() <= 0:
                return False
        return True

    def _send(self) -> None:
        self.sending = True
        while not self._all_sent():
            left = self._left()
            if left <= 0:
                raise TransportFailed(f"{self.transport.name} takes no more data", reason="timeout")
            piece = self.bytes[self.handed_over : self.handed_over + _CHUNK]
            try:
                self.handed_over += self.transport.write(piece, min(_POLL_S, left))
            except TransportFailed as exc:
                if exc.reason != "timeout":
                    raise
                self.handed_over += exc.handed_over
            # Also keeps the printer's answers from piling up until it stops reading.
            self.pump(0)
            self._report("sending")
        self.sending = False

    def _await_proof(self) -> JobOutcome:
        while not self.proven:
            if self.spoiled:
                return self._lost(self.spoiled)
            left = self._left()
            if left <= 0:
                return self._lost("late")
            if not self.pump(min(_POLL_S, left)):
                self._look()
        if not self.status.ready:
            # It stood still in between; what it was waiting for is over now.
            self._look()
        return self._outcome("confirmed", "Printed.")

    def _look(self) -> None:
        """Ask why nothing comes; held paper is a reason to go on waiting, so it changes nothing else."""
        if self._left() < _LEAST_LOOK_S:
            return
        try:
            self.status = self.query(min(_ANSWER_S, self._left()))
        except TransportFailed as exc:
            if exc.reason != "timeout":
                raise
            self.status = SILENT
        self._report("waiting")

    def _lost(self, word: Word, detail: str = "") -> JobOutcome:
        why = _WHY.get(word, detail)
        if self.handed_over == 0:
            return self._outcome("failed", f"{why}. Nothing was sent.", word, detail)
        also = f" {self.status.text}" if self.status.known and not self.status.ready else ""
        text = (
            f"It is not known whether it printed: {why} ({self.handed_over} of {len(self.bytes)} bytes sent)."
        )
        return self._outcome("unknown", text + also, word, detail)

    def _outcome(self, state: JobState, text: str, word: Word = "printed", detail: str = "") -> JobOutcome:
        return JobOutcome(state, self.handed_over, text, self.status, word, detail, len(self.bytes))

    def _report(self, phase: Literal["sending", "waiting"]) -> None:
        if self.on_progress is not None:
            self.on_progress(Progress(phase, self.handed_over, len(self.bytes), self.status))

    def _all_sent(self) -> bool:
        return self.handed_over == len(self.bytes)

    def _left(self) -> float:
        return self.deadline - self.clock()


def _end_mark(fence: str, fence_id: str) -> bytes:
    if fence == "process-id":
        return _PROCESS_ID + fence_id.encode("ascii")
    return GS_R + b"\x01" if fence == "gs-r" else b""
