"""Importing: every mistake of a file is named, and nothing half-right gets in."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from agent.language.language import in_english
from agent.store.catalogue import Catalogue
from agent.store.catalogue_import import import_catalogue
from tests.store.catalogue_source import GOOD, bring, problems

BAD_CSV = b"""\
sku,name,price,tax_rate,tax_inclusive,hsn,unit,gtins,scale_code,parent_sku,variant,parts
GOOD,Good one,10,5,yes,0902,pcs,8900000000012,00101,,,
A1,,10,5,,,,,,,,
A2,Two mistakes,-5,abc,,,,,,,,
A3,Third of a paisa,10.005,5,,,,,,,,
A4,Comma,"10,50",5,,,,,,,,
A5,Huge,99999999999999,5,,,,,,,,
A6,Rate,10,101,,,,,,,,
A7,Flag,10,5,maybe,,,,,,,
A8,HSN,10,5,,713,,,,,,
A9,Check digit,10,5,,,,8900000000013,,,,
B1,Length,10,5,,,,89012,,,,
B2,Rounded,10,5,,,,8.90123E+12,,,,
B3,Same code,10,5,,,,8900000000012,,,,
GOOD,Same SKU,10,5,,,,,,,,
B4,Same scale code,10,5,,,,,101,,,
B5,Control\x07,10,5,,,,,,,,
B6,Caf\xe9,10,5,,,,,,,,
B7,Cut off,10,5
B8,Too long,10,5,,,,,,,,,surplus
B9,"Quote"s,10,5,,,,,,,,
C1,Variant,10,5,,,,,,,size,
C2,Own child,10,5,,,,,,C2,,
C3,Unknown part,10,5,,,,,,,,combo:NOPE:1
C4,Refused part,10,5,,,,,,,,combo:A1:1
C5,Bundle of the refused,10,5,,,,,,,,combo:C4:1
C6,Kind,10,5,,,,,,,,gift:GOOD:1
C7,Itself,10,5,,,,,,,,combo:C7:1
C8,Nothing of it,10,5,,,,,,,,combo:GOOD:0
,Nameless,10,5,,,,,,,,
D1,Price of all,,5,,,,,,,,
"D2","Two
lines",10,5,,,,,,,,
D3,Last,ten,5,,,,,,,,
"""

EXPECTED = [
    (3, "name", "", "required"),
    (4, "price", "-5", "negative"),
    (4, "tax_rate", "abc", "percentage"),
    (5, "price", "10.005", "2 decimals"),
    (6, "price", "10,50", "point for decimals"),
    (7, "price", "99999999999999", "too large"),
    (8, "tax_rate", "101", "100 percent"),
    (9, "tax_inclusive", "maybe", "yes or no"),
    (10, "hsn", "713", "zeros in front"),
    (11, "gtins", "8900000000013", "should be 2"),
    (12, "gtins", "89012", "5 digits"),
    (13, "gtins", "8.90123E+12", "spreadsheet"),
    (14, "gtins", "08900000000012", "line 2"),
    (15, "sku", "GOOD", "line 2"),
    (16, "scale_code", "101", "line 2"),
    (17, "name", "Control\\x07", "control"),
    (18, "name", "Caf\\xe9", "UTF-8"),
    (19, "", "5", "4 cells"),
    (20, "", "surplus", "outside"),
    (21, "", "", "quotes"),
    (22, "variant", "size", "size=M"),
    (23, "parent_sku", "C2", "own variant"),
    (24, "parts", "NOPE", "no item"),
    (25, "parts", "A1", "line 3 was refused"),
    (26, "parts", "C4", "line 25 was refused"),
    (27, "parts", "gift", "combo, split, addon"),
    (28, "parts", "C7", "itself"),
    (29, "parts", "combo:GOOD:0", "nothing"),
    (30, "sku", "", "required"),
    (31, "price", "", "required"),
    (32, "name", "Two\\nlines", "control"),
    (34, "price", "ten", "45.50"),
]


def test_every_kind_of_bad_row_in_one_file(tmp_path: Path) -> None:
    """All problems of a file at once, with line, field, value and what was expected; nothing is imported."""
    report = bring(tmp_path, BAD_CSV)
    assert [(bad.line, bad.field, bad.value) for bad in report.bad] == [row[:3] for row in EXPECTED]
    for bad, (*_, reason) in zip(report.bad, EXPECTED, strict=True):
        assert reason in in_english(bad.reason), bad
    assert (report.total, report.accepted) == (32, 0)
    assert not (tmp_path / "catalogue.db").exists()


def test_the_good_rows_of_a_bad_file_on_demand(tmp_path: Path) -> None:
    """accept_good imports what has no problem, and only that."""
    report = bring(tmp_path, BAD_CSV, accept_good=True)
    assert report.accepted == 1
    catalogue = Catalogue(tmp_path / "catalogue.db")
    assert catalogue.count() == 1
    assert catalogue.by_gtin("08900000000012")


def test_what_falls_with_a_refused_row_falls_in_any_order(tmp_path: Path) -> None:
    """A bundle of a bundle of a refused item goes too, wherever the three stand in the file."""
    content = (
        "sku,name,price,tax_rate,parts\nC,Outer,1,5,combo:B\nB,Inner,1,5,combo:A\nA,Bad,x,5,\nOK,Ok,1,5,\n"
    )
    report = bring(tmp_path, content, accept_good=True)
    assert problems(report) == [(2, "parts"), (3, "parts"), (4, "price")]
    assert report.accepted == 1


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("99.50", "99.500"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        "sep=;\r\n" + GOOD.replace(",", ";"),
        GOOD.replace("sku,name,price,tax_rate,gtins", '"SKU","Name"," Price ","Tax Rate",GTINS'),
        GOOD.replace("\n", ",,\n"),
        GOOD + "\n,,,,\n",
        json.dumps(
            [
                {"sku": "TEA", "name": "Tea", "price": 145, "tax_rate": 5, "gtins": ["8900000000081"]},
                {"sku": "MUG", "name": "Mug", "price": 99.50, "tax_rate": "12%", "gtins": None},
            ]
        ),
        json.dumps(
            {
                "made": {"by": ["x"]},
                "items": [
                    {"sku": "TEA", "name": "Tea", "price": "145.00", "tax_rate": "5", "gtins": 8900000000081},
                    {"sku": "MUG", "name": "Mug", "price": "99.5", "tax_rate": 12},
                ],
                "more": 1,
            }
        ),
    ],
)
def test_the_same_items_in_any_dress(tmp_path: Path, content: str) -> None:
    """Byte order mark, line ends, separators, spreadsheets' marks, JSON bare or wrapped: all the same."""
    report = bring(tmp_path, content)
    assert (report.bad, report.total, report.accepted) == ((), 2, 2)
    catalogue = Catalogue(tmp_path / "catalogue.db")
    tea, mug = catalogue.by_gtin("08900000000081"), catalogue.by_sku("MUG")
    assert tea and mug
    assert (tea.price_minor, tea.tax_bp, tea.unit, tea.tax_inclusive) == (14500, 500, "pcs", True)
    assert (mug.price_minor, mug.tax_bp, mug.gtin) == (9950, 1200, "")


