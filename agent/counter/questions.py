"""The counter threads: questions to the cloud while a customer waits, each within its time budget."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from agent.language.sentence import Sentence
from agent.sale.basket import Customer
from agent.sale.queue_terms import ReplyOutcome
from agent.till.turn import TillClosed

T = TypeVar("T")

_LOOK_S = 0.2


class Reply(Protocol):
    """What came of a question. outcome: ok, no (the cloud refused), offline (nobody to ask), unknown."""

    @property
    def outcome(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def sentence(self) -> Sentence | None: ...
    @property
    def value(self) -> Any: ...
    @property
    def call(self) -> Any: ...


class Cloud(Protocol):
    """The questions there are. Each ends within the budget it was made with, whatever the line does."""

    def customer(self, kind: str, value: str) -> Reply:
        """value: a basket.Customer, or None when there is no such member."""

    def history(self, customer: Customer, limit: int) -> Reply:
        """value: a tuple of dataclasses, the customer's bills, newest first."""

    def enrol(self, form: dict[str, Any]) -> Reply:
        """value: the basket.Customer, also when the cloud gave no verdict; call is then to be queued."""

    def update(self, customer: Customer, form: dict[str, Any]) -> Reply:
        """value: the basket.Customer with the new details."""

    def points_check(self, customer: Customer, points_milli: int, otp: str) -> Reply:
        """value: a basket.PointsRedemption."""

    def points_otp(self, customer: Customer, points_milli: int) -> Reply:
        """Has the cloud send the customer a one-time code."""

    def code_again(self, customer: Customer, points_milli: int) -> Reply:
        """Has the cloud send the code for so many points that a bill gave already; 0: that of a coupon."""

    def coupon_check(self, customer: Customer, code: str, otp: str) -> Reply:
        """value: a basket.CouponRedemption."""

    def taken(self, payload: bytes) -> Reply:
        """Whether the cloud has the redemption of a stored call. value: its id there, "" where it tells none;
        None if the cloud does not have it. Not ok: it cannot be told."""

    def retro(self, kind: str, value: str, number: str, at: str) -> Reply:
        """value: the basket.Customer found, and the cloud's id of a not-interested bill of this till."""


@dataclass(frozen=True, slots=True)
class Said:
    """A reply of the till's own making."""

    outcome: str
    code: str = ""
    sentence: Sentence | None = None
    value: Any = None
    call: Any = None


NO_CLOUD = Said(ReplyOutcome.OFFLINE, sentence=Sentence("no-cloud.sale"))


def told_by(reply: Reply, otherwise: str = "") -> Sentence:
    """What a reply tells the cashier, under its own code; otherwise: the code of one without."""
    told = reply.sentence or Sentence("as-told", text="")
    code = reply.code or otherwise
    return told.under(code or (told.code if isinstance(reply, Said) else reply.outcome))


def ask_for(waiting: Future[T], question: Callable[[], T]) -> None:
    """Ask for whoever waits, who gets what comes of it, an error too."""
    try:
        waiting.set_result(question())
    except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
        waiting.set_exception(error)


class _Asked(threading.local):
    """What this thread works on: when somebody wanted it, and how long it waited for a thread."""

    at: float | None = None
    waited_s: float = 0.0


_asked = _Asked()


def asked_at() -> float:
    """When what this thread works on was asked, by time.monotonic; now where it is nobody's question."""
    return time.monotonic() if _asked.at is None else _asked.at


def waited_s() -> float:
    """How long that waited for a thread before its first byte could leave."""
    return _asked.waited_s


@contextmanager
def taken_up(at: float) -> Iterator[None]:
    """Around the work on what was asked at a moment, on whatever thread: what it asks was asked then."""
    _asked.at, _asked.waited_s = at, time.monotonic() - at
    try:
        yield
    finally:
        _asked.at, _asked.waited_s = None, 0.0


class QuestionThread:
    """A thread that asks, so that a slow cloud holds up neither scans nor payment.

    beside: another one to share questions with. Whoever is free takes the next, so that a question does not
    wait for the budget of the one before it.
    """

    def __init__(self, beside: QuestionThread | None = None) -> None:
        self.asked: queue.Queue[tuple[float, Callable[[], Any], Future[Any]]] = (
            beside.asked if beside else queue.Queue(16)
        )
        """What waits for a free thread."""
        self._closed = threading.Event()
        self.progress = 0

    def ask(self, question: Callable[[], Any]) -> Any:
        """Ask and wait. The question itself carries its deadline, counted from now (asked_at); errors of ours
        come up here. TillClosed once the thread has ended."""
        future: Future[Any] = Future()
        self.asked.put((asked_at(), question, future))
        while True:
            try:
                return future.result(timeout=_LOOK_S)
            except TimeoutError:
                if self._closed.is_set() and not future.done():
                    raise TillClosed from None

    def run(self, stop: threading.Event) -> None:
        """Answer questions until stop is set."""
        try:
            while not stop.is_set():
                self.progress += 1
                try:
                    at, question, future = self.asked.get(timeout=_LOOK_S)
                except queue.Empty:
                    continue
                with taken_up(at):
                    ask_for(future, question)
        finally:
            self._closed.set()


class Questions:
    """The way from the counter to the cloud, if there is one. ask: QuestionThread.ask, which waits for the
    answer on another thread."""

    def __init__(self, ask: Callable[[Callable[[], Any]], Any], cloud: Cloud | None) -> None:
        self._ask = ask
        self._cloud = cloud

    def ask(self, question: Callable[[Cloud], Reply]) -> Reply:
        """Ask and wait, outside any turn; offline where there is no cloud."""
        cloud = self._cloud
        if cloud is None:
            return NO_CLOUD
        found: Reply = self._ask(lambda: question(cloud))
        return found
