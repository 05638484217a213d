"""Simple Serial Interface: scanners of Zebra and others that send labels as packets and wait for an answer.

A packet: its length without the checksum, what it is, who sends it, a status, data, and the 16-bit two's
complement of the sum of all of these, high byte first. What is not answered is sent again, and its status
says so. Sources: Zebra's guides to SSI (packets, answers, status) and its scanner SDK (the kinds of code).
"""

from __future__ import annotations

from dataclasses import replace

from drivers.message import Message
from drivers.scanner.framing import Framer, Framing
from drivers.scanner.label import Scan, ScannedLabel, TornScan

DECODE_DATA, ACK, NAK = 0xF3, 0xD0, 0xD1
DECODER, HOST = 0x00, 0x04
RETRANSMITTED, CONTINUED = 0x01, 0x02
_RESEND = 0x01

_SETTLE_S = 0.06
_REPEAT_S = 10.0
"""No scanner waits longer for an answer before it sends again (the longest that can be set is 9.9 s)."""

_HEAD = 4
_CHECKSUM = 2

# The kind of code in front of the data, and the AIM identifier that says the same.
_KINDS = {
    kind: name
    for name, kinds in {
        "]A0": (0x01,),
        "]A4": (0x13,),
        "]C0": (0x03,),
        "]C1": (0x0F,),
        "]C4": (0x19,),
        "]E0": (0x08, 0x09, 0x0B),
        "]E3": (0x48, 0x49, 0x4B, 0x88, 0x89, 0x8B),
        "]E4": (0x0A,),
        "]F0": (0x02,),
        "]G0": (0x07,),
        "]H0": (0x0C,),
        "]I0": (0x06,),
        "]L0": (0x11, 0x1A, 0x28),
        "]M0": (0x0E,),
        "]Q1": (0x1C, 0x2C),
        "]Q3": (0xC2,),
        "]S0": (0x04, 0x05),
        "]U0": (0x25,),
        "]X0": (0x15, 0x16, 0x20, 0x36),
        "]d1": (0x1B,),
        "]d2": (0xC1,),
        "]e0": (0x30, 0x31, 0x32),
        "]h0": (0xB7,),
        "]z0": (0x2D,),
        "]zC": (0x2E,),
    }.items()
    for kind in kinds
}


def packet(opcode: int, data: bytes = b"", *, source: int = HOST, status: int = 0) -> bytes:
    """A packet with its checksum. data: at most 251 bytes."""
    body = bytes((_HEAD + len(data), opcode, source, status)) + data
    return body + (-sum(body) & 0xFFFF).to_bytes(_CHECKSUM, "big")


