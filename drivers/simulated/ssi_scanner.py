"""A serial scanner that sends its labels as SSI packets, waits for the answer and sends again without it."""

from __future__ import annotations

import time

from drivers.scanner import ssi
from drivers.simulated.scanner import VirtualScanner

_EAN_13, _CODE_128 = 0x0B, 0x03


class SsiScanner:
    """The scanner at the other end of a wire. answer_s: how long it waits; tries: how often it sends at most.

    Of the wire's faults it takes deaf and those that spoil what is said: noise is a wrong byte in a packet.
    """

    def __init__(self, wire: VirtualScanner, *, answer_s: float = 2.0, tries: int = 3) -> None:
        self._wire = wire
        self._answer_s = answer_s
        self._tries = tries

    def send(self, text: str, kind: int = 0) -> bool:
        """Scan a label; kind is the protocol's number of its kind, guessed by its digits if 0. Whether it was
        acknowledged at last."""
        kind = kind or (_EAN_13 if text.isdigit() and len(text) == 13 else _CODE_128)
        for attempt in range(self._tries):
            status = ssi.RETRANSMITTED if attempt else 0
            sent = ssi.packet(
                ssi.DECODE_DATA, bytes((kind,)) + text.encode(), source=ssi.DECODER, status=status
            )
            self._wire.faults.came("packet")
            noisy = "noise" in self._wire.faults
            self._wire.send_bytes(_damaged(sent) if noisy else self._wire.faults.spoiled(sent))
            answer = self._answer()
            if "deaf" not in self._wire.faults and answer[1:2] == bytes((ssi.ACK,)):
                return True
        return False

    def _answer(self) -> bytes:
        """The packet that came within the time, empty if none did."""
        until, came = time.monotonic() + self._answer_s, b""
        while (left := until - time.monotonic()) > 0:
            came += self._wire.receive(left)
            if came and len(came) >= came[0] + 2:
                return came
        return b""


def by_packets(wire: VirtualScanner, text: str) -> bool:
    """A label as a packet, for VirtualScanner.send."""
    return SsiScanner(wire).send(text)


def _damaged(sent: bytes) -> bytes:
    return sent[:6] + bytes((sent[6] ^ 0x01,)) + sent[7:]
