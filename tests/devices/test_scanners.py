"""The scanner's badge: told by several threads at once, in whatever order they come to it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from agent.devices.raw_scans import LOOK_S
from agent.devices.scanners import OnScan, OnState, Scanners
from agent.language.language import Language, english
from agent.language.sentence import Said, Sentence
from agent.store import key_value
from agent.till.answer import Answer
from agent.till.board import Board
from agent.till.counters import Counters
from drivers.message import Message
from drivers.scanner.calibration import CODES
from drivers.scanner.keyboard import KeyEvent
from drivers.scanner.label import NoRead, OnRaw, ScannedLabel, TornScan

T = TypeVar("T")


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

    def __init__(self, on_scan: OnScan, on_state: OnState, on_raw: OnRaw) -> None:
        del on_scan, on_raw
        on_state("ok", Message("device.ready", name="quick"))

    def run(self, stop: threading.Event) -> None:
        stop.wait()


class Told:
    """A driver that says what the test has it say."""

    progress = 0

    def __init__(self, on_scan: OnScan, on_state: OnState, on_raw: OnRaw) -> None:
        del on_scan, on_raw
        self.on_state = on_state

    def run(self, stop: threading.Event) -> None:
        stop.wait()

    def ready(self) -> None:
        self.on_state("ok", Message("device.ready", name="told"))


class Memory:
    """A store of one database in memory."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute("CREATE TABLE fact (key TEXT PRIMARY KEY, value TEXT)")
        self.writes = 0

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return work(self.connection)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self.writes += 1
        return work(self.connection)


def _taken(*_: str) -> Answer:
    return Answer(ok=True)


def _refused(*_: str) -> Answer:
    return Answer(ok=False, text="refused")


def _board(language: Language | None = None) -> Board:
    return Board(lambda: datetime.now(UTC), {}, language)


def _scanners(board: Board, *makers: Callable[[OnScan, OnState, OnRaw], Told | Quick]) -> Scanners:
    named = [(f"scanner-{index}", maker) for index, maker in enumerate(makers, 1)]
    return Scanners(
        board,
        named,
        label=_taken,
        torn=_refused,
        repeated=_refused,
        set_aside=_refused,
        counters=Counters(Memory()),
    )


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
        self.aside: list[tuple[str, str, str]] = []
        self.now = 100.0
        self.counters = Counters(Memory())
        self.refuses = False
        self.on_scan: dict[str, OnScan] = {}
        self.on_raw: dict[str, OnRaw] = {}
        self.alike: list[str] = []
        self.board = _board()
        self.scanners = Scanners(
            self.board,
            [(name, self._maker(name)) for name in ("front", "side")],
            label=self._label,
            torn=_refused,
            repeated=self._again,
            set_aside=self._set_aside,
            counters=self.counters,
            unread=lambda: self.alike,
            repeat_s=(repeat_s, repeat_s),
            clock=lambda: self.now,
        )
        self.drivers = dict(self.scanners.drivers())

    def _label(self, text: str, *_: str) -> Answer:
        self.labels.append(text)
        return Answer(ok=not self.refuses, text="not sold" if self.refuses else "")

    def _again(self, text: str, _: str) -> Answer:
        self.repeated.append(text)
        return _refused()

    def _set_aside(self, text: str, _: str, device: str, why: Sentence) -> Answer:
        self.aside.append((text, device, why.id))
        return _refused()

    def badge(self) -> dict[str, Any]:
        return dict(self.board.part("badges")["scanner"])

    def counts(self, scanner: str = "front") -> dict[str, int]:
        [row] = [one for one in self.scanners.report(english().text) if one["name"] == scanner]
        return {name: count for name, count in row["counts"].items() if count}

    def _maker(self, name: str) -> Callable[[OnScan, OnState, OnRaw], Told]:
        def make(on_scan: OnScan, on_state: OnState, on_raw: OnRaw) -> Told:
            self.on_scan[name], self.on_raw[name] = on_scan, on_raw
            return Told(on_scan, on_state, on_raw)

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


def test_what_a_scanner_does_is_counted_each_kind_by_itself() -> None:
    hand = Hand()
    hand.show("A", 1.0)
    hand.show("A", 0.1)
    hand.refuses = True
    hand.show("B", 1.0)
    hand.on_scan["front"](NoRead("front"))
    hand.on_scan["front"](TornScan(Message("scanner.torn.empty"), "front"))
    hand.show("A", 1.0, "side")
    driver = hand.drivers["front"]
    assert isinstance(driver, Told)
    driver.ready()
    for _ in range(2):  # the same absence, told in other words
        driver.on_state("missing", Message("device.gone.absent", name="front"))
        driver.on_state("missing", Message("device.gone.held", name="front"))
    assert hand.counts() == {
        "GoodScanCount": 2,
        "RefusedScanCount": 1,
        "RepeatedScanCount": 1,
        "TornScanCount": 1,
        "NoReadCount": 1,
        "CommunicationErrorCount": 1,
    }
    assert hand.counts("side") == {"GoodScanCount": 1, "RefusedScanCount": 1}


def test_counts_outlive_a_restart_and_are_written_seldom() -> None:
    memory, now = Memory(), [0.0]
    counters = Counters(memory, lambda: now[0])
    counters.count("front", "GoodScanCount")
    counters.keep()
    for _ in range(20):
        counters.count("front", "GoodScanCount")
        now[0] += 20.0
        counters.keep()
    assert memory.writes == 7, "at first, and once in each of six minutes"
    counters.count("front", "TornScanCount")
    counters.keep_now()
    counters.keep_now()
    assert memory.writes == 8
    assert Counters(memory).of("front") == {"GoodScanCount": 21, "TornScanCount": 1}
    assert Counters(memory).of("side") == {}


