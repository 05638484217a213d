"""A customer's display on a serial line: the newest two lines are written, and nobody waits for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from drivers.display.encoding import PROTOCOLS, Lines, screen
from drivers.message import Message
from drivers.reconnect import OnState, States, Waits, keep_reading
from drivers.serial_line import SerialLine, open_line

_LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """url: any path or pyserial URL. protocol: one of encoding.PROTOCOLS."""

    url: str
    protocol: str
    name: str = ""
    columns: int = 20
    baudrate: int = 9600
    waits: Waits = field(default_factory=Waits)

    @property
    def title(self) -> str:
        """The name used in states."""
        return self.name or self.url


class SerialDisplay:
    """One display. run() in a thread of its own; show() on any, at once: of lines that come faster than they
    are written the newest win. It is cleared when it is found, and at the end. A display that is pulled out,
    or does not take its bytes, is tried again, and shows the newest then. progress counts its rounds."""

    def __init__(self, options: DisplayOptions, on_state: OnState) -> None:
        self._options = options
        self._protocol = PROTOCOLS[options.protocol]
        self._states = States(on_state)
        self._lock = threading.Condition()
        self._newest: Lines = ("", "")
        self.progress = 0

    def show(self, lines: Lines) -> None:
        """These from now on."""
        with self._lock:
            self._newest = lines
            self._lock.notify()

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set; returns within about half a second, or the second a write may take."""
        keep_reading(self._session, stop, self._states, self._options.waits, self._options.url)

    def _session(self, stop: threading.Event) -> None:
        self.progress += 1
        options = self._options
        line = open_line(
            options.url, options.title, baudrate=options.baudrate, bytesize=8, parity="N", stopbits=1
        )
        try:
            line.write(self._protocol.begin)
            self._states.tell("ok", Message("device.ready", name=options.title))
            self._follow(line, stop)
            line.write(self._protocol.clear)
        finally:
            line.close()

    def _follow(self, line: SerialLine, stop: threading.Event) -> None:
        written: Lines = ("", "")
        while not stop.is_set():
            self.progress += 1
            with self._lock:
                if self._newest == written:
                    self._lock.wait(_LOOK_S)
                newest = self._newest
            if newest != written:
                line.write(screen(newest, self._options.protocol, self._options.columns))
                written = newest
            else:
                # A line that hung up is noticed by looking at what it has to say, which is nothing.
                line.drain()
