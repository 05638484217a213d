"""Marks through a job: where they stand, and what the printer's answers to them prove."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from drivers.message import Message
from drivers.printer.commands import Command, Incomplete, next_command
from drivers.printer.replies import GS_R, AutoStatus, Block, Echo, Garbage, InOrder, PowerOff, Reply

# At least this many bytes of a job stand between two marks, or one band of a picture. A printer that goes off
# and on again loses more, at 9600 baud too.
_APART = 256
_BAND = 432
# More than the longest picture band a ticket has.
_NEAR = 6144

_LF = 0x0A
# Lines of text, and the short commands among them, none of whose bytes is a line's end.
_LINES = re.compile(rb"(?:[\x20-\xff\n]+|\x1b(?:@|[Eat][^\n])|\x1c\.|\x1d[!Hafhw][^\n])+")
_LINE_ENDS = ("ESC d", "ESC J", "GS v", "GS V")
_PROCESS_ID = b"\x1d(H\x06\x0000"
_NOTICE = 0x3B
_INITIALISE, _NO_AUTO_STATUS = b"\x1b@", b"\x1da\x00"
# First characters of the ids between a job's two ends; fence ids proper are letters and digits.
_BETWEEN = "!#$%&()*+,-./:;<=>?@[]^_{|}"
_OPENING, _PROBE, _OTHER = "~", '"', "`"
# More than the longest picture band a ticket has: a printer left waiting for the rest of one gets it blank.
PADDING = bytes(6144)

ZERO = GS_R + b"\x01"
#: Requests whose answer, other than ZERO's, can spell the marks of a printer without echo.
ONES = (b"\x1dI\x01", GS_R + b"\x02")
_ZERO_ANSWERS = (0x00, 0x03)
_BITS = 4

Answer = str | int
Request = tuple[bytes, Answer]


def _pieces(data: bytes) -> list[bytes]:
    """data cut behind printed lines, every few hundred bytes; from the first unknown command on uncut."""
    out = [bytearray()]
    at = 0
    while at < len(data):
        if text := _LINES.match(data, at):
            end = text.end()
            # Most of a ticket: its lines are not looked at one by one.
            while at < end:
                stop = 1 + data.find(b"\n", at + max(0, _APART - 1 - len(out[-1])), end) or end
                out[-1] += data[at:stop]
                if len(out[-1]) >= _APART and data[stop - 1] == _LF:
                    out.append(bytearray())
                at = stop
            continue
        try:
            command = _command(data, at)
        except Incomplete:
            break
        if command.name == "?":
            break
        for band in _bands(command.raw) if command.name == "GS v" else (command.raw,):
            out[-1] += band
            if command.name in _LINE_ENDS and len(out[-1]) >= _APART:
                out.append(bytearray())
        at += len(command.raw)
    out[-1] += data[at:]
    return [bytes(piece) for piece in out if piece]


def _command(data: bytes, at: int) -> Command:
    """The one that begins there: nearly all end near by, and to copy the rest for each takes the square of
    the job's length."""
    try:
        return next_command(data[at : at + _NEAR])
    except Incomplete:
        return next_command(data[at:])


