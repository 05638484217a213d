"""A serial scanner without the scanner: its end of the wire, with faults by seed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from drivers.simulated.wire import Wire

# A till tells a text from the next one by silence, and the same label shown again from a double trigger.
_NEXT_LABEL_S, _SAME_AGAIN_S = 0.1, 0.35
_NOISE = bytes(range(0x80, 0x100)) + b"\x00\x01\x7f"


@dataclass(frozen=True, slots=True)
class FaultScript:
    """How often (0..1) a send suffers each fault. Equal seeds and equal sends give equal faults.

    split: the bytes come in random pieces with short pauses. noise: a damaged byte inside the label.
    burst: binary rubbish, ended like a label, in front of it. cut: the cable is pulled inside the label and
    put back.
    """

    seed: int = 0
    split: float = 0.0
    noise: float = 0.0
    burst: float = 0.0
    cut: float = 0.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What one send() did: the faults it drew, and whether the label went out whole."""

    text: str
    faults: tuple[str, ...]
    whole: bool


class VirtualScanner(Wire):
    """A scanner on a wire of its own; see Wire."""

    def __init__(self, link: Path, faults: FaultScript | None = None) -> None:
        super().__init__(link)
        self._faults = faults or FaultScript()
        self._random = random.Random(self._faults.seed)
        self._last_text, self._sent_at = "0", 0.0

    def send(self, text: str, suffix: str = "\r") -> Sent:
        """Scan a label, with whatever the fault script draws. Raises as send_bytes() does."""
        self._pace(text)
        data = (text + suffix).encode()
        # One draw per fault and send, taken in this order, makes a seed mean the same for every text.
        drawn = {name: self._random.random() < getattr(self._faults, name) for name in _FAULTS}
        place = self._random.randrange(max(1, len(data) - len(suffix)))
        if drawn["burst"]:
            self.send_bytes(self._rubbish(8) + suffix.encode())
        if drawn["noise"]:
            data = data[:place] + self._rubbish(1) + data[place:]
        if drawn["cut"]:
            self.send_bytes(data[:place])
            self.unplug()
            self.replug()
        elif drawn["split"]:
            self._send_in_pieces(data)
        else:
            self.send_bytes(data)
        faults = tuple(name for name in _FAULTS if drawn[name])
        return Sent(text, faults, whole=not (drawn["noise"] or drawn["cut"]))

    def _pace(self, text: str) -> None:
        """Let the time pass that a person needs to show the next label, the same once more above all."""
        last, self._last_text = self._last_text, text
        pause = _SAME_AGAIN_S if text == last else 0.0 if last.isdigit() else _NEXT_LABEL_S
        time.sleep(max(0.0, self._sent_at + pause - time.monotonic()))
        self._sent_at = time.monotonic()

    def _send_in_pieces(self, data: bytes) -> None:
        while data:
            size = self._random.randint(1, 3)
            self.send_bytes(data[:size])
            data = data[size:]
            time.sleep(self._random.random() * 0.002)

    def _rubbish(self, size: int) -> bytes:
        return bytes(self._random.choice(_NOISE) for _ in range(size))


_FAULTS = ("split", "noise", "burst", "cut")
_HEARD = {True: ", acknowledged", False: ", and no answer came", None: ""}


def serve(
    path: Path,
    source: Iterable[str],
    *,
    suffix: str = "\r",
    faults: FaultScript | None = None,
    by: Callable[[VirtualScanner, str], bool | None] | None = None,
    reader_timeout_s: float = 60.0,
    say: Callable[[str], None] = lambda _: None,
) -> int:
    """Scan each line of `source` at a virtual scanner under `path`. Returns how many labels went out whole.

    A line "!unplug" pulls the cable, "!replug" puts it back, "!hex 00ff" sends bytes as they are, "!wait 500"
    waits as many milliseconds. Waits for a program to open the port before it sends: TimeoutError if none
    does. by: how a label is sent that is not sent as text, which says whether it was acknowledged, or None
    where nobody does that. `say` is told what was done, one sentence a line. Raises ValueError for an unknown
    "!" line.
    """
    whole = 0
    with VirtualScanner(path, faults) as scanner:
        say(f"scanner ready at {path}")
        for line in source:
            text = line.rstrip("\r\n")
            if text.startswith("!"):
                say(_obey(scanner, text, reader_timeout_s))
            elif text:
                scanner.wait_until_ready(reader_timeout_s)
                if by:
                    heard = by(scanner, text)
                    whole += heard is not False
                    say(f"sent {text}{_HEARD[heard]}")
                    continue
                sent = scanner.send(text, suffix)
                whole += sent.whole
                say(f"sent {text}" + (f" with {', '.join(sent.faults)}" if sent.faults else ""))
    return whole


def _obey(scanner: VirtualScanner, order: str, reader_timeout_s: float) -> str:
    word, _, rest = order.partition(" ")
    if word == "!unplug":
        scanner.unplug()
    elif word == "!replug":
        scanner.replug()
    elif word == "!hex":
        scanner.wait_until_ready(reader_timeout_s)
        scanner.send_bytes(bytes.fromhex(rest))
    elif word == "!wait" and rest.isdecimal():
        time.sleep(int(rest) / 1000)
    else:
        raise ValueError(f"{order!r} is not one of !unplug, !replug, !hex BYTES, !wait MILLISECONDS")
    return order.removeprefix("!")
