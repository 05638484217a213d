"""A label from the wire to the program that reads it, against a bare read loop; and from the wire to the
snapshot of a till that has trouble elsewhere, against the same till without.

POS_BENCH_SCANS is how many scans there are among the trouble, twenty a second; 1,000 if not told.
"""

import os
import queue
import select
import socket
import sqlite3
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.cloud.options import cloud_options
from agent.daemon.agent import Agent
from agent.sale import events as e
from agent.sale.basket import TenderType
from drivers.scanner.label import Scan, ScannedLabel
from drivers.scanner.serial_port import SerialOptions, SerialScanner
from tests.bench.draining import queue_bills
from tests.bench.loopback import loopback
from tests.bench.row import Row, median
from tests.bench.scanner_beside import ScannerBeside, scanner_beside
from tests.bench.whole_till import LABELS, Shown, whole_till

SCANS = int(os.environ.get("POS_BENCH_SCANS", "1000"))
_IDLE = 1000
_EVERY_S = 0.05
_LINES = 50
# Fifty bills go in a call, and one call waits for the one before: so the backlog lasts as long as the scans.
_ROUND_TRIP_MS = 500
_BACKLOG, _BACKLOG_EACH = 1500, 6
_ROUNDS, _READS, _GAP_S = 5, 60, 0.02
# Who opens a port throws away what is in it.
_OPENING_S = 0.5
_COPIES_ELSEWHERE = """
[[printer]]
url = "{url}"
name = "copies"
profile = "epson-tm-t20"
prints = ["copies"]
"""


def scanning_rows(place: Path) -> list[Row]:
    """Two rows; with 1,000 scans they take two minutes."""
    place.mkdir()
    quiet = _among_trouble(place / "quiet", _IDLE, 0)
    busy = _among_trouble(place / "busy", SCANS, _BACKLOG + SCANS * _BACKLOG_EACH)
    calm, late = _p99(quiet), _p99(busy)
    what = f"{SCANS} scans, a printer wedged, a backlog draining, p99 / idle"
    return [
        _read_row(place / "scanner"),
        Row(what, f"{calm * 1e3:.2f} ms", f"{late * 1e3:.2f} ms", late / calm, 3.0),
    ]


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


# --- to the program that reads it ----------------------------------------------------------------------


def _read_row(link: Path) -> Row:
    """In turns, so that a busy moment of the machine meets both."""
    bare: list[float] = []
    ours: list[float] = []
    with scanner_beside(link) as scanner:
        for _ in range(_ROUNDS):
            bare += _spent(scanner, _bare_loop, link)
            ours += _spent(scanner, _driver, link)
    floor, here = median(bare), median(ours)
    what = "last byte of a label to its label / a bare read loop"
    return Row(what, f"{floor * 1e6:.0f} us", f"{here * 1e6:.0f} us", here / floor, 2.0)


_Heard = queue.SimpleQueue[tuple[float, str]]
_Reader = Callable[[Path, _Heard, threading.Event], None]


def _spent(scanner: ScannerBeside, reads: _Reader, link: Path) -> list[float]:
    heard, stop, spent = _Heard(), threading.Event(), []
    thread = threading.Thread(target=reads, args=(link, heard, stop))
    thread.start()
    time.sleep(_OPENING_S)
    try:
        for label in LABELS[:_READS] * 2:
            scanner.send(label)
            at, text = heard.get(timeout=15)
            assert text == label
            spent.append(at - scanner.sent_at())
            time.sleep(_GAP_S)
    finally:
        stop.set()
        thread.join()
    return spent


def _bare_loop(link: Path, heard: _Heard, stop: threading.Event) -> None:
    """What reads a line at its least: wait, read, cut at the carriage return."""
    port = os.open(link, os.O_RDONLY | os.O_NOCTTY)
    tty.setraw(port)
    kept = b""
    while not stop.is_set():
        if not select.select([port], [], [], 0.1)[0]:
            continue
        kept += os.read(port, 4096)
        while b"\r" in kept:
            label, kept = kept.split(b"\r", 1)
            heard.put((time.perf_counter(), label.decode()))
    os.close(port)


def _driver(link: Path, heard: _Heard, stop: threading.Event) -> None:
    def scanned(scan: Scan) -> None:
        assert isinstance(scan, ScannedLabel), scan
        heard.put((time.perf_counter(), scan.text))

    SerialScanner(SerialOptions(str(link)), scanned, lambda _state, _why: None).run(stop)


# --- to the snapshot -----------------------------------------------------------------------------------


def _among_trouble(place: Path, scans: int, backlog: int) -> list[float]:
    """Seconds of each scan at a whole till. With a backlog, and then a printer for copies that takes a copy
    and is heard of no more."""

    def before(agent: Agent) -> None:
        if backlog:
            queue_bills(agent, cloud_options(agent.config), backlog)

    with loopback(_ROUND_TRIP_MS) as cloud, _wedged() as url:
        more = _COPIES_ELSEWHERE.format(url=url) if backlog else ""
        with whole_till(place, cloud, more, before) as (agent, _, scanner):
            shown = Shown(agent, scanner)
            spent: list[float] = []
            while len(spent) < scans:
                spent += _sale(agent, shown)
                if backlog and len(spent) == _LINES:
                    assert agent.cashier.print_copy(agent.till.read(_newest), "a copy").ok
            if backlog:
                assert agent.tally.tally()[0] > scans // _LINES, "the backlog was gone before the last scan"
                assert agent.till.read(_unprinted_copies) == 1
            assert agent.till.read(_lines_sold) == scans
    return spent


def _sale(agent: Agent, shown: Shown) -> list[float]:
    spent = []
    for line in range(_LINES):
        due = time.perf_counter() + _EVERY_S
        spent.append(shown.scan(LABELS[line % len(LABELS)], line + 1))
        time.sleep(max(0.0, due - time.perf_counter()))
    assert agent.cashier.do(e.TenderBegun(), "").ok
    assert agent.cashier.do(e.TenderAdded(TenderType.CASH, agent.open_sale.open_minor()), "").ok
    assert agent.cashier.do(e.Completed(), "").ok
    return spent


@contextmanager
def _wedged() -> Iterator[str]:
    """A printer that takes one line, a few bytes, and nothing more; it says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


def _newest(tx: sqlite3.Connection) -> str:
    return str(tx.execute("SELECT number FROM bill ORDER BY id DESC LIMIT 1").fetchone()[0])


def _unprinted_copies(tx: sqlite3.Connection) -> int:
    return int(tx.execute("SELECT count(*) FROM spool WHERE copy > 0").fetchone()[0])


def _lines_sold(tx: sqlite3.Connection) -> int:
    return int(tx.execute("SELECT count(*) FROM bill_line").fetchone()[0])
