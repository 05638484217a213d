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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TextIO

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
SHOWN = 60
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


def shown(value: Any) -> str:
    """A value as a report can print it: on one line, escaped where unprintable, and not endless."""
    text = value if isinstance(value, str) else str(value)
    cut = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return "".join(char if char.isprintable() else _escaped(char) for char in cut)


def nearest(name: str) -> str:
    """The field most likely meant by a name that is none; "" if nothing is near."""
    found = difflib.get_close_matches(name, FIELDS, n=1, cutoff=0.6)
    return _OTHER_NAMES.get(name) or (found[0] if found else "")


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else ascii(char)[1:-1]


def unknown(name: str) -> Sentence:
    """Why a name is no field's, with the one that may be meant."""
    if near := nearest(name):
        return Sentence("row.unknown-near", near=near)
    return Sentence("row.unknown", known=", ".join(FIELDS))


def csv_rows(text: TextIO, reading: Reading) -> Iterator[RawRow]:
    """The rows of CSV, read as they are asked for; text keeps its ends of lines."""
    lines: Iterable[str] = text
    first = text.readline()
    skipped = 0
    if first.lower().startswith("sep="):
        separator, skipped = first[4:5], 1
    else:
        separator = max(_SEPARATORS, key=lambda mark: len(set(FIELDS) & set(_header(first, mark))))
        lines = chain((first,), text)
    rows = csv.reader(lines, delimiter=separator if separator.strip('\r\n"') else ",", strict=True)
    columns: list[str] | None = None
    while True:
        line = skipped + rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            bad = BadRow(line, "", "", Sentence("row.quotes"))
            if columns is None or skipped + rows.line_num > line:
                reading.spoil(line, "", "", Sentence("row.swallowed"))
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
            reading.bad.append(BadRow(line, shown(name), shown(cells[index]), unknown(name)))
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
