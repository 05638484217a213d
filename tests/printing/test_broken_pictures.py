"""A line that breaks at any byte of a ticket with pictures, or loses bytes and stays: what is behind it."""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.store import spool
from agent.store.spool import Job
from drivers.printer.marks import EchoMarks, Proof
from drivers.printer.profile import profile_named
from drivers.printer.ticket import build
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import as_read
from tests.printing.faulty_paper import PROFILES, invoice, paper_of
from tests.printing.test_worker import AT, Desk, working

EVERY = os.environ.get("POS_PRINTER_CUTS") == "every"
SEED = int(os.environ.get("POS_SEED") or random.SystemRandom().randrange(1_000_000))
#: The line closes; it stays, and so many bytes never come.
WAYS = ("unplug for 150 ms", "deaf for 4 bytes", "deaf for 300 bytes")
_BEFORE = 8 + 12 + 11
"""What is asked ahead of a ticket on a line of its own."""
_LONGEST_S = 150.0
_TOGETHER = 24
_ENDS = ("confirmed", "sent", "unknown")


@dataclass(slots=True)
class Behind:
    """What became of four invoices, the second of which met a break behind byte k of what it is sent with."""

    profile: str
    how: str
    k: int
    states: list[str] = field(default_factory=list)
    copies: list[int] = field(default_factory=list)

    @property
    def wrong(self) -> bool:
        """It proved the first. So none is called sent, none confirmed without its paper, and none is there
        twice. Of bytes that never came, and no mark with them, no printer can tell: only what is behind."""
        told = list(zip(self.states, self.copies, strict=True))
        if self.how.startswith("deaf"):
            told[1:2] = []
        closed = self.how.startswith("unplug") and set(self.states[2:]) != {"confirmed"}
        return closed or any(
            state == "sent" or count > 1 or (state == "confirmed" and count != 1) for state, count in told
        )


def _stream(profile: str) -> bytes:
    return Proof(build(invoice(2), profile_named(profile)), EchoMarks("0001")).stream


def breaks() -> Iterator[Behind]:
    """Behind every byte of one printer's line that closes, every eighth of the others; or every byte of the
    first picture's head and some more."""
    chosen = random.Random(SEED)
    for profile in PROFILES:
        stream = _stream(profile)
        head = _BEFORE + stream.index(b"\x1dv0\x00")
        for how in WAYS:
            if EVERY:
                step = 1 if (profile, how) == (PROFILES[0], WAYS[0]) else 8
                places = list(range(1 + SEED % step, _BEFORE + len(stream), step))
            elif profile == PROFILES[0]:
                places = [*range(head, head + 9), *chosen.sample(range(1, _BEFORE + len(stream)), 3)]
            else:
                places = [head + 5, *chosen.sample(range(1, _BEFORE + len(stream)), 2)]
            yield from (Behind(profile, how, k) for k in places)


def printed(one: Behind) -> Behind:
    with tempfile.TemporaryDirectory() as place:
        desk = Desk(Path(place) / "store")
        try:
            with VirtualPrinter() as printer:
                _print(one, desk, printer)
        finally:
            desk.store.close()
    return one


def _print(one: Behind, desk: Desk, printer: VirtualPrinter) -> None:
    def document(job: Job) -> list[dict[str, object]]:
        return invoice(job.bill_id)

    with working(desk, printer, document, one.profile) as thread:
        for number in range(1, 5):
            if number == 2:
                printer.set_fault(f"at byte {one.k}: {one.how}")
            desk.write(lambda tx, bill=number: spool.add(tx, bill, AT, 0))  # type: ignore[misc]
            end = time.monotonic() + _LONGEST_S
            while sum(state in _ENDS for _, state in desk.told) < number and time.monotonic() < end:
                thread.wake()
                time.sleep(0.1)
    states = desk.open() | desk.ended()
    one.states = [states[job] for job in sorted(states)]
    paper = "\n".join(as_read(ticket.text) for ticket in printer.tickets)
    one.copies = [paper.count(paper_of(number, one.profile)[0]) for number in range(1, len(states) + 1)]


@pytest.mark.timeout(14_400 if EVERY else 600)
def test_behind_a_break_at_any_byte_nothing_is_called_sent_or_confirmed_without_its_paper() -> None:
    """A printer that waits for the rest of a picture takes questions, marks and tickets for that. make
    printer-cuts breaks behind every byte; POS_SEED repeats a run."""
    ends: Counter[tuple[str, str]] = Counter()
    wrong: list[Behind] = []
    with ThreadPoolExecutor(_TOGETHER) as pool:
        for one in pool.map(printed, breaks()):
            ends.update((one.how, state) for state in one.states[1:])
            wrong += [one] * one.wrong
    sys.stderr.write(f"POS_SEED={SEED}: {dict(sorted(ends.items()))}\n")
    assert wrong == [], f"POS_SEED={SEED}"