def _bands(picture: bytes) -> Iterator[bytes]:
    """A raster picture (GS v 0) as several of a few hundred bytes, which print the same dots."""
    header, rows = picture[:6], picture[8:]
    across = int.from_bytes(header[4:6], "little")
    height = max(1, _BAND // max(1, across))
    for first in range(0, len(rows), height * across):
        band = rows[first : first + height * across]
        yield header + (len(band) // across).to_bytes(2, "little") + band


class EchoMarks:
    """Process IDs (GS ( H), which the printer echoes: four characters each, the last one the job's own."""

    def __init__(self, fence_id: str) -> None:
        self._closing = fence_id
        self._tail = fence_id[1:]
        self._between = [char for char in _BETWEEN if char != fence_id[0]]
        self.opening_id = (_OPENING if fence_id[0] != _OPENING else _OTHER) + self._tail
        self._probe_id = (_PROBE if fence_id[0] != _PROBE else _OTHER) + self._tail

    def opening(self) -> bytes:
        """The mark ahead of the job."""
        return _PROCESS_ID + self.opening_id.encode("ascii")

    def marks(self, count: int) -> list[list[Request]]:
        """The requests of each of a job's marks, with the answer that each must get."""
        names = (self._between[index % len(self._between)] + self._tail for index in range(count - 1))
        return [[(_PROCESS_ID + name.encode("ascii"), name)] for name in (*names, self._closing)]

    def probe(self) -> Request:
        """One mark more: answered before the job's own, it proves that these were lost."""
        return _PROCESS_ID + self._probe_id.encode("ascii"), self._probe_id

    def read(self, reply: Reply) -> Answer | None:
        """The answer that a reply is; None for anything else."""
        return reply.fence_id if isinstance(reply, Echo) else None

    def noise(self, reply: Reply) -> bool:
        """A byte nobody asked for. A line that breaks, or whose printer is switched off, reads as NUL."""
        return isinstance(reply, (Garbage, InOrder))


class BitMarks:
    """Numbers spelt in requests that are answered in order by one byte each, ZERO and one.

    A break reads as NUL, which is ZERO's answer too, so each mark begins and ends with a one: whatever
    comes more or less than was asked for puts a zero where a one belongs.
    """

    def __init__(self, fence_id: str, one: bytes, one_answer: int) -> None:
        self._one, self._one_answer = one, one_answer
        self._seed = sum(fence_id.encode("ascii"))

    def marks(self, count: int) -> list[list[Request]]:
        """The requests of each of a job's marks, with the answer that each must get."""
        return [self._mark(self._seed + index) for index in range(count)]

    def probe(self) -> Request:
        """A zero more: answered where a one is due, it proves that some of the job's own were lost."""
        return ZERO, 0

    def read(self, reply: Reply) -> Answer | None:
        """The bit that a reply is; None for anything else."""
        if not isinstance(reply, InOrder):
            return None
        if reply.byte == self._one_answer:
            return 1
        return 0 if reply.byte in _ZERO_ANSWERS else None

    def noise(self, reply: Reply) -> bool:
        """Anything that was not asked for; out of paper is no proof either."""
        return isinstance(reply, (Garbage, InOrder, Echo))

    def _mark(self, number: int) -> list[Request]:
        bits = [1, *(number >> at & 1 for at in range(_BITS)), 1]
        return [(self._one if bit else ZERO, bit) for bit in bits]


Marks = EchoMarks | BitMarks


def bit_marks(fence_id: str, one: bytes, answers: Sequence[int]) -> BitMarks | None:
    """The marks to spell with one, if its answer and ZERO's around it differ; older ones may precede."""
    if len(answers) < 3:
        return None
    first, middle, last = answers[-3:]
    if first not in _ZERO_ANSWERS or last not in _ZERO_ANSWERS or middle in (*_ZERO_ANSWERS, 0x0C, 0x0F):
        return None
    return BitMarks(fence_id, one, middle)


class _Due(NamedTuple):
    """An answer that must come next; at: the job's bytes up to the end of its request."""

    at: int
    answer: Answer


class Proof:
    """A job with its marks in it, and how far the printer has answered them, all and in order.

    stream: what is sent. answered: its bytes up to the last mark that was. spoiled: why this job cannot be
    proven any more, whatever comes.
    """

    def __init__(self, data: bytes, marks: Marks) -> None:
        self._marks = marks
        self._due: deque[_Due] = deque()
        self.spoiled: Message | None = None
        self.answered = 0
        stream = bytearray()
        parts = _pieces(_without_auto_status(data)) or [b""]
        for part, mark in zip(parts, marks.marks(len(parts)), strict=True):
            stream += part
            for request, answer in mark:
                stream += request
                self._due.append(_Due(len(stream), answer))
        self.stream = bytes(stream)

    @property
    def whole(self) -> bool:
        """Every mark was answered, in order, and nothing speaks against it."""
        return not self._due and self.spoiled is None

    def waits(self, handed_over: int) -> bool:
        """Whether a mark that the printer has is not answered yet."""
        return bool(self._due) and self._due[0].at <= handed_over

    def next_end(self, start: int, most: int) -> int:
        """Where to end a piece from start on: behind a mark, where one stands within most bytes."""
        ends = [due.at for due in self._due if start < due.at <= start + most]
        return ends[-1] if ends else start + most

    def probe(self) -> bytes:
        """A request behind the job whose answer, coming too early, shows that the job's own were lost."""
        return self._marks.probe()[0]

    def heard(self, reply: Reply, handed_over: int) -> bool:
        """Weigh a reply that came once handed_over bytes of the stream had left; True if it answers one."""
        if handed_over == 0 or not self._due:
            return False
        answer = self._marks.read(reply)
        if answer is not None:
            return self._answer(answer, handed_over)
        if isinstance(reply, (PowerOff, AutoStatus)) or (
            isinstance(reply, Block) and reply.header == _NOTICE
        ):
            # Automatic status was switched off ahead of the job: only a fresh start switches it on.
            self.spoiled = Message("printer.job.switched-off")
        elif self._marks.noise(reply):
            self.spoiled = Message("printer.job.noise")
        return False

    def _answer(self, answer: Answer, handed_over: int) -> bool:
        due = self._due[0]
        if answer == due.answer and handed_over >= due.at:
            self.answered = self._due.popleft().at
            return True
        # An echo of another name is a late one to an earlier job; bits do not say whose they are.
        ours = {self._marks.probe()[1], *(later.answer for later in self._due)}
        if isinstance(answer, int) or answer in ours:
            self.spoiled = Message("printer.job.gap")
        return False


def _without_auto_status(data: bytes) -> bytes:
    """ESC @ may switch automatic status back on, so it is switched off right behind it."""
    if not data.startswith(_INITIALISE):
        return _NO_AUTO_STATUS + data
    return _INITIALISE + _NO_AUTO_STATUS + data[len(_INITIALISE) :]
