"""Two lines of text as the bytes of a customer's display, in letters that it has.

    escpos   ESC @, ESC t 2 (PC850), US MD1 (overwrite); US $ x y and the line, for each
    cd5220   ESC @; ESC Q A line CR, ESC Q B line CR; ASCII alone, for its tables differ by maker
    utf8     FF clears, then both lines padded to their width; no other control byte

Sources: Epson's specification of DM-D110 (ESC @, ESC t), POS-X XP8200 (4.1.2, 4.1.8), Epson CD5220 (7.2).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

Lines = tuple[str, str]

# What is written otherwise where its sign is missing, before its accents are taken off.
_OTHERWISE = str.maketrans(
    {
        "₹": "Rs",
        "€": "EUR",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "×": "x",
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
    }
)


@dataclass(frozen=True, slots=True)
class Protocol:
    """begin: what a display is sent when it is found. charset: Python's name of its letters."""

    charset: str
    begin: bytes
    screen: Callable[[bytes, bytes], bytes]
    clear: bytes = b"\x0c"


PROTOCOLS = {
    "escpos": Protocol(
        "cp850",
        b"\x1b@\x1bt\x02\x1f\x01\x0c",
        lambda upper, lower: b"\x1f$\x01\x01%b\x1f$\x01\x02%b" % (upper, lower),
    ),
    "cd5220": Protocol("ascii", b"\x1b@\x0c", lambda upper, lower: b"\x1bQA%b\r\x1bQB%b\r" % (upper, lower)),
    "utf8": Protocol("utf-8", b"\x0c", lambda upper, lower: b"\x0c%b%b" % (upper, lower)),
}


def readable(text: str, protocol: str) -> str:
    """The text in letters that the display has: others without their accents, a few written otherwise, and
    the rest left out; "" for a text of which nothing can be read."""
    charset = PROTOCOLS[protocol].charset
    shown = "".join(_letter(letter, charset) for letter in unicodedata.normalize("NFC", text))
    words = " ".join(shown.split())
    # A mark with no letter before it would stand on whatever is there.
    begins = (at for at, letter in enumerate(words) if _cells(letter) and letter != " ")
    return words[next(begins, len(words)) :]


def cells(text: str) -> int:
    """How many cells of the display a text takes, as whatever draws UTF-8 into cells has it: wide letters
    (Unicode's East Asian Width W and F) two, marks on other letters none."""
    return sum(map(_cells, text))


def fitted(left: str, right: str, columns: int) -> str:
    """A line: text to the left, cut where it must be, and an amount to the right, which never is. An amount
    that is wider than the line is left out: half of one is another."""
    if len(right) > columns:
        right = ""
    room = max(0, columns - len(right) - bool(right))
    return _padded(_first(left, room), columns - len(right)) + right


def centred(text: str, columns: int) -> str:
    """A line with a text in its middle."""
    shown = _first(text, columns)
    return _padded(" " * ((columns - cells(shown)) // 2) + shown, columns)


def screen(lines: Lines, protocol: str, columns: int) -> bytes:
    """What shows these lines. They are readable already, and cut and padded here."""
    known = PROTOCOLS[protocol]
    upper, lower = (
        _padded(_first(line, columns), columns).encode(known.charset, "replace") for line in lines
    )
    return known.screen(upper, lower)


def _first(text: str, room: int) -> str:
    """As many letters as so many cells have room for, with their marks."""
    taken = 0
    for at, letter in enumerate(text):
        taken += _cells(letter)
        if taken > room:
            return text[:at]
    return text


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - cells(text))


def _cells(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def _letter(letter: str, charset: str) -> str:
    if unicodedata.category(letter)[0] == "C":
        return " " if letter.isspace() else ""
    for written in (letter, letter.translate(_OTHERWISE), _plain(letter)):
        if written and _has(charset, written):
            return written
    return ""


def _plain(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _has(charset: str, text: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
