"""What a program under test tells the outside world, and what the world therefore counts on."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Wording:
    """How a program says things: bytes patterns, looked for in each write that leaves it.

    ack, printed and called have one group: bill number, bill number, idempotency key; ready has two: bills in
    the store, items in the sale that was found open. None: it never says that. What is split over two
    writes is not heard, which weakens a proof; so proofs count what they heard.
    """

    ready: re.Pattern[bytes] | None = re.compile(rb"^READY (\d+) (\d+)$", re.MULTILINE)
    ack: re.Pattern[bytes] = re.compile(rb"^ACK (\S+)$", re.MULTILINE)
    scan: re.Pattern[bytes] | None = re.compile(rb"^SCAN \d+$", re.MULTILINE)
    cancelled: re.Pattern[bytes] | None = re.compile(rb"^CANCELLED \S+$", re.MULTILINE)
    printed: re.Pattern[bytes] | None = re.compile(rb"^PRINT (\S+)$", re.MULTILINE)
    called: re.Pattern[bytes] | None = re.compile(rb"^CALL (\S+)$", re.MULTILINE)


SELLER = Wording()


@dataclass(slots=True)
class Heard:
    """What is known outside: bills acknowledged, in order; scans of the sale that is open since; sales given
    up; originals whose bytes left for the printer; calls whose bytes left for the cloud."""

    wording: Wording = SELLER
    acked: list[str] = field(default_factory=list)
    scans: int = 0
    cancelled: int = 0
    printed: Counter[str] = field(default_factory=Counter)
    called: Counter[str] = field(default_factory=Counter)

    def hear(self, data: bytes) -> bool:
        """Take in one write; True if it meant anything. What precedes a bill in one write belongs to it."""
        wording = self.wording
        acks = _texts(wording.ack, data)
        scans, gone = len(_texts(wording.scan, data)), len(_texts(wording.cancelled, data))
        printed, called = _texts(wording.printed, data), _texts(wording.called, data)
        self.acked += acks
        self.cancelled += gone
        self.scans = scans if acks or gone else self.scans + scans
        self.printed.update(printed)
        self.called.update(called)
        return bool(acks or scans or gone or printed or called or _texts(wording.ready, data))


def _texts(pattern: re.Pattern[bytes] | None, data: bytes) -> list[str]:
    return [found[found.re.groups and 1].decode() for found in pattern.finditer(data)] if pattern else []
