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
from tests.drivers.printer.printer_rig import EPSON, opened, plain, row, wired

#: How the power goes, and how it comes back: the switches of the simulated printer, "{k}" for the byte.
CUTS: dict[str, tuple[str, ...]] = {
    "line closed": ("power-cut:{k}",),
    "line closed, back at once": ("back-after:0.1", "power-cut:{k}"),
    "line open": ("power-cut-line-open:{k}",),
    "line open, back after 300 bytes": ("back-after-bytes:300", "power-cut-line-open:{k}"),
    "line open, back after 4 s": ("back-after:4", "power-cut-line-open:{k}"),
    "line open and holding, back after 4 s": ("back-after:4", "line-holds", "power-cut-line-open:{k}"),
    "line open, back at once, with a break": ("back-after:0", "break", "power-cut-line-open:{k}"),
}
FENCES: tuple[Fence, ...] = ("process-id", "gs-r", "none")
WIRES = ("tcp", "pty")
DOCUMENT = [
    row(("SHOP", 8, "center"), bold=True, wide=True),
    *plain(*(f"item {number}   ........ {number}.00" for number in range(14)))[:-1],
    row(("TOTAL 91.00", 20, "left"), tall=True),
    {"kind": "cut"},
]
_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Cut:
    """One power cut."""

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
def healthy(fence: Fence) -> tuple[int, JobOutcome, bytes]:
    """Without a cut: all bytes the printer was told, how the job ended, and its ticket."""
    with VirtualPrinter() as printer:
        outcome = _printed(printer, fence)
        (ticket,) = printer.wait_for_tickets(1)
        return int(printer.status()["bytes"]), outcome, ticket.png


def every_byte() -> Iterator[Cut]:
    """Each way to cut, after each byte."""
    for fence in FENCES:
        for how in CUTS:
            for k in range(1, healthy(fence)[0] + 1):
                yield Cut(fence, WIRES[k % 2], how, k)


def some_bytes(seed: int, count: int) -> list[Cut]:
    """Each way to cut, after count bytes chosen by seed; the last one is always among them."""
    chosen = random.Random(seed)
    return [
        Cut(fence, chosen.choice(WIRES), how, k)
        for fence in FENCES
        for how in CUTS
        for k in (*chosen.sample(range(1, healthy(fence)[0]), count), healthy(fence)[0])
    ]


def cut_all(cuts: Iterable[Cut]) -> Iterator[Paper]:
    """Carry the cuts out, many at a time: each is mostly waiting."""
    with ThreadPoolExecutor(_TOGETHER) as pool:
        yield from pool.map(_cut, cuts)


def _cut(cut: Cut) -> Paper:
    with tempfile.TemporaryDirectory() as folder, wired(cut.wire, Path(folder)) as printer:
        for switch in CUTS[cut.how]:
            printer.set_fault(switch.format(k=cut.k))
        outcome = _printed(printer, cut.fence)
        # Its last bytes may still lie in the wire of a printer without answers.
        printer.clear("power-loss")
        whole = [ticket.png for ticket in printer.tickets] == [healthy(cut.fence)[2]]
        return Paper(cut, outcome, whole)


def _printed(printer: VirtualPrinter, fence: Fence) -> JobOutcome:
    profile = replace(EPSON, fence=fence)
    with opened(printer) as line:
        return print_job(line, build(DOCUMENT, profile), "0001", profile, 10.0)
