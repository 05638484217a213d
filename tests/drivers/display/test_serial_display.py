"""The display's driver on a real pty with real pyserial: the newest lines stand there, and nobody waits."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from agent.language.language import in_english
from drivers.display.encoding import PROTOCOLS
from drivers.display.serial_display import DisplayOptions, SerialDisplay
from drivers.message import Message
from drivers.reconnect import Waits
from drivers.simulated.display import PluggedDisplay, SimulatedDisplay, serve
from drivers.simulated.fault_script import generated
from drivers.simulated.faults import Faults
from drivers.simulated.wire import Wire


class Shown:
    """A driver on a thread of its own, and the display at the other end of its wire."""

    def __init__(self, link: Path, protocol: str) -> None:
        self.wire = Wire(link)
        self.display = SimulatedDisplay(protocol)
        self.states: queue.Queue[str] = queue.Queue()
        self.stop = threading.Event()
        options = DisplayOptions(str(link), protocol, "pole", waits=Waits(0.02, 0.1))
        self.driver = SerialDisplay(options, self._state)
        self.thread = threading.Thread(target=self.driver.run, args=(self.stop,), daemon=True)
        self.thread.start()

    def _state(self, state: str, message: Message) -> None:
        self.states.put(f"{state}: {in_english(message)}")

    def read(self) -> None:
        """Take what has come."""
        try:
            self.display.feed(self.wire.receive(0.05))
        except OSError:
            time.sleep(0.02)

    def until(self, *lines: str) -> None:
        ends = time.monotonic() + 10
        while self.display.lines != lines:
            assert time.monotonic() < ends, self.display.lines
            self.read()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


@contextmanager
def shown(link: Path, protocol: str = "escpos") -> Iterator[Shown]:
    made = Shown(link, protocol)
    try:
        assert made.states.get(timeout=10) == "ok: pole is ready"
        yield made
    finally:
        made.end()
        made.wire.close()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_shown_stands_there_and_is_cleared_at_the_end(tmp_path: Path, protocol: str) -> None:
    with shown(tmp_path / "tty", protocol) as one:
        one.driver.show(("Rice          425.00", "Total         425.00"))
        one.until("Rice          425.00", "Total         425.00")
        one.driver.show(("", "Total           0.00"))
        one.until("", "Total           0.00")
        one.stop.set()
        one.until("", "")
        assert one.display.strange == b""


def test_a_display_that_was_pulled_shows_the_newest_when_it_is_back(tmp_path: Path) -> None:
    with shown(tmp_path / "tty") as one:
        one.driver.show(("old", ""))
        one.until("old", "")
        one.wire.unplug()
        assert one.states.get(timeout=10) == "missing: pole is not plugged in"
        one.driver.show(("older", ""))
        one.driver.show(("newest", "line"))
        one.display = SimulatedDisplay("escpos")
        one.wire.replug()
        assert one.states.get(timeout=10) == "ok: pole is ready"
        one.until("newest", "line")


def test_nobody_waits_for_a_display_that_takes_nothing(tmp_path: Path) -> None:
    """Its wire fills up; what is shown is the newest all the same once it takes bytes again."""
    with shown(tmp_path / "tty") as one:
        began = time.monotonic()
        for number in range(20_000):
            one.driver.show((str(number), ""))
        assert time.monotonic() - began < 5
        one.until("19999", "")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_strikes_a_display_it_shows_the_newest_when_that_has_passed(
    tmp_path: Path, seed: int
) -> None:
    faults = Faults("display", generated(seed, "display", 3))
    stop, options = threading.Event(), DisplayOptions(str(tmp_path / "tty"), "cd5220", waits=Waits(0.02, 0.1))
    driver = SerialDisplay(options, lambda *_: None)
    running = threading.Thread(target=driver.run, args=(stop,), daemon=True)
    with PluggedDisplay(tmp_path / "tty", "cd5220", faults=faults) as display:
        running.start()
        ends, shown = time.monotonic() + 30, 0
        while len(faults.struck) < 3 or faults.now:
            shown += 1
            driver.show((f"Item {shown}", f"Total {shown}"))
            assert time.monotonic() < ends, (faults.struck, faults.now)
            time.sleep(0.02)
        driver.show(("Soap", "Total"))
        while display.lines != ("Soap", "Total"):
            assert time.monotonic() < ends, (display.lines, faults.struck)
            time.sleep(0.02)
        stop.set()
        running.join(10)


def test_the_simulated_display_says_what_it_shows(tmp_path: Path) -> None:
    told: queue.Queue[str] = queue.Queue()
    stop, link = threading.Event(), tmp_path / "tty"
    simulated = partial(serve, link, "cd5220", stop, say=told.put)
    thread = threading.Thread(target=simulated, daemon=True)
    thread.start()
    assert told.get(timeout=10) == f"display ready at {link}"
    driver = SerialDisplay(DisplayOptions(str(link), "cd5220"), lambda *_: None)
    running = threading.Thread(target=driver.run, args=(stop,), daemon=True)
    running.start()
    driver.show(("Hello", "world"))
    frame = "+--------------------+"
    drawn = f"{frame}\n|Hello               |\n|world               |\n{frame}"
    while told.get(timeout=10) != drawn:
        pass
    stop.set()
    running.join(10)
    thread.join(10)
    assert not running.is_alive()
    assert not thread.is_alive()
    with pytest.raises(ValueError, match="is none of"):
        serve(link, "loud", stop)
