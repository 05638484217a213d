"""The key events that a keyboard scanner sends for a label, and their recording as evemu-record writes it.

No wire: a kernel makes one of them (uinput, a USB gadget), and tests play one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from drivers.scanner import keymap as km
from drivers.scanner.keyboard import EV_KEY, EV_MSC, EV_SYN, MSC_SCAN, SYN_DROPPED, SYN_REPORT, KeyEvent
from drivers.scanner.layouts import GAP
from drivers.scanner.recording import raw_lines
from drivers.simulated.fault_script import Script
from drivers.simulated.faults import Faults

_SHIFT, _CTRL, _NUM_LOCK = 42, 29, 69
# So long after a label nobody takes the next for the rest of it.
_PAUSE_S = 1.0

SUFFIXES = ("enter", "kp-enter", "tab", "ctrl-m", "ctrl-j", "crlf", "none")
"""How the simulated scanner can end a label."""

STYLES = ("shift", "caps", "alt")
"""How it types: Shift for capitals, Caps Lock around capitals, or Alt with keypad digits for everything."""


def key_events(
    text: str,
    *,
    layout: str = "us",
    suffix: str = "enter",
    style: str = "shift",
    gs_key: str = "ctrl+]",
    start_s: float = 0.0,
    step_s: float = 0.001,
) -> list[KeyEvent]:
    """The events of one scan, `step_s` between key movements.

    Raises ValueError for a character that this layout and style cannot type.
    """
    strokes = [stroke for char in text for stroke in _strokes(char, layout, style, gs_key)]
    strokes += _end(suffix, layout)
    moves = [move for stroke in strokes for move in _moves(stroke)]
    return [event for number, move in enumerate(moves) for event in _events(start_s + number * step_s, *move)]


def evemu_lines(events: Iterable[KeyEvent], name: str = "Simulated keyboard scanner") -> list[str]:
    """The recording that evemu-record would have made of these events."""
    return ["# EVEMU 1.3", f"N: {name}", "I: 0003 05e0 1200 0110", *raw_lines(0.0, list(events), 0.0)]


@dataclass(frozen=True, slots=True)
class Typed:
    """The events of a label, and whether they are all of it. pulled: the cable is out behind the last."""

    events: list[KeyEvent]
    whole: bool
    pulled: bool


class KeyboardScanner:
    """Types labels, one behind the other, with whatever is the matter. options: those of key_events.

    faults strike, and are over, with a label or a movement of its keys, or by the time when a label begins.
    """

    def __init__(self, faults: Faults | None = None, *, start_s: float = 0.0, **options: str) -> None:
        self.faults = faults or Faults("keyboard")
        self.faults.on_strike = self._struck
        self._options = options
        self._at = start_s
        self._pulled = False

    def scan(self, text: str) -> Typed:
        """The next label. OSError while it is unplugged; ValueError as key_events."""
        self.faults.tick()
        if "unplug" in self.faults:
            raise OSError("the keyboard scanner is unplugged")
        events = key_events(text, start_s=self._at, **self._options)  # type: ignore[arg-type]
        self._at = events[-1].time_s + _PAUSE_S
        self.faults.came("label")
        self._pulled = False
        sent: list[KeyEvent] = []
        for move in self._damaged(_moved(events)):
            sent += move
            self.faults.came("key")
            if self._pulled:
                break
        return Typed(sent, sent == events, self._pulled)

    def _struck(self, word: str) -> None:
        self._pulled |= word == "unplug"

    def _damaged(self, moves: list[list[KeyEvent]]) -> list[list[KeyEvent]]:
        if "dropped-syn" in self.faults:
            begin, end = sorted(self.faults.drawn.sample(_with_no_key_down(moves), 2))
            at_s = moves[begin][0].time_s
            told = [KeyEvent(at_s, EV_SYN, code, 0) for code in (SYN_DROPPED, SYN_REPORT)]
            moves = [*moves[:begin], told, *moves[end:]]
        if "torn-keys" in self.faults:
            count = min(len(moves), int(self.faults.figure("torn-keys")))
            lost = self.faults.drawn.sample(range(len(moves)), count)
            moves = [move for number, move in enumerate(moves) if number not in lost]
        return moves


def type_keys(
    path: Path,
    source: Iterable[str],
    *,
    script: Script | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Each line of `source` is a label whose keys are added to a new recording at `path`, or, with "!" in
    front, a fault of the script or "!clear [FAULT]". say is told what was done, what went wrong and what was
    not understood."""
    scanner = KeyboardScanner(Faults("keyboard", script, say=say))
    with path.open("w", encoding="utf-8") as recording:
        print(*evemu_lines(()), sep="\n", file=recording, flush=True)
        say(f"keys are added to {path}")
        for line in source:
            try:
                if text := line.strip():
                    say(_typed_line(scanner, text, recording))
            except (ValueError, OSError) as error:
                say(f"{text} was not typed: {error}")


