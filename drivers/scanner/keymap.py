"""Keys to characters: one country's layout, and the ways scanners send what no key has."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from drivers.scanner.layouts import GAP, LAYOUTS, ROWS

SHIFTS = frozenset({42, 54})
CTRLS = frozenset({29, 97})
LEFT_ALT, RIGHT_ALT = 56, 100
CAPS_LOCK = 58
ENTER, KEYPAD_ENTER, TAB, SPACE = 28, 96, 15, 57
NUM_LOCK, SCROLL_LOCK = 69, 70

MODIFIERS = SHIFTS | CTRLS | {LEFT_ALT, RIGHT_ALT}
SILENT = frozenset({NUM_LOCK, SCROLL_LOCK})
"""Keys that scanners tap around characters and that mean nothing here: the keypad always gives digits."""

MOVES = frozenset({102, 103, 104, 105, 106, 107, 108, 109})
"""Home, Up, Page Up, Left, Right, End, Down, Page Down: one of them behind Enter goes to the next row."""

FIXED = {ENTER: "\r", KEYPAD_ENTER: "\r", TAB: "\t"}
"""Keys that give the same in every country."""

KEYPAD = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"} | {
    55: "*",
    74: "-",
    78: "+",
    83: ".",
    98: "/",
    117: "=",
    121: ",",
}

_NAMED_KEYS = {"down": 108, "up": 103, "left": 105, "right": 106, "]": 27} | {
    f"f{number}": code for number, code in enumerate((*range(59, 69), 87, 88), start=1)
}

# Ctrl with a key of these characters is the control code 0x40 below it (ISO/IEC 646), as with letters.
_CONTROL_SIGNS = "@[\\]^_"

# The spacing form of each dead key, for a dead key followed by a space or by nothing it can sit on.
_SPACING = {"\u0300": "`", "\u0301": "\u00b4", "\u0302": "^", "\u0303": "~", "\u0308": "\u00a8"}

DEAD_KEYS = frozenset(_SPACING)
"""What character() gives for a dead key: the combining form of its sign."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """One layout: for each key code its characters by level (0 plain, 1 Shift, 2 AltGr, 3 both)."""

    name: str
    keys: Mapping[int, str]

    @property
    def has_altgr(self) -> bool:
        """Whether the right Alt key picks a third character, as it does outside the US."""
        return any(len(levels) > 2 for levels in self.keys.values())

    def character(self, code: int, *, shift: bool, altgr: bool, caps: bool) -> str | None:
        """What the key gives; a combining character means a dead key, None that it gives nothing.

        Caps Lock turns letters only.
        """
        levels = self.keys.get(code, "")
        if caps and not altgr and self.turned_by_caps(code):
            shift = not shift
        found = levels[shift + 2 * altgr : shift + 2 * altgr + 1]
        return found if found and found != GAP else None

    def turned_by_caps(self, code: int) -> bool:
        """Whether Caps Lock turns it: a letter, whose Shift character is the capital of its plain one."""
        levels = self.keys.get(code, "")
        return len(levels) > 1 and levels[0].upper() == levels[1] != levels[0]

    def control(self, code: int) -> str | None:
        """The control character of Ctrl with this key, Shift or not.

        A key with no such sign in its country counts as the US key in its place: some scanners press those.
        """
        for char in self.keys.get(code, "") + keymap("us").keys.get(code, ""):
            if char in _CONTROL_SIGNS or (char.isascii() and char.isalpha()):
                return chr(ord(char) & 0x1F)
        return None


@functools.cache
def keymap(layout: str) -> Keymap:
    """The key map of a country (us, in, gb, de, fr, es, it). Raises ValueError naming the known ones."""
    if layout not in LAYOUTS:
        raise ValueError(f"keyboard layout {layout!r} is not one of {', '.join(sorted(LAYOUTS))}")
    keys = {
        code: levels
        for codes, row in zip(ROWS, LAYOUTS[layout], strict=True)
        for code, levels in zip(codes, row.split(), strict=True)
    }
    return Keymap(layout, keys | {SPACE: "  "})


def compose(dead: str, char: str) -> str:
    """A dead key and what followed it: "e" under a circumflex is one letter, a space the bare sign."""
    if char in {" ", dead}:
        return _SPACING[dead] * (1 if char == " " else 2)
    joined = unicodedata.normalize("NFC", char + dead)
    return joined if len(joined) == 1 else _SPACING[dead] + (_SPACING.get(char) or char)


def alt_code(digits: str) -> str | None:
    """The character of Alt with keypad digits: 0nnn is Windows-1252, nnn the old PC page; None for no such.

    Below 32 both mean the control character itself: 029 is GS. Source: recordings of scanners in Alt mode.
    """
    number = int(digits)
    if number > 255:
        return None
    if number < 128:
        return chr(number)
    try:
        return bytes([number]).decode("cp1252" if digits.startswith("0") else "cp437")
    except UnicodeDecodeError:
        return None


@dataclass(frozen=True, slots=True)
class GsKey:
    """A key that this scanner presses for GS (0x1D): its code and the modifiers that go with it."""

    code: int
    ctrl: bool
    shift: bool


def gs_key(text: str) -> GsKey:
    """Read "ctrl+]", "ctrl+shift+]", "down", "f8" and the like. Raises ValueError for a key unknown here."""
    *modifiers, key = text.lower().split("+")
    if key not in _NAMED_KEYS or not set(modifiers) <= {"ctrl", "shift"} or (key == "]" and not modifiers):
        raise ValueError(f"{text!r} cannot stand for GS: try ctrl+], ctrl+shift+], down or f8")
    return GsKey(_NAMED_KEYS[key], "ctrl" in modifiers, "shift" in modifiers)


GS_KEYS = {
    f"{modifiers}{key}": gs_key(f"{modifiers}{key}")
    for key in _NAMED_KEYS
    for modifiers in ("", "ctrl+", "shift+", "ctrl+shift+")
    if key != "]" or "ctrl" in modifiers
}
"""Every key that can stand for GS, by its name in the settings."""
