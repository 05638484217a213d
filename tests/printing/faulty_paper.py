"""Invoices through the store, the printer's thread and a simulated printer whose faults are a script."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from agent.sale.invoice import receipt
from agent.sale.shop import Shop
from agent.store import spool
from agent.store.spool import Job
from drivers.printer.profile import profile_named
from drivers.printer.ticket import build
from drivers.simulated.fault_script import Script
from drivers.simulated.printer import VirtualPrinter
from drivers.simulated.printer_firmware import Firmware
from drivers.simulated.printer_head import PrintHead
from tests.drivers.printer.printer_rig import as_read
from tests.loyalty.bills import bill, line
from tests.printing.test_worker import AT, Desk, working

SHOP = Shop("Lakeside Stores", ("12 Market Road", "Bengaluru 560001"), "29AAAAA0000A1Z5", "29")
GOODS = ("Basmati rice 1 kg", "Tea 250 g", "Soap", "गरम मसाला", "Sunflower oil 1 l", "Salt")
PROFILES = ("epson-tm-t20", "generic-80-gs-r")
_LONGEST_S = 200.0
_LOOK_S = 0.1
_ENDS = ("confirmed", "sent", "unknown")
_TOGETHER = 16


@dataclass(slots=True)
class Run:
    """What became of the invoices of a script. faults: what no printer may bring about, in words."""

    profile: str
    script: Script
    struck: list[str] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join((self.profile, str(self.script), "struck:", *self.struck, *self.faults))


def invoice(number: int) -> list[dict[str, Any]]:
    """The paper of a bill."""
    lines = tuple(line(no, 10_000 + no, name=name) for no, name in enumerate(GOODS, 1))
    return receipt(bill(f"S01T1-25-{number:06d}", lines), SHOP, columns=48)


@cache
def paper_of(number: int, profile: str) -> tuple[str, int]:
    """What stands on the paper of a bill and how many lines that is, made by a printer without faults."""
    firmware = Firmware(PrintHead(576, 80), answer=lambda _: None, clock=lambda: 0.0)
    firmware.receive(build(invoice(number), profile_named(profile)))
    return as_read(firmware.tickets[0].text), firmware.counts.lines


def run_all(runs: Iterable[tuple[str, Script]], bills: int) -> Iterator[Run]:
    """Many at a time: each is mostly waiting."""
    with ThreadPoolExecutor(_TOGETHER) as pool:
        yield from pool.map(lambda one: run(*one, bills), runs)


def run(profile: str, script: Script, bills: int) -> Run:
    """Print bills under a script, then one more without faults, which has to come."""
    made = Run(profile, script)
    with tempfile.TemporaryDirectory() as place:
        desk = Desk(Path(place) / "store")
        try:
            with VirtualPrinter(script=script) as printer:
                _print(made, desk, printer, bills)
        finally:
            desk.store.close()
    return made


def _print(made: Run, desk: Desk, printer: VirtualPrinter, bills: int) -> None:
    def document(job: Job) -> list[dict[str, Any]]:
        return invoice(job.bill_id)

    def job(number: int) -> int:
        return int(desk.write(lambda tx: spool.add(tx, number, AT, 0)))

    wholes: dict[int, str] = {}

    def told(number: int, state: str) -> None:
        if state == "confirmed":
            _look(made, desk, printer, wholes, number)

    desk.told = Told(told)
    with working(desk, printer, document, made.profile) as thread:
        for number in range(1, bills + 2):
            if number > bills:
                printer.clear()
            mine = job(number)
            wholes[mine], _ = paper_of(number, made.profile)
            end = time.monotonic() + _LONGEST_S
            while not any((mine, state) in desk.told for state in _ENDS):
                if time.monotonic() > end:
                    made.faults.append(f"job {mine} waits for ever: {desk.open()}, {desk.said[-3:]}")
                    break
                thread.wake()
                time.sleep(_LOOK_S)
    _look(made, desk, printer, wholes)
    made.struck = list(printer.status()["struck"])
    made.states = desk.open() | desk.ended()
    made.pieces = [ticket.text for ticket in printer.tickets]
    ends = [made.states[number] for number in sorted(made.states)]
    # One that never answered a mark, in a bad moment, is not known to answer any: it is sent to.
    if ends[-1] not in ("confirmed", "sent"):
        made.faults.append(f"without faults again, the last one is {ends[-1]}")
    if "confirmed" in ends and "sent" in ends[ends.index("confirmed") :]:
        made.faults.append(f"it has proven one, and is sent to without proof: {ends}")


def _look(made: Run, desk: Desk, printer: VirtualPrinter, wholes: dict[int, str], just_now: int = 0) -> None:
    """What is called confirmed is on paper at that moment, whole; and nothing is there twice."""
    states = desk.open() | desk.ended() | ({just_now: "confirmed"} if just_now else {})
    paper = "\n".join(as_read(ticket.text) for ticket in printer.tickets)
    for job, whole in wholes.items():
        seen = paper.count(whole)
        if seen > 1 or (states.get(job) == "confirmed" and seen != 1):
            made.faults.append(f"job {job} is {states.get(job)} and {seen} times whole on paper")


class Told(list[tuple[int, str]]):
    """What the board is told of jobs, and somebody besides, in that moment."""

    def __init__(self, hears: Callable[[int, str], None]) -> None:
        super().__init__()
        self._hears = hears

    def append(self, told: tuple[int, str]) -> None:
        self._hears(*told)
        super().append(told)
