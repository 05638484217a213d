"""A thread that runs a scanner driver and keeps what it says."""

from __future__ import annotations

import queue
import threading
from typing import Protocol

from drivers.scanner.label import Scan
from drivers.scanner.reconnect import DeviceState


class Scanner(Protocol):
    def run(self, stop: threading.Event) -> None: ...


class Listener:
    """Runs one scanner driver in a thread; scans and states come out of queues, with a deadline."""

    def __init__(self) -> None:
        self.scans: queue.Queue[Scan] = queue.Queue()
        self.states: queue.Queue[tuple[str, str]] = queue.Queue()
        self.stop = threading.Event()
        self._thread: threading.Thread | None = None

    def on_state(self, state: DeviceState) -> None:
        self.states.put(("ok" if state.ok else "missing", state.text))

    def start(self, scanner: Scanner) -> None:
        self._thread = threading.Thread(target=scanner.run, args=(self.stop,), daemon=True)
        self._thread.start()

    def scan(self) -> Scan:
        return self.scans.get(timeout=10)

    def state(self) -> tuple[str, str]:
        return self.states.get(timeout=10)

    def until(self, state: str) -> str:
        """The text of the next such state."""
        while True:
            told, text = self.state()
            if told == state:
                return text

    def finish(self) -> None:
        self.stop.set()
        if self._thread:
            self._thread.join(timeout=10)
            assert not self._thread.is_alive(), "the scanner thread did not stop"
