"""The scale's driver on a real pty with real pyserial: what is told was asked after the question, and meant
it."""

from __future__ import annotations

import os
import queue
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from agent.language.language import in_english
from drivers.message import Message
from drivers.reconnect import Waits
from drivers.scale.reading import Reading, State
from drivers.scale.serial_scale import ScaleOptions, SerialScale
from drivers.simulated.scale import PROTOCOLS, SimulatedScale, running, serve
from drivers.simulated.wire import Wire

TOLD_TWICE = [name for name in PROTOCOLS if name != "dialog06"]
QUICK = Waits(0.02, 0.1)


class Asked:
    """A driver on a thread of its own, and what it tells."""

    def __init__(self, link: Path, protocol: str, **options: object) -> None:
        self.states: queue.Queue[tuple[str, str]] = queue.Queue()
        self._told: queue.Queue[Reading] = queue.Queue()
        self.stop = threading.Event()
        settled = {"name": "plate", "waits": QUICK, "answer_s": 0.15} | options
        given = ScaleOptions(str(link), protocol, **settled)  # type: ignore[arg-type]
        self.driver = SerialScale(given, self._state)
        self._thread = threading.Thread(target=self.driver.run, args=(self.stop,), daemon=True)
        self._thread.start()

    def _state(self, state: str, message: Message) -> None:
        self.states.put((state, in_english(message)))

    def until(self, state: str) -> str:
        while True:
            told, text = self.states.get(timeout=10)
            if told == state:
                return text

    def ask(self, within_s: float = 2.0, price_minor: int = 1000) -> Reading:
        self.begin(within_s, price_minor)
        return self.told()

    def begin(self, within_s: float = 2.0, price_minor: int = 1000) -> None:
        ends = time.monotonic() + 10
        # It is ready a moment after it has said so.
        while not self.driver.weigh(price_minor, within_s, self._told.put):
            assert time.monotonic() < ends
            time.sleep(0.01)

    def told(self) -> Reading:
        return self._told.get(timeout=10)

    def end(self) -> None:
        self.stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


@contextmanager
def scale(link: Path, protocol: str, **options: object) -> Iterator[tuple[SimulatedScale, Asked]]:
    with running(link, protocol) as plate:
        asked = Asked(link, protocol, **options)
        try:
            assert asked.until("ok") == "plate is ready"
            yield plate, asked
        finally:
            asked.end()


def weighed(reading: Reading) -> tuple[State, int, str]:
    return reading.state, reading.milli, reading.unit


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_weight_is_told_as_the_scale_shows_it(tmp_path: Path, protocol: str) -> None:
    with scale(tmp_path / "tty", protocol) as (plate, asked):
        plate.put(1235)
        reading = asked.ask()
        assert weighed(reading) == (State.WEIGHT, 1235, "kg")
        assert reading.amount_minor == (1235 if protocol == "dialog06" else None)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_still_moves_is_waited_for_and_no_longer_than_was_asked(tmp_path: Path, protocol: str) -> None:
    with scale(tmp_path / "tty", protocol) as (plate, asked):
        asked.begin()
        plate.put(500, moving_s=0.3)
        assert weighed(asked.told()) == (State.WEIGHT, 500, "kg")
        plate.put(0)
        time.sleep(1)
        plate.put(700, moving_s=30)
        began = time.monotonic()
        assert asked.ask(0.3).state == State.MOTION
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_lies_there_since_the_last_weight_is_not_weighed_again(tmp_path: Path, protocol: str) -> None:
    with scale(tmp_path / "tty", protocol) as (plate, asked):
        plate.put(1235)
        assert asked.ask().state == State.WEIGHT
        assert asked.ask(0.3).state == State.NOT_EMPTIED
        asked.begin()
        plate.put(0)
        time.sleep(0.5)
        plate.put(1235)
        assert weighed(asked.told()) == (State.WEIGHT, 1235, "kg")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_was_sold_by_a_typed_weight_is_not_weighed_for_the_next(tmp_path: Path, protocol: str) -> None:
    """It swung until its weight was typed, came to rest, and was still there when the next was scanned."""
    with scale(tmp_path / "tty", protocol) as (plate, asked):
        plate.put(700, moving_s=30)
        assert asked.ask(0.3).state == State.MOTION
        asked.driver.used()
        plate.put(700)
        assert asked.ask(0.3).state == State.NOT_EMPTIED
        time.sleep(0.6)
        assert asked.ask(0.3).state == State.NOT_EMPTIED
        plate.put(0)
        time.sleep(1)
        plate.put(250)
        assert weighed(asked.ask()) == (State.WEIGHT, 250, "kg")


