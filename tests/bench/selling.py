"""Scan to committed to snapshot, and complete to durable, against a spaced fdatasync of the same disk."""

import os
import re
import threading
import time
from pathlib import Path

from agent.daemon.agent import Agent
from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.settings.config import load
from agent.simulated.world import CATALOGUE, World
from agent.store import key_value
from agent.store.catalogue_import import import_catalogue
from drivers.simulated.scanner import VirtualScanner
from tests.bench.row import Row, median

# The whole demo catalogue in turn: a till that sold one item only would find everything remembered.
LABELS = re.findall(r"\b89\d{11}\b", (CATALOGUE / "demo.csv").read_text())
_SALES = 40
_LINES = 10
_GAP_S = 0.012


def selling_rows(place: Path) -> list[Row]:
    """One agent in this process, its scanner on a pty, no printer and no cloud to share the disk with."""
    place.mkdir()
    world = World(place)
    world.write_settings()
    text = world.config.read_text().split("[cloud]")[0]
    text += f'[[scanner]]\nkind = "serial"\npath = "{place}/scanner"\n[web]\nport = 0\n'
    world.config.write_text(text)
    with VirtualScanner(place / "scanner") as scanner:
        config, _ = load(world.config)
        config.store.mkdir(parents=True)
        import_catalogue(CATALOGUE / "demo.csv", config.catalogue_path)
        agent = Agent(config)
        agent.start()
        try:
            scanner.wait_until_ready(10)
            time.sleep(2.0)  # let the web server finish its imports; it shares this process
            return _measure(agent, scanner, place)
        finally:
            agent.close()


def _measure(agent: Agent, scanner: VirtualScanner, place: Path) -> list[Row]:
    shown = threading.Event()
    published = [0.0]

    def heard() -> None:
        published[0] = time.perf_counter()
        shown.set()

    agent.board.listen(heard)
    descriptor = os.open(place / "floor", os.O_RDWR | os.O_CREAT)
    os.pwrite(descriptor, bytes(4096), 0)
    os.fsync(descriptor)
    _to_steady_state(agent)
    floors, scans, sales = [], [], []
    for sale in range(_SALES):
        for line in range(_LINES):
            floors.append(_fdatasync(descriptor))
            time.sleep(_GAP_S)
            shown.clear()
            started = scanner.send_bytes(f"{LABELS[(sale * _LINES + line) % len(LABELS)]}\r".encode())
            while len(agent.open_sale.sale.lines) != line + 1 or not shown.is_set():
                if not shown.wait(5.0):
                    raise TimeoutError(f"scan {line} of sale {sale} did not arrive")
                if len(agent.open_sale.sale.lines) != line + 1:
                    shown.clear()
            scans.append(published[0] - started)
            time.sleep(_GAP_S)
        agent.cashier.do(e.TenderBegun(), "")
        agent.cashier.do(e.TenderAdded(TenderType.CASH, agent.open_sale.open_minor()), "")
        time.sleep(_GAP_S)
        started = time.perf_counter()
        assert agent.cashier.do(e.Completed(), "").ok
        sales.append(time.perf_counter() - started)
    os.close(descriptor)
    floor = median(floors)
    return [
        _row("scan to committed to snapshot / fdatasync", floor, median(scans), 3.0),
        _row("complete a 10-line sale to durable / fdatasync", floor, median(sales), 5.0),
    ]


def _to_steady_state(agent: Agent) -> None:
    """Write until the log has come round once: from then on it is overwritten in place, as it is on a till
    that has sold for an hour, and no longer grows with each commit."""
    for count in range(1200):
        agent.till.write(lambda tx, count=count: key_value.save(tx, "bench", str(count)))  # type: ignore[misc]


def _row(what: str, floor: float, here: float, target: float) -> Row:
    return Row(what, f"{floor * 1e6:.0f} us", f"{here * 1e6:.0f} us", here / floor, target)


def _fdatasync(descriptor: int) -> float:
    time.sleep(_GAP_S)
    started = time.perf_counter()
    os.pwrite(descriptor, os.urandom(4096), 0)
    os.fdatasync(descriptor)
    return time.perf_counter() - started
