"""The rows of a catalogue file, CSV or JSON, each with its line; what is wrong is noted, not raised.

CSV: UTF-8 with or without byte order mark; comma, semicolon or tab between cells; the first line names the
columns (FIELDS, in any order; case, spaces and hyphens do not matter). JSON: a list of objects, or an object
whose "items" is one; the keys are the same FIELDS.

sku, name        text, the SKU unique in the file
price            decimal text, 45 or 45.50, for one unit
tax_rate         percent, 18 or 0.25
tax_inclusive    yes or no; yes if empty
hsn, unit        digits of the HSN or SAC code; pcs if empty
gtins            EAN-8, UPC-A, EAN-13, GTIN-14; several with | between them, or a list
scale_code       the item number on the labels of the scale
parent_sku       of a variant: the SKU of its base product, which need not be in the file
variant          size=M|colour=Blue, or an object
parts            of a bundle: kind:sku:qty:price with | between them, or a list of objects with these keys;
                 kind is combo, split or addon, qty 1 if empty, price what the part as a whole is worth within
                 the bundle (may be empty); the SKU must be an item
"""

from __future__ import annotations

import csv
import difflib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.language.sentence import Sentence

REQUIRED = ("sku", "name", "price", "tax_rate")
FIELDS = (
    *REQUIRED,
    "tax_inclusive",
    "hsn",
    "unit",
    "gtins",
    "scale_code",
    "parent_sku",
    "variant",
    "parts",
)

# What other systems call these columns, where spelling alone would not tell.
_OTHER_NAMES = {
    "barcode": "gtins",
    "barcodes": "gtins",
    "ean": "gtins",
    "upc": "gtins",
    "mrp": "price",
    "rate": "price",
    "gst": "tax_rate",
    "tax": "tax_rate",
    "item_code": "sku",
    "code": "sku",
    "description": "name",
    "product": "name",
    "uom": "unit",
    "plu": "scale_code",
    "bundle": "parts",
    "components": "parts",
    "attributes": "variant",
}
_SHOWN = 60
_SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class BadRow:
    """One thing wrong: line in the source (from 1), field ("" = the whole row), what stood there, and why."""

    line: int
    field: str
    value: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class RawRow:
    """One item as it was written: text, or for JSON also lists and objects; numbers are text already.

    bad: what is wrong with the row as such.
    """

    line: int
    values: dict[str, Any]
    bad: tuple[BadRow, ...] = ()


@dataclass
class Reading:
    """What was found wrong with the file itself while its rows were read.

    spoiled: the file cannot be trusted as a whole (a column misspelt, the end missing), so none of it may be
    used. excused: required columns reported as missing once, not again for every row.
    """

    bad: list[BadRow] = field(default_factory=list)
    spoiled: bool = False
    excused: frozenset[str] = frozenset()

    def spoil(self, line: int, name: str, value: str, reason: Sentence) -> None:
        """Note something that makes the whole file unusable."""
        self.bad.append(BadRow(line, name, shown(value), reason))
        self.spoiled = True


def read_rows(data: bytes, name: str, reading: Reading) -> Iterator[RawRow]:
    """The rows of a file's bytes; name tells JSON by its ending. Fills reading on the way; never raises."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        reading.spoil(1, "", "", Sentence("row.utf-16"))
    elif data.startswith(b"PK\x03\x04"):
        reading.spoil(1, "", "", Sentence("row.spreadsheet"))
    else:
        # Bytes that are no UTF-8 become lone surrogates, so that each can be reported where it stands.
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
        if not text.strip():
            reading.spoil(1, "", "", Sentence("row.file-empty"))
        elif name.lower().endswith(".json") or text.lstrip()[0] in "[{":
            yield from _json_rows(text, reading)
        else:
            yield from _csv_rows(text, reading)


def shown(value: Any) -> str:
    """A value as a report can print it: on one line, escaped where unprintable, and not endless."""
    text = value if isinstance(value, str) else str(value)
    cut = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(char if char.isprintable() else _escaped(char) for char in cut)


def nearest(name: str) -> str:
    """The field most likely meant by a name that is none; "" if nothing is near."""
    found = difflib.get_close_matches(name, FIELDS, n=1, cutoff=0.6)
    return _OTHER_NAMES.get(name) or (found[0] if found else "")


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else ascii(char)[1:-1]


def _unknown(name: str) -> Sentence:
    if near := nearest(name):
        return Sentence("row.unknown-near", near=near)
    return Sentence("row.unknown", known=", ".join(FIELDS))


def _csv_rows(text: str, reading: Reading) -> Iterator[RawRow]:
    lines = io.StringIO(text, newline="")
    first = lines.readline()
    skipped = 0
    if first.lower().startswith("sep="):
        separator, skipped = first[4:5], 1
    else:
        separator = max(_SEPARATORS, key=lambda mark: len(set(FIELDS) & set(_header(first, mark))))
        lines.seek(0)
    rows = csv.reader(lines, delimiter=separator if separator.strip('\r\n"') else ",", strict=True)
    columns: list[str] | None = None
    while True:
        line = skipped + rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            bad = BadRow(line, "", "", Sentence("row.quotes", error=str(error)))
            if columns is None or skipped + rows.line_num > line:
                reading.spoil(line, "", "", Sentence("row.swallowed", error=str(error)))
            yield RawRow(line, {}, (bad,))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            columns = _columns(cells, line, reading)
        else:
            yield _csv_row(cells, columns, line)


def _header(line: str, separator: str) -> list[str]:
    return [_column(cell.strip('"')) for cell in line.split(separator)]


def _column(cell: str) -> str:
    return "_".join(cell.replace("-", " ").casefold().split())


def _columns(cells: Sequence[str], line: int, reading: Reading) -> list[str]:
    """The column names; a near miss or a missing one spoils the file, a stranger is only reported."""
    columns = [_column(cell) for cell in cells]
    for index, name in enumerate(columns):
        if name in columns[:index] and name:
            reading.spoil(line, name, cells[index], Sentence("row.column-twice"))
        elif name and name not in FIELDS:
            reading.bad.append(BadRow(line, shown(name), shown(cells[index]), _unknown(name)))
            near = nearest(name)
            reading.spoiled |= bool(near) and near not in columns
    reading.excused = frozenset(REQUIRED) - set(columns)
    for name in sorted(reading.excused, key=REQUIRED.index):
        reading.spoil(line, name, "", Sentence("row.column-missing"))
    return columns


def _csv_row(cells: Sequence[str], columns: Sequence[str], line: int) -> RawRow:
    values = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
    more = [cell for cell in cells[len(columns) :] if cell.strip()]
    more += [cell for name, cell in zip(columns, cells, strict=False) if not name and cell.strip()]
    if len(cells) < len(columns):
        found = Sentence("row.cells", count=len(cells))
        reason = Sentence("row.cut-off", cells=found, columns=Sentence("row.columns", count=len(columns)))
        return RawRow(line, values, (BadRow(line, "", shown(cells[-1]), reason),))
    if more:
        return RawRow(line, values, (BadRow(line, "", shown(more[0]), Sentence("row.outside")),))
    return RawRow(line, values)


class _Object(dict[str, Any]):
    """A JSON object that remembers the keys it was given twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs] if len(pairs) > len(self) else []
        self.twice = sorted({name for name in names if names.count(name) > 1})


