"""What customers read: each item with its price and the total, what is paid, change, and nothing of
before."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.devices.customer_display import CustomerDisplay
from agent.language.language import english
from agent.sale import events as e
from agent.sale.basket import Product, TenderType
from drivers.display.encoding import Lines
from drivers.message import Message
from drivers.reconnect import OnState
from tests.rig.till import RICE, RigTill

TOMATO = Product("TOM", "Tomato, Hybrid, Grade A", 4200, 0, unit="kg")
HINDI = Product("CHAWAL", "चावल", 123_456_00, 500)


class Pole:
    """A driver that remembers what it was given."""

    progress = 0

    def __init__(self, on_state: OnState) -> None:
        self.on_state = on_state
        self.shown: list[Lines] = []

    def run(self, stop: threading.Event) -> None:
        stop.wait()

    def show(self, lines: Lines) -> None:
        if not self.shown or self.shown[-1] != lines:
            self.shown.append(lines)


class Desk(RigTill):
    def serve(self) -> None:
        super().serve()
        self.now_s = 0.0
        self.display = CustomerDisplay(
            self.board,
            english(),
            Pole,
            name="pole",
            protocol="escpos",
            columns=20,
            idle=("Corner Shop", ""),
            keep_s=10,
            indian=True,
            clock=lambda: self.now_s,
        )

    def reads(self, *events: e.Event) -> list[str]:
        for event in events:
            assert self.open_sale.do(event).ok
        return [line.strip() for line in self.display.lines()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store")
    yield made
    made.close()


def test_a_sale_from_the_first_item_to_the_change(desk: Desk) -> None:
    assert desk.display.lines() == ("    Corner Shop     ", " " * 20)
    assert desk.reads(e.ItemAdded(RICE, 1000, 42500)) == ["Rice          425.00", "Total         425.00"]
    assert desk.reads(e.ItemAdded(TOMATO, 1235, 4200)) == ["1.235kg Tomato 51.87", "Total         477.00"]
    assert desk.reads(e.ItemAdded(RICE, 2000, 42500)) == ["2x Rice       850.00", "Total       1,327.00"]
    assert desk.reads(e.LineVoided(3)) == ["1.235kg Tomato 51.87", "Total         477.00"]
    assert desk.reads(e.TenderBegun()) == ["Total         477.00", ""]
    assert desk.reads(e.TenderAdded(TenderType.CASH, 40000)) == [
        "Total         477.00",
        "To pay         77.00",
    ]
    assert desk.reads(e.TenderAdded(TenderType.CASH, 10000)) == [
        "Paid          500.00",
        "Change         23.00",
    ]
    assert desk.reads(e.Completed()) == ["Total         477.00", "Change         23.00"]
    desk.now_s = 11
    assert desk.reads() == ["Corner Shop", ""]


def test_nothing_of_the_last_customer_stands_there_for_the_next(desk: Desk) -> None:
    desk.sell()
    assert desk.reads() == ["Total         425.00", "Change         75.00"]
    assert desk.reads(e.ItemAdded(TOMATO, 500, 4200)) == ["0.5kg Tomato,  21.00", "Total          21.00"]
    assert desk.reads(e.Cancelled("gone")) == ["Corner Shop", ""]


def test_an_old_bill_is_not_shown_after_a_restart(desk: Desk) -> None:
    desk.sell()
    desk.reopen()
    assert desk.reads() == ["Corner Shop", ""]


def test_a_name_it_cannot_write_is_its_number_and_a_large_amount_is_whole(desk: Desk) -> None:
    assert desk.reads(e.ItemAdded(HINDI, 1000, HINDI.price_minor)) == [
        "CHAWAL   1,23,456.00",
        "Total    1,23,456.00",
    ]


def test_it_follows_the_board_and_its_badge_its_device(desk: Desk) -> None:
    stop, pole = threading.Event(), desk.display.driver
    assert isinstance(pole, Pole)
    thread = threading.Thread(target=desk.display.run, args=(stop,), daemon=True)
    thread.start()
    desk.reads(e.ItemAdded(RICE, 1000, 42500))
    ends = time.monotonic() + 10
    while not pole.shown or not pole.shown[-1][0].startswith("Rice"):
        assert time.monotonic() < ends
        time.sleep(0.01)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    pole.on_state("ok", Message("device.ready", name="pole"))
    assert desk.board.part("badges")["display"]["state"] == "ok"
