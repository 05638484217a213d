"""What scale and display have done in their lives."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from agent.devices.customer_display import CustomerDisplay
from agent.devices.scale import TillScale
from agent.language.language import english
from agent.till.board import Board
from drivers.display.encoding import Lines
from drivers.message import Message
from drivers.reconnect import OnState
from drivers.scale.reading import Reading, State
from tests.rig.till import RICE

GONE = Message("device.gone.absent", name="it")
READY = Message("device.ready", name="it")


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