def test_json_bundles_and_variants(tmp_path: Path) -> None:
    """Lists and objects say the same as the text forms of a spreadsheet."""
    items = [
        {"sku": "RING", "name": "Ring", "price": 100, "tax_rate": 3,
         "variant": {"size": 7, "metal": "Gold"}},
        {"sku": "MAKING", "name": "Making", "price": 40, "tax_rate": 3, "tax_inclusive": False},
        {"sku": "SET", "name": "Set", "price": 140, "tax_rate": 3, "parts": [
            {"kind": "split", "sku": "RING", "qty": 1.5, "price": "100.00"},
            {"kind": "split", "sku": "MAKING"}]},
    ]  # fmt: skip
    assert bring(tmp_path, json.dumps(items), "items.json").bad == ()
    catalogue = Catalogue(tmp_path / "catalogue.db")
    ring, bundle = catalogue.by_sku("RING"), catalogue.by_sku("SET")
    assert ring and bundle
    assert ring.variant == (("size", "7"), ("metal", "Gold"))
    assert [(part.sku, part.qty_milli, part.price_minor) for part in bundle.parts] == [
        ("RING", 1500, 10000),
        ("MAKING", 1000, 0),
    ]


BAD_JSON = """\
{"version": 3,
 "items": [
  {"sku": "A", "name": "Good", "price": 10, "tax_rate": 5},
  17,
  {"sku": "B", "name": "Half \\ud800", "price": 10, "tax_rate": 5},
  {"sku": "C", "name": "Nested", "price": {"amount": 10}, "tax_rate": 5},
  {"sku": "D", "name": "No rate", "price": NaN},
  {"sku": "E", "name": "Typo", "price": 10, "tax_rate": 5, "tax_inclusve": false},
  {"sku": "F", "name": "Twice", "price": 10, "price": 11, "tax_rate": 5},
  {"sku": "G", "name": "Stranger", "price": 10, "tax_rate": 5, "zzz": 1},
  {"sku": "H", "name": "Stranger again", "price": 10, "tax_rate": 5, "zzz": 1},
  {"sku": "I", "name": "L", "price": 10, "tax_rate": true, "gtins": [["x"]], "parts": [{"kind": "combo"}]},
  {"sku": "J", "name": "Exponent", "price": 1e999999999, "tax_rate": 5},
  {"sku": "K", "name": "Both", "price": 10, "tax_rate": 5, "gtins": "89000427", "ean": "x"}
 ]}
"""


