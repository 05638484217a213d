"""An invoice to its first byte and to its proof, beside python-escpos with a fence on the same paper; and
beside receiptio, which looks at the printer first as we do, and writes nothing down."""

from __future__ import annotations

import os
import queue
import re
import socket
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.printing.printer_options import PrinterOptions
from agent.printing.receipts import Receipts
from agent.printing.worker import PrinterThread
from agent.sale import events as e
from agent.sale.basket import BillLine, Customer, TenderType
from agent.sale.invoice import Shop
from agent.store import spool
from agent.store.sales import Closed
from drivers.printer.profile import profile_named
from tests.bench.quick_printer import QuickPrinter, quick_printer
from tests.bench.receiptio_beside import ReceiptioBeside, markdown, receiptio_beside
from tests.bench.row import TOLD, Row
from tests.rig.till import RICE, RigTill

_ROUNDS = 25
# The quickest of them counts: what the way costs, not the machine's other guests.
_BURST, _BURSTS = 10, 5
_GAP_S = 0.1
# Of the floor, which looks at nothing and writes nothing down; four silences of 40 ms were 20 to 145 of it.
_FEW, _MANY = 12.0, 5.0
# Of one ticket alone: the next may be no slower than the first.
_EACH = 1.5
_NO_SLOWER = 1.0
_PROFILE = profile_named("epson-tm-t20")
_MARK = b"\x1d(H\x06\x0000"


def printing_rows(place: Path) -> list[Row]:
    """A till's printer thread on a pty and over TCP; the floor is python-escpos, which looks at nothing."""
    place.mkdir()
    # Without a printer of its own no bill has a job before the bench wants it.
    till = _Till(place / "store", has_printer=False)
    try:
        with quick_printer(place / "tty") as printer, receiptio_beside(printer.tcp) as receiptio:
            ways = ("pty", printer.pty, None), ("TCP", printer.tcp, receiptio)
            return [row for way in ways for row in _rows(till, printer, *way)]
    finally:
        till.close()


class _Till(RigTill):
    """It draws ahead, as a whole one does, while the customer pays."""

    def serve(self) -> None:
        super().serve()
        self.receipts = Receipts(
            self.till.read, lambda: Shop("Shree Kirana", (), "", "", ""), columns=_PROFILE.columns
        )

    def paying(self, lines: tuple[BillLine, ...], due_minor: int, _customer: Customer | None) -> None:
        self.receipts.paying(lines, due_minor, _PROFILE)


def _sold(till: _Till, lines: int) -> Closed:
    """A bill whose total no other has: what is drawn of one is kept for the next."""
    for no in range(lines):
        price_minor = RICE.price_minor + (0 if no else 100 * len(till.completed))
        assert till.open_sale.do(e.ItemAdded(RICE, 1000, price_minor)).ok
    till.open_sale.do(e.TenderBegun())
    time.sleep(_GAP_S)
    till.open_sale.do(e.TenderAdded(TenderType.CASH, lines * 50_000))
    assert till.open_sale.do(e.Completed()).ok
    till.receipts.completed(till.completed[-1])
    return till.completed[-1]


def _rows(
    till: _Till,
    printer: QuickPrinter,
    wire: str,
    url: str,
    receiptio: ReceiptioBeside | None,
) -> list[Row]:
    with _working(till, url) as desk:
        desk.prints(_sold(till, 10).bill_id, printer)  # imports
        rows, alone = [], 0.0
        for lines in (10, 200):
            floors, here, beside = [], [], []
            for _ in range(_ROUNDS):
                sold = _sold(till, lines)
                document = till.receipts.own(sold.bill, sold.chain_mark)
                time.sleep(_GAP_S)
                floors.append(_escpos(document, url, printer))
                time.sleep(_GAP_S)
                here.append(desk.prints(sold.bill_id, printer))
                if receiptio:
                    time.sleep(_GAP_S)
                    started, ended = receiptio.prints(markdown(document))
                    beside.append((printer.first_byte() - started, ended - started))
            alone = alone or min(one[2] for one in here)
            began, proven, written = map(min, zip(*here, strict=True))
            most = _FEW if lines < 50 else _MANY
            for what, floor, took in zip(
                ("first byte", "confirmed"),
                map(min, zip(*floors, strict=True)),
                (began, written),
                strict=True,
            ):
                rows.append(_row(f"{what} of {lines} lines, {wire}", floor, took, most))
            if beside:
                first, end = map(min, zip(*beside, strict=True))
                rows.append(
                    _row(f"first byte of {lines} lines / receiptio, {wire}", first, began, _NO_SLOWER)
                )
                rows.append(_row(f"proof of {lines} lines / receiptio, {wire}", end, proven, _NO_SLOWER))
                rows.append(_row(f"until that is on the disk / receiptio, {wire}", end, written, TOLD))
        rows.append(_burst(till, desk, printer, wire, alone))
    return rows


