"""Scan to committed to snapshot, and complete to durable, against a spaced fdatasync of the same disk."""

import logging
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.daemon.agent import Agent
from agent.daemon.masked_log import MaskedFormatter
from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.settings.config import load
from agent.simulated.shopper import MEMBER
from agent.simulated.world import CATALOGUE, World
from agent.store import key_value
from agent.store.catalogue_import import import_catalogue
from tests.bench.quick_printer import quick_printer
from tests.bench.row import Row, median
from tests.bench.scanner_beside import ScannerBeside, scanner_beside

# The whole demo catalogue in turn: a till that sold one item only would find everything remembered.
LABELS = re.findall(r"\b89\d{11}\b", (CATALOGUE / "demo.csv").read_text())
SALES = 40
LINES = 10
_GAP_S = 0.012


def selling_rows(place: Path) -> list[Row]:
    """A member's sales at an agent in this process, everything switched on: the simulated cloud, a printer
    that answers at once and the scanner, each on its wire; forwarder and printer work on the sale before, and
    the log is written."""
    place.mkdir()
    with (
        World(place) as world,
        quick_printer(place / "printer") as printer,
        scanner_beside(place / "scanner") as scanner,
        _logging(place / "log"),
    ):
        world.write_settings()
        settings = world.config.read_text()
        world.config.write_text(re.sub(r"tcp://[^\"]*", printer.tcp, settings))
        world.start_cloud()
        config, _ = load(world.config)
        config.store.mkdir(parents=True)
        import_catalogue(CATALOGUE / "demo.csv", config.catalogue_path)
        agent = Agent(config)
        agent.start()
        try:
            time.sleep(2.0)  # let the web server finish its imports; it shares this process
            _to_steady_state(agent)
            rows = _measure(agent, scanner, place)
            _all_arrived(agent, world)
        finally:
            agent.close()
    return rows


@contextmanager
def _logging(file: Path) -> Iterator[None]:
    """As the daemon does."""
    handler, log = logging.FileHandler(file), logging.getLogger("agent")
    handler.setFormatter(MaskedFormatter("%(levelname)s %(name)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
        handler.close()


def _measure(agent: Agent, scanner: ScannerBeside, place: Path) -> list[Row]:
    shown = threading.Event()
    published = [0.0]

    def heard() -> None:
        published[0] = time.perf_counter()
        shown.set()

    agent.board.listen(heard)
    descriptor = os.open(place / "floor", os.O_RDWR | os.O_CREAT)
    os.pwrite(descriptor, bytes(4096), 0)
    os.fsync(descriptor)
    floors, scans, sales = [], [], []
    for sale in range(SALES):
        assert agent.cashier.search("mobile", MEMBER, "").data["found"]
        for line in range(LINES):
            floors.append(_fdatasync(descriptor))
            time.sleep(_GAP_S)
            shown.clear()
            scanner.send(LABELS[(sale * LINES + line) % len(LABELS)])
            while len(agent.open_sale.sale.lines) != line + 1 or not shown.is_set():
                if not shown.wait(5.0):
                    raise TimeoutError(f"scan {line} of sale {sale} did not arrive")
                if len(agent.open_sale.sale.lines) != line + 1:
                    shown.clear()
            scans.append(published[0] - scanner.sent_at())
            time.sleep(_GAP_S)
        agent.cashier.do(e.TenderBegun(), "")
        agent.cashier.do(e.TenderAdded(TenderType.CASH, agent.open_sale.open_minor()), "")
        time.sleep(_GAP_S)
        started = time.perf_counter()
        assert agent.cashier.do(e.Completed(), f"sale {sale}").ok
        sales.append(time.perf_counter() - started)
    os.close(descriptor)
    floor = median(floors)
    return [
        _row("scan to committed to snapshot / fdatasync", floor, median(scans), 3.0),
        _row("complete a member's 10 lines to durable / fdatasync", floor, median(sales), 5.0),
    ]


def _all_arrived(agent: Agent, world: World) -> None:
    """What was measured was whole: each bill is in the cloud and on paper."""
    world.until(lambda: agent.tally.tally()[0] == 0, "the cloud to have every bill")
    world.until(lambda: agent.till.read(_on_paper) == SALES, "every bill to be printed")
    told = [bill for bill in world.cloud("ledger")["bills"] if bill["number"].startswith("ST01T1")]
    assert len(told) == SALES


def _on_paper(tx: sqlite3.Connection) -> int:
    return int(tx.execute("SELECT count(*) FROM printed WHERE state = 'confirmed'").fetchone()[0])


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
