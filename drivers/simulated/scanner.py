"""A serial scanner without the scanner: its end of the wire."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from drivers.simulated.fault_script import Script
from drivers.simulated.faults import Faults, in_time
from drivers.simulated.wire import Wire

# A till tells a text from the next one by silence, and the same label shown again from a double trigger.
_NEXT_LABEL_S, _SAME_AGAIN_S = 0.1, 0.35
# So long a till waits for the rest of a label that broke off, and somewhat more.
_BROKEN_OFF_S = 1.0
_SPOILING = frozenset(("silent", "half", "garbage", "noise"))

By = Callable[["VirtualScanner", str], bool | None]
"""How a label is sent that is not sent as text: whether it was acknowledged, None where nobody does that."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one send() did: what was the matter, and whether the label went out whole."""

    text: str
    faults: tuple[str, ...]
    whole: bool
    acknowledged: bool | None = None


class VirtualScanner(Wire):
    """A scanner on a wire of its own; see Wire."""

    def __init__(self, link: Path, faults: Faults | None = None) -> None:
        super().__init__(link, faults)
        self._last_text, self._sent_at, self._broken_off = "0", 0.0, False

    def send(self, text: str, suffix: str = "\r", by: By | None = None) -> Sent:
        """Scan a label, with whatever is the matter. Raises OSError when unplugged before, TimeoutError if
        nobody reads."""
        self._pace(text)
        if not self.plugged:
            raise OSError(f"{self._link} is unplugged")
        self.faults.came("label")
        matter = self.faults.now
        self._broken_off = "half" in matter
        heard, torn = None, False
        try:
            if by:
                heard = by(self, text)
            else:
                self._as_text(text, suffix)
        except TimeoutError:
            raise
        except OSError:
            # Pulled by a fault, or by somebody, while it was sending.
            torn = True
        whole = not torn and (not _SPOILING & set(matter) if heard is None else heard)
        return Sent(text, tuple(matter + ["unplug"] * torn), whole, heard)

    def _as_text(self, text: str, suffix: str) -> None:
        said = self.faults.spoiled(text.encode(), inside=True)
        self.send_bytes(said if not said or self._broken_off else said + suffix.encode())

    def _pace(self, text: str) -> None:
        """Let the time pass that a person needs to show the next label, the same once more above all."""
        last, self._last_text = self._last_text, text
        pause = _SAME_AGAIN_S if text == last else 0.0 if last.isdigit() else _NEXT_LABEL_S
        pause = _BROKEN_OFF_S if self._broken_off else pause
        time.sleep(max(0.0, self._sent_at + pause - time.monotonic()))
        self._sent_at = time.monotonic()


_HEARD = {True: ", acknowledged", False: ", and no answer came", None: ""}


def serve(
    path: Path,
    source: Iterable[str],
    *,
    suffix: str = "\r",
    device: str = "scanner",
    script: Script | None = None,
    by: By | None = None,
    reader_timeout_s: float = 60.0,
    say: Callable[[str], None] = lambda _: None,
) -> int:
    """Scan each line of `source` at a virtual scanner under `path`. Returns how many labels went out whole.

    A line that begins with "!" is a fault of the script, from now on ("!unplug", "!at label 2: half for 1
    label"), or "!clear [FAULT]", "!hex 00ff", which sends bytes as they are, "!wait 500", which waits as many
    milliseconds. Waits for a program to open the port before it sends: TimeoutError if none does. `say` is
    told what was done, what went wrong and what was not understood, a sentence a line.
    """
    whole = 0
    faults = Faults(device, script, say=say)
    with VirtualScanner(path, faults) as scanner, in_time(faults):
        say(f"scanner ready at {path}")
        for line in source:
            text = line.rstrip("\r\n")
            if text.startswith("!"):
                say(_obey(scanner, text, reader_timeout_s))
            elif text and not scanner.plugged:
                say(f"did not send {text}: it is unplugged")
            elif text:
                scanner.wait_until_ready(reader_timeout_s)
                sent = scanner.send(text, suffix, by)
                whole += sent.whole
                say(f"sent {text}{_HEARD[sent.acknowledged]}" + _with(sent.faults))
    return whole


def _with(faults: tuple[str, ...]) -> str:
    return f" with {', '.join(faults)}" if faults else ""


def _obey(scanner: VirtualScanner, order: str, reader_timeout_s: float) -> str:
    word, _, rest = order.partition(" ")
    try:
        if word == "!hex":
            data = bytes.fromhex(rest)
            scanner.wait_until_ready(reader_timeout_s)
            scanner.send_bytes(data)
        elif word == "!wait" and rest.isdecimal():
            time.sleep(int(rest) / 1000)
        else:
            scanner.faults.obey(order[1:])
            return ""
    except ValueError as error:
        return f"not understood: {error}"
    return order.removeprefix("!")
