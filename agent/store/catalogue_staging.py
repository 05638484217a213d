"""The rows of an import until it is known which of them go into the catalogue: temporary tables, not memory.

They live with the connection that builds the new catalogue, in a file without a name that SQLite puts where
temporary files go (/var/tmp).
"""

from __future__ import annotations

import json
import pickle
import sqlite3
from collections.abc import Iterator
from typing import Any

from agent.language.sentence import Sentence
from agent.sale.labels import LabelRules
from agent.sale.listed import trouble_with, trouble_with_scale_code, trouble_with_sku
from agent.sale.units import is_known
from agent.store.catalogue import folded
from agent.store.catalogue_fields import Item
from agent.store.catalogue_rows import BadRow, shown

# A row that is bad keeps its SKU and its codes, for they were claimed. A code is a GTIN or "scale NUMBER".
# Of a catalogue that is merged with: old_code.
_TABLES = """
CREATE TEMP TABLE staged (
    no INTEGER PRIMARY KEY, line INTEGER NOT NULL, good INTEGER NOT NULL, sku TEXT, name TEXT,
    price_minor INTEGER, tax_bp INTEGER, tax_inclusive INTEGER, hsn TEXT, unit TEXT, gtin TEXT,
    scale_code TEXT, parent_sku TEXT, variant TEXT, bundle INTEGER, words TEXT
);
CREATE TEMP TABLE staged_code (no INTEGER, at INTEGER, code TEXT, PRIMARY KEY (no, at)) WITHOUT ROWID;
CREATE TEMP TABLE staged_part (
    no INTEGER, at INTEGER, kind TEXT, part_sku TEXT, qty_milli INTEGER, price_minor INTEGER,
    PRIMARY KEY (no, at)
) WITHOUT ROWID;
CREATE TEMP TABLE problem (
    warned INTEGER NOT NULL, line INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
    reason BLOB NOT NULL
);
CREATE TEMP VIEW good_code AS
    SELECT no, at, line, sku, code FROM staged JOIN staged_code USING (no) WHERE good;
CREATE TEMP VIEW good_part AS
    SELECT sku, at, kind, part_sku, qty_milli, staged_part.price_minor AS price_minor
    FROM staged JOIN staged_part USING (no) WHERE good;
CREATE TEMP TABLE old_code (code TEXT PRIMARY KEY, sku TEXT NOT NULL) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX temp.staged_by_sku ON staged (sku);
CREATE INDEX temp.staged_by_code ON staged_code (code);
CREATE INDEX temp.staged_by_part ON staged_part (part_sku);
CREATE INDEX temp.problem_by_line ON problem (warned, line);
"""
_AT_ONCE = 1000
_SCALE = "scale "
_SKUS_TWICE = """
SELECT later.no, later.line, -1, 'sku', later.sku, first.line
FROM (SELECT sku, min(no) AS no FROM staged WHERE sku IS NOT NULL GROUP BY sku HAVING count(*) > 1) AS claim
JOIN staged AS first ON first.no = claim.no
JOIN staged AS later ON later.sku = claim.sku AND later.no > claim.no
"""
_CODES_TWICE = """
SELECT later.no, row.line, later.at, '', later.code, first.line
FROM (SELECT code, min(no) AS no FROM staged_code GROUP BY code HAVING count(*) > 1) AS claim
JOIN staged AS first ON first.no = claim.no
JOIN staged_code AS later ON later.code = claim.code AND later.no > claim.no
JOIN staged AS row ON row.no = later.no
"""
_SUSPECTS = """
SELECT no FROM staged_part
UNION
SELECT claim.no FROM old_code JOIN staged_code AS claim USING (code) JOIN staged USING (no)
WHERE staged.sku != old_code.sku
ORDER BY no
"""


