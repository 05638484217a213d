"""Whether a printer answers marks, asked while it has nothing to print."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.printer.marks import ONES, PADDING, ZERO, EchoMarks, bit_marks
from drivers.printer.profile import PrinterProfile
from drivers.printer.replies import Echo, InOrder, Reply
from drivers.printer.session import ANSWER_S, Session
from drivers.printer.transport import Transport

# As long as a job waits for its first mark: who answers later proves no job either.
_PATIENCE_S = 2.0
# So often whoever wants the line is looked for, and behind so many bytes.
_GLANCE_S, _PIECE = 0.05, 256
# Initialise, and no automatic status, which that may switch on.
_THROW_AWAY = b"\x1b@\x1da\x00"


def answers_marks(
    transport: Transport, fence_id: str, profile: PrinterProfile, wanted: Callable[[], bool]
) -> bool:
    """Ask for a mark of the profile's fence as a job does. Nothing of it comes on paper; a picture that was
    broken off before gets its rest, blank.

    For a printer that is ready and has nothing left to print. False when no answer comes in the time that a
    job gives it, or before somebody wants the line, who is looked for all the while. fence_id: as of
    print_job. Raises TransportFailed.
    """
    question = _Question(transport, fence_id, profile, wanted)
    if question.answered() or (question.filled_up() and question.answered()):
        return True
    # One that does not know the question may have taken it for text: less than a line, which waits.
    transport.write(_THROW_AWAY, ANSWER_S)
    transport.settle(ANSWER_S)
    return False


class _Question(Session):
    def __init__(
        self, transport: Transport, fence_id: str, profile: PrinterProfile, wanted: Callable[[], bool]
    ) -> None:
        super().__init__(transport, profile)
        self.fence_id, self.fence = fence_id, profile.fence
        self.wanted = wanted

    def answered(self) -> bool:
        if self.fence == "process-id":
            marks = EchoMarks(self.fence_id)
            return self._comes(marks.opening(), lambda reply: reply == Echo(marks.opening_id))
        answers: list[int] = []
        for one in ONES:
            if self._spelt(one, answers):
                return True
            if not answers or self.wanted():
                break
        return False

    def filled_up(self) -> bool:
        """End a command that was broken off, which takes all questions for its rest; False if it does not get
        that far."""
        for at in range(0, len(PADDING), _PIECE):
            if self.wanted():
                return False
            self.transport.write(PADDING[at : at + _PIECE], ANSWER_S)
            if not self.transport.settle(ANSWER_S):
                return False
        return True

    def _spelt(self, one: bytes, answers: list[int]) -> bool:
        answers.clear()

        def whole(reply: Reply) -> bool:
            if isinstance(reply, InOrder):
                answers.append(reply.byte)
            return bit_marks(self.fence_id, one, answers) is not None

        return self._comes(ZERO + one + ZERO, whole)

    def _comes(self, request: bytes, answer: Callable[[Reply], bool]) -> bool:
        self.transport.write(request, ANSWER_S)
        until = time.monotonic() + _PATIENCE_S
        while self.until(answer, _GLANCE_S) is None:
            if self.wanted() or time.monotonic() >= until:
                return False
        return True
