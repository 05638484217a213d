"""What the customer reads on a display of two lines: the item and its price, the total, what is paid,
change."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from agent.language.language import Language, in_english
from agent.language.sentence import Sentence
from agent.sale.basket import Phase
from agent.sale.ticket_text import amount, thousandths
from agent.till.board import Board
from agent.till.counters import uncounted
from drivers.display.encoding import Lines, centred, fitted, readable
from drivers.message import Message
from drivers.reconnect import OnState

log = logging.getLogger("agent.devices")

_ROUND_S = 0.5


class Driver(Protocol):
    """It serves its device until stop is set. progress counts its rounds."""

    @property
    def progress(self) -> int: ...
    def run(self, stop: threading.Event) -> None: ...
    def show(self, lines: Lines) -> None: ...


class CustomerDisplay:
    """Follows the board on a thread of its own: whoever sells waits for nothing. make: makes the driver,
    given who hears its state. idle: what stands there while nobody sells. keep_s: how long total and change
    of a bill stay. indian: how amounts are grouped. count: one more of what UnifiedPOS counts of a display.
    progress counts its rounds."""

    def __init__(
        self,
        board: Board,
        language: Language,
        make: Callable[[OnState], Driver],
        *,
        name: str,
        protocol: str,
        columns: int,
        idle: Lines,
        keep_s: float,
        indian: bool,
        count: Callable[[str], object] = uncounted,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._board = board
        self._language = language
        self._badge = board.claim("display")
        self._badge.show(Sentence("badge.display.awaited", name=name), state="missing")
        self._protocol = protocol
        self._columns = columns
        self._idle = idle
        self._keep_s = keep_s
        self._indian = indian
        self._count = count
        self._clock = clock
        self._news = threading.Event()
        self._bill = (board.part("last_bill") or {}).get("number", "")
        self._bill_until = 0.0
        self.progress = 0
        self.driver = make(self._changed)

    def run(self, stop: threading.Event) -> None:
        """Follow the board until stop is set."""
        silence = self._board.listen(self._news.set)
        try:
            while not stop.is_set():
                self.progress += 1
                self._news.clear()
                self.driver.show(self.lines())
                self._news.wait(_ROUND_S)
        finally:
            silence()

    def lines(self) -> Lines:
        """What is to be read now."""
        sale, last = self._board.part("sale"), self._board.part("last_bill")
        if last and last["number"] != self._bill:
            self._bill, self._bill_until = last["number"], self._clock() + self._keep_s
        if sale["phase"] != Phase.IDLE:
            # The next customer's sale has begun: the last one's figures do not come back.
            self._bill_until = 0.0
            paying = sale["phase"] in (Phase.TENDERING, Phase.COVERED)
            return self._paying(sale["totals"]) if paying else self._selling(sale)
        if last and self._clock() < self._bill_until:
            return self._paid(last)
        upper, lower = (centred(readable(line, self._protocol), self._columns) for line in self._idle)
        return upper, lower

    # --- underneath -------------------------------------------------------------------------------

    def _selling(self, sale: dict[str, Any]) -> Lines:
        lines = [line for line in sale["lines"] if not line["voided"]]
        worth = sale["totals"]
        told = self._to_you(worth) if _gives_back(worth) else self._total(worth)
        if not lines:
            return "", told
        newest = lines[-1]
        name = readable(newest["name"], self._protocol) or readable(newest["sku"], self._protocol)
        quantity = self._quantity(newest)
        return fitted(f"{quantity}{name}", self._amount(newest["amount_minor"]), self._columns), told

    def _paying(self, totals: dict[str, Any]) -> Lines:
        if _gives_back(totals):
            return self._to_you(totals), ""
        total, due, change = self._total(totals), _total_minor(totals), totals["change_minor"]
        if change:
            paid = self._line(Sentence("display.paid"), due + change)
            return paid, self._line(Sentence("display.change"), change)
        if totals["balance_minor"] != due:
            return total, self._line(Sentence("display.to-pay"), totals["balance_minor"])
        return total, ""

    def _paid(self, last: dict[str, Any]) -> Lines:
        if _gives_back(last):
            return self._to_you(last), ""
        return self._total(last), self._line(Sentence("display.change"), last["change_minor"])

    def _total(self, worth: dict[str, Any]) -> str:
        return self._line(Sentence("display.total"), _total_minor(worth))

    def _to_you(self, worth: dict[str, Any]) -> str:
        return self._line(Sentence("display.to-you"), -worth["settled_minor"])

    def _quantity(self, line: dict[str, Any]) -> str:
        told = thousandths(line["qty_milli"], indian=self._indian)
        if not line["measured"]:
            return "" if line["qty_milli"] == 1000 else f"{told}x "
        return f"{told}{readable(line['unit'], self._protocol)} "

    def _line(self, word: Sentence, minor: int) -> str:
        said = readable(self._language.text(word), self._protocol)
        return fitted(said, self._amount(minor), self._columns)

    def _amount(self, minor: int) -> str:
        return amount(minor, indian=self._indian)

    def _changed(self, state: str, message: Message) -> None:
        log.log(logging.INFO if state == "ok" else logging.WARNING, "display: %s", in_english(message))
        if state != "ok" and self._badge.state == "ok":
            self._count("CommunicationErrorCount")
        self._badge.show(message, state=state)


def _gives_back(worth: dict[str, Any]) -> bool:
    """Whether more comes back than is sold, and the customer does not pay for all that. What is given is what
    was paid in money, down to nothing."""
    return bool(worth["due_minor"] < 0 and worth["settled_minor"] <= 0)


def _total_minor(worth: dict[str, Any]) -> int:
    """What is to pay: with what a redemption pays of it, but not less what one paid for that comes back."""
    return max(int(worth["due_minor"]), int(worth["settled_minor"]))
