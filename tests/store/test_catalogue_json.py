"""JSON is read in pieces; where they end does not matter."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import pytest

from agent.language.language import in_english
from agent.store.catalogue import Catalogue
from agent.store.catalogue_json import json_rows
from agent.store.catalogue_rows import BadRow, RawRow, Reading
from tests.store.catalogue_source import bring, problems
from tests.store.test_catalogue_import import BAD_JSON

LISTS = [
    BAD_JSON,
    '{"made": {"by": ["x", 1.5e10]}, "no": 12345678901234567890, "items": [{"sku": "\\ud83d\\ude00\\n"}], "x',
    '[{"price": 1.5}, 12345.678, true, -1e5, null, "text", NaN, {"name": "\\u0041", "sku": 1}]',
    '[\n{"sku": "A"},\n{"sku": "never ends',
    '[\n{"sku": "A"},\n\n{"sku": "A" "name"}]',
    '[{"sku": "A"},\n tru',
    "[1 2]",
    '{"items" 5}',
    "[1,",
]


class Trickle(io.StringIO):
    """A file that gives a few letters at a time."""

    def read(self, size: int | None = -1, /) -> str:
        return super().read(min(size or 1, random.Random(self.tell()).randint(1, 3)))


def read(text: io.StringIO) -> tuple[list[RawRow], list[BadRow], bool]:
    reading = Reading()
    return [*json_rows(text, reading)], reading.bad, reading.spoiled


@pytest.mark.parametrize("text", LISTS)
def test_pieces_of_any_length_are_the_same_rows(text: str) -> None:
    """Rows, their lines, and what is wrong, cut anywhere and not at all."""
    rows, bad, spoiled = read(io.StringIO(text))
    in_pieces, bad_in_pieces, spoiled_in_pieces = read(Trickle(text))
    assert in_pieces == rows
    assert [(row.line, row.reason) for row in bad_in_pieces] == [(row.line, row.reason) for row in bad]
    assert spoiled_in_pieces is spoiled


def test_a_long_file_and_items_that_are_longer_than_a_piece(tmp_path: Path) -> None:
    """Every item of a file of several pieces arrives, and each problem knows its line."""
    pick = random.Random(1)
    rows = [
        {
            "sku": f"S{no}",
            "name": "é" * pick.randint(1, 190),
            "price": no,
            "tax_rate": 5,
            "x": "y" * pick.choice([1, 10, 150_000 if no % 200 == 7 else 3]),
        }
        for no in range(1, 1000)
    ]
    rows[500]["price"] = "ten"
    report = bring(tmp_path, json.dumps(rows, indent=0), "items.json", accept_good=True)
    assert (report.total, report.accepted) == (999, 998)
    assert problems(report) == [(2, "x"), (2 + 500 * 7, "price")]
    catalogue = Catalogue(tmp_path / "catalogue.db")
    for row in rows[:500] + rows[501:]:
        found = catalogue.by_sku(str(row["sku"]))
        assert found and (found.name, found.price_minor) == (row["name"], int(str(row["price"])) * 100)


def test_items_that_share_a_line_claim_what_another_has(tmp_path: Path) -> None:
    """A file without ends of lines: the second item with a SKU or a code is told, not taken for the first."""
    item = '{"sku": "%s", "name": "N", "price": 1, "tax_rate": 5, "gtins": "8900000000081"}'
    report = bring(tmp_path, f"[{item % 'A'}, {item % 'B'}, {item % 'A'}]", "items.json", accept_good=True)
    assert problems(report) == [(1, "gtins"), (1, "sku"), (1, "gtins")]
    assert {in_english(bad.reason) for bad in report.bad} == {"already used on line 1"}
    assert report.accepted == 1
