"""The till's scale: started, watched, and asked what goods weigh."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from agent.counter.weighing import Told, Weight
from agent.language.language import in_english
from agent.language.sentence import Sentence
from agent.sale.basket import Product
from agent.sale.units import price_on_scale, weighable
from agent.till.board import Board
from agent.till.counters import uncounted
from agent.till.turn import TillClosed
from drivers.message import Message
from drivers.reconnect import OnState
from drivers.scale.reading import Reading, State

log = logging.getLogger("agent.devices")


class Driver(Protocol):
    """It serves its device until stop is set, whatever happens to it. progress counts its rounds."""

    @property
    def progress(self) -> int: ...
    def run(self, stop: threading.Event) -> None: ...
    def weigh(self, price_minor: int, within_s: float, told: Callable[[Reading], None]) -> bool: ...
    def used(self) -> None: ...


class TillScale:
    """make: makes the driver, given who hears its state. unit: what it is set to. wait_s: how long it may
    take to come to rest before the cashier is asked instead. count: one more of what UnifiedPOS counts of a
    scale."""

    def __init__(
        self,
        board: Board,
        name: str,
        make: Callable[[OnState], Driver],
        unit: str,
        wait_s: float,
        count: Callable[[str], object] = uncounted,
    ) -> None:
        self._badge = board.claim("scale")
        self._badge.show(Sentence("badge.scale.awaited", name=name), state="missing")
        self._unit = unit
        self._wait_s = wait_s
        self._count = count
        self.driver = make(self._changed)

    def weighs(self, unit: str) -> bool:
        """Whether goods of this unit can be sold by what it shows."""
        return weighable(unit, self._unit)

    def weigh(self, product: Product, told: Told) -> Sentence | None:
        """Ask it; told is called in a while, on its thread. Why not, where it cannot be asked."""

        def read(reading: Reading) -> None:
            log.info("scale: %s", reading)
            if reading.state is State.WEIGHT:
                self._count("GoodWeightReadCount")
            with contextlib.suppress(TillClosed):
                told(_meant(reading))

        price_minor = price_on_scale(product.price_minor, product.unit, self._unit)
        if self.driver.weigh(price_minor, self._wait_s, read):
            return None
        return Sentence("weighing.missing")

    def used(self) -> None:
        """What lies on it was sold by a typed weight, and is not weighed any more."""
        self.driver.used()

    def _changed(self, state: str, message: Message) -> None:
        log.log(logging.INFO if state == "ok" else logging.WARNING, "scale: %s", in_english(message))
        if state != "ok" and self._badge.state == "ok":
            self._count("CommunicationErrorCount")
        self._badge.show(message, state=state)


def _meant(reading: Reading) -> Weight | Sentence:
    if reading.state is State.WEIGHT:
        return Weight(reading.milli, reading.unit, reading.amount_minor)
    return Sentence(f"weighing.{reading.state.value}")
