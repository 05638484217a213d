"""What customers read: each item with its price and the total, what is paid, change, and nothing of
before."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.devices.customer_display import CustomerDisplay
from agent.language.language import english
from agent.sale import events as e
from agent.sale import returns
from agent.sale.basket import Bill, Product, TenderType
from agent.sale.return_values import ReturnHow, Worth
from agent.sale.returnable import Taken, returnable
from drivers.display.encoding import Lines
from drivers.message import Message
from drivers.reconnect import OnState
from tests.rig.shopping import MEMBER, POINTS
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


def test_bottles_are_counted_as_pieces_are(desk: Desk) -> None:
    cola = Product("COLA", "Cola", 4000, 0, unit="bottle")
    assert desk.reads(e.ItemAdded(cola, 3000, 4000)) == ["3x Cola       120.00", "Total         120.00"]
    assert desk.board.part("sale")["lines"][0]["measured"] is False
    assert desk.board.part("sale")["totals"]["items_milli"] == 3000


def half_paid_with_points(desk: Desk) -> Bill:
    """Rice and tomatoes for 467.00, of which points paid 50.00."""
    desk.reads(
        e.ItemAdded(RICE, 1000, 42500),
        e.ItemAdded(TOMATO, 1000, 4200),
        e.CustomerSet(MEMBER),
        e.PointsApplied(replace(POINTS, value_minor=5000)),
        e.TenderBegun(),
        e.TenderAdded(TenderType.CASH, 41700),
        e.Completed(),
    )
    return desk.completed[-1].bill


def test_of_a_whole_bill_partly_paid_with_points_the_customer_reads_the_money_all_the_way(desk: Desk) -> None:
    bill = half_paid_with_points(desk)
    assert desk.reads() == ["Total         467.00", "Change          0.00"]
    back = returns.whole(returnable(bill, ()), ReturnHow.FULL, "too much", undone=True)
    assert desk.reads(back) == ["1kg Tomato, H -42.00", "To you        417.00"]
    assert desk.reads(e.TenderBegun()) == ["To you        417.00", ""]
    assert desk.reads(e.TenderAdded(TenderType.CASH, 41700)) == ["To you        417.00", ""]
    assert desk.reads(e.Completed()) == ["To you        417.00", ""]


def test_a_last_piece_that_points_paid_for_gives_nothing_and_is_never_sold_for_less(desk: Desk) -> None:
    """Of the tomatoes nothing is left in money; in exchange for rice they are worth nothing."""
    bill = half_paid_with_points(desk)
    rice = Taken(1, ReturnHow.LINE_ITEM, 1000, Worth(42500, 0, 42500, 0, 0, 0), 42500)
    back = returns.by_lines(returnable(bill, [rice]), {2: 1000}, "green")
    assert desk.reads(back) == ["1kg Tomato, H -42.00", "To you          0.00"]
    assert desk.reads(e.TenderBegun(), e.Completed()) == ["To you          0.00", ""]
    assert desk.reads(back, e.ItemAdded(TOMATO, 500, 4200)) == [
        "0.5kg Tomato,  21.00",
        "Total          21.00",
    ]
    assert desk.reads(e.TenderBegun()) == ["Total          21.00", ""]
    assert desk.reads(e.TenderAdded(TenderType.CASH, 5000)) == [
        "Paid           50.00",
        "Change         29.00",
    ]


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