class SsiFramer:
    """Bytes in, scans out: the same calls as framing.Framer. `answer` is what the scanner must be sent for
    what was fed last, once its scans are taken care of: after it the label is not sent again.

    A packet that is damaged or stays incomplete is asked for once more; only then its label is torn. One
    that is sent again, and was taken, is no label; where nobody knows whether it was taken, that is told:
    also when it comes later than any scanner waits, for then it may be another of the same goods."""

    def __init__(self, framing: Framing, device: str = "") -> None:
        # A packet ends by itself, and whatever lines are in it are its label's.
        whole = replace(framing, suffix="none", suffix_text="", settle_s=framing.settle_s or _SETTLE_S)
        self._framer = Framer(whole, device)
        self._device = device
        self._stale_s = framing.stale_s
        self._buffer = bytearray()
        self._last = 0.0
        self._taken: bytes | None = None
        self._taken_at = 0.0
        self._asked_again = False
        self.answer = b""

    @property
    def deadline(self) -> float | None:
        """When idle() has something to decide; None while nothing is pending."""
        return self._last + self._stale_s if self._buffer or self._asked_again else None

    def patience(self, now: float, most_s: float) -> float:
        """How long to wait for the next byte: until the deadline, if that is sooner than `most_s`."""
        deadline = self.deadline
        return most_s if deadline is None else min(most_s, max(0.001, deadline - now))

    def feed(self, data: bytes, now: float) -> list[Scan]:
        """Take a chunk that arrived at `now`. Returns the scans it completes, in order."""
        self.answer = b""
        scans = self.idle(now)
        if data:
            self._buffer += data
            self._last = now
        while whole := self._next_packet():
            scans += self._take(whole)
        return scans

    def idle(self, now: float) -> list[Scan]:
        """Nothing came until `now`: what is incomplete is asked for again, and given up the second time."""
        deadline = self.deadline
        if deadline is None or now < deadline:
            return []
        torn = bytes(self._buffer)
        self._buffer.clear()
        if self._asked_again:
            self._asked_again = False
            return [TornScan(Message("scanner.torn.no-end"), self._device, torn)]
        self._ask_again()
        self._last = now
        return []

    def tear(self, reason: Message, now: float) -> list[Scan]:
        """Something of the current packet is missing: the scanner sends it again by itself."""
        del reason
        self._buffer.clear()
        self._last = now
        return []

    def reset(self, reason: Message) -> list[Scan]:
        """The line is gone: whatever is unfinished is torn, and the next byte starts afresh."""
        unfinished = self._buffer or self._asked_again
        torn: list[Scan] = [TornScan(reason, self._device, bytes(self._buffer))] if unfinished else []
        self._buffer.clear()
        self._taken, self._asked_again, self.answer = None, False, b""
        return torn

    def finish(self) -> list[Scan]:
        """No more bytes will ever come (the end of a recording): decide what is pending now."""
        return self.reset(Message("scanner.torn.no-end"))

    def _next_packet(self) -> bytes | None:
        """The next whole packet of the decoder; what cannot be the head of one is passed over."""
        while self._buffer and not _may_begin(self._buffer):
            del self._buffer[0]
        if not self._buffer or len(self._buffer) < self._buffer[0] + _CHECKSUM:
            return None
        size = self._buffer[0] + _CHECKSUM
        whole = bytes(self._buffer[:size])
        del self._buffer[:size]
        return whole

    def _take(self, whole: bytes) -> list[Scan]:
        if sum(whole[:-_CHECKSUM]) + int.from_bytes(whole[-_CHECKSUM:], "big") & 0xFFFF:
            # Its length may be what is damaged: nothing behind it is believed.
            self._buffer.clear()
            if self._asked_again:
                self._asked_again = False
                return [TornScan(Message("scanner.torn.checksum"), self._device, whole)]
            self._ask_again()
            return []
        opcode, status, data = whole[1], whole[3], whole[_HEAD:-_CHECKSUM]
        if opcode in (ACK, NAK):
            return []
        asked, self._asked_again = self._asked_again, False
        self.answer = packet(ACK)
        return self._decoded(status, data, asked=asked) if opcode == DECODE_DATA and data else []

    def _decoded(self, status: int, data: bytes, *, asked: bool) -> list[Scan]:
        again, taken = bool(status & RETRANSMITTED), self._taken
        soon = self._last - self._taken_at < _REPEAT_S
        self._taken, self._taken_at = data, self._last
        if again and taken == data and soon and not asked:
            return []
        # The first packet of a line; or the same goods twice, where it was the second that came damaged or
        # not at all, or the first once more.
        if again and taken in (None, data):
            return [TornScan(Message("scanner.torn.sent-again"), self._device, data[1:])]
        if status & CONTINUED:
            return [TornScan(Message("scanner.torn.in-parts"), self._device, data[1:])]
        kind = _KINDS.get(data[0], "")
        return [
            replace(scan, symbology_id=scan.symbology_id or kind) if isinstance(scan, ScannedLabel) else scan
            for scan in self._framer.whole(data[1:])
        ]

    def _ask_again(self) -> None:
        self._asked_again = True
        self.answer = packet(NAK, bytes((_RESEND,)))


def framer_of(protocol: str, framing: Framing, device: str) -> Framer | SsiFramer:
    """What cuts the bytes of a serial scanner into labels. protocol: plain or ssi."""
    return SsiFramer(framing, device) if protocol == "ssi" else Framer(framing, device)


def _may_begin(some: bytearray) -> bool:
    """Whether this can be the head of a packet that the decoder sends."""
    return some[0] >= _HEAD and (len(some) < 3 or some[2] == DECODER)
