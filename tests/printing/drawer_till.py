"""A till whose printers' threads run, with a drawer on the first: what the drawer's tests share."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.printing.cash_drawer import CashDrawer
from agent.printing.printer_options import PrinterOptions
from agent.printing.printers import Printers, PrinterSetup
from agent.printing.routes import Route
from agent.sale import events as e
from agent.sale.basket import TenderType
from drivers.printer.profile import profile_named
from drivers.simulated.printer import VirtualPrinter
from tests.rig.till import RICE, RigTill

TICKET = [{"kind": "row", "cells": [{"text": "Bill", "width": 32, "align": "left"}]}] * 60 + [{"kind": "cut"}]
LINE = "Basmati rice, the long one"
LONG = [
    *[{"kind": "row", "cells": [{"text": LINE, "width": 32, "align": "left"}]}] * 200,
    {"kind": "cut"},
]


class DrawerTill(RigTill):
    """A till whose printer's thread runs, and prints a long ticket for each bill."""

    ticket = TICKET

    def __init__(self, directory: Path, url: str, profile: str, left_open_s: float = 1.0) -> None:
        self.url, self.profile, self.left_open_s = url, profile, left_open_s
        super().__init__(directory)

    def serve(self) -> None:
        super().serve()
        self.printers = Printers(
            self.till,
            self.board,
            self.last_bill,
            lambda *_: self.ticket,
            self.store.reader,
            self.setups(),
        )
        self.drawer = CashDrawer(
            self.till,
            self.printers.each[0],
            self.printers.wake,
            cashier="Asha",
            left_open_s=self.left_open_s,
        )

    def setups(self) -> list[PrinterSetup]:
        """Its printers, first the one that the drawer hangs on."""
        profile = replace(profile_named(self.profile), drawer_open_level="low")
        options = PrinterOptions(self.url, profile, 20.0)
        return [PrinterSetup(Route("printer"), lambda: options)]

    def pay(self, kind: TenderType = TenderType.CASH) -> None:
        """A bill; the printer hears of it as the daemon's does."""
        for event in (
            e.ItemAdded(RICE, 1000, RICE.price_minor),
            e.TenderBegun(),
            e.TenderAdded(kind, 42500, "7"),
        ):
            assert self.open_sale.do(event).ok
        assert self.open_sale.do(e.Completed()).ok
        self.drawer.completed(self.completed[-1].bill)

    def badge(self) -> str:
        return str(self.board.part("badges")["printer"]["state"])

    def last_number(self) -> str:
        return str(self.board.part("last_bill")["number"])

    def last(self, state: str) -> bool:
        return bool(self.board.part("last_bill")["print"] == state)

    def told(self) -> list[dict[str, Any]]:
        """What the journal has of the drawer."""
        rows = self.till.read(
            lambda tx: tx.execute("SELECT body FROM journal WHERE kind = 'drawer' ORDER BY n").fetchall()
        )
        return [json.loads(body) for (body,) in rows]


class LongTill(DrawerTill):
    """A till whose ticket takes the printer some seconds."""

    ticket = LONG


@contextmanager
def running(till: DrawerTill) -> Iterator[DrawerTill]:
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in till.printers.each]
    for thread in threads:
        thread.start()
    try:
        yield till
    finally:
        stop.set()
        till.drawer.close()
        till.printers.wake()
        for thread in threads:
            thread.join()
        till.close()


def until(met: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def kicks(printer: VirtualPrinter) -> list[dict[str, Any]]:
    return list(printer.status()["kicks"])
