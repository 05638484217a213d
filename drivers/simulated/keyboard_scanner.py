"""The key events that a keyboard scanner sends for a label, and their recording as evemu-record writes it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from drivers.scanner import keymap as km
from drivers.scanner.keyboard import EV_KEY, EV_MSC, EV_SYN, MSC_SCAN, SYN_REPORT, KeyEvent
from drivers.scanner.layouts import GAP
from drivers.scanner.recording import raw_lines

_SHIFT, _CTRL, _NUM_LOCK = 42, 29, 69

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