def test_a_scale_that_gives_a_weight_once_gives_the_used_one_to_nobody(tmp_path: Path) -> None:
    """Other goods may lie there by the time it is asked again: the used weight is taken and thrown away."""
    with scale(tmp_path / "tty", "dialog06") as (plate, asked):
        plate.put(700)
        asked.driver.used()
        ends = time.monotonic() + 10
        while plate.plate.moved:
            assert time.monotonic() < ends
            time.sleep(0.05)
        plate.put(250)
        assert weighed(asked.ask()) == (State.WEIGHT, 250, "kg")


@pytest.mark.parametrize("protocol", TOLD_TWICE)
def test_what_lay_there_before_the_scale_was_known_is_not_weighed(tmp_path: Path, protocol: str) -> None:
    with running(tmp_path / "tty", protocol) as plate:
        plate.put(900)
        asked = Asked(tmp_path / "tty", protocol)
        try:
            asked.until("ok")
            assert asked.ask(0.3).state == State.NOT_EMPTIED
        finally:
            asked.end()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("trouble", "state"), [("over", State.OVERLOAD), ("under", State.UNDER_ZERO), ("", State.ZERO)]
)
def test_no_weight_is_told_for_what_it_is(tmp_path: Path, protocol: str, trouble: str, state: State) -> None:
    with scale(tmp_path / "tty", protocol) as (plate, asked):
        if trouble:
            plate.faults.add(trouble)
        assert asked.ask(0.2).state == state


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fault", ["silent", "half", "garbage", "parity", "check", "late 1 s"])
def test_a_fault_on_the_line_gives_no_weight_and_the_next_is_good(
    tmp_path: Path, protocol: str, fault: str
) -> None:
    if fault == "check" and protocol in ("mettler-8217", "nci"):
        pytest.skip("no check characters: against a digit that became another there is the line's parity")
    with scale(tmp_path / "tty", protocol) as (plate, asked):
        plate.faults.add(fault)
        plate.put(1235)
        began = time.monotonic()
        assert asked.ask(0.4).state is not State.WEIGHT
        assert time.monotonic() - began < 5
        plate.faults.clear()
        plate.put(0)
        time.sleep(3 if fault == "late 1 s" else 1.5)
        plate.put(250)
        assert weighed(asked.ask(3)) == (State.WEIGHT, 250, "kg")


def test_what_a_scale_says_once_is_no_weight(tmp_path: Path) -> None:
    """It may be the late answer to the question before, or a digit that noise has changed."""
    stop, answers = threading.Event(), [b"\x0205.000\r", b"\x0200.250\r", b"\x0200.205\r"]
    with Wire(tmp_path / "tty") as wire:

        def answer() -> None:
            while not stop.is_set():
                # Before the driver has opened it there is nobody to hear.
                with suppress(OSError):
                    if b"W" in wire.receive(0.02):
                        told = b"\x0200.000\r" if not begun.is_set() else answers.pop(0) if answers else good
                        wire.send_bytes(told)
                        continue
                stop.wait(0.01)

        begun, good = threading.Event(), b"\x0200.250\r"
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        asked = Asked(tmp_path / "tty", "mettler-8217")
        try:
            asked.until("ok")
            begun.set()
            assert weighed(asked.ask()) == (State.WEIGHT, 250, "kg")
            assert not answers
        finally:
            asked.end()
            stop.set()
            thread.join(5)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_another_unit_is_no_weight(tmp_path: Path, protocol: str) -> None:
    with scale(tmp_path / "tty", protocol) as (plate, asked):
        if protocol == "mettler-8217":
            pytest.skip("it does not tell its unit")
        plate.plate.unit = "lb"
        plate.put(1235)
        assert asked.ask(0.2).state == State.OTHER_UNIT