def _typed_line(scanner: KeyboardScanner, text: str, recording: TextIO) -> str:
    if text.startswith("!"):
        scanner.faults.obey(text[1:])
        return ""
    typed = scanner.scan(text)
    print(*raw_lines(0.0, typed.events, 0.0), sep="\n", file=recording, flush=True)
    return f"typed {text}" + ("" if typed.whole else ", not all of it")


def _moved(events: list[KeyEvent]) -> list[list[KeyEvent]]:
    """Of each movement of a key its three events."""
    return [events[at : at + 3] for at in range(0, len(events), 3)]


def _with_no_key_down(moves: list[list[KeyEvent]]) -> list[int]:
    """Before which movements no key is down, and behind the last."""
    places, down = [0], 0
    for number, (_, key, _) in enumerate(moves, 1):
        down += 1 if key.value else -1
        places += [number] if not down else []
    return places


def _end(suffix: str, layout: str) -> list[tuple[int, ...]]:
    letter = {"ctrl-m": "m", "ctrl-j": "j", "crlf": "j"}.get(suffix)
    control = [(_CTRL, *stroke) for stroke in _typed(letter, layout)] if letter else []
    plain = {"enter": km.ENTER, "crlf": km.ENTER, "kp-enter": km.KEYPAD_ENTER, "tab": km.TAB}.get(suffix)
    return ([(plain,)] if plain else []) + control


def _strokes(char: str, layout: str, style: str, gs_key: str) -> list[tuple[int, ...]]:
    if char == "\x1d" and style != "alt":
        key = km.gs_key(gs_key)
        return [(*((_CTRL,) * key.ctrl), *((_SHIFT,) * key.shift), key.code)]
    if style == "alt":
        return [(_NUM_LOCK,), (km.LEFT_ALT, *(_KEYPAD_CODES[digit] for digit in _alt_digits(char)))]
    strokes = _typed(char, layout)
    if style == "caps" and char.isalpha() and char != char.lower() and len(strokes) == 1:
        return [(km.CAPS_LOCK,), strokes[0][-1:], (km.CAPS_LOCK,)]
    return strokes


_KEYPAD_CODES = {char: code for code, char in km.KEYPAD.items()}


def _alt_digits(char: str) -> str:
    try:
        return f"0{char.encode('cp1252')[0]:03d}"
    except UnicodeEncodeError:
        raise ValueError(f"Alt with digits cannot type {char!r}") from None


def _typed(char: str, layout: str) -> list[tuple[int, ...]]:
    """Key and modifiers of a character; a dead key and a space, or a letter, where it takes two strokes."""
    direct = _find(char, layout)
    if direct:
        return [direct]
    for dead in sorted(km.DEAD_KEYS):
        for base in (" ", *unicodedata.normalize("NFD", char)[:1]):
            first, second = _find(dead, layout), _find(base, layout)
            if first and second and km.compose(dead, base) == char:
                return [first, second]
    raise ValueError(f"a keyboard of layout {layout} cannot type {char!r}")


def _find(char: str, layout: str) -> tuple[int, ...] | None:
    for code, levels in km.keymap(layout).keys.items():
        level = levels.find(char)
        if level >= 0 and char != GAP:
            return (*((_SHIFT,) * (level % 2)), *((km.RIGHT_ALT,) * (level // 2)), code)
    return None


def _moves(stroke: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Down and up in the order scanners use: modifiers around the key, keypad digits one after the other."""
    modifiers = [code for code in stroke if code in km.MODIFIERS]
    yield from ((code, 1) for code in modifiers)
    for code in stroke:
        if code not in km.MODIFIERS:
            yield from ((code, 1), (code, 0))
    yield from ((code, 0) for code in reversed(modifiers))


def _events(time_s: float, code: int, value: int) -> list[KeyEvent]:
    return [
        KeyEvent(time_s, EV_MSC, MSC_SCAN, 0x70000 | code),
        KeyEvent(time_s, EV_KEY, code, value),
        KeyEvent(time_s, EV_SYN, SYN_REPORT, 0),
    ]