def test_bad_json_rows(tmp_path: Path) -> None:
    """Every object knows its line; a misspelt key refuses its row, a foreign key is mentioned once."""
    report = bring(tmp_path, BAD_JSON, "items.json", accept_good=True)
    assert problems(report) == [
        (4, ""),
        (5, "name"),
        (6, "price"),
        (7, "price"),
        (7, "tax_rate"),
        (8, "tax_inclusve"),
        (9, "price"),
        (10, "zzz"),
        (12, "tax_rate"),
        (12, "gtins"),
        (12, "parts"),
        (13, "price"),
        (14, "ean"),
    ]
    assert "did you mean tax_inclusive" in in_english(report.bad[5].reason)
    assert (
        report.accepted == 4
    )  # A, the two with a stranger's key, and K that has its codes by the right name


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("", 1, "empty"),
        ("\n \n", 1, "empty"),
        ("sku,name,price,tax_rate\n", 1, "not one item"),
        ("[]", 1, "not one item"),
        (b"\xff\xfes\x00k\x00u\x00", 1, "UTF-16"),
        (b"PK\x03\x04...", 1, "spreadsheet"),
        ('[{"sku": "A", "name": "A", "price": 1, "tax_rate": 5},\n{"sku": ', 2, "not JSON"),
        ('[{"sku": "A", "name": "A", "price": 1, "tax_rate": 5}', 1, "comma or the end"),
        ('[{"sku": "A", "name": "A", "price": 1, "tax_rate": 5},]', 1, "comma before"),
        ('{"products": []}', 1, '"items"'),
        ('{"items": 5}', 1, '"items"'),
        ("[" * 100_000, 1, "nested"),
        (GOOD.replace("price", "prise"), 1, "did you mean price"),
        (GOOD.replace("tax_rate", "tax-inclusiv"), 1, "did you mean tax_inclusive"),
        (GOOD.replace("gtins", "barcode"), 1, "did you mean gtins"),
        (GOOD.replace("gtins", "price"), 1, "twice"),
        (GOOD.replace("tax_rate,", "").replace(",5,", ",").replace(",12,", ","), 1, "required and missing"),
        (GOOD + 'CUP,"Cup with an open quote,10,5,\nX,X,1,1,\n', 4, "swallowed"),
    ],
)
def test_a_file_that_cannot_be_trusted_as_a_whole_changes_nothing(
    tmp_path: Path, content: str | bytes, line: int, reason: str
) -> None:
    """Truncated, misread or misnamed files are refused even when the good rows would be taken."""
    bring(tmp_path, GOOD)
    before = (tmp_path / "catalogue.db").read_bytes()
    report = bring(tmp_path, content, accept_good=True)
    assert report.accepted == 0
    assert [bad for bad in report.bad if bad.line == line and reason in in_english(bad.reason)], report.bad
    assert (tmp_path / "catalogue.db").read_bytes() == before


def test_a_foreign_column_is_reported_and_can_be_passed_over(tmp_path: Path) -> None:
    """A column nobody knows stops the import, but is no reason to refuse the rows once that is accepted."""
    content = GOOD.replace("gtins\n", "gtins,zzz\n").replace("81\n", "81,x\n").replace("12,\n", "12,,y\n")
    assert problems(bring(tmp_path, content)) == [(1, "zzz")]
    assert bring(tmp_path, content, accept_good=True).accepted == 2


def test_a_till_that_looks_things_up_loads_no_database_toolkit() -> None:
    """Ready to scan means light: reading the catalogue brings in neither SQLAlchemy nor the importer."""
    code = """
        import sys, agent.store.catalogue
        heavy = {"sqlalchemy", "csv", "agent.store.catalogue_import", "requests"} & set(sys.modules)
        sys.exit(", ".join(heavy) or 0)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, cwd=Path(__file__).parents[2])


def test_the_demo_catalogue_is_good(tmp_path: Path) -> None:
    """The simulated world's goods import without a word and hold one of everything the till can sell."""
    demo = Path(__file__).parents[2] / "agent" / "simulated" / "catalogue" / "demo.csv"
    report = import_catalogue(demo, tmp_path / "catalogue.db")
    assert report.bad == ()
    catalogue = Catalogue(tmp_path / "catalogue.db")
    everything = catalogue.search("0", 1000) + catalogue.search("a", 1000)
    assert {product.tax_bp for product in everything} == {0, 300, 500, 1200, 1800, 2800}
    assert {part.kind for product in everything for part in product.parts} == {"combo", "split", "addon"}
    assert {product.tax_inclusive for product in everything} == {True, False}
    tomato, kurta = catalogue.by_scale_code("00101"), catalogue.by_sku("KURTA-M")
    assert tomato and tomato.unit == "kg"
    assert kurta and kurta.parent_sku == "KURTA"
    assert catalogue.search("मसाला") and catalogue.search("அப்பளம்")
