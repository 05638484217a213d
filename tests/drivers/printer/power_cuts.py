"""The power of the printer is cut after byte k: what the job is called, and what is on paper."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from drivers.printer.job import JobOutcome, print_job
from drivers.printer.profile import Fence
from drivers.printer.ticket import build
from drivers.simulated.printer import VirtualPrinter
from tests.drivers.printer.printer_rig import EPSON, FlowControlled, opened, plain, receipt, row, wired

#: How the power goes, and how it comes back: lines of the fault script, "{k}" for the byte.
CUTS: dict[str, tuple[str, ...]] = {
    "line closed": ("at byte {k}: power-loss",),
    "line closed, back at once": ("at byte {k}: power-loss for 100 ms",),
    "line open": ("at byte {k}: reset",),
    "line open, back after 700 bytes": ("at byte {k}: reset for 700 bytes",),
    "line open, back after 4 s": ("at byte {k}: reset for 4 s",),
    "line open and holding, back after 4 s": ("line-holds", "at byte {k}: reset for 4 s"),
    "line open, back at once, with a break": ("break", "at byte {k}: reset for 0 s"),
}
FENCES: tuple[Fence, ...] = ("process-id", "gs-r", "none")
#: By how many bytes the box still holds being told or not: over TCP and on a pty they count as gone.
WIRES = ("tcp", "pty", "rts-cts")
_TOLD = "rts-cts"
SMALL = [
    row(("SHOP", 8, "center"), bold=True, wide=True),
    *plain(*(f"item {number}   ........ {number}.00" for number in range(14)))[:-1],
    row(("TOTAL 91.00", 20, "left"), tall=True),
    {"kind": "cut"},
]
DOCUMENTS = {"small": SMALL, "receipt": receipt(48)}
_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Cut:
    """One power cut."""

    document: str
    fence: Fence
    wire: str
    how: str
    k: int


@dataclass(frozen=True, slots=True)
class Paper:
    """What the job was called, and whether its ticket is on paper, all of it and once."""

    cut: Cut
    outcome: JobOutcome
    whole: bool


@cache
def healthy(document: str, fence: Fence) -> tuple[int, JobOutcome, bytes]:
    """Without a cut: all bytes the printer was told, how the job ended, and its ticket."""
    with VirtualPrinter() as printer:
        outcome = _printed(printer, document, fence)
        (ticket,) = printer.wait_for_tickets(1)
        return int(printer.status()["bytes"]), outcome, ticket.png


def every_byte(seed: int) -> Iterator[Cut]:
    """Each way to cut, after each byte of a small ticket; on which wire, the seed tells."""
    for fence in FENCES:
        for how in CUTS:
            for k in range(1, healthy("small", fence)[0] + 1):
                yield Cut("small", fence, _wires(how)[(k + seed) % len(_wires(how))], how, k)


def _wires(how: str) -> tuple[str, ...]:
    """Those on which the power can go so: what a line loses, no driver holds."""
    return WIRES if "holding" in how else WIRES[:2]


def some_bytes(document: str, seed: int, count: int) -> list[Cut]:
    """Each way to cut, after count bytes chosen by seed."""
    chosen = random.Random(seed)
    return [
        Cut(document, fence, chosen.choice(_wires(how)), how, k)
        for fence in FENCES
        for how in CUTS
        for k in chosen.sample(range(1, healthy(document, fence)[0] + 1), count)
    ]


def cut_all(cuts: Iterable[Cut]) -> Iterator[Paper]:
    """Carry the cuts out, many at a time: each is mostly waiting."""
    with ThreadPoolExecutor(_TOGETHER) as pool:
        yield from pool.map(_cut, cuts)


def _cut(cut: Cut) -> Paper:
    with tempfile.TemporaryDirectory() as folder, wired(cut.wire, Path(folder)) as printer:
        for switch in CUTS[cut.how]:
            printer.set_fault(switch.format(k=cut.k))
        outcome = _printed(printer, cut.document, cut.fence, cut.wire)
        whole = [ticket.png for ticket in printer.tickets] == [healthy(cut.document, cut.fence)[2]]
        return Paper(cut, outcome, whole)


def _printed(printer: VirtualPrinter, document: str, fence: Fence, wire: str = "tcp") -> JobOutcome:
    profile = replace(EPSON, fence=fence)
    with FlowControlled(printer) if wire == _TOLD else opened(printer) as line:
        return print_job(line, build(DOCUMENTS[document], profile), "0001", profile, 10.0)