@pytest.mark.parametrize(
    "told",
    [
        *("{", "[1]", '{"front": 3}', "null"),
        *('{"front": {"GoodScanCount": "x"}}', '{"front": {"GoodScanCount": 1e999}}'),
    ],
)
def test_counts_that_cannot_be_read_begin_again(told: str) -> None:
    memory = Memory()
    key_value.save(memory.connection, "device-counters", told)
    counters = Counters(memory)
    counters.count("front", "GoodScanCount")
    assert counters.of("front") == {"GoodScanCount": 1}


def test_what_came_lately_is_kept_as_it_came_with_what_became_of_it() -> None:
    hand = Hand()
    hand.on_scan["front"](ScannedLabel("89", "]E0", "front", b"]E089"))
    hand.refuses = True
    hand.show("CARD", 1.0, "side")
    hand.on_scan["front"](NoRead("front", b"NR"))
    seen = hand.scanners.seen()
    assert [(row["scanner"], row["kind"], row["label"], row["ok"], row["text"]) for row in seen] == [
        ("front", "label", "89", True, ""),
        ("side", "label", "CARD", False, "not sold"),
        ("front", "no-read", "", False, ""),
    ]
    assert seen[0]["raw"] == b"]E089".hex()
    assert [row["n"] for row in hand.scanners.seen(seen[1]["n"])] == [seen[2]["n"]]
    assert hand.scanners.seen(40) == seen, "who asks for more than there was saw another run"
    for _ in range(200):
        hand.show("A", 1.0)
    assert len(hand.scanners.seen()) == 50


def test_a_scanner_that_nobody_reads_is_on_the_badge_until_somebody_does() -> None:
    """Behind what is wrong with those that are read."""
    hand = Hand()
    for driver in hand.drivers.values():
        assert isinstance(driver, Told)
        driver.ready()
    hand.scanners.look()
    assert hand.badge()["state"] == "ok"
    hand.alike = ["/dev/input/by-path/pci-usb-0:1-2"]
    hand.scanners.look()
    assert hand.badge()["state"] == "ok", "it is looked for every few seconds"
    hand.now += 6.0
    hand.scanners.look()
    assert hand.badge()["state"] == "missing"
    assert "/dev/input/by-path/pci-usb-0:1-2" in hand.badge()["text"]
    front = hand.drivers["front"]
    assert isinstance(front, Told)
    front.on_state("missing", Message("device.gone.absent", name="front"))
    assert "front" in hand.badge()["text"]
    front.ready()
    hand.alike = []
    hand.now += 6.0
    hand.scanners.look()
    assert hand.badge()["state"] == "ok"


def test_of_a_scanner_that_is_tried_nothing_is_sold_and_each_label_is_told() -> None:
    hand = Hand()
    hand.show("8900000000012", 1.0)
    assert hand.scanners.try_out("front") == []
    hand.show("8900000000029", 1.0)
    hand.show("8900000000029", 0.1)
    hand.on_scan["front"](TornScan(Message("scanner.torn.empty"), "front", b"89"))
    hand.on_scan["front"](NoRead("front"))
    hand.show("8900000000036", 0.1, "side")
    assert hand.labels == ["8900000000012", "8900000000036"], "the other one sells"
    assert hand.aside == [
        ("8900000000029", "front", "scanner-tried"),
        ("8900000000029", "front", "scanner-tried"),
        ("89", "front", "scanner-tried"),
    ]
    assert [row["ok"] for row in hand.scanners.seen()] == [True, False, False, False, False, True]
    assert hand.counts() == {
        "GoodScanCount": 3,
        "RefusedScanCount": 2,
        "TornScanCount": 1,
        "NoReadCount": 1,
    }
    hand.now += LOOK_S
    hand.show("8900000000012", 0.1)
    assert hand.labels[-1] == "8900000000012", "nobody asks any more"
    assert hand.scanners.try_out("back") is None


def test_all_that_a_tried_scanner_sends_is_told_as_a_recording_and_then_forgotten() -> None:
    hand = Hand()
    hand.on_raw["front"](1.0, b"before")
    hand.scanners.try_out("front")
    hand.on_raw["front"](10.0, b"89")
    hand.on_raw["side"](10.1, b"of another")
    hand.on_raw["front"](10.25, b"0\r")
    hand.on_raw["front"](11.0, [KeyEvent(11.0, 1, 28, 1), KeyEvent(11.0, 0, 0, 0)])
    rows = hand.scanners.try_out("front")
    assert rows
    assert [row["lines"] for row in rows] == [
        ["+0.000 38 39"],
        ["+250.000 30 0d"],
        ["E: 11.000000 0001 001c 1", "E: 11.000000 0000 0000 0"],
    ]
    later = hand.scanners.try_out("front", rows[0]["n"])
    assert later == rows[1:], "and the pause before it is still told"
    hand.now += LOOK_S
    hand.on_raw["front"](20.0, b"a member's card")
    hand.scanners.look()
    assert hand.scanners.try_out("front") == []


@pytest.mark.parametrize("text", [f"{around}{code.text}" for code in CODES for around in ("", "#D")])
def test_a_calibration_code_sells_nothing_though_nobody_tries_the_scanner(text: str) -> None:
    hand = Hand()
    hand.show(text, 1.0)
    hand.on_scan["front"](TornScan(Message("scanner.torn.no-end"), "front", text.encode()))
    assert (hand.labels, hand.aside) == ([], [(text, "front", "calibration-code")] * 2)
