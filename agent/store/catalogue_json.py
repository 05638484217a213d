"""Catalogue files in JSON: objects one by one, so that each knows its line, a break in the file costs only
what follows it, and no more of it is in memory than one object needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from agent.language.sentence import Sentence
from agent.store.catalogue_rows import FIELDS, SHOWN, BadRow, RawRow, Reading, nearest, shown, unknown

_PIECE = 1 << 16  # characters
# What stands nearer to the end of what was read may have gone on: numbers, literals, escapes.
_MAY_GO_ON = 16
_BLANK = re.compile(r"[ \t\r\n]*")


class _Object(dict[str, Any]):
    """A JSON object that remembers the keys it was given twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs] if len(pairs) > len(self) else []
        self.twice = sorted({name for name in names if names.count(name) > 1})


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Object, parse_int=str, parse_float=str, parse_constant=str, strict=False
)


class _Unlisted(json.JSONDecodeError):
    """JSON that is no list of items; sentence says what is in the way."""

    def __init__(self, sentence: Sentence, window: _Window) -> None:
        self.sentence = sentence
        super().__init__(sentence.id, window.text, window.at)


class _Window:
    """The text from where it is being read, and as much further as a value needs."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.text = ""
        self.at = 0
        self._line, self._counted = 1, 0

    def line(self, at: int) -> int:
        """The line of the file in which a place of the text stands; places are asked for in their order."""
        self._line += self.text.count("\n", self._counted, at)
        self._counted = max(at, self._counted)
        return self._line

    def char(self) -> str:
        """What comes next that is not blank; "" at the end."""
        while True:
            self.at = self._after_blank()
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._more():
                return ""

    def value(self) -> Any:
        """The value that begins here. Raises JSONDecodeError if it is none, or never ends."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                cut = error.pos > len(self.text) - _MAY_GO_ON or error.msg.startswith("Unterminated")
                if not (cut and self._more()):
                    raise
            else:
                if end > len(self.text) - _MAY_GO_ON and self._more():
                    continue
                self.at = end
                return value

    def _after_blank(self) -> int:
        found = _BLANK.match(self.text, self.at)
        return found.end() if found else self.at

    def _more(self) -> bool:
        """Read on, twice as much each time a value asks again; False at the end of the file."""
        piece = self._file.read(max(_PIECE, len(self.text) - self.at))
        if piece:
            self.line(self.at)
            self.text = self.text[self.at :] + piece
            self.at = self._counted = 0
        return bool(piece)


def json_rows(text: TextIO, reading: Reading) -> Iterator[RawRow]:
    """The rows of JSON, read as they are asked for."""
    window = _Window(text)
    strangers: set[str] = set()
    line = 1
    try:
        for line, value in _listed(window):
            yield _json_row(value, line, strangers, reading)
    except json.JSONDecodeError as error:
        near = window.text[error.pos : error.pos + SHOWN]
        told = error.sentence if isinstance(error, _Unlisted) else error.msg
        reading.spoil(window.line(error.pos), "", near, Sentence("row.not-json", error=told))
    except RecursionError:
        reading.spoil(line, "", "", Sentence("row.nested"))


def _listed(window: _Window) -> Iterator[tuple[int, Any]]:
    """Each element of the list of items and the line it begins in."""
    _enter_list(window)
    while window.char() != "]":
        line = window.line(window.at)
        yield line, window.value()
        if window.char() == ",":
            window.at += 1
            if window.char() == "]":
                raise _Unlisted(Sentence("row.json.comma"), window)
        elif window.char() != "]":
            raise _Unlisted(Sentence("row.json.no-comma"), window)


def _enter_list(window: _Window) -> None:
    """Go behind the bracket that opens the list of items: the document itself, or the "items" of the outer
    object."""
    if window.char() == "[":
        window.at += 1
        return
    if window.char() != "{":
        raise _Unlisted(Sentence("row.json.no-list"), window)
    window.at += 1
    while window.char() == '"':
        key = window.value()
        if window.char() != ":":
            raise _Unlisted(Sentence("row.json.no-colon"), window)
        window.at += 1
        if window.char() == "[" and key == "items":
            window.at += 1
            return
        window.value()
        if window.char() == ",":
            window.at += 1
    raise _Unlisted(Sentence("row.json.no-items"), window)


def _json_row(value: Any, line: int, strangers: set[str], reading: Reading) -> RawRow:
    if not isinstance(value, _Object):
        return RawRow(line, {}, (BadRow(line, "", shown(value), Sentence("row.json.no-object")),))
    bad = [BadRow(line, shown(name), "", Sentence("row.json.twice")) for name in value.twice]
    for name in value.keys() - set(FIELDS):
        near = nearest(name)
        if near and near not in value:
            bad.append(BadRow(line, shown(name), shown(value[name]), unknown(name)))
        elif name not in strangers:
            strangers.add(name)
            reading.bad.append(BadRow(line, shown(name), shown(value[name]), unknown(name)))
    return RawRow(line, {name: value[name] for name in FIELDS if name in value}, tuple(bad))
