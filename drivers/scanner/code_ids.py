"""The letters that name the kind of a code in front of its label, where that is not the AIM identifier.

Each maker has its own. Sources: Zebra's "Symbol Code Identifiers"; Honeywell's symbology charts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from drivers.scanner.label import split_symbology_id

# What goods carry; how many digits there are tells which of the family it was, but for eight.
_GOODS = "goods"
_BY_DIGITS = {12: "]E0", 13: "]E0", 15: "]E3", 18: "]E3"}

# A kind that has no AIM identifier of its own, or shares its letter with others, is "" (not named).
_MAKERS: Mapping[str, Mapping[str, str]] = {
    "zebra": {
        "A": _GOODS,
        "B": "]A0",
        "C": "]F0",
        "D": "]C0",
        "E": "]G0",
        "F": "]I0",
        "G": "]S0",
        "H": "]H0",
        "J": "]M0",
        "K": "]C1",
        "L": "]X0",
        "M": "]X0",
        "N": "",
        "R": "]e0",
        "S": "",
        "T": "",
        "U": "",
        "X": "]L0",
        "z": "]z0",
        "P00": "]d1",
        "P01": "]Q1",
        "P02": "]U0",
        "P0G": "]d2",
        "P0H": "]h0",
        "P0Q": "]Q3",
    },
    "honeywell": {
        "c": _GOODS,
        "d": _GOODS,
        "D": "]E4",
        "E": "]E0",
        "a": "]F0",
        "b": "]A0",
        "e": "]I0",
        "f": "]S0",
        "g": "]M0",
        "h": "]H0",
        "i": "]G0",
        "j": "]C0",
        "I": "]C1",
        "y": "]e0",
        "{": "]e0",
        "}": "]e0",
        "r": "]L0",
        "R": "]L0",
        "s": "]Q1",
        "w": "]d1",
        "x": "]U0",
        "z": "]z0",
        "H": "]h0",
        "<": "]X0",
        "=": "]X0",
        "T": "",
    },
}

CODE_IDS = ("aim", *_MAKERS, "none")
"""What may stand in front of a label: the AIM identifier (wherever one does), a maker's letter before every
label, or nothing."""

_TWO_DIMENSIONS = re.compile(r"\][LQdzUJh][0-9A-Za-z]")
_LONGEST = 3


def split_code_id(text: str, code_id: str) -> tuple[str, str] | None:
    """("]E0", "8901...") of "d8901..."; the identifier is AIM's whatever was sent, and empty where the kind
    is not named. None for a text whose maker's letter is none of the maker's. code_id: one of CODE_IDS."""
    if code_id == "none":
        return "", text
    if code_id == "aim":
        return split_symbology_id(text)
    letters = _MAKERS[code_id]
    for length in range(_LONGEST, 0, -1):
        found = letters.get(text[:length])
        if found is not None and len(text) >= length:
            rest = text[length:]
            return (_BY_DIGITS.get(len(rest), "") if found == _GOODS else found), rest
    return None


def has_two_dimensions(symbology_id: str) -> bool:
    """Whether this names a code of two dimensions (PDF417, QR, Data Matrix, Aztec, MaxiCode, DotCode, Han
    Xin): it may hold line ends, which a code of bars for goods does not."""
    return _TWO_DIMENSIONS.match(symbology_id) is not None


def begins_label(code_id: str) -> bytes:
    """A pattern of what stands at the front of a label that follows another one: the AIM identifier, or a
    maker's letter for goods with their digits. A letter alone may begin a line inside a code as well."""
    if code_id == "none":
        return b""
    if code_id == "aim":
        return rb"\][A-Za-z][0-9A-Za-z]"
    return rb"[%s](?:[0-9]{8}|[0-9]{12,14})(?:[\r\n\t]|$)" % _goods_letters(code_id)


def goods(code_id: str) -> re.Pattern[bytes]:
    """A number such as goods have, with what names its kind in front."""
    name = rb"(?:\][A-Za-z][0-9A-Za-z])?" if code_id in ("aim", "none") else b"[%s]" % _goods_letters(code_id)
    return re.compile(name + rb"(?:[0-9]{8}|[0-9]{12,14})")


def _goods_letters(code_id: str) -> bytes:
    of_goods = ("]E0", "]E4", _GOODS)
    return "".join(letter for letter, kind in _MAKERS[code_id].items() if kind in of_goods).encode()