class Staging:
    """Takes rows and problems, then finds what does not fit together. Writes in one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._merging = False
        self._staged: list[tuple[Any, ...]] = []
        self._codes: list[tuple[int, int, str]] = []
        self._parts: list[tuple[Any, ...]] = []
        self._problems: list[tuple[Any, ...]] = []
        self.total = 0
        connection.executescript(_TABLES)
        connection.execute("BEGIN")

    def merge_with(self) -> None:
        """Let the items of the attached catalogue stay where the file does not name them."""
        self._merging = True
        self._connection.execute(
            "INSERT INTO old_code SELECT gtin, sku FROM old.gtin WHERE sku IN (SELECT sku FROM old.item)"
        )
        self._connection.execute(
            f"INSERT INTO old_code SELECT '{_SCALE}' || code, sku FROM old.scale"
            " WHERE sku IN (SELECT sku FROM old.item)"
        )
        self._connection.execute("CREATE INDEX temp.old_by_sku ON old_code (sku)")

    def add(self, line: int, fields: dict[str, Any], *, good: bool) -> None:
        """A row by the fields of Item; of one that is not good those that are right."""
        self.total += 1
        codes = [*fields.get("gtins", ())]
        if scale_code := fields.get("scale_code"):
            codes.append(_SCALE + scale_code)
        self._codes += [(self.total, at, code) for at, code in enumerate(codes)]
        if good:
            item = Item(line=line, **fields)
            self._staged.append((self.total, line, 1, *_item_row(item)))
            self._parts += [
                (self.total, at, part.kind, part.sku, part.qty_milli, part.price_minor)
                for at, part in enumerate(item.parts, 1)
            ]
        else:
            self._staged.append((self.total, line, 0, fields.get("sku"), *[None] * 12))
        if len(self._staged) >= _AT_ONCE:
            self._flush()

    def note(self, bad: BadRow, *, warned: bool = False) -> None:
        """A problem, or only a warning."""
        self._problems.append((warned, bad.line, bad.field, bad.value, pickle.dumps(bad.reason)))
        if len(self._problems) >= _AT_ONCE:
            self._flush()

    def settle(self) -> None:
        """All rows are there: refuse those that claim what an earlier one has, and those that do not fit the
        rest of the catalogue, with what falls with them."""
        self._flush()
        self._connection.executescript(_INDEXES)
        self._connection.execute("BEGIN")
        self._refuse_claimed()
        self._refuse_torn()
        self._flush()

    def accepted(self) -> int:
        """How many rows are good."""
        return int(self._one("SELECT count(*) FROM staged WHERE good")[0])

    def warn(self, rules: LabelRules) -> None:
        """Note of good rows what a till with these rules will not sell by: codes, and units unheard of."""
        for line, sku, code in self._connection.execute(
            "SELECT line, sku, code FROM good_code ORDER BY no, at"
        ):
            number = code.removeprefix(_SCALE)
            is_gtin = number == code
            trouble = trouble_with(code, sku, rules) if is_gtin else trouble_with_scale_code(number, rules)
            if trouble:
                self.note(BadRow(line, _field(code), number, trouble), warned=True)
        for line, sku, unit in self._connection.execute("SELECT line, sku, unit FROM staged WHERE good"):
            if not is_known(unit):
                self.note(BadRow(line, "unit", shown(unit), Sentence("row.unit.unknown")), warned=True)
            if trouble := trouble_with_sku(sku, rules):
                self.note(BadRow(line, "sku", shown(sku), trouble), warned=True)
        self._flush()

    def has_problems(self) -> bool:
        """Whether anything was noted, warnings aside."""
        self._flush()
        return bool(self._one("SELECT EXISTS (SELECT 1 FROM problem WHERE NOT warned)")[0])

    def problems(self, *, warned: bool = False) -> Iterator[BadRow]:
        """What was noted, by line."""
        for line, field, value, reason in self._connection.execute(
            "SELECT line, field, value, reason FROM problem WHERE warned = ? ORDER BY line, rowid", (warned,)
        ):
            yield BadRow(line, field, value, pickle.loads(reason))

    def _flush(self) -> None:
        for rows, table in (
            (self._staged, "staged"),
            (self._codes, "staged_code"),
            (self._parts, "staged_part"),
            (self._problems, "problem"),
        ):
            if rows:
                places = ", ".join("?" * len(rows[0]))
                self._connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
                rows.clear()

    def _one(self, query: str, *values: Any) -> tuple[Any, ...]:
        """The first row, () if there is none."""
        return self._connection.execute(query, values).fetchone() or ()

    def _refuse_claimed(self) -> None:
        found = self._connection.execute(f"{_SKUS_TWICE} UNION ALL {_CODES_TWICE} ORDER BY 1, 3")
        for no, line, _, field, value, first in found:
            reason = Sentence("row.used", line=str(first))
            self.note(BadRow(line, field or _field(value), shown(value.removeprefix(_SCALE)), reason))
            self._refuse(no)

    def _refuse(self, no: int) -> None:
        self._connection.execute("UPDATE staged SET good = 0 WHERE no = ?", (no,))

    def _refuse_torn(self) -> None:
        """A bundle needs all its parts; a code may not belong to an item that stays from before."""
        for (suspect,) in self._connection.execute(_SUSPECTS):
            waiting = [suspect]
            while waiting:
                no = waiting.pop()
                line, sku, good = self._one("SELECT line, sku, good FROM staged WHERE no = ?", no)
                if good and (wrong := [*self._misfits(no, line, sku)]):
                    for bad in wrong:
                        self.note(bad)
                    self._refuse(no)
                    waiting += self._shaken(sku)

    def _misfits(self, no: int, line: int, sku: str) -> Iterator[BadRow]:
        for (part_sku,) in self._connection.execute(
            "SELECT part_sku FROM staged_part WHERE no = ? ORDER BY at", (no,)
        ):
            if part_sku == sku:
                yield BadRow(line, "parts", shown(part_sku), Sentence("row.itself"))
            elif not self._is_good(part_sku) and not self._is_old(part_sku):
                yield BadRow(line, "parts", shown(part_sku), self._why_no(part_sku))
        for code, owner in self._connection.execute(
            "SELECT code, sku FROM staged_code JOIN old_code USING (code) WHERE no = ? ORDER BY at",
            (no,),
        ):
            if owner != sku and not self._is_good(owner):
                reason = Sentence("row.belongs", sku=shown(owner))
                yield BadRow(line, _field(code), code.removeprefix(_SCALE), reason)

    def _why_no(self, part_sku: str) -> Sentence:
        refused = self._one("SELECT line FROM staged WHERE sku = ? ORDER BY no LIMIT 1", part_sku)
        return Sentence("row.part-refused", line=str(refused[0])) if refused else Sentence("row.no-such-part")

    def _is_good(self, sku: str) -> bool:
        return bool(self._one("SELECT 1 FROM staged WHERE sku = ? AND good", sku))

    def _is_old(self, sku: str) -> bool:
        return self._merging and bool(self._one("SELECT 1 FROM old.item WHERE sku = ?", sku))

    def _shaken(self, sku: str) -> list[int]:
        """Rows that may not fit any more without this one: bundles of it, and those with a code of its older
        self, which comes back."""
        found = self._connection.execute(
            "SELECT no FROM staged_part WHERE part_sku = ?1 UNION"
            " SELECT no FROM old_code JOIN staged_code USING (code) WHERE old_code.sku = ?1",
            (sku,),
        )
        return [no for (no,) in found]


def _field(code: str) -> str:
    return "scale_code" if code.startswith(_SCALE) else "gtins"


def _item_row(item: Item) -> tuple[object, ...]:
    words = [item.name, item.sku, *item.gtins, *(value for _, value in item.variant)]
    return (
        item.sku,
        item.name,
        item.price_minor,
        item.tax_bp,
        int(item.tax_inclusive),
        item.hsn,
        item.unit,
        item.gtins[0] if item.gtins else "",
        item.scale_code,
        item.parent_sku,
        json.dumps(item.variant, ensure_ascii=False) if item.variant else "",
        int(bool(item.parts)),
        folded("\n".join(words)),
    )