def _json_rows(text: str, reading: Reading) -> Iterator[RawRow]:
    """Objects one by one, so that each knows its line and a break in the file costs only what follows it."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_Object, parse_int=str, parse_float=str, parse_constant=str, strict=False
    )
    strangers: set[str] = set()
    line, counted = 1, 0
    try:
        for at, value in _listed(text, decoder):
            line, counted = line + text.count("\n", counted, at), at
            yield _json_row(value, line, strangers, reading)
    except json.JSONDecodeError as error:
        near = text[error.pos : error.pos + _SHOWN]
        told = error.sentence if isinstance(error, _Unlisted) else error.msg
        reading.spoil(error.lineno, "", near, Sentence("row.not-json", error=told))
    except RecursionError:
        reading.spoil(line, "", "", Sentence("row.nested"))


class _Unlisted(json.JSONDecodeError):
    """JSON that is no list of items; sentence says what is in the way."""

    def __init__(self, sentence: Sentence, doc: str, pos: int) -> None:
        self.sentence = sentence
        super().__init__(sentence.id, doc, pos)


def _listed(text: str, decoder: json.JSONDecoder) -> Iterator[tuple[int, Any]]:
    """Each element of the list of items and where it begins."""
    at = _blank(text, _list_start(text, decoder) + 1)
    while text[at : at + 1] != "]":
        value, after = decoder.raw_decode(text, at)
        yield at, value
        at = _blank(text, after)
        if text[at : at + 1] == ",":
            at = _blank(text, at + 1)
            if text[at : at + 1] == "]":
                raise _Unlisted(Sentence("row.json.comma"), text, at)
        elif text[at : at + 1] != "]":
            raise _Unlisted(Sentence("row.json.no-comma"), text, at)


def _list_start(text: str, decoder: json.JSONDecoder) -> int:
    """Where the list of items opens: the document itself, or the "items" of the outer object."""
    at = _blank(text, 0)
    if text[at] == "[":
        return at
    if text[at] != "{":
        raise _Unlisted(Sentence("row.json.no-list"), text, at)
    at = _blank(text, at + 1)
    while text[at : at + 1] == '"':
        key, at = decoder.raw_decode(text, at)
        at = _blank(text, at)
        if text[at : at + 1] != ":":
            raise _Unlisted(Sentence("row.json.no-colon"), text, at)
        at = _blank(text, at + 1)
        if key == "items" and text[at : at + 1] == "[":
            return at
        _, at = decoder.raw_decode(text, at)
        at = _blank(text, at)
        if text[at : at + 1] == ",":
            at = _blank(text, at + 1)
    raise _Unlisted(Sentence("row.json.no-items"), text, at)


def _blank(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in " \t\r\n":
        at += 1
    return at


def _json_row(value: Any, line: int, strangers: set[str], reading: Reading) -> RawRow:
    if not isinstance(value, _Object):
        return RawRow(line, {}, (BadRow(line, "", shown(value), Sentence("row.json.no-object")),))
    bad = [BadRow(line, shown(name), "", Sentence("row.json.twice")) for name in value.twice]
    for name in value.keys() - set(FIELDS):
        near = nearest(name)
        if near and near not in value:
            bad.append(BadRow(line, shown(name), shown(value[name]), _unknown(name)))
        elif name not in strangers:
            strangers.add(name)
            reading.bad.append(BadRow(line, shown(name), shown(value[name]), _unknown(name)))
    return RawRow(line, {name: value[name] for name in FIELDS if name in value}, tuple(bad))