def test_more_than_it_can_weigh_is_no_weight(tmp_path: Path) -> None:
    with scale(tmp_path / "tty", "mettler-8217", max_milli=1000) as (plate, asked):
        plate.put(1001)
        assert asked.ask(0.2).state == State.OVERLOAD
        plate.put(1000)
        assert asked.ask().state == State.WEIGHT


def test_a_scale_that_wants_checksums_is_told_to_be_locked(tmp_path: Path) -> None:
    with scale(tmp_path / "tty", "dialog06") as (plate, asked):
        plate.faults.add("locked")
        plate.put(500)
        assert asked.ask(0.2).state == State.LOCKED
        assert asked.until("trouble").startswith("plate asks for checksums")


def test_its_state_is_told_and_a_pulled_cable_answers_whoever_waits(tmp_path: Path) -> None:
    link = tmp_path / "tty"
    with scale(link, "cas") as (plate, asked):
        plate.faults.add("silent")
        assert asked.until("silent") == "plate does not answer"
        plate.faults.clear()
        plate.faults.add("garbage")
        assert asked.until("trouble").startswith("plate sends what nobody can read")
        plate.faults.clear()
        asked.until("ok")
        plate.put(300, moving_s=30)
        asked.begin(20)
        time.sleep(0.2)
        plate.faults.add("unplug")
        assert asked.told().state == State.MISSING
        assert asked.until("missing") == "plate is not plugged in"
        assert not asked.driver.weigh(1000, 1, print)
        plate.faults.clear()
        asked.until("ok")


def test_two_do_not_ask_at_once(tmp_path: Path) -> None:
    with scale(tmp_path / "tty", "nci") as (plate, asked):
        plate.put(300, moving_s=0.5)
        asked.begin()
        assert not asked.driver.weigh(1000, 1, print)
        assert asked.told().state == State.WEIGHT


def test_a_byte_of_wrong_parity_is_asked_of_the_kernel_to_be_marked(tmp_path: Path) -> None:
    """pyserial asks for it to be let through; a digit would be another, and 8217 has nothing else."""
    with scale(tmp_path / "tty", "mettler-8217"):
        port = os.open(tmp_path / "tty", os.O_RDWR | os.O_NOCTTY)
        flags = termios.tcgetattr(port)[0]
        os.close(port)
    assert flags & termios.INPCK
    assert not flags & (termios.IGNPAR | termios.PARMRK)


def test_the_simulated_scale_is_told_by_lines(tmp_path: Path) -> None:
    """Also what is no order: it is said, and the scale stays."""
    link, told = tmp_path / "tty", []
    serve(link, "nci", ["!unit lb", "1.250 10", "!clear", "!wait 1", ""], say=told.append)
    assert [one for one in told if one] == [f"scale ready at {link}", "unit lb", "1.250 10", "wait 1"]
    told.clear()
    wrong = ("heavy", "1.2345", "!loud", "!unit stone", "!silent 4")
    serve(link, "nci", wrong, say=told.append)
    assert [one.partition(":")[0] for one in told[1:]] == ["not understood"] * len(wrong)
    assert "no weight, such as 1.250" in told[1]


def test_a_fault_is_said_as_a_line_that_repeats_it(tmp_path: Path) -> None:
    told: list[str] = []
    serve(tmp_path / "tty", "nci", ["!silent for 1 ms", "!wait 200"], say=told.append)
    assert told[1].startswith("scale: silent for 1 ms  # after ")
    assert any(one.startswith("# scale: silent is over after ") for one in told)
