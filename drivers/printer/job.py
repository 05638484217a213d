"""One job on one printer: ask first, hand the bytes over, and call it printed only on the printer's word."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from drivers.message import Message
from drivers.printer.first_mark import LEAST_LOOK_S, FirstMark
from drivers.printer.marks import PADDING, Marks, Proof
from drivers.printer.profile import PrinterProfile
from drivers.printer.replies import Reply
from drivers.printer.session import ANSWER_S
from drivers.printer.status import SILENT, PrinterStatus
from drivers.printer.transport import Transport, TransportFailed

JobState = Literal["confirmed", "sent", "unknown", "failed", "held"]

_CHUNK = 1024
# So much stands unanswered before the printer at most. The smallest buffers hold 4 kB, and a printer that
# stands still with a full one reads neither a question nor the drawer's pulse.
_AHEAD = 2048
# How long the printer may be silent before it is asked what the matter is.
_POLL_S = 1.0
_FLOW_S = 0.05
_GLANCE_S = 0.2
# While it cannot print it is asked ever more seldom: each question takes room in its buffer.
_ASK_SLOWER = 0.1
# Some answer even status in order only, behind a code and a cut: so long it may take.
_PATIENT_S = 2.0
# One that was asked and is silent this long may have been off in between: people switch and printers start
# no faster.
_AWAY_S = 2.8
# A printer that is ready and answers no mark for this long will not answer it any more.
_STALL_S = 15.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. handed_over and total count the job's bytes with the marks in it. empty: the printer
    has said that all of what was handed over is on paper. still_s: so long, in seconds, no byte has left and
    the printer has said nothing."""

    phase: Literal["sending", "waiting"]
    handed_over: int
    total: int
    status: PrinterStatus
    empty: bool = False
    still_s: float = 0.0


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a job ended.

    confirmed: the printer itself said that this job is on paper, all of it.
    sent: every byte left the box, to a printer of which it is known that it cannot confirm.
    held: it said beforehand that it cannot print; no byte of the job was sent, try again when it can.
    failed: no byte of the job was sent for another reason; try again freely.
    unknown: bytes were handed over and nothing proves the paper. Never send it again as an original.
    handed_over: bytes of the job and its marks the operating system took. message is for people.
    cannot_confirm: this job taught that the printer does not answer its profile's fence.
    """

    state: JobState
    handed_over: int
    message: Message
    status: PrinterStatus
    cannot_confirm: bool = False


def print_job(
    transport: Transport,
    data: bytes,
    fence_id: str,
    profile: PrinterProfile,
    deadline_s: float,
    clock: Callable[[], float] = time.monotonic,
    on_progress: Callable[[Progress], object] | None = None,
    *,
    can_confirm: bool = True,
    over: Callable[[], bool] = lambda: False,
    looked: PrinterStatus | None = None,
    broken_off: bool = False,
) -> JobOutcome:
    """Print data, which a ticket builder made, and say how it ended.

    deadline_s: how long it may stand still; as long as bytes flow or marks are answered it goes on. A printer
    that says what it waits for (paper, its cover) is waited for, until over() says that nobody can.
    fence_id: four printable ASCII characters, not used before on this printer (keep a counter on disk).
    A mark goes ahead of the job, one behind every few hundred bytes and one behind the last; all must be
    answered in order. A break, a notice of power, or three seconds in which the printer says and takes
    nothing spoil the proof. What it cannot notice is a printer that was off for less, and lost no mark with
    the few hundred bytes it had.
    can_confirm: False once a job was told cannot_confirm; then no mark is sent, and the best end is "sent".
    looked: how the printer is, from query_status with marks_follow just now on this line; else it is asked.
    broken_off: of an earlier job nobody knows how far it came. Where no mark proves that the printer reads
    commands it is given the rest of one first.
    on_progress must not raise; while it returns True nothing is handed over before the printer has printed
    what it has. ValueError on a malformed fence_id; trouble on the line becomes an outcome.
    """
    if len(fence_id) != 4 or not all(" " <= char <= "~" for char in fence_id):
        raise ValueError(f"a fence id is four printable ASCII characters, not {fence_id!r}")
    job = _Job(transport, data, fence_id, profile, deadline_s, clock, on_progress, over)
    job.broken_off = broken_off
    return job.run(looked, can_confirm=can_confirm)


class _Job(FirstMark):
    """The life of one job; heard() collects the proof."""

    def __init__(
        self,
        transport: Transport,
        data: bytes,
        fence_id: str,
        profile: PrinterProfile,
        deadline_s: float,
        clock: Callable[[], float],
        on_progress: Callable[[Progress], object] | None,
        over: Callable[[], bool],
    ) -> None:
        super().__init__(transport, profile, fence_id)
        self.bytes = data
        self.deadline_s = deadline_s
        self.clock = clock
        self.on_progress = on_progress
        self.over = over
        self.broken_off = False
        self.proof: Proof | None = None
        self.marked: Proof | None = None
        self.handed_over = 0
        self.held_back = 0
        self.status = SILENT
        self.sending = False
        # Whether the printer answers marks while it prints; whether somebody waits until it has printed all.
        self.paced = True
        self.pause = False
        # When bytes or answers last moved, when the printer last spoke, and when it last could not print.
        self.moved_at = self.spoke_at = self.stood_at = self.asked_at = clock()
        self.stands_since: float | None = None

    def run(self, looked: PrinterStatus | None, *, can_confirm: bool) -> JobOutcome:
        try:
            if looked is not None and can_confirm:
                self.status = looked
            elif self.fence != "none" and (refusal := self._ask_first()):
                return refusal
            marks = self.marks() if can_confirm else None
            # One that answers none may have come to stand still since it was asked.
            doubtful = self.strayed or (can_confirm and marks is None and self.fence != "none")
            if doubtful and (refusal := self._ask_first()):
                return refusal
            if marks:
                self.proof = self.marked or Proof(self.bytes, marks)
                self.bytes = self.proof.stream
            else:
                unasked = self.broken_off and (not can_confirm or self.fence == "none")
                self.transport.ask(PADDING if unasked else b"", self.left())
            self._send()
            if self.proof:
                return self._await_proof(self.proof)
            return self._let_go(known=not can_confirm or self.fence == "none")
        except TransportFailed as exc:
            self.handed_over += exc.handed_over if self.sending else 0
            if self.proof and self.proof.whole:
                return self._outcome("confirmed", Message("printer.job.printed"))
            return self._lost(exc.message)

    def awaited(self, marks: Marks) -> None:
        self.marked = self.marked or Proof(self.bytes, marks)

    def heard(self, reply: Reply) -> None:
        self.spoke_at = self.clock()
        if self.proof and self.proof.heard(reply, self.handed_over):
            self.moved_at = self.spoke_at

    def _ask_first(self) -> JobOutcome | None:
        self.drain()
        self.status = self.query(min(ANSWER_S, self.left()))
        if not self.status.known:
            return self._outcome("failed", Message("printer.job.nothing-sent", status=self.status.message))
        if not self.status.ready:
            return self._outcome("held", self.status.message)
        return None

    def _send(self) -> None:
        """Hand everything over, also when the proof is spoiled: who is asked then wants to see a ticket."""
        self.sending = True
        while self.handed_over < len(self.bytes):
            if (left := self.left()) <= 0:
                raise TransportFailed("printer.line.full", reason="timeout", name=self.transport.name)
            if self._too_far_ahead():
                self._wait()
                # Ready and without an answer: it answers later, and is not waited for.
                unasked = self.status.ready and self._idle()
                self.paced = not unasked and self.left() > self.deadline_s / 4
                continue
            if self.pause:
                self._report("waiting")
            end = self.handed_over + _CHUNK
            if self.proof:
                end = self.proof.next_end(self.handed_over, _CHUNK)
            piece = self.bytes[self.handed_over : end]
            try:
                taken = self.transport.write(piece, min(_POLL_S, left))
            except TransportFailed as exc:
                if exc.reason != "timeout":
                    raise
                taken = exc.handed_over
            self.handed_over += taken
            self._flow(taken)
            # Also keeps the printer's answers from piling up until it stops reading.
            self.pump(0)
            self._report("sending")
        self.sending = False

    def _too_far_ahead(self) -> bool:
        """Whether the printer must first answer for what it has."""
        proof = self.proof
        if proof is None or proof.spoiled or not self.paced or not proof.waits(self.handed_over):
            return False
        return self.pause or self.handed_over - proof.answered > _AHEAD - _CHUNK

    def _flow(self, taken: int = 0) -> int:
        """Bytes that the box still holds; that they became fewer is progress, and no silence either. One that
        takes none and says nothing may be off, and they wait for it."""
        pending, now = self.transport.pending(), self.clock()
        if pending < self.held_back + taken:
            self.moved_at = now
            self.spoke_at = now if pending else self.spoke_at
        elif pending:
            self._away(now)
        self.held_back = pending
        return pending

    def _away(self, now: float) -> None:
        """Whether it was silent for as long as somebody takes to switch it off and on."""
        if self.proof and not self.proof.spoiled and now - self.spoke_at >= _AWAY_S:
            self.proof.spoiled = Message("printer.job.away")

    def _wait(self) -> None:
        """A moment for the next answer; a printer that is silent is asked why, once it has all we sent."""
        self._report("waiting")
        if self.pump(min(_FLOW_S if self._flow() else _GLANCE_S, self.left())) or self.held_back:
            return
        now = self.clock()
        stands_s = now - self.stands_since if self.stands_since is not None else 0.0
        if now - max(self.spoke_at, self.asked_at) >= max(_POLL_S, stands_s * _ASK_SLOWER):
            self._look()

    def _await_proof(self, proof: Proof) -> JobOutcome:
        probed = False
        self.asked_at = self.clock()
        while not proof.whole:
            if proof.spoiled:
                return self._lost(proof.spoiled)
            if self.left() <= 0 or self._stalled():
                return self._lost(Message("printer.job.no-proof"))
            spoke_at = self.spoke_at
            self._wait()
            if self.status.ready and self.spoke_at > spoke_at and not probed and self._idle():
                # Ready, and yet no answer: it is busy, or it has lost the marks, and then it answers this.
                self.transport.write(proof.probe(), ANSWER_S)
                probed = True
        if not self.status.ready:
            # It stood still in between; what it was waiting for is over now.
            self._look()
        return self._outcome("confirmed", Message("printer.job.printed"))

    def _let_go(self, *, known: bool) -> JobOutcome:
        """A job without marks: over when the box holds none of it and the printer, if it can be asked, is
        well. known: it is no news that this printer cannot confirm."""
        while self._flow():
            if self.left() <= 0:
                raise TransportFailed("printer.line.full", reason="timeout", name=self.transport.name)
            self.pump(_FLOW_S)
            self._report("waiting")
        if self.fence == "none":
            return self._outcome("sent", Message("printer.job.unprovable"))
        self._look()
        while not self.status.ready:
            if self.left() <= 0 or self._stalled():
                return self._lost(Message("printer.job.no-proof"))
            self.pump(min(_POLL_S, self.left()))
            self._look()
        if known:
            return self._outcome("sent", Message("printer.job.unprovable"))
        return self._learnt()

    def _learnt(self) -> JobOutcome:
        """No mark was answered ahead of the job. So is none behind it, or the printer was only busy."""
        if self.marks():
            return self._lost(Message("printer.job.out-of-step"))
        learnt = self._lost(Message(f"printer.job.cannot-confirm.{self.fence}"))
        return replace(learnt, cannot_confirm=True)

    def _look(self) -> None:
        """Ask why nothing comes; a printer that stands still and says why is a reason to go on waiting."""
        if self.left() < LEAST_LOOK_S:
            return
        try:
            self.status = self.query(min(_PATIENT_S, self.left() / 2))
            self.asked_at = self.clock()
        except TransportFailed as exc:
            if exc.reason != "timeout":
                raise
            self.status = self.silent()
        if self.status.known and not self.status.ready:
            self.moved_at = self.stood_at = self.clock()
            self.stands_since = self.stands_since or self.stood_at
        else:
            self.stands_since = None
        self._away(self.clock())
        self._report("waiting")

    def _idle(self) -> bool:
        """Nothing has moved for a while."""
        return self.clock() - self.moved_at >= _POLL_S

    def _stalled(self) -> bool:
        """It could print and does not go on."""
        return self.clock() - max(self.moved_at, self.stood_at) >= _STALL_S

    def _lost(self, why: Message) -> JobOutcome:
        if self.handed_over == 0:
            return self._outcome("failed", Message("printer.job.lost-unsent", why=why))
        self.transport.broken_off = True
        lost = Message("printer.job.lost", why=why)
        if self.status.known and not self.status.ready:
            lost = Message("printer.job.lost-and", lost=lost, status=self.status.message)
        return self._outcome("unknown", lost)

    def _outcome(self, state: JobState, message: Message) -> JobOutcome:
        return JobOutcome(state, self.handed_over, message, self.status)

    def _report(self, phase: Literal["sending", "waiting"]) -> None:
        if self.on_progress is not None:
            empty = (
                self.proof is not None and not self.proof.spoiled and self.proof.answered == self.handed_over
            )
            still_s = self.clock() - max(self.moved_at, self.spoke_at)
            progress = Progress(phase, self.handed_over, len(self.bytes), self.status, empty, still_s)
            self.pause = self.on_progress(progress) is True

    def left(self) -> float:
        if self.stands_since is not None and self.over():
            return 0.0
        return self.moved_at + self.deadline_s - self.clock()
