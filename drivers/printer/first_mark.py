"""The mark ahead of a job: whether the printer answers any, and so reads commands when the job begins."""

from __future__ import annotations

from abc import abstractmethod

from drivers.printer.marks import ONES, PADDING, ZERO, EchoMarks, Marks, bit_marks
from drivers.printer.profile import PrinterProfile
from drivers.printer.replies import Echo, Garbage, InOrder, Realtime, Reply
from drivers.printer.session import ANSWER_S, Session
from drivers.printer.transport import Transport

_SYNC_S = 2.0
_SYNC_QUIET_S = 0.3
#: Too little time for four answers.
LEAST_LOOK_S = 0.2


class FirstMark(Session):
    """strayed: ahead of the job came what may be a late answer to another question about the status."""

    def __init__(self, transport: Transport, profile: PrinterProfile, fence_id: str) -> None:
        super().__init__(transport, profile)
        self.fence = profile.fence
        self.fence_id = fence_id
        self.strayed = False

    @abstractmethod
    def left(self) -> float:
        """The seconds that are left for it."""

    def awaited(self, marks: Marks) -> None:
        """These are its marks, if it answers the first: a moment to work in meanwhile."""

    def marks(self) -> Marks | None:
        """The marks this printer answers, found out ahead of the job; None if it answers none.

        An answer proves that the printer reads commands when the job begins, and does not take its head for
        the missing rest of an earlier, broken picture. Where none comes it is given such a rest.
        """
        if self.fence == "none":
            return None
        return self._answered(b"") or (None if self._stands() else self._answered(PADDING))

    def _answered(self, padding: bytes) -> Marks | None:
        if self.fence == "process-id":
            marks, patience = EchoMarks(self.fence_id), min(_SYNC_S, self.left() / 4)
            self._put(padding, marks.opening())
            self.awaited(marks)
            wanted = Echo(marks.opening_id)
            reply = self.until(lambda reply: self._wanted(reply, reply == wanted), patience)
            return marks if reply else None
        for one in ONES:
            answers = self._in_order(padding, ZERO + one + ZERO)
            if spelt := bit_marks(self.fence_id, one, answers):
                return spelt
            if not answers:
                break
            padding = b""
        return None

    def _put(self, padding: bytes, request: bytes) -> None:
        self.transport.write(padding + request, max(self.left() / 4, LEAST_LOOK_S))
        if padding:
            self.transport.settle(self.left() / 4)

    def _stands(self) -> bool:
        """Whether it says that it cannot print; then nothing is to be filled up but its buffer."""
        status = self.query(min(ANSWER_S, self.left()))
        return status.known and not status.ready

    def _wanted(self, reply: Reply, wanted: bool) -> bool:  # noqa: FBT001
        """Whether it is; a reply to the status that comes before the first mark's answer is one too many."""
        self.strayed |= isinstance(reply, (Realtime, Garbage))
        return wanted

    def _in_order(self, padding: bytes, requests: bytes) -> list[int]:
        """The bytes that answer requests in order, until a short silence; those to older ones come first."""
        self._put(padding, requests)
        answers: list[int] = []
        patience = min(_SYNC_S, self.left() / 4)
        while self.left() > 0:
            reply = self.until(lambda reply: self._wanted(reply, isinstance(reply, InOrder)), patience)
            if not isinstance(reply, InOrder):
                break
            answers.append(reply.byte)
            patience = _SYNC_QUIET_S
        return answers
