"""The scanner's badge: told by several threads at once, in whatever order they come to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agent.devices.scanners import OnScan, OnState, Scanners
from agent.language.language import Language
from agent.language.sentence import Said
from agent.till.board import Board
from drivers.message import Message
from drivers.scanner.label import ScannedLabel


class SlowWords(Language):
    """English whose word for one sentence takes until it is let go, as a thread that lost the processor."""

    def __init__(self, slow: str) -> None:
        super().__init__("en")
        self.slow, self.begun, self.go = slow, threading.Event(), threading.Event()

    def text(self, sentence: Said) -> str:
        if sentence.id == self.slow:
            self.begun.set()
            assert self.go.wait(10)
        return super().text(sentence)


class Quick:
    """A driver whose device is there at once: says so before its maker has given it back."""

    progress = 0

    def __init__(self, on_scan: OnScan, on_state: OnState) -> None:
        del on_scan
        on_state("ok", Message("scanner.ready", name="quick"))

    def run(self, stop: threading.Event) -> None:
        stop.wait()


class Told:
    """A driver that says what the test has it say."""

    progress = 0

    def __init__(self, on_scan: OnScan, on_state: OnState) -> None:
        del on_scan
        self.on_state = on_state

    def run(self, stop: threading.Event) -> None:
        stop.wait()

    def ready(self) -> None:
        self.on_state("ok", Message("scanner.ready", name="told"))


def _board(language: Language | None = None) -> Board:
    return Board(lambda: datetime.now(UTC), {}, language)


def _scanners(board: Board, *makers: Callable[[OnScan, OnState], Told | Quick]) -> Scanners:
    named = [(f"scanner-{index}", maker) for index, maker in enumerate(makers, 1)]
    return Scanners(board, named, label=lambda *_: None, torn=lambda *_: None)


def test_a_scanner_that_is_ready_before_it_is_handed_over_is_not_missing() -> None:
    board = _board()
    _scanners(board, Quick).drivers()
    assert board.part("badges")["scanner"]["state"] == "ok"


@pytest.mark.parametrize("last", [0, 1])
def test_two_scanners_that_become_ready_at_once_are_both_ready(last: int) -> None:
    """The first still words that the other is awaited while the other becomes ready."""
    words = SlowWords("badge.scanner.awaited")
    board = _board(words)
    told = [driver for _, driver in _scanners(board, Told, Told).drivers()]
    first, second = told[1 - last], told[last]
    assert isinstance(first, Told)
    assert isinstance(second, Told)
    threads = [threading.Thread(target=one.ready) for one in (first, second)]
    threads[0].start()
    assert words.begun.wait(10)
    threads[1].start()
    # It ends, or it waits for the first: either is well, if the badge is right afterwards.
    threads[1].join(0.2)
    words.go.set()
    for thread in threads:
        thread.join(10)
    assert board.part("badges")["scanner"]["state"] == "ok"


class Hand:
    """A scanner that a test holds, and the clock beside it."""

    def __init__(self, repeat_s: float = 0.3) -> None:
        self.labels: list[str] = []
        self.repeated: list[str] = []
        self.now = 100.0
        self.on_scan: dict[str, OnScan] = {}
        scanners = Scanners(
            _board(),
            [(name, self._maker(name)) for name in ("front", "side")],
            label=lambda text, *_: self.labels.append(text),
            torn=lambda *_: None,
            repeated=lambda text, _: self.repeated.append(text),
            repeat_s=(repeat_s, repeat_s),
            clock=lambda: self.now,
        )
        scanners.drivers()

    def _maker(self, name: str) -> Callable[[OnScan, OnState], Told]:
        def make(on_scan: OnScan, on_state: OnState) -> Told:
            self.on_scan[name] = on_scan
            return Told(on_scan, on_state)

        return make

    def show(self, text: str, after_s: float, scanner: str = "front") -> None:
        self.now += after_s
        self.on_scan[scanner](ScannedLabel(text))


def test_a_double_trigger_is_one_label_and_is_told() -> None:
    hand = Hand()
    for after_s in (1.0, 0.05, 0.29):
        hand.show("8900000000012", after_s)
    assert (hand.labels, hand.repeated) == (["8900000000012"], ["8900000000012"] * 2)


@pytest.mark.parametrize("after_s", [0.31, 0.5, 2.0])
def test_two_equal_items_shown_one_after_the_other_are_two(after_s: float) -> None:
    hand = Hand()
    hand.show("8900000000012", 1.0)
    hand.show("8900000000012", after_s)
    assert (len(hand.labels), hand.repeated) == (2, [])


def test_another_label_and_another_scanner_are_no_double_trigger() -> None:
    hand = Hand()
    hand.show("8900000000012", 1.0)
    hand.show("8900000000012", 0.1, "side")
    hand.show("8900000000029", 0.1)
    hand.show("8900000000012", 0.1)
    assert (len(hand.labels), hand.repeated) == (4, [])


def test_the_window_can_be_closed() -> None:
    hand = Hand(repeat_s=0.0)
    hand.show("8900000000012", 1.0)
    hand.show("8900000000012", 0.0)
    assert (len(hand.labels), hand.repeated) == (2, [])
