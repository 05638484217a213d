"""What a printer says, byte by byte: status bytes, status blocks, echoes, and noise that is none of these."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

DLE_EOT = b"\x10\x04"
GS_R = b"\x1dr"

_XON, _XOFF = 0x11, 0x13
_BLOCK_HEADERS = frozenset(b"\x35\x37\x39\x3b\x3d\x5f")
# Epson limits a printer's text answers to 80 bytes; what runs on longer has lost its end.
_LONGEST_BLOCK = 84


@dataclass(frozen=True, slots=True)
class Realtime:
    """The answer to DLE EOT n. asked is that n, None when nothing was asked: then the bits mean nothing."""

    byte: int
    asked: int | None


@dataclass(frozen=True, slots=True)
class AutoStatus:
    """Four bytes of automatic status (GS a), sent whenever the printer likes."""

    block: bytes


@dataclass(frozen=True, slots=True)
class InOrder:
    """The answer to GS r n, given when everything before the request was worked off."""

    byte: int
    asked: int | None


@dataclass(frozen=True, slots=True)
class Echo:
    """The answer to a process ID request (GS ( H): what stood before this mark has been printed."""

    fence_id: str


@dataclass(frozen=True, slots=True)
class BufferCleared:
    """The printer threw away what it had not printed yet (answer to DLE DC4 8)."""


@dataclass(frozen=True, slots=True)
class PowerOff:
    """The printer announces that it goes off."""


@dataclass(frozen=True, slots=True)
class Block:
    """Any other answer of the form header, text, NUL (GS I, ink, offline response)."""

    header: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Flow:
    """XON or XOFF that came through the line."""

    xon: bool


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that fit no answer."""

    data: bytes


Reply = Realtime | AutoStatus | InOrder | Echo | BufferCleared | PowerOff | Block | Flow | Garbage


class ReplyParser:
    """Turns the printer's bytes into replies, whatever pieces they arrive in.

    A status byte does not say which question it answers, so the questions asked are queued here in order.
    No input raises; what cannot be read is Garbage, and reading goes on with the next byte.
    Bit patterns: 0xx1xx10 real-time, 0xx1xx00 first byte of automatic status, bits 4 and 7 clear for the
    bytes after it and for GS r answers; 35 37 39 3B 3D 5F open a block that ends with NUL.
    """

    def __init__(self) -> None:
        self._realtime: deque[int] = deque()
        self._in_order: deque[int] = deque()
        self._partial = bytearray()

    def asked(self, request: bytes) -> None:
        """Note a request that is about to be sent: any run of DLE EOT n and GS r n; others are ignored."""
        at = 0
        while at + 2 < len(request):
            head, n = request[at : at + 2], request[at + 2]
            if head == DLE_EOT:
                self._realtime.append(n)
            elif head == GS_R:
                # Digits are accepted for the numbers 1 and 2 (GS r "1" is GS r 1).
                self._in_order.append(n - 48 if n >= 48 else n)
            at += 3 if head in (DLE_EOT, GS_R) else 1

    def forget_realtime(self) -> None:
        """Expect no answer any more to the real-time requests of the past."""
        self._realtime.clear()

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that data completes, in order."""
        out: list[Reply] = []
        for byte in data:
            self._take(byte, out)
        return out

    def end(self) -> list[Reply]:
        """What is left of an answer that never became whole, as Garbage."""
        left, self._partial = bytes(self._partial), bytearray()
        return [Garbage(left)] if left else []

    def _take(self, byte: int, out: list[Reply]) -> None:
        if not self._partial:
            self._first(byte, out)
        elif _belongs(self._partial, byte):
            self._partial.append(byte)
            self._finish(out)
        elif _slips_in(byte):
            self._first(byte, out)
        else:
            out.extend(self.end())
            self._first(byte, out)

    def _first(self, byte: int, out: list[Reply]) -> None:
        if byte in (_XON, _XOFF):
            out.append(Flow(xon=byte == _XON))
        elif byte & 0x93 == 0x12:
            out.append(Realtime(byte, self._realtime.popleft() if self._realtime else None))
        elif byte & 0x93 == 0x10 or byte in _BLOCK_HEADERS:
            self._partial.append(byte)
        elif byte & 0x90 == 0:
            out.append(InOrder(byte, self._in_order.popleft() if self._in_order else None))
        else:
            out.append(Garbage(bytes((byte,))))

    def _finish(self, out: list[Reply]) -> None:
        partial = bytes(self._partial)
        if partial[0] not in _BLOCK_HEADERS:
            if len(partial) < 4:
                return
            reply: Reply = AutoStatus(partial)
        elif partial[-1] == 0:
            reply = _block(partial)
        elif len(partial) > _LONGEST_BLOCK:
            reply = Garbage(partial)
        else:
            return
        self._partial.clear()
        out.append(reply)


def _belongs(partial: bytearray, byte: int) -> bool:
    if partial[0] not in _BLOCK_HEADERS:
        return byte & 0x90 == 0
    return byte == 0 or 0x20 <= byte <= 0x7E


def _slips_in(byte: int) -> bool:
    """Flow control and real-time answers may fall into the middle of a longer answer.

    Inside a block only those below 0x20 can be told from its text; the others were taken as text before.
    """
    return byte in (_XON, _XOFF) or byte & 0x93 == 0x12


def _block(partial: bytes) -> Reply:
    body = partial[1:-1]
    if partial[0] == 0x37 and body == b"\x25":
        return BufferCleared()
    if partial[0] == 0x37 and body[:1] == b"\x22":
        return Echo(body[1:].decode("ascii")) if len(body) == 5 else Garbage(partial)
    if partial[0] == 0x3B and body == b"\x30":
        return PowerOff()
    return Block(partial[0], body)
