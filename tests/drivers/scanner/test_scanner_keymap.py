"""The key maps, checked against the tables the whole Linux desktop uses, where those are installed."""

from __future__ import annotations

import ctypes
import ctypes.util
import string

import pytest

from drivers.scanner import keymap as km
from drivers.scanner.layouts import LAYOUTS

COUNTRIES = sorted(set(LAYOUTS) - {"in"})
# Keys that the Windows layouts (which scanners imitate) and xkb give to different characters.
WINDOWS = {
    "us": {(86, 0): "\\", (86, 1): "|"},
    "gb": {(41, 2): "\u00a6"},
    "fr": {(3, 2): "~", (8, 2): "`"},
    "es": {(5, 2): "~"},
    "de": {},
    "it": {},
}
XKB_DEAD = {"grave": "`", "acute": "\u00b4", "circumflex": "^", "tilde": "~", "diaeresis": "\u00a8"}


class RuleNames(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


class Xkb:
    """A compiled xkb keymap, through libxkbcommon's own functions."""

    def __init__(self, layout: str) -> None:
        found = ctypes.util.find_library("xkbcommon")
        if not found:
            pytest.skip("libxkbcommon is not installed, so its key maps cannot be compared with ours")
        self.lib = ctypes.CDLL(found)
        pointer, number = ctypes.c_void_p, ctypes.c_uint32
        self.lib.xkb_context_new.restype = pointer
        self.lib.xkb_keymap_new_from_names.restype = pointer
        self.lib.xkb_keymap_new_from_names.argtypes = [pointer, ctypes.POINTER(RuleNames), ctypes.c_int]
        self.lib.xkb_keymap_key_get_syms_by_level.argtypes = [
            *(pointer, number, number, number),
            ctypes.POINTER(ctypes.POINTER(number)),
        ]
        names = RuleNames(b"evdev", b"pc105", layout.encode(), b"", b"")
        context = self.lib.xkb_context_new(0)
        self.keymap = context and self.lib.xkb_keymap_new_from_names(context, ctypes.byref(names), 0)
        if not self.keymap:
            pytest.skip("xkb-data is not installed, so its key maps cannot be compared with ours")

    def sign(self, code: int, level: int) -> str:
        """The spacing character on this key, a dead key's included; "" for none."""
        syms = ctypes.POINTER(ctypes.c_uint32)()
        if self.lib.xkb_keymap_key_get_syms_by_level(self.keymap, code + 8, 0, level, ctypes.byref(syms)) < 1:
            return ""
        char = self.lib.xkb_keysym_to_utf32(syms[0])
        if char:
            return chr(char)
        name = ctypes.create_string_buffer(64)
        self.lib.xkb_keysym_get_name(syms[0], name, 64)
        return XKB_DEAD.get(name.value.decode().removeprefix("dead_"), "")


@pytest.mark.parametrize("layout", COUNTRIES)
def test_every_ascii_key_is_where_xkb_has_it(layout: str) -> None:
    """Both ways: each ASCII sign we give is xkb's, and each of xkb's plain and shifted ones is given."""
    xkb = Xkb(layout)
    for code in km.keymap(layout).keys:
        for level in range(4):
            ours = km.keymap(layout).character(code, shift=bool(level % 2), altgr=level > 1, caps=False)
            sign = km.compose(ours, " ") if ours in km.DEAD_KEYS else ours or ""
            theirs = WINDOWS[layout].get((code, level)) or xkb.sign(code, level)
            if (sign and sign.isascii() and code != km.SPACE) or (level < 2 and theirs.isascii() and theirs):
                assert (sign or "").strip() == theirs.strip() or (layout, code, level) == ("fr", 41, 1), (
                    layout,
                    code,
                    level,
                )


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_every_country_can_type_all_of_code_128(layout: str) -> None:
    """Every printable ASCII sign has a key, or a dead key and a space."""
    typed = {
        km.compose(char, " ") if char in km.DEAD_KEYS else char
        for levels in km.keymap(layout).keys.values()
        for char in levels
    }
    printable = set(string.digits + string.ascii_letters + string.punctuation + " ")
    assert printable - typed == set()


def test_india_types_like_the_us() -> None:
    assert km.keymap("in").keys == km.keymap("us").keys


def test_caps_lock_turns_letters_only() -> None:
    us = km.keymap("us")
    assert us.character(30, shift=False, altgr=False, caps=True) == "A"
    assert us.character(30, shift=True, altgr=False, caps=True) == "a"
    assert us.character(2, shift=False, altgr=False, caps=True) == "1"
    assert km.keymap("fr").character(3, shift=True, altgr=False, caps=True) == "2"


@pytest.mark.parametrize(
    ("digits", "char"),
    [("052", "4"), ("52", "4"), ("029", "\x1d"), ("0128", "\u20ac"), ("0233", "\u00e9"), ("130", "\u00e9")],
)
def test_alt_codes(digits: str, char: str) -> None:
    assert km.alt_code(digits) == char


@pytest.mark.parametrize("digits", ["0129", "0256", "999999"])
def test_alt_codes_that_are_no_character(digits: str) -> None:
    assert km.alt_code(digits) is None


def test_an_unknown_layout_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'xx' is not one of de, es, fr, gb, in, it, us"):
        km.keymap("xx")


@pytest.mark.parametrize("text", ["x", "ctrl+x", "]", "alt+]", "", "ctrl+"])
def test_a_gs_key_that_no_scanner_sends_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot stand for GS"):
        km.gs_key(text)
