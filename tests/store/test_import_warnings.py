"""An import says which GTINs the till will not sell by, under the till's own rules for labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.sale.labels import LabelRules
from agent.store.catalogue_import import ImportReport, import_catalogue
from tests.sale.label_checks import closed


def imported(tmp_path: Path, rules: LabelRules, *rows: tuple[str, str]) -> ImportReport:
    source = tmp_path / "items.csv"
    lines = [f"{sku},Item,10,5,{gtins}" for sku, gtins in rows]
    source.write_text("\n".join(["sku,name,price,tax_rate,gtins", *lines]), "utf-8")
    return import_catalogue(source, tmp_path / "catalogue.db", rules=rules)


@pytest.mark.parametrize(
    ("gtin", "kind"),
    [
        (closed("200000000000"), "row.gtin.restricted"),
        (closed("2000123"), "row.gtin.restricted"),
        (closed("040000000123"), "row.gtin.restricted"),
        (closed("990123456789"), "row.gtin.refused"),
        (closed("981123456789"), "row.gtin.refused"),
        (closed("980123456789"), "row.gtin.refused"),
        (closed("51234567890"), "row.gtin.refused"),
        (closed("9890103086756"), "row.gtin.refused"),
        (closed("210004201250"), "row.gtin.mask"),
    ],
)
def test_a_number_the_till_will_not_sell_by_is_told(tmp_path: Path, gtin: str, kind: str) -> None:
    report = imported(tmp_path, LabelRules(), ("GOOD", "8900000000012"), ("ODD", gtin))
    assert (report.accepted, report.bad) == (2, ())
    assert [(row.line, row.field, row.reason.id) for row in report.warned] == [(3, "gtins", kind)]
    assert report.warned[0].value == gtin.zfill(14)


def test_what_this_tills_own_rules_sell_is_not_warned_of(tmp_path: Path) -> None:
    whole = closed("280123456789")
    assert not imported(tmp_path, LabelRules(masks=("28NNNNNNNNNNC",)), ("OWN", whole)).warned
    other = imported(tmp_path, LabelRules(masks=("28IIIIIWWWWWC",)), ("OWN", whole))
    assert [row.reason.id for row in other.warned] == ["row.gtin.mask"]
    card = imported(tmp_path, LabelRules(member_pattern=r"89\d{11}"), ("OWN", "8900000000012"))
    assert [row.reason.id for row in card.warned] == ["row.gtin.claimed"]
    coupon = closed("990123456789")
    assert not imported(tmp_path, LabelRules(), (coupon, coupon)).warned


def test_ordinary_numbers_of_every_length_are_not_warned_of(tmp_path: Path) -> None:
    rows = [("A", "96385074"), ("B", "012345000065"), ("C", "8900000000012"), ("D", closed("1890103086756"))]
    assert not imported(tmp_path, LabelRules(), *rows).warned


def test_scale_numbers_units_and_skus_that_no_label_will_sell_are_told(tmp_path: Path) -> None:
    source = tmp_path / "items.csv"
    rows = [
        "sku,name,price,tax_rate,scale_code,unit",
        "A,Grapes,10,5,42,kg",
        "B,Nuts,10,5,1234567,kg",
        "C,Beer,10,5,,hogshead",
        f"{closed('210004201250')},Odd,10,5,,pcs",
    ]
    source.write_text("\n".join(rows), "utf-8")
    report = import_catalogue(source, tmp_path / "catalogue.db", rules=LabelRules())
    assert report.accepted == 4
    assert [(row.line, row.field, row.reason.id) for row in report.warned] == [
        (3, "scale_code", "row.scale-code.long"),
        (4, "unit", "row.unit.unknown"),
        (5, "sku", "row.sku.mask"),
    ]
