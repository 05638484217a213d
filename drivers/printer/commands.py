"""Cuts a stream for a printer into ESC/POS commands, each with its parameters."""

from __future__ import annotations

from dataclasses import dataclass

_ESC, _FS, _GS, _DLE = 0x1B, 0x1C, 0x1D, 0x10

# Number of parameter bytes behind the two bytes of the name; what depends on the parameters is below.
_FIXED: dict[int, dict[str, int]] = {
    _ESC: {
        **dict.fromkeys("@2<LSim", 0),
        **dict.fromkeys(" !-3=?EGJKMRTUVadert{u%", 1),
        **dict.fromkeys("$\\c", 2),
        "p": 3,
        "W": 8,
    },
    _FS: {**dict.fromkeys(".&", 0), **dict.fromkeys("!-CW", 1), **dict.fromkeys("Sp", 2)},
    _GS: {
        ":": 0,
        **dict.fromkeys("!/BEHITabfhrw", 1),
        **dict.fromkeys("$LPW\\", 2),
        "^": 3,
    },
}
_LONG_REALTIME = {7, 8, 18}
_PULSE_LENGTHS = {1: 2, 2: 2, 3: 5, 7: 1, 8: 7}


@dataclass(frozen=True, slots=True)
class Command:
    """name: "LF", "text", "ESC @", "GS ( k", "DLE EOT" and so on, "?" if unknown; raw: all its bytes."""

    name: str
    args: bytes
    raw: bytes


class Incomplete(Exception):
    """The command's end has not arrived yet."""


def next_command(data: bytes | bytearray) -> Command:
    """The first command of data; Incomplete if more bytes are needed to know where it ends."""
    if not data:
        raise Incomplete
    first = data[0]
    if first in (_ESC, _FS, _GS, _DLE):
        size = _length(data)
        raw = bytes(data[: abs(size)])
        if size < 0:
            return Command("?", raw[2:], raw)
        if len(raw) < size:
            raise Incomplete
        name = _name(raw)
        return Command(name, raw[3 if "( " in name or name.startswith("GS 8") else 2 :], raw)
    raw = bytes(data[:1])
    names = {0x0A: "LF", 0x0D: "CR", 0x09: "HT", 0x0C: "FF", 0x18: "CAN", 0x00: "NUL"}
    if first in names:
        return Command(names[first], b"", raw)
    return Command("text" if first >= 0x20 else "?", raw, raw)


def _name(raw: bytes) -> str:
    prefix = {_ESC: "ESC", _FS: "FS", _GS: "GS", _DLE: "DLE"}[raw[0]]
    if raw[0] == _DLE:
        return f"DLE {({0x04: 'EOT', 0x05: 'ENQ', 0x14: 'DC4'})[raw[1]]}"
    letter = chr(raw[1])
    if letter == "(" or raw[:2] == b"\x1d8":
        return f"{prefix} {letter} {chr(raw[2])}"
    return f"{prefix} {letter}"


def _length(data: bytes | bytearray) -> int:
    """Length of the command at the start of data; negative if unknown, the count of bytes to skip."""
    prefix, second = data[0], _at(data, 1)
    if prefix == _DLE:
        return _realtime_length(second, data)
    letter = chr(second)
    if letter == "(":
        return 5 + _word(data, 3)
    if letter in _FIXED[prefix]:
        return 2 + _FIXED[prefix][letter]
    if prefix == _ESC:
        return _escape_length(letter, data)
    return _group_length(letter, data) if prefix == _GS else -2


def _realtime_length(second: int, data: bytes | bytearray) -> int:
    if second == 0x04:
        return 4 if _at(data, 2) in _LONG_REALTIME else 3
    if second == 0x05:
        return 3
    if second == 0x14:
        return 3 + _PULSE_LENGTHS.get(_at(data, 2), 0)
    return -1


def _escape_length(letter: str, data: bytes | bytearray) -> int:
    if letter == "*":
        return 5 + _word(data, 3) * (3 if _at(data, 2) in (32, 33) else 1)
    if letter == "D":
        end = data.find(0, 2)
        if end < 0:
            raise Incomplete
        return end + 1
    return -2


def _group_length(letter: str, data: bytes | bytearray) -> int:
    if letter == "V":
        return 4 if _at(data, 2) in (65, 66, 97, 98, 103, 104) else 3
    if letter == "v":
        return 8 + _word(data, 4) * _word(data, 6)
    if letter == "*":
        return 4 + _at(data, 2) * _at(data, 3) * 8
    if letter == "8":
        return 7 + _word(data, 3) + (_word(data, 5) << 16)
    if letter == "k":
        if _at(data, 2) >= 65:
            return 4 + _at(data, 3)
        end = data.find(0, 3)
        if end < 0:
            raise Incomplete
        return end + 1
    return -2


def _at(data: bytes | bytearray, index: int) -> int:
    if index >= len(data):
        raise Incomplete
    return data[index]


def _word(data: bytes | bytearray, index: int) -> int:
    return _at(data, index) + (_at(data, index + 1) << 8)
