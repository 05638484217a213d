"""What scale and display have done in their lives."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agent.devices.customer_display import CustomerDisplay
from agent.devices.scale import TillScale
from agent.language.language import english
from agent.till.board import Board
from agent.till.counters import Counters, DeviceClass, named
from drivers.display.encoding import Lines
from drivers.message import Message
from drivers.reconnect import OnState
from drivers.scale.reading import Reading, State
from tests.rig.till import RICE, RigTill

GONE = Message("device.gone.absent", name="it")
READY = Message("device.ready", name="it")
KINDS: tuple[tuple[DeviceClass, str], ...] = (
    ("CashDrawer", "front"),
    ("LineDisplay", "pole"),
    ("POSPrinter", "front"),
    ("Scale", "/dev/serial/by-id/plate"),
)


class Plate:
    """A scale's driver that shows what the test puts on it."""

    progress = 0

    def __init__(self, on_state: OnState) -> None:
        self.on_state = on_state
        self.shows = Reading(State.WEIGHT, 1250, "kg")

    def run(self, stop: threading.Event) -> None:
        stop.wait()

    def weigh(self, price_minor: int, within_s: float, told: Callable[[Reading], None]) -> bool:
        told(self.shows)
        return True


class Pole:
    """A display's driver that shows nothing."""

    progress = 0

    def __init__(self, on_state: OnState) -> None:
        self.on_state = on_state

    def run(self, stop: threading.Event) -> None:
        stop.wait()

    def show(self, lines: Lines) -> None:
        del lines


def _board() -> Board:
    return Board(lambda: datetime.now(UTC), {})


def _comes_and_goes(on_state: OnState) -> None:
    """Awaited, there, gone in two ways, there again."""
    for there in (False, True, False, False, True):
        on_state("ok" if there else "missing", READY if there else GONE)


def test_a_scale_counts_weights_to_sell_by_and_how_often_it_was_lost() -> None:
    counted: Counter[str] = Counter()
    plates: list[Plate] = []

    def made(on_state: OnState) -> Plate:
        plates.append(Plate(on_state))
        return plates[0]

    scale = TillScale(_board(), "plate", made, "kg", 1.0, lambda name: counted.update([name]))
    for state in (State.WEIGHT, State.MOTION, State.ZERO, State.WEIGHT):
        plates[0].shows = Reading(state, 1250, "kg")
        scale.weigh(RICE, lambda _: None)
    _comes_and_goes(plates[0].on_state)
    assert counted == {"GoodWeightReadCount": 2, "CommunicationErrorCount": 1}


def test_a_display_counts_how_often_it_was_lost() -> None:
    counted: Counter[str] = Counter()
    poles: list[Pole] = []

    def made(on_state: OnState) -> Pole:
        poles.append(Pole(on_state))
        return poles[0]

    CustomerDisplay(
        _board(),
        english(),
        made,
        name="pole",
        protocol="escpos",
        columns=20,
        idle=("", ""),
        keep_s=10,
        indian=True,
        count=lambda name: counted.update([name]),
    )
    _comes_and_goes(poles[0].on_state)
    assert counted == {"CommunicationErrorCount": 1}


def test_what_stands_beside_scanners_and_printers_is_told_by_its_class_under_its_whole_name(
    tmp_path: Path,
) -> None:
    """A scale that nobody named is called as its line is, with all its slashes."""
    rig = RigTill(tmp_path / "store")
    counters = Counters(rig.till)
    for kind, name in KINDS:
        counters.count(named(kind, name), "CommunicationErrorCount")
    counters.count("usb/scanner", "GoodScanCount")
    rig.close()
    assert {(row["class"], row["name"]) for row in counters.beside()} == set(KINDS) - {KINDS[2]}
    assert all(row["counts"] == {"CommunicationErrorCount": 1} for row in counters.beside())
