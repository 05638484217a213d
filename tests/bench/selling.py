"""Scan to committed to snapshot, and complete to durable, against a spaced fdatasync of the same disk."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from agent.daemon.agent import Agent
from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.simulated.shopper import MEMBER
from agent.simulated.world import World
from tests.bench.bare_store import Written, bare, written
from tests.bench.row import TOLD, Row, median
from tests.bench.scanner_beside import ScannerBeside
from tests.bench.whole_till import LABELS, ODD, Shown, whole_till

SALES, BARE = 40, 20
LINES = 10
_GAP_S = 0.012
# From the sum told to the money given: what is worked out ahead is worked out meanwhile.
_MONEY_S = 0.3


def selling_rows(place: Path) -> list[Row]:
    """A member's sales at a whole till. The customer takes 0.3 s from hearing the sum to giving the money,
    which is quick."""
    with whole_till(place) as (agent, world, scanner):
        rows = _measure(agent, scanner, place)
        _all_arrived(agent, world)
        return rows


def _measure(agent: Agent, scanner: ScannerBeside, place: Path) -> list[Row]:
    shown = Shown(agent, scanner)
    descriptor = os.open(place / "floor", os.O_RDWR | os.O_CREAT)
    os.pwrite(descriptor, bytes(4096), 0)
    os.fsync(descriptor)
    floors, scans, sales = [], [], []
    for sale in range(SALES):
        assert agent.cashier.search("mobile", MEMBER, "").data["found"]
        for line in range(LINES):
            floors.append(_fdatasync(descriptor))
            time.sleep(_GAP_S)
            scans.append(shown.scan(_label(sale, line), line + 1))
            time.sleep(_GAP_S)
        _pay(agent)
        time.sleep(_GAP_S)
        started = time.perf_counter()
        assert agent.cashier.do(e.Completed(), f"sale {sale}").ok
        sales.append(time.perf_counter() - started)
    os.close(descriptor)
    floor = median(floors)
    return [
        _row("scan to committed to snapshot / fdatasync", floor, median(scans), 3.0),
        _row("complete a member's 10 lines to durable / fdatasync", floor, median(sales), 5.0),
        _row("of it the same rows by bare sqlite3 / fdatasync", floor, median(_bare(agent, place)), TOLD),
    ]


def _label(sale: int, line: int) -> str:
    return LABELS[(sale * LINES + line) % len(LABELS)] if line else ODD


def _pay(agent: Agent) -> None:
    agent.cashier.do(e.TenderBegun(), "")
    time.sleep(_MONEY_S)
    agent.cashier.do(e.TenderAdded(TenderType.CASH, agent.open_sale.open_minor()), "")


def _bare(agent: Agent, place: Path) -> list[float]:
    """Further such sales, not clocked: what their completions write is written again in a copy of the
    store."""
    with closing(sqlite3.connect(place / "bare.db")) as copy:
        agent.till.take(lambda: agent.store.connection.backup(copy))
    return bare(place / "bare.db", [_written(agent, SALES + sale) for sale in range(BARE)], _GAP_S)


def _written(agent: Agent, sale: int) -> Written:
    assert agent.cashier.search("mobile", MEMBER, "").data["found"]
    for line in range(LINES):
        assert agent.labels.scan(_label(sale, line)).ok
    _pay(agent)

    def complete() -> Written:
        with written(agent.store.connection) as found:
            assert agent.cashier.do(e.Completed(), f"sale {sale}").ok
        return found

    return agent.till.take(complete)


def _all_arrived(agent: Agent, world: World) -> None:
    """What was measured was whole: each bill is in the cloud and on paper."""
    world.until(lambda: agent.tally.tally()[0] == 0, "the cloud to have every bill")
    world.until(lambda: agent.till.read(_on_paper) == SALES + BARE, "every bill to be printed")
    told = [bill for bill in world.cloud("ledger")["bills"] if bill["number"].startswith("ST01T1")]
    assert len(told) == SALES + BARE


def _on_paper(tx: sqlite3.Connection) -> int:
    return int(tx.execute("SELECT count(*) FROM printed WHERE state = 'confirmed'").fetchone()[0])


def _row(what: str, floor: float, here: float, target: float) -> Row:
    return Row(what, f"{floor * 1e6:.0f} us", f"{here * 1e6:.0f} us", here / floor, target)


def _fdatasync(descriptor: int) -> float:
    time.sleep(_GAP_S)
    started = time.perf_counter()
    os.pwrite(descriptor, os.urandom(4096), 0)
    os.fdatasync(descriptor)
    return time.perf_counter() - started
