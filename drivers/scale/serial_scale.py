"""A scale on a serial line: looked at while nobody asks, and asked when goods are to be weighed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from drivers.message import Message
from drivers.reconnect import OnState, States, Waits, keep_reading
from drivers.scale.conversation import Ask, Conversation
from drivers.scale.protocols import PROTOCOLS
from drivers.scale.reading import Reading, State
from drivers.serial_line import POLL_S, SerialLine, open_line

Told = Callable[[Reading], None]

_LOOK_S = 0.4
_AGAIN_S = 0.05
_NO_PRICE = 1
"""For a weight that is thrown away; a scale takes no price of nothing."""
_FINAL = (State.OTHER_UNIT, State.PRICE, State.LOCKED)
"""Waiting changes nothing of these."""


@dataclass(frozen=True, slots=True)
class ScaleOptions:
    """url: any path or pyserial URL. protocol: one of protocols.PROTOCOLS; baudrate 0, parity "", data_bits 0
    and stop_bits 0 are as its scales come. unit: what the scale is set to, and no weight in another is taken.
    max_milli: more than that, in thousandths of the unit, it cannot weigh; 0 for no limit. answer_s: how long
    one answer may take."""

    url: str
    protocol: str
    name: str = ""
    baudrate: int = 0
    data_bits: int = 0
    parity: str = ""
    stop_bits: int = 0
    unit: str = "kg"
    max_milli: int = 0
    answer_s: float = 0.5
    waits: Waits = field(default_factory=Waits)

    @property
    def title(self) -> str:
        """The name used in states."""
        return self.name or self.url


@dataclass(frozen=True, slots=True)
class _Question:
    price_minor: int
    within_s: float
    told: Told


class SerialScale:
    """One scale. run() in a thread of its own, on which questions are answered; weigh() on any.

    on_state is told "ok" while it answers, "missing" while its port is not there, "silent" while it does not
    answer, "trouble" while what it answers is of no use. progress counts its rounds.

    A weight that is told was asked for after the question began, with the plate seen empty since the last
    that was told or used (a scale that gives each out once sees to that itself), and, but for these, said
    twice in a row.
    """

    def __init__(self, options: ScaleOptions, on_state: OnState) -> None:
        self._options = options
        self._protocol = PROTOCOLS[options.protocol]
        self._states = States(on_state)
        self._lock = threading.Condition()
        self._question: _Question | None = None
        self._serving = False
        self._emptied = self._protocol.once
        self._silences = 0
        self.progress = 0

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set, opening a lost port again. Returns within about half a second of it, or
        of the answer that is waited for."""
        keep_reading(self._session, stop, self._states, self._options.waits, self._options.url)

    def weigh(self, price_minor: int, within_s: float, told: Told) -> bool:
        """Ask what is on the plate. told is called on the scale's thread, once, within that time and what
        one exchange takes at most: with a weight as soon as there is one, else with what the scale said last.
        False, and told is not called: there is nobody to ask, or somebody asks already."""
        with self._lock:
            if not self._serving or self._question:
                return False
            self._question = _Question(price_minor, within_s, told)
            self._lock.notify()
            return True

    def used(self) -> None:
        """What lies on the plate was sold by a weight that a person typed: none is told before the plate was
        seen empty. On any thread."""
        self._emptied = False

    # --- on the scale's thread ----------------------------------------------------------------------

    def _session(self, stop: threading.Event) -> None:
        self.progress += 1
        line = self._open()
        try:
            self._look(line)
            with self._lock:
                self._serving = True
            while not stop.is_set():
                self.progress += 1
                with self._lock:
                    if not self._question:
                        self._lock.wait(_LOOK_S)
                    question = self._question
                if question is None:
                    self._look(line)
                else:
                    self._tell(self._weighed(line, question, stop))
        finally:
            with self._lock:
                self._serving = False
            line.close()
            self._tell(Reading(State.MISSING))

    def _tell(self, reading: Reading) -> None:
        with self._lock:
            question, self._question = self._question, None
        if question:
            question.told(reading)

    def _look(self, line: SerialLine) -> None:
        protocol, unit = self._protocol, self._options.unit
        if self._emptied or not protocol.once:
            self._said(self._exchange(line, protocol.look(unit)))
        # What was used is given out and thrown away: from then on the scale itself wants its plate moved.
        elif self._said(self._exchange(line, protocol.weigh(unit, _NO_PRICE))).milli:
            self._emptied = True

    def _weighed(self, line: SerialLine, question: _Question, stop: threading.Event) -> Reading:
        protocol = self._protocol
        until = time.monotonic() + question.within_s
        before = None
        while True:
            asked = protocol.weigh(self._options.unit, question.price_minor)
            reading = self._said(self._exchange(line, asked))
            if reading.state is State.WEIGHT and not self._emptied:
                reading, self._emptied = Reading(State.NOT_EMPTIED), protocol.once
            if reading.state is State.WEIGHT and (protocol.once or reading == before):
                self._emptied = protocol.once
                return reading
            over = time.monotonic() >= until or self._silences > 1 or stop.is_set()
            if over or reading.state in _FINAL or (protocol.once and reading.milli):
                # Said once and not again in time is nothing to sell by.
                return Reading(State.MOTION) if reading.state is State.WEIGHT else reading
            if reading.state is not State.WEIGHT:
                stop.wait(_AGAIN_S)
            before = reading

    def _said(self, reading: Reading) -> Reading:
        """What the scale said, held against what it is set to; and remembered is what it means for later."""
        options = self._options
        self._silences = self._silences + 1 if reading.state is State.SILENT else 0
        if reading.state in (State.ZERO, State.UNDER_ZERO, State.NOT_EMPTIED):
            # A scale that says itself that it was not emptied looks after that itself.
            self._emptied = True
        if reading.state is State.WEIGHT and reading.unit not in ("", options.unit):
            reading = Reading(State.OTHER_UNIT, reading.milli, reading.unit)
        elif reading.state is State.WEIGHT and 0 < options.max_milli < reading.milli:
            reading = Reading(State.OVERLOAD, reading.milli, reading.unit)
        if reading.state is State.WEIGHT:
            reading = replace(reading, unit=options.unit)
        self._show(reading)
        return reading

    def _show(self, reading: Reading) -> None:
        name = self._options.title
        match reading.state:
            case State.SILENT if self._silences > 1:
                self._states.tell("silent", Message("scale.silent", name=name))
            case State.SILENT:
                pass
            case State.UNREADABLE:
                self._states.tell("trouble", Message("scale.unreadable", name=name))
            case State.FAULT:
                self._states.tell("trouble", Message("scale.fault", name=name))
            case State.LOCKED:
                self._states.tell("trouble", Message("scale.locked", name=name))
            case _:
                self._states.tell("ok", Message("device.ready", name=name))

    # --- on the line ----------------------------------------------------------------------------------

    def _exchange(self, line: SerialLine, conversation: Conversation) -> Reading:
        # What lies on the line answers nothing that is asked now.
        line.drain()
        try:
            ask = next(conversation)
            while True:
                line.write(ask.sent)
                ask = conversation.send(self._answer(line, ask))
        except StopIteration as done:
            reading: Reading = done.value
            return reading

    def _answer(self, line: SerialLine, ask: Ask) -> bytes:
        answer, until = b"", time.monotonic() + self._options.answer_s
        while ask.whole and not ask.whole(answer) and time.monotonic() < until:
            answer += line.read(POLL_S)
        return answer

    def _open(self) -> SerialLine:
        options, protocol = self._options, self._protocol
        return open_line(
            options.url,
            options.title,
            baudrate=options.baudrate or protocol.baudrate,
            bytesize=options.data_bits or protocol.data_bits,
            parity=(options.parity or protocol.parity)[0].upper(),
            stopbits=options.stop_bits or protocol.stop_bits,
            checked=True,
        )