def _burst(till: _Till, desk: _Desk, printer: QuickPrinter, wire: str, alone: float) -> Row:
    """Ten at once, against one by itself."""
    spent = []
    for _ in range(_BURSTS):
        bills = [_sold(till, 10).bill_id for _ in range(_BURST)]
        time.sleep(_GAP_S)
        started = time.perf_counter()
        ends = desk.print_all(bills)
        spent.append(ends[-1] - started)
        for _ in range(_BURST):
            printer.first_byte()
    each = min(spent) / _BURST
    return _row(f"confirmed, each of a burst of {_BURST}, {wire}", alone, each, _EACH)


def _row(what: str, floor: float, here: float, target: float) -> Row:
    return Row(what, f"{floor * 1e3:.2f} ms", f"{here * 1e3:.2f} ms", here / floor, target)


class _Desk:
    """The printer's thread at work on the till's spool."""

    def __init__(self, till: RigTill) -> None:
        self._till = till
        self.ended: queue.Queue[float] = queue.Queue()
        self.thread: PrinterThread | None = None
        self._proven_at = 0.0

    def prints(self, bill_id: int, printer: QuickPrinter) -> tuple[float, float, float]:
        """(to the first byte, to the printer's proof, until that is on the disk), in seconds from the moment
        the job is on the disk."""
        job_at = self._queue([bill_id])
        end = self.ended.get(timeout=30)
        return printer.first_byte() - job_at, self._proven_at - job_at, end - job_at

    def print_all(self, bill_ids: list[int]) -> list[float]:
        self._queue(bill_ids)
        return [self.ended.get(timeout=30) for _ in bill_ids]

    def sent(self, _ticket: object, _state: str) -> None:
        self._proven_at = time.perf_counter()

    def told(self, _job: spool.Job, state: str, _why: object) -> None:
        if state != "sending":
            assert state == "confirmed", state
            self.ended.put(time.perf_counter())

    def _queue(self, bill_ids: list[int]) -> float:
        at = self._till.till.stamp()
        self._till.till.write(lambda tx: [spool.add(tx, bill_id, at) for bill_id in bill_ids])
        started = time.perf_counter()
        assert self.thread is not None
        self.thread.wake()
        return started


@contextmanager
def _working(till: _Till, url: str) -> Iterator[_Desk]:
    desk = _Desk(till)
    desk.thread = thread = PrinterThread(
        PrinterOptions(url, _PROFILE),
        till.store.reader,
        till.till.write,
        lambda job: till.receipts.document(job, _PROFILE),
        stamp=till.till.stamp,
        on_job=desk.told,
        on_status=lambda _state, _text: None,
        on_sent=desk.sent,
    )
    stop = threading.Event()
    worker = threading.Thread(target=thread.run, args=(stop,))
    worker.start()
    try:
        yield desk
    finally:
        stop.set()
        thread.wake()
        worker.join()


def _escpos(document: list[dict[str, Any]], url: str, printer: QuickPrinter) -> tuple[float, float]:
    """The same lines by python-escpos, a process ID behind them, and the wait for its echo."""
    from escpos.printer import Dummy

    started = time.perf_counter()
    out = Dummy(profile="TM-T20II")
    out.hw("INIT")
    for item in document:
        if item["kind"] == "row":
            out.textln("".join(_cell(cell) for cell in item["cells"]))
        elif item["kind"] == "qr":
            out.qr(item["data"], native=True)
        elif item["kind"] == "barcode":
            out.barcode("{B" + item["data"], "CODE128", function_type="B")
    out.cut()
    with _open(url) as line:
        data = out.output + _MARK + b"mine"
        while data:
            data = data[os.write(line, data) :]
        seen = b""
        while not seen.endswith(b"mine\x00"):
            seen += os.read(line, 4096)
    ended = time.perf_counter()
    return printer.first_byte() - started, ended - started


def _cell(cell: dict[str, Any]) -> str:
    text = re.sub("[^ -~]", "Rs ", str(cell["text"]))
    return text.rjust(cell["width"]) if cell.get("align") == "right" else text.ljust(cell["width"])


@contextmanager
def _open(url: str) -> Iterator[int]:
    if url.startswith("tcp://"):
        host, _, port = url.removeprefix("tcp://").partition(":")
        with socket.create_connection((host, int(port))) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield line.fileno()
        return
    descriptor = os.open(url, os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)
